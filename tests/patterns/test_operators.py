"""Each operator of a pattern's lists, against one scalar."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eventsim.patterns.json_numbers import decode
from eventsim.patterns.pattern import compile_pattern

TEXTS = ["", "a", "abc", "ABC", "xabc", "abcx", "5", "null", "true", "a*c"]
SCALARS: list[Any] = [None, True, False, 0, 1, 5, *TEXTS]


def matching(values: list[Any], candidates: list[Any]) -> list[Any]:
    pattern = compile_pattern(json.dumps({"k": values}))
    return [value for value in candidates if pattern.matches(decode(json.dumps({"k": value})))]


@pytest.mark.rule("FLT-10", "FLT-11")
@pytest.mark.parametrize(
    ("values", "matched"),
    [
        ([None], [None]),
        ([""], [""]),
        (["abc"], ["abc"]),
        (["null"], ["null"]),
        (["5"], ["5"]),
        ([5], [5]),
        ([1], [1]),
        ([True], [True]),
        ([False], [False]),
        ([0, "a", None], [None, 0, "a"]),
        ([{"equals-ignore-case": "aBc"}], ["abc", "ABC"]),
        ([{"prefix": "ab"}], ["abc", "abcx"]),
        ([{"prefix": ""}], TEXTS),
        ([{"prefix": {"equals-ignore-case": "aB"}}], ["abc", "ABC", "abcx"]),
        ([{"suffix": "bc"}], ["abc", "xabc"]),
        ([{"suffix": {"equals-ignore-case": "bC"}}], ["abc", "ABC", "xabc"]),
        ([{"exists": True}], SCALARS),
        ([{"exists": False}], []),
        ([{"wildcard": "a*"}], ["a", "abc", "abcx", "a*c"]),
        ([{"wildcard": "*bc*"}], ["abc", "xabc", "abcx"]),
        ([{"wildcard": "a\\*c"}], ["a*c"]),
        ([{"wildcard": "*"}], TEXTS),
        ([{"wildcard": "abc"}], ["abc"]),
        ([{"prefix": "x"}, {"suffix": "x"}, 1], [1, "xabc", "abcx"]),
    ],
)
def test_a_list_matches_exactly_these_scalars(values: list[Any], matched: list[Any]) -> None:
    assert matching(values, SCALARS) == matched


@pytest.mark.rule("FLT-10")
@pytest.mark.parametrize(
    ("excluded", "unmatched"),
    [
        ("abc", ["abc"]),
        (5, [5]),
        (["abc", "5", ""], ["", "abc", "5"]),
        ([0, 1], [0, 1]),
        ({"prefix": "ab"}, ["abc", "abcx"]),
        ({"prefix": ["x", "A"]}, ["ABC", "xabc"]),
        ({"suffix": "c"}, ["abc", "xabc", "a*c"]),
        ({"suffix": ["x", "C"]}, ["ABC", "abcx"]),
        ({"equals-ignore-case": "Abc"}, ["abc", "ABC"]),
        ({"equals-ignore-case": ["Abc", "A"]}, ["a", "abc", "ABC"]),
        ({"wildcard": "*b*"}, ["abc", "xabc", "abcx"]),
        ({"wildcard": ["x*", "*x"]}, ["xabc", "abcx"]),
    ],
)
def test_anything_but_matches_every_scalar_except_these(excluded: Any, unmatched: list[Any]) -> None:
    matched = matching([{"anything-but": excluded}], SCALARS)
    assert [value for value in SCALARS if not any(value is m for m in matched)] == unmatched


@pytest.mark.rule("FLT-10", "FLT-16")
@pytest.mark.parametrize(
    ("comparison", "matched"),
    [
        (["=", 2], [2, 2.0]),
        (["<", 2], [-1, 0]),
        (["<=", 2], [-1, 0, 2, 2.0]),
        ([">", 2], [2.5, 3]),
        ([">=", 2], [2, 2.0, 2.5, 3]),
        ([">", 0, "<", 3], [2, 2.0, 2.5]),
        ([">=", 0, "<", 3], [0, 2, 2.0, 2.5]),
        ([">", 0, "<=", 3], [2, 2.0, 2.5, 3]),
        ([">=", 0, "<=", 3], [0, 2, 2.0, 2.5, 3]),
        ([">", -1.5, "<", 0.5], [-1, 0]),
    ],
)
def test_numeric_compares_values_of_numbers_only(comparison: list[Any], matched: list[Any]) -> None:
    numbers = [-1, 0, 2, 2.0, 2.5, 3]
    assert matching([{"numeric": comparison}], [*numbers, "2", True, None]) == matched


@pytest.mark.rule("FLT-15")
@pytest.mark.parametrize("operand", [5.0e9, -5.0e9, 4999999999, 0.000001, 123456789.123456])
def test_numeric_operands_reach_their_limits(operand: float) -> None:
    assert matching([{"numeric": ["=", operand]}], [operand]) == [operand]


@pytest.mark.rule("FLT-15")
@pytest.mark.parametrize("value", [5000000001, -5000000001, 1767225600000, 1e400])
def test_numeric_never_matches_values_beyond_its_range(value: float) -> None:
    text = "1e400" if value == float("inf") else json.dumps(value)
    pattern = compile_pattern({"k": [{"numeric": [">", 0]}, {"numeric": ["<=", 0]}]})
    assert not pattern.matches(decode(f'{{"k": {text}}}'))


@pytest.mark.rule("FLT-10")
@pytest.mark.parametrize(
    ("block", "matched"),
    [
        ("10.0.0.0/24", ["10.0.0.0", "10.0.0.255"]),
        ("10.0.0.77/24", ["10.0.0.0", "10.0.0.255"]),
        ("10.0.1.0/32", ["10.0.1.0"]),
        ("0.0.0.0/0", ["10.0.0.0", "10.0.0.255", "10.0.1.0"]),
        ("2001:db8:1234:1a00::/56", ["2001:0db8:1234:1a00:0000:0000:0000:0000", "2001:db8:1234:1aff::1"]),
    ],
)
def test_cidr_matches_the_addresses_of_its_block(block: str, matched: list[str]) -> None:
    addresses = ["10.0.0.0", "10.0.0.255", "10.0.1.0"]
    addresses += ["2001:0db8:1234:1a00:0000:0000:0000:0000", "2001:db8:1234:1aff::1", "2001:db8:1234:1b00::"]
    assert matching([{"cidr": block}], [*addresses, "10.0.0", "no address", 167772160, None]) == matched


@pytest.mark.rule("FLT-11")
@pytest.mark.parametrize("written", ["300", "300.0", "3.0e2", "3e2", "3.0E2", "300.00"])
def test_exact_numbers_compare_as_they_are_written(written: str) -> None:
    pattern = compile_pattern(f'{{"k": [{written}]}}')
    others = compile_pattern(f'{{"k": [{{"anything-but": {written}}}]}}')
    writings = ["300", "300.0", "3.0e2", "3e2", "3.0E2", "300.00"]
    documents = {text: decode(f'{{"k": {text}}}') for text in writings}
    assert [text for text in writings if pattern.matches(documents[text])] == [written]
    assert [text for text in writings if not others.matches(documents[text])] == [written]
    assert all(compile_pattern({"k": [{"numeric": ["=", 300]}]}).matches(document) for document in documents.values())


@pytest.mark.rule("FLT-11")
def test_numbers_known_only_by_value_compare_as_json_writes_them() -> None:
    pattern = compile_pattern('{"k": [1767225600.5, 7]}')
    assert [pattern.matches({"k": value}) for value in (1767225600.5, 7, 7.0, True)] == [True, True, False, False]


@pytest.mark.rule("FLT-11")
def test_strings_compare_without_folding_or_normalization() -> None:
    assert matching(["é"], ["é", "e\u0301", "É"]) == ["é"]
