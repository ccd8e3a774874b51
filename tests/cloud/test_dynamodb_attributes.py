from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.cloud.dynamodb.attributes import item_key, same_attributes, size_of
from eventsim.cloud.dynamodb.changes import item_change
from eventsim.cloud.dynamodb.plain_values import attribute_of, attributes_of
from eventsim.errors import InputError


@pytest.mark.rule("DDB-07")
@pytest.mark.parametrize(
    ("value", "size_bytes"),
    [
        ({"S": ""}, 0),
        ({"S": "aü"}, 3),
        ({"B": "Zm9vYmFy"}, 6),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "42"}, 2),
        ({"N": "421"}, 3),
        ({"N": "-42"}, 2),
        ({"N": "4200"}, 2),
        ({"N": "0.0042"}, 2),
        ({"N": "10.01"}, 3),
        ({"N": "1.5E+20"}, 2),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "100"]}, 4),
        ({"BS": ["Zm9v"]}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"L": []}]}, 3 + 2 + 2 + 3),
        ({"M": {"k": {"N": "5"}}}, 3 + 1 + 1 + 2),
    ],
)
def test_sizes(value: dict[str, Any], size_bytes: int) -> None:
    assert size_of({"ü": value}) == 2 + size_bytes


@pytest.mark.rule("DDB-03")
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"N": "1"}, {"N": "1.0"}, True),
        ({"N": "1"}, {"N": "2"}, False),
        ({"N": "100"}, {"N": "1E2"}, True),
        ({"S": "1"}, {"N": "1"}, False),
        ({"S": "1"}, {"S": "1.0"}, False),
        ({"BOOL": True}, {"N": "1"}, False),
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, True),
        ({"SS": ["a", "b"]}, {"SS": ["a"]}, False),
        ({"NS": ["1", "2.0"]}, {"NS": ["2", "1"]}, True),
        ({"BS": ["YQ==", "Yg=="]}, {"BS": ["Yg==", "YQ=="]}, True),
        ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}, False),
        ({"L": [{"N": "1"}]}, {"L": [{"N": "1.0"}]}, True),
        ({"L": [{"N": "1"}]}, {"L": []}, False),
        ({"M": {"k": {"N": "1"}}}, {"M": {"k": {"N": "1.0"}}}, True),
        ({"M": {"k": {"N": "1"}}}, {"M": {"k": {"N": "1"}, "l": {"N": "1"}}}, False),
        ({"M": {"k": {"S": "1"}}}, {"M": {"k": {"B": "1"}}}, False),
    ],
)
def test_numbers_and_sets_are_the_same_by_value(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    assert same_attributes({"x": one}, {"x": other}) is same
    assert same_attributes({"x": other}, {"x": one}) is same
    assert not same_attributes({"x": one}, {"y": one})
    assert not same_attributes({"x": one, "y": {"S": ""}}, {"x": other})


@pytest.mark.rule("DDB-09")
def test_a_key_tells_items_apart_and_equal_numbers_not() -> None:
    keys: list[dict[str, dict[str, Any]]] = [
        {"p": {"S": "1"}},
        {"p": {"N": "1"}},
        {"p": {"B": "1"}},
        {"p": {"S": "1"}, "c": {"S": "1"}},
        {"p": {"S": ""}, "c": {"S": "11"}},
        {"p": {"S": "1S1"}, "c": {"S": ""}},
        {"p": {"S": "1"}, "c": {"N": "1"}},
    ]
    assert len({item_key(key) for key in keys}) == len(keys)
    assert item_key({"p": {"N": "100"}}) == item_key({"p": {"N": "1e2"}}) == item_key({"p": {"N": "100.0"}})


@given(st.text(max_size=3), st.text(max_size=3), st.text(max_size=3), st.text(max_size=3))
def test_two_keys_are_two_texts(one: str, two: str, three: str, four: str) -> None:
    first: Any = {"p": {"S": one}, "c": {"S": two}}
    second: Any = {"p": {"S": three}, "c": {"S": four}}
    assert (item_key(first) == item_key(second)) == (first == second)


OLD: Any = {"id": {"S": "a"}, "x": {"N": "1"}}
NEW: Any = {"id": {"S": "a"}, "xy": {"N": "2"}}


@pytest.mark.rule("DDB-04", "DDB-07")
@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("KEYS_ONLY", [("INSERT", None, None, 3), ("MODIFY", None, None, 3), ("REMOVE", None, None, 3)]),
        ("NEW_IMAGE", [("INSERT", None, NEW, 10), ("MODIFY", None, NEW, 10), ("REMOVE", None, None, 3)]),
        ("OLD_IMAGE", [("INSERT", None, None, 3), ("MODIFY", OLD, None, 9), ("REMOVE", OLD, None, 9)]),
        ("NEW_AND_OLD_IMAGES", [("INSERT", None, NEW, 10), ("MODIFY", OLD, NEW, 16), ("REMOVE", OLD, None, 9)]),
    ],
)
def test_images_by_view_type(view: Any, expected: list[Any]) -> None:
    keys: Any = {"id": {"S": "a"}}
    found = [item_change("0", keys, old, new, view_type=view) for old, new in ((None, NEW), (OLD, NEW), (OLD, None))]
    assert [(one.event_name, one.old_image, one.new_image, one.size_bytes) for one in found] == expected


def test_plain_values_become_attribute_values() -> None:
    found = attributes_of(
        {
            "s": "a",
            "t": True,
            "i": 5,
            "f": 1.50,
            "whole": 2.0,
            "big": 1e21,
            "small": 1e-7,
            "zero": -0.0,
            "none": None,
            "b": b"xyz",
            "l": [1, ["a"]],
            "m": {"k": {}},
            "ss": {"b", "a"},
            "ns": {2, 1.5},
            "bs": {b"b", b"a"},
        }
    )
    assert found == {
        "s": {"S": "a"},
        "t": {"BOOL": True},
        "i": {"N": "5"},
        "f": {"N": "1.5"},
        "whole": {"N": "2"},
        "big": {"N": "1000000000000000000000"},
        "small": {"N": "0.0000001"},
        "zero": {"N": "0"},
        "none": {"NULL": True},
        "b": {"B": "eHl6"},
        "l": {"L": [{"N": "1"}, {"L": [{"S": "a"}]}]},
        "m": {"M": {"k": {"M": {}}}},
        "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1.5", "2"]},
        "bs": {"BS": ["YQ==", "Yg=="]},
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, "a"}, set(), {True}])
def test_what_is_no_value_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="is no DynamoDB value"):
        attribute_of(value)
