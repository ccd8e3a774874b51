"""Laws that hold for every pattern and document."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.errors import AwsError
from eventsim.patterns.errors import PatternError
from eventsim.patterns.filter_criteria import compile_filters, lint
from eventsim.patterns.json_numbers import decode
from eventsim.patterns.pattern import compile_pattern

KEYS = st.sampled_from(["a", "b", "c", "body"])
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=5)
EXCLUDABLE = st.lists(st.text(max_size=5), min_size=1, max_size=3) | st.lists(NUMBERS, min_size=1, max_size=3)
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3) | st.lists(inner, min_size=1, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)
OPERATOR_KEYS = st.sampled_from(
    [
        "$or",
        "prefix",
        "suffix",
        "exists",
        "numeric",
        "anything-but",
        "cidr",
        "wildcard",
        "equals-ignore-case",
        "a",
        "body",
    ]
)
ANY_JSON = st.recursive(
    SCALARS | st.sampled_from(["<", ">=", "=", "*", "**", "\\", "10.0.0.0/8"]),
    lambda inner: st.dictionaries(OPERATOR_KEYS, inner, max_size=3) | st.lists(inner, max_size=4),
    max_leaves=12,
)
LEAF_PATTERNS = st.lists(
    SCALARS
    | st.builds(lambda text: {"prefix": text}, st.text(max_size=2))
    | st.builds(lambda flag: {"exists": flag}, st.booleans()),
    min_size=1,
    max_size=3,
)
BRANCHES = st.recursive(
    st.dictionaries(KEYS, LEAF_PATTERNS, min_size=1, max_size=2),
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=2),
    max_leaves=4,
)


def of_own_leaves(document: dict[str, Any]) -> dict[str, Any]:
    """A pattern that asks for each leaf of a document; of a list, for one of its elements."""
    return {key: _of_value(value) for key, value in document.items()}


def _of_value(value: Any) -> Any:
    if isinstance(value, list):
        return _of_value(value[0])
    return of_own_leaves(value) if isinstance(value, dict) else [value]


@pytest.mark.rule("FLT-10")
@given(EXCLUDABLE, SCALARS)
def test_anything_but_is_the_negation_of_exact(values: list[Any], scalar: Any) -> None:
    document = decode(json.dumps({"k": scalar}))
    exact = compile_pattern(json.dumps({"k": values}))
    anything_but = compile_pattern(json.dumps({"k": [{"anything-but": values}]}))
    assert anything_but.matches(document) is not exact.matches(document)


@pytest.mark.rule("FLT-11", "FLT-12", "FLT-14")
@given(DOCUMENTS)
def test_a_document_matches_its_own_leaves(document: dict[str, Any]) -> None:
    pattern, parsed = compile_pattern(json.dumps(of_own_leaves(document))), decode(json.dumps(document))
    assert pattern.matches(parsed)
    assert compile_pattern(of_own_leaves(document)).matches(document)


@pytest.mark.rule("FLT-10")
@given(BRANCHES, BRANCHES, DOCUMENTS)
def test_or_is_the_disjunction(one: dict[str, Any], other: dict[str, Any], document: dict[str, Any]) -> None:
    either = compile_pattern({"$or": [one, other]})
    assert either.matches(document) is (
        compile_pattern(one).matches(document) or compile_pattern(other).matches(document)
    )


@pytest.mark.rule("FLT-01")
@given(BRANCHES, DOCUMENTS)
def test_a_pattern_is_the_conjunction_of_its_keys(pattern: dict[str, Any], document: dict[str, Any]) -> None:
    parts = [compile_pattern({key: value}) for key, value in pattern.items()]
    assert compile_pattern(pattern).matches(document) is all(part.matches(document) for part in parts)


@given(BRANCHES, DOCUMENTS)
def test_a_mismatch_is_named_exactly_when_there_is_one(pattern: dict[str, Any], document: dict[str, Any]) -> None:
    compiled = compile_pattern(pattern)
    failed = compiled.first_mismatch(document)
    assert compiled.matches(document) is (failed is None)
    place: Any = pattern
    for key in (failed or "").split(".") if failed else []:
        place = place[key]


@pytest.mark.rule("FLT-02")
@given(ANY_JSON, DOCUMENTS)
def test_any_json_is_a_pattern_or_a_pattern_error(value: Any, document: dict[str, Any]) -> None:
    for pattern in (json.dumps(value), value):
        with suppress(PatternError):
            compile_pattern(pattern).matches(document)


@pytest.mark.rule("FLT-02")
@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_a_pattern_error(text: str) -> None:
    with suppress(PatternError):
        compile_pattern(text)


@pytest.mark.rule("FLT-02")
@given(st.dictionaries(OPERATOR_KEYS, ANY_JSON, max_size=2), st.sampled_from(["sqs", "kinesis", "dynamodb"]))
def test_any_json_is_a_filter_or_an_aws_error(pattern: dict[str, Any], source: Any) -> None:
    with suppress(AwsError):
        compile_filters([json.dumps(pattern)], source)
        lint([json.dumps(pattern)], source)


WILDCARDS = st.lists(st.sampled_from(["*", "a", "b", "ab", "\\*", "\\\\", "."]), max_size=6).filter(
    lambda pieces: ("*", "*") not in pairwise(pieces)
)


@pytest.mark.rule("FLT-10")
@given(WILDCARDS, st.text("ab*\\.", max_size=8))
def test_wildcards_are_those_of_a_regular_expression(pieces: list[str], value: str) -> None:
    expression = "".join(".*" if piece == "*" else re.escape(piece.removeprefix("\\")) for piece in pieces)
    expected = re.fullmatch(expression, value, re.DOTALL) is not None
    assert compile_pattern({"k": [{"wildcard": "".join(pieces)}]}).matches({"k": value}) is expected
