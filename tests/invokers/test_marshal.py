"""Returned values become the JSON text of Lambda's Python runtime."""

from __future__ import annotations

import enum
import math
from collections import namedtuple
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.invokers.marshal import MarshalError, marshal, size_bytes

Point = namedtuple("Point", ["x", "y"])  # noqa: PYI024 - as a handler may write it


class Level(enum.IntEnum):
    LOW = 1


class Text(str):
    __slots__ = ()


VALUES: list[tuple[Any, str | bytes | None]] = [
    (None, None),
    (b"\x00raw", b"\x00raw"),
    ("", '""'),
    ({"statusCode": 200, "ok": True, "none": None}, '{"statusCode": 200, "ok": true, "none": null}'),
    ({}, "{}"),
    ([], "[]"),
    ([1, [2.5, "x"], ()], '[1, [2.5, "x"], []]'),
    ("é\u2028😀", '"é\u2028😀"'),
    ('"\\\n\x01', '"\\"\\\\\\n\\u0001"'),
    (Decimal("1.10"), "1.10"),
    ({"a": Decimal("NaN"), "b": Decimal("1E+3")}, '{"a": NaN, "b": 1E+3}'),
    ([math.nan, math.inf, -math.inf], "[NaN, Infinity, -Infinity]"),
    (Point(1, Decimal(2)), '{"x": 1, "y": 2}'),
    ([b"text"], '["text"]'),
    ([Level.LOW, Text("t")], '[1, "t"]'),
]


@pytest.mark.rule("FUN-12")
@pytest.mark.parametrize(("value", "text"), VALUES)
def test_a_value_is_written_as_the_runtime_writes_it(value: Any, text: str | bytes | None) -> None:
    assert marshal(value) == text


@pytest.mark.rule("FUN-12")
def test_keys_that_are_no_text_are_written_as_text() -> None:
    assert marshal({2: "a", 2.5: "b", True: "c", None: "d", b"k": "e", math.inf: "f"}) == (
        '{"2": "a", "2.5": "b", "true": "c", "null": "d", "k": "e", "Infinity": "f"}'
    )


@pytest.mark.rule("FUN-11")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": {1, 2}}, "Unable to marshal response: Object of type set is not JSON serializable"),
        (object(), "Unable to marshal response: Object of type object is not JSON serializable"),
        ((n for n in [1]), "Unable to marshal response: Object of type generator is not JSON serializable"),
        ({(1, 2): 3}, "Unable to marshal response: keys must be str, int, float, bool or None, not tuple"),
        ({Decimal(1): 3}, "Unable to marshal response: keys must be str, int, float, bool or None, not Decimal"),
    ],
)
def test_a_value_that_json_lacks_is_refused_in_the_runtimes_words(value: Any, message: str) -> None:
    with pytest.raises(MarshalError) as refused:
        marshal(value)
    assert str(refused.value) == message


@pytest.mark.rule("FUN-11")
def test_a_value_inside_itself_is_refused_and_one_that_is_there_twice_is_not() -> None:
    inner: list[Any] = [1]
    assert marshal([inner, inner, {"a": inner}]) == '[[1], [1], {"a": [1]}]'
    inner.append(inner)
    with pytest.raises(MarshalError, match="Circular reference detected"):
        marshal(inner)


_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.decimals(allow_nan=True)
    | st.binary().map(lambda raw: raw.decode("latin-1").encode())
)
_KEYS = st.text() | st.integers() | st.floats() | st.booleans() | st.none()


@pytest.mark.rule("FUN-12")
@given(st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner) | st.tuples(inner, inner)))
def test_any_value_is_written_as_simplejson_does(value: Any) -> None:
    simplejson = pytest.importorskip("simplejson")

    def other(found: Any) -> Any:
        return math.nan if found.is_nan() else simplejson.raw_json.RawJSON(str(found))

    if value is None or isinstance(value, bytes):
        assert marshal(value) == value
    else:
        encoder = simplejson.JSONEncoder(use_decimal=False, ensure_ascii=False, allow_nan=True, default=other)
        assert marshal(value) == encoder.encode(value)


@pytest.mark.rule("FUN-03")
def test_the_size_of_a_response_counts_utf8_bytes() -> None:
    assert [size_bytes(payload) for payload in (None, b"abc", "abc", "é😀")] == [4, 3, 3, 6]
