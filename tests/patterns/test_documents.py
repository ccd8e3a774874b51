"""How a pattern walks a document: keys, absence, lists, alternatives, and the key it names when it fails."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim.patterns.json_numbers import decode
from eventsim.patterns.pattern import compile_pattern

EXISTS, ABSENT = [{"exists": True}], [{"exists": False}]


@pytest.mark.rule("FLT-01", "FLT-12")
@pytest.mark.parametrize(
    ("document", "mismatch"),
    [
        ({"a": "x", "b": {"c": "y", "d": 1}}, None),
        ({"a": "x", "b": {"c": "z"}, "extra": [1]}, None),
        ({"a": "y", "b": {"c": "y"}}, "a"),
        ({"b": {"c": "y"}}, "a"),
        ({"a": "x", "b": {"c": "w"}}, "b.c"),
        ({"a": "x", "b": {}}, "b.c"),
        ({"a": "x", "b": "y"}, "b"),
        ({"a": "x"}, "b"),
        ({}, "a"),
    ],
)
def test_all_keys_must_fit_and_others_are_ignored(document: dict[str, Any], mismatch: str | None) -> None:
    pattern = compile_pattern({"a": ["x"], "b": {"c": ["y", "z"]}})
    assert (pattern.matches(document), pattern.first_mismatch(document)) == (mismatch is None, mismatch)


@pytest.mark.rule("FLT-13")
@pytest.mark.parametrize(
    ("document", "exists", "absent"),
    [
        ({"a": {"b": 1}}, True, False),
        ({"a": {"b": None}}, True, False),
        ({"a": {"b": [1]}}, True, False),
        ({"a": {"b": {"c": 1}}}, False, True),
        ({"a": {"b": [{"c": 1}]}}, False, True),
        ({"a": {"b": []}}, False, True),
        ({"a": {}}, False, True),
        ({"a": 1}, False, True),
        ({}, False, True),
        ({"a": [{"b": 1}, {"c": 1}]}, True, False),
        ({"a": [{"c": 1}]}, False, True),
        ({"a": []}, False, True),
    ],
)
def test_exists_looks_at_leaves_only(document: dict[str, Any], *, exists: bool, absent: bool) -> None:
    present, missing = compile_pattern({"a": {"b": EXISTS}}), compile_pattern({"a": {"b": ABSENT}})
    assert (present.matches(document), missing.matches(document)) == (exists, absent)


@pytest.mark.rule("FLT-12", "FLT-13")
def test_absence_may_be_one_of_several_values() -> None:
    pattern = compile_pattern({"a": [{"exists": False}, "x"]})
    documents: list[dict[str, Any]] = [{}, {"a": "x"}, {"a": "y"}, {"a": ["y", "x"]}, {"a": ["y"]}, {"a": {}}]
    assert [pattern.matches(document) for document in documents] == [True, True, False, True, False, True]


@pytest.mark.rule("FLT-14")
@pytest.mark.parametrize(
    ("value", "matched"),
    [
        (["x"], True),
        (["y", "x"], True),
        ([["y"], [["x"]]], True),
        (["y", {"x": "x"}], False),
        ([], False),
    ],
)
def test_a_list_matches_when_an_element_does(value: list[Any], *, matched: bool) -> None:
    assert compile_pattern({"a": ["x"]}).matches({"a": value}) is matched


@pytest.mark.rule("FLT-14")
@pytest.mark.parametrize(
    ("elements", "mismatch"),
    [
        ([{"sku": "a", "count": 2}], None),
        ([{"sku": "b", "count": 1}, {"sku": "a", "count": 2}], None),
        ([[{"sku": "a", "count": 2}]], None),
        ([{"sku": "a", "count": 1}, {"sku": "b", "count": 2}], "lines"),
        ([{"sku": "a", "count": 1}], "lines.count"),
        ([{"sku": "b", "count": 2}], "lines.sku"),
        (["a", 2], "lines"),
        ([], "lines"),
    ],
)
def test_objects_in_a_list_match_element_by_element(elements: list[Any], mismatch: str | None) -> None:
    pattern = compile_pattern({"lines": {"sku": ["a"], "count": [2]}})
    document = {"lines": elements}
    assert (pattern.matches(document), pattern.first_mismatch(document)) == (mismatch is None, mismatch)


@pytest.mark.rule("FLT-14")
def test_anything_but_needs_one_element_outside() -> None:
    pattern = compile_pattern({"a": [{"anything-but": ["x", "y"]}]})
    assert [pattern.matches({"a": value}) for value in (["x"], ["x", "z"], [], "z", None)] == [
        False,
        True,
        False,
        True,
        True,
    ]


@pytest.mark.rule("FLT-10")
@pytest.mark.parametrize(
    ("document", "mismatch"),
    [
        ({"k": 1, "a": "x"}, None),
        ({"k": 1, "b": {"c": "y"}}, None),
        ({"k": 1, "a": "z", "b": {"c": "z"}}, "$or"),
        ({"a": "x"}, "k"),
    ],
)
def test_or_needs_one_alternative(document: dict[str, Any], mismatch: str | None) -> None:
    pattern = compile_pattern({"k": [1], "$or": [{"a": ["x"]}, {"b": {"c": ["y"]}}]})
    assert (pattern.matches(document), pattern.first_mismatch(document)) == (mismatch is None, mismatch)


@pytest.mark.rule("FLT-10")
def test_or_nests_in_objects_and_in_itself() -> None:
    pattern = compile_pattern({"d": {"$or": [{"a": [1]}, {"$or": [{"b": [2]}, {"c": ABSENT, "e": [3]}]}]}})
    documents: list[Any] = [{"a": 1}, {"b": 2}, {"e": 3}, {"c": 0, "e": 3}, {"a": 2}, [{"a": 0}, {"b": 2}], 5]
    assert [pattern.first_mismatch({"d": document}) for document in documents] == [
        None,
        None,
        None,
        "d.$or",
        "d.$or",
        None,
        "d",
    ]


@pytest.mark.rule("FLT-10")
def test_a_list_of_plain_values_or_operators_makes_or_an_ordinary_key() -> None:
    assert compile_pattern({"$or": ["x", {"prefix": "y"}]}).matches({"$or": "yes"})


@pytest.mark.rule("FLT-17")
def test_of_duplicate_keys_the_last_wins() -> None:
    pattern = compile_pattern('{"a": {"b": ["x"]}, "a": {"c": ["y"]}}')
    assert pattern.matches({"a": {"c": "y"}})
    assert decode('{"a": 1, "a": 2}') == {"a": 2}
