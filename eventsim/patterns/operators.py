"""The operators of one list of values: ``{"prefix": "x"}``, ``{"anything-but": [...]}`` and the like (FLT-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.patterns.addresses import cidr_test
from eventsim.patterns.errors import PatternError, describe, join, quote
from eventsim.patterns.exact import Test, exact_test
from eventsim.patterns.json_numbers import number_value
from eventsim.patterns.numeric import numeric_test
from eventsim.patterns.wildcard import wildcard_test

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.patterns.dialects import Dialect


def operator_test(name: str, argument: Any, path: str, dialect: Dialect) -> Test:
    """Compile an operator and its argument into a test of one scalar; *path* is that of the list it stands in."""
    return _TESTS[name](argument, join(path, name), dialect)


def operator_of(expression: dict[str, Any], path: str, dialect: Dialect) -> tuple[str, Any]:
    """The name and argument of an operator expression, which has exactly one key."""
    allowed = "one of " + ", ".join(sorted(dialect.operators))
    if len(expression) != 1:
        found = f"{describe(expression)} of {len(expression)} keys" if expression else "an empty object"
        wording = "Only one key allowed in match expression" if expression else "Match expression name not found"
        raise PatternError(path, found, allowed, wording=wording)
    ((name, argument),) = expression.items()
    if name not in dialect.operators:
        raise PatternError(path, f"the operator {quote(name)}", allowed, wording=f"Unrecognized match type {name}")
    return name, argument


def _exists(argument: Any, path: str, _dialect: Dialect) -> Test:
    if argument is not True and argument is not False:
        wording = "exists match pattern must be either true or false."
        raise PatternError(path, describe(argument), "true or false", wording=wording)
    return lambda _value: bool(argument)


def _prefix(argument: Any, path: str, dialect: Dialect) -> Test:
    text, folded = _affix("prefix", argument, path, dialect)
    if folded:
        return lambda value: type(value) is str and value.lower().startswith(text)
    return lambda value: type(value) is str and value.startswith(text)


def _suffix(argument: Any, path: str, dialect: Dialect) -> Test:
    text, folded = _affix("suffix", argument, path, dialect)
    if folded:
        return lambda value: type(value) is str and value.lower().endswith(text)
    return lambda value: type(value) is str and value.endswith(text)


def _affix(name: str, argument: Any, path: str, dialect: Dialect) -> tuple[str, bool]:
    if dialect.folded_affixes and isinstance(argument, dict) and list(argument) == ["equals-ignore-case"]:
        return _text("equals-ignore-case", argument["equals-ignore-case"], path).lower(), True
    return _text(name, argument, path), False


def _equals_ignore_case(argument: Any, path: str, _dialect: Dialect) -> Test:
    text = _text("equals-ignore-case", argument, path).lower()
    return lambda value: type(value) is str and value.lower() == text


def _wildcard(argument: Any, path: str, _dialect: Dialect) -> Test:
    return wildcard_test(_text("wildcard", argument, path), path)


def _cidr(argument: Any, path: str, _dialect: Dialect) -> Test:
    return cidr_test(argument, path)


def _anything_but(argument: Any, path: str, dialect: Dialect) -> Test:
    if isinstance(argument, dict):
        return _negated(_excluded_texts(argument, path, dialect))
    values = argument if isinstance(argument, list) else [argument]
    strings = all(type(value) is str for value in values)
    numbers = all(number_value(value) is not None for value in values)
    if not values or not (strings or numbers):
        allowed = "a string, a number, a list of strings, a list of numbers or one of " + _excludable(dialect)
        found = describe(next((value for value in values if type(value) is not str), argument))
        mixed = "Inside anything but list, either all values are number or string, mixed type is not supported"
        single = "Value of anything-but must be an array or single string/number value."
        raise PatternError(path, found, allowed, wording=mixed if isinstance(argument, list) else single)
    return _negated(exact_test(values, numbers_by_value=dialect.numbers_by_value))


def _excluded_texts(expression: dict[str, Any], path: str, dialect: Dialect) -> Test:
    """The test that ``{"anything-but": {operator: text or list of texts}}`` negates."""
    if len(expression) != 1:
        wording = "Only one key allowed in match expression" if expression else "Anything-But expression name not found"
        raise PatternError(path, describe(expression), "one of " + _excludable(dialect), wording=wording)
    ((name, argument),) = expression.items()
    if name not in dialect.anything_but:
        wording = f"Unsupported anything-but pattern: {name}"
        raise PatternError(path, f"the operator {quote(name)}", "one of " + _excludable(dialect), wording=wording)
    texts = argument if isinstance(argument, list) else [argument]
    place = join(path, name)
    if not texts or (name in ("prefix", "suffix") and "" in texts):
        found, wording = ("an empty string", "Null prefix/suffix not allowed") if texts else ("an empty list", "")
        raise PatternError(place, found, "strings that aren't empty", wording=wording)
    tests = [_TESTS[name](_text(name, text, place), place, dialect) for text in texts]
    return lambda value: any(test(value) for test in tests)


def _excludable(dialect: Dialect) -> str:
    return ", ".join(f'{{"{name}": ...}}' for name in sorted(dialect.anything_but))


def _negated(test: Test) -> Test:
    return lambda value: not test(value)


def _text(name: str, argument: Any, path: str) -> str:
    if type(argument) is not str:
        raise PatternError(path, describe(argument), "a string", wording=f"{name} match pattern must be a string")
    return argument


_TESTS: Final[dict[str, Callable[[Any, str, Dialect], Test]]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _equals_ignore_case,
    "exists": _exists,
    "numeric": numeric_test,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
