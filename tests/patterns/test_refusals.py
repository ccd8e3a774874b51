"""What is no pattern, and what the refusal says."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim.patterns.dialects import EVENTBRIDGE, LAMBDA, SNS
from eventsim.patterns.errors import PatternError
from eventsim.patterns.pattern import compile_pattern

OPERATORS = "anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard"
BLOCKS, MASKS = 'a block such as "10.0.0.0/24" or "2001:db8::/32"', "at most 32 mask bits for IPv4, 128 for IPv6"
BELOW = "a lower bound below the upper one"
VALUES = "strings, numbers, true, false, null and operators"
FORMS = '["=", n], ["<", n], ["<=", n], [">", n], [">=", n] or a lower and then an upper bound'


def refusal(pattern: Any) -> str:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    return str(caught.value)


@pytest.mark.rule("FLT-02")
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (None, "the pattern: found null; allowed: a JSON object"),
        ([], "the pattern: found an empty list; allowed: a JSON object"),
        ('"text"', 'the pattern: found the string "text"; allowed: a JSON object'),
        ('["a"]', "the pattern: found a list; allowed: a JSON object"),
        ("3.50", "the pattern: found 3.50; allowed: a JSON object"),
        ({}, "the pattern: found an empty object; allowed: at least one key"),
        ({"body": {}}, "body: found an empty object; allowed: at least one key"),
        ({"a": "x"}, 'a: found the string "x"; allowed: a list of values, or an object, as in ["x"]'),
        ({"a": {"b": 1}}, "a.b: found 1; allowed: a list of values, or an object, as in [1]"),
        ({"a": {"b": True}}, "a.b: found true; allowed: a list of values, or an object, as in [true]"),
        ({"a": None}, "a: found null; allowed: a list of values, or an object, as in [null]"),
        ({"a": []}, "a: found an empty list; allowed: at least one value"),
        ({"a": [[]]}, f"a: found an empty list in a list of values; allowed: {VALUES}"),
        ({"a": [{}]}, f"a: found an empty object; allowed: one of {OPERATORS}"),
        ({"a": [{"like": "x"}]}, f'a: found the operator "like"; allowed: one of {OPERATORS}'),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, f"a: found an object of 2 keys; allowed: one of {OPERATORS}"),
        ({1: ["x"]}, "the pattern: found 1 as a key; allowed: strings as keys"),
        ({"a": [float("nan")]}, f"a: found nan in a list of values; allowed: {VALUES}"),
        ({"a": [b"x"]}, f"a: found a value of type bytes in a list of values; allowed: {VALUES}"),
    ],
)  # fmt: skip
def test_a_malformed_pattern_is_refused_with_its_place(pattern: Any, text: str) -> None:
    assert refusal(pattern) == text


@pytest.mark.rule("FLT-02")
@pytest.mark.parametrize(
    "text", ["", "{", '{"a": [1]} x', "{'a': [1]}", '{"a": [NaN]}', '{"a": ["\ud800"]}', "[" * 99999]
)
def test_text_that_is_not_json_is_refused(text: str) -> None:
    assert refusal(text).startswith("the pattern: found text that isn't JSON (")


@pytest.mark.rule("FLT-10")
@pytest.mark.parametrize(
    ("operator", "text"),
    [
        ({"prefix": 1}, "a.prefix: found 1; allowed: a string"),
        ({"prefix": ["x"]}, "a.prefix: found a list; allowed: a string"),
        ({"prefix": {"equals-ignore-case": 1}}, "a.prefix: found 1; allowed: a string"),
        ({"suffix": None}, "a.suffix: found null; allowed: a string"),
        ({"equals-ignore-case": ["x"]}, "a.equals-ignore-case: found a list; allowed: a string"),
        ({"exists": "true"}, 'a.exists: found the string "true"; allowed: true or false'),
        ({"exists": 0}, "a.exists: found 0; allowed: true or false"),
        ({"wildcard": "a**"}, 'a.wildcard: found the string "a**" with two stars in a row; allowed: one star'),
        ({"wildcard": "a\\b"}, 'a.wildcard: found the string "a\\b" with a stray backslash; allowed: \\* and \\\\'),
        ({"cidr": "10.0.0.0"}, 'a.cidr: found the string "10.0.0.0"; allowed: ' + BLOCKS),
        ({"cidr": "10.0.0.0/33"}, 'a.cidr: found the string "10.0.0.0/33"; allowed: ' + MASKS),
    ],
)  # fmt: skip
def test_an_operator_refuses_what_it_can_not_take(operator: dict[str, Any], text: str) -> None:
    assert refusal({"a": [operator]}) == text


@pytest.mark.rule("FLT-10", "FLT-15")
@pytest.mark.parametrize(
    ("comparison", "text"),
    [
        (5, f"found 5; allowed: {FORMS}"),
        ([], f"found a comparison without a number; allowed: {FORMS}"),
        (["<"], f"found a comparison without a number; allowed: {FORMS}"),
        (["!=", 1], f'found the string "!=" as a comparison; allowed: {FORMS}'),
        ([1, 2], f"found 1 as a comparison; allowed: {FORMS}"),
        (["<", 5, ">", 1], f'found the comparisons "<" ">"; allowed: {FORMS}'),
        (["=", 5, "<", 9], f'found the comparisons "=" "<"; allowed: {FORMS}'),
        ([">", 1, "<", 5, "<", 9], f'found the comparisons ">" "<" "<"; allowed: {FORMS}'),
        (["<", "5"], 'found the string "5" after "<"; allowed: a number'),
        (["<", True], 'found true after "<"; allowed: a number'),
        ([">", 5, "<", 5], f"found a lower bound of 5 with an upper bound of 5; allowed: {BELOW}"),
        (["<", 5000000001], "found 5000000001; allowed: numbers from -5,000,000,000 to 5,000,000,000"),
        (["=", float("inf")], "found inf; allowed: numbers from -5,000,000,000 to 5,000,000,000"),
        (["=", 0.0000001], "found 1e-07; allowed: at most 15 digits, 6 of them after the point"),
        (["=", 4999999999.123456], "found 4999999999.123456; allowed: at most 15 digits, 6 of them after the point"),
    ],
)  # fmt: skip
def test_numeric_refuses_other_forms_and_larger_operands(comparison: Any, text: str) -> None:
    assert refusal({"a": [{"numeric": comparison}]}) == f"a.numeric: {text}"


@pytest.mark.rule("FLT-10")
@pytest.mark.parametrize(
    ("excluded", "text"),
    [
        (None, "a.anything-but: found null; allowed: "),
        ([], "a.anything-but: found an empty list; allowed: "),
        ([True], "a.anything-but: found true; allowed: "),
        (["x", 1], "a.anything-but: found 1; allowed: "),
        ({"exists": True}, 'a.anything-but: found the operator "exists"; allowed: one of {"equals-ignore-case": ...}'),
        ({"prefix": ""}, "a.anything-but.prefix: found an empty string; allowed: strings that aren't empty"),
        ({"suffix": []}, "a.anything-but.suffix: found an empty list; allowed: strings that aren't empty"),
        ({"wildcard": 1}, "a.anything-but.wildcard: found 1; allowed: a string"),
    ],
)
def test_anything_but_refuses_what_it_can_not_take(excluded: Any, text: str) -> None:
    assert refusal({"a": [{"anything-but": excluded}]}).startswith(text)


@pytest.mark.rule("FLT-10", "FLT-18")
@pytest.mark.parametrize(
    ("alternatives", "text"),
    [
        ([{"a": ["x"]}], "b.$or: found a list of one object; allowed: a list of two or more objects"),
        ({"a": ["x"]}, "b.$or: found an object; allowed: a list of two or more objects"),
        ([{"a": ["x"]}, "y"], 'b.$or[1]: found the string "y"; allowed: an object, since another alternative is one'),
        ([{"a": ["x"]}, {"c": 1}], "b.$or[1].c: found 1; allowed: a list of values, or an object, as in [1]"),
        ([], "b.$or: found an empty list; allowed: at least one value"),
        ("x", 'b.$or: found the string "x"; allowed: a list of values, or an object, as in ["x"]'),
    ],
)
def test_or_refuses_anything_but_several_objects(alternatives: Any, text: str) -> None:
    assert refusal({"b": {"$or": alternatives}}) == text


@pytest.mark.rule("FLT-18")
def test_the_combinations_of_or_are_limited_to_1000() -> None:
    ten = [{"k": [number]} for number in range(10)]
    eleven = [*ten, {"k": [10]}]
    compile_pattern({"a": {"$or": ten}, "b": {"$or": ten}, "c": {"$or": ten}})
    compile_pattern({"$or": [{"a": {"$or": ten}, "b": {"$or": ten}}, *ten]})
    assert (
        refusal({"a": {"$or": ten}, "b": {"$or": ten}, "c": {"$or": eleven}})
        == "the pattern: found more than 1,000 combinations of $or alternatives; allowed: at most 1,000"
    )


def test_nesting_is_limited() -> None:
    text = '{"a":' * 101 + "[1]" + "}" * 101
    assert refusal(text) == "the pattern: found more than 100 levels of objects; allowed: at most 100"
    assert refusal('{"a":' * 600 + "[1]" + "}" * 600).startswith("the pattern: found ")


@pytest.mark.rule("SNS-09", "SNS-10", "SNS-08")
def test_dialects_differ_in_what_they_allow() -> None:
    patterns: list[dict[str, Any]] = [
        {"k": [{"wildcard": "x*"}]},
        {"k": [{"anything-but": {"suffix": "x"}}]},
        {"k": [{"prefix": {"equals-ignore-case": "x"}}]},
        {"k": [{"numeric": ["<", 2000000000]}]},
        {"k": [{"numeric": ["<", 0.000001]}]},
        {},
    ]

    def allowed(pattern: dict[str, Any], dialect: Any) -> bool:
        try:
            compile_pattern(pattern, dialect)
        except PatternError:
            return False
        return True

    assert [[allowed(pattern, dialect) for dialect in (LAMBDA, EVENTBRIDGE, SNS)] for pattern in patterns] == [
        *[[True, True, False]] * 5,
        [False, False, True],
    ]
    assert compile_pattern('{"k": [301.5]}', SNS).matches({"k": 3.015e2})
    assert compile_pattern({}, SNS).matches({"any": "thing"})
