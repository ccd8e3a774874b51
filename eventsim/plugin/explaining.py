"""What differs, and where, when an assertion about invocations or messages fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from eventsim.facade.invocations import Invocations, RecordedInvocation
from eventsim.facade.messages import Bodies, Message, Messages
from eventsim.facade.words import shortened_inside

_MOST = 10
_WIDEST_FIRST, _WIDEST = 100, 160  # pytest itself cuts an explanation off after 640 characters, unless -vv says not to


def explain(op: str, left: object, right: object, *, whole: bool = False) -> list[str] | None:
    """The lines that pytest shows instead of its own; None where neither side is of a simulation.

    Long ones lose their middle, unless they are to be shown *whole*.
    """
    lines = _explained(op, left, right)
    if lines is None or whole:
        return lines
    return [shortened_inside(line, _WIDEST if n else _WIDEST_FIRST) for n, line in enumerate(lines)]


def _explained(op: str, left: object, right: object) -> list[str] | None:
    if op == "in" and isinstance(right, Bodies | Messages):
        return [f"{left!r} in {_title(right)}", f"there are {len(right)}:", *_numbered(_messages(right))]
    if op != "==":
        return None
    if isinstance(left, Invocations | Bodies | Messages):
        return _lists(left, right)
    if isinstance(right, Invocations | Bodies | Messages):
        return _lists(right, left)
    if isinstance(left, RecordedInvocation) and isinstance(right, Mapping | RecordedInvocation):
        return [f"{left!r} == {right!r}", *_members(left, right)]
    if isinstance(right, RecordedInvocation) and isinstance(left, Mapping):
        return [f"{left!r} == {right!r}", *_members(right, left)]
    if isinstance(left, Message) and isinstance(right, Mapping):
        return [f"{left!r} == {right!r}", *_difference(left, right)]
    return None


def _lists(actual: Invocations | Bodies | Messages, expected: object) -> list[str] | None:
    if not isinstance(expected, Sequence) or isinstance(expected, str | bytes):
        return None
    lines = [f"{_title(actual)} == {expected!r}"]
    if len(actual) != len(expected):
        lines.append(f"there are {len(actual)}, expected {len(expected)}")
    differing: list[str] = []
    for n in range(max(len(actual), len(expected))):
        if n >= len(expected):
            differing.append(f"[{n}] unexpected: {_item(actual, n)}")
        elif n >= len(actual):
            differing.append(f"[{n}] missing: {expected[n]!r}")
        elif actual[n] != expected[n]:
            differing.append(f"[{n}] {_item(actual, n)}")
            differing += [f"    {line}" for line in _difference(actual[n], expected[n])]
    if isinstance(actual, Bodies) and sorted(actual) == sorted(map(str, expected)):
        lines.append("the same bodies in another order")
    more = len(differing) - 2 * _MOST
    return [*lines, *differing[: 2 * _MOST], *([f"and {more} lines more"] if more > 0 else [])]


def _difference(actual: object, expected: object) -> list[str]:
    if isinstance(actual, RecordedInvocation) and isinstance(expected, Mapping | RecordedInvocation):
        return _members(actual, expected)
    if isinstance(actual, Message) and isinstance(expected, Mapping):
        return _named(actual.differing(expected), expected)
    if isinstance(actual, Message) and isinstance(expected, Message):
        names = [field for field in actual.__struct_fields__ if getattr(actual, field) != getattr(expected, field)]
        return [f"{name} is {getattr(actual, name)!r}, expected {getattr(expected, name)!r}" for name in names]
    if isinstance(actual, str) and isinstance(expected, str):
        return _texts(actual, expected)
    return [f"expected {expected!r}"]


def _members(actual: RecordedInvocation, expected: Mapping[str, Any] | RecordedInvocation) -> list[str]:
    wanted = expected.to_json() if isinstance(expected, RecordedInvocation) else expected
    found = actual.differing({name: value for name, value in wanted.items() if name != "qualifier"})
    return _named(found, wanted)


def _named(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    return [f"{name} is {value!r}, expected {wanted[name]!r}" for name, value in found.items()]


def _texts(actual: str, expected: str) -> list[str]:
    """Two bodies: where they are JSON objects, by the paths that differ."""
    try:
        one, other = msgspec.json.decode(actual), msgspec.json.decode(expected)
    except msgspec.DecodeError:
        return [f"expected {expected!r}"]
    if not isinstance(one, dict) or not isinstance(other, dict):
        return [f"expected {expected!r}"]
    lines = list(_paths(one, other, ""))
    return lines or [f"expected {expected!r}: the same JSON, written in another way"]


def _paths(actual: Any, expected: Any, path: str) -> list[str]:
    if isinstance(actual, dict) and isinstance(expected, dict):
        lines: list[str] = []
        for key in [*actual, *(key for key in expected if key not in actual)]:
            inner = f"{path}.{key}" if path else key
            if key not in expected:
                lines.append(f"{inner} is unexpected: {actual[key]!r}")
            elif key not in actual:
                lines.append(f"{inner} is missing, expected {expected[key]!r}")
            else:
                lines += _paths(actual[key], expected[key], inner)
        return lines
    return [] if actual == expected else [f"{path} is {actual!r}, expected {expected!r}"]


def _title(items: Invocations | Bodies | Messages) -> str:
    if isinstance(items, Invocations):
        names = list(dict.fromkeys(item.function for item in items))
        return f"invocations of {', '.join(names)}" if names else "no invocations"
    messages = _messages(items)
    kind = "bodies" if isinstance(items, Bodies) else "messages"
    return f"{kind} of {messages[0].queue}" if messages else f"no {kind}"


def _messages(items: Bodies | Messages) -> Messages:
    return items.messages if isinstance(items, Bodies) else items


def _item(items: Invocations | Bodies | Messages, n: int) -> str:
    return repr(items[n] if isinstance(items, Invocations) else _messages(items)[n])


def _numbered(messages: Messages) -> list[str]:
    lines = [f"[{n}] {message!r}" for n, message in enumerate(messages[:_MOST])]
    return [*lines, f"and {len(messages) - _MOST} more"] if len(messages) > _MOST else lines
