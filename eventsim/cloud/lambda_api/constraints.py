"""What Lambda's front refuses by the model alone: lengths, ranges, patterns and words (GEN-06)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eventsim.cloud.lambda_api.model import Model, Shape

_ORDERS: dict[str, Sequence[str]] = {"EventSourcePosition": ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")}
"""Words in the order in which Lambda names them, where that is known to differ from the model's."""

_CLASSES = ((r"\p{L}", r"\w"), (r"\p{N}", r"\d"), (r"\p{Z}", r"\s"))
"""What Python's patterns have in place of Unicode's categories."""

_ELSEWHERE = frozenset({"Runtime", "EnvironmentVariableName", "ZipFile"})
"""Shapes whose values are checked where Lambda's own text about them is known."""


def check_parameters(model: Model, shape_name: str | None, params: Mapping[str, Any]) -> None:
    """AwsError ValidationException that names all members which break the model's constraints, in its order."""
    if shape_name is None:
        return
    found = list(_structure(model, model.shape(shape_name), params, ""))
    if found:
        many = "s" if len(found) > 1 else ""
        raise AwsError("ValidationException", f"{len(found)} validation error{many} detected: {'; '.join(found)}")


def _structure(model: Model, shape: Shape, given: Mapping[str, Any], at: str) -> Iterator[str]:
    for name in shape.get("required", ()):
        if name not in given:
            yield f"Value null at '{_path(at, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in shape["members"].items():
        if name in given and name != shape.get("payload"):
            yield from _value(model, member["shape"], given[name], _path(at, name))


def _value(model: Model, name: str, value: Any, at: str) -> Iterator[str]:
    shape = model.shape(name)
    kind = shape["type"]
    if kind == "structure":
        yield from _structure(model, shape, value, at)
    elif kind == "list":
        yield from _list(model, shape, value, at)
    elif kind == "map":
        yield from _map(model, shape, value, at)
    else:
        yield from _failures(_broken(name, shape, value), "***" if shape.get("sensitive") else value, at)


def _list(model: Model, shape: Shape, values: list[Any], at: str) -> Iterator[str]:
    shown = f"[{', '.join(map(_shown, values))}]"
    yield from _failures(_size(shape, len(values)), shown, at)
    name = shape["member"]["shape"]
    member = model.shape(name)
    if member["type"] in ("structure", "list", "map"):
        for n, one in enumerate(values, 1):
            yield from _value(model, name, one, f"{at}.{n}.member")
        return
    if any(True for one in values for _ in _broken(name, member, one)):
        yield f"{_start(shown, at)}Member must satisfy constraint: [{_all_of(name, member)}]"


def _map(model: Model, shape: Shape, values: Mapping[str, Any], at: str) -> Iterator[str]:
    shown = "{" + ", ".join(f"{key}={_shown(value)}" for key, value in values.items()) + "}"
    key_name, value_name = shape["key"]["shape"], shape["value"]["shape"]
    key, value = model.shape(key_name), model.shape(value_name)
    if any(True for one in values for _ in _broken(key_name, key, one)):
        yield f"{_start(shown, at)}Map keys must satisfy constraint: [{_all_of(key_name, key)}]"
    if value["type"] in ("structure", "list", "map"):
        for label, one in values.items():
            yield from _value(model, value_name, one, f"{at}.{label}.member")
    elif any(True for one in values.values() for _ in _broken(value_name, value, one)):
        yield f"{_start(shown, at)}Map value must satisfy constraint: [{_all_of(value_name, value)}]"


def _failures(rules: Iterable[str], value: Any, at: str) -> Iterator[str]:
    for rule in rules:
        yield f"{_start(value, at)}Member must {rule}"


def _start(value: Any, at: str) -> str:
    return f"Value '{_shown(value)}' at '{at}' failed to satisfy constraint: "


def _all_of(name: str, shape: Shape) -> str:
    """All constraints of a simple value, as they are told of what is inside lists and maps."""
    what = "have length" if shape["type"] == "string" else "have value"
    rules = [f"{what} less than or equal to {shape['max']}"] if "max" in shape else []
    rules += [f"{what} greater than or equal to {shape['min']}"] if "min" in shape else []
    words: Sequence[str] = shape.get("enum", ())
    rules += [f"satisfy enum value set: [{', '.join(_ORDERS.get(name, words))}]"] if words else []
    rules += [f"satisfy regular expression pattern: {shape['pattern']}"] if "pattern" in shape else []
    return ", ".join(f"Member must {rule}" for rule in rules)


def _broken(name: str, shape: Shape, value: Any) -> Iterator[str]:
    """The constraints of a simple value that it does not satisfy."""
    if name in _ELSEWHERE or isinstance(value, bool):
        return
    if isinstance(value, int | float):
        if value < shape.get("min", value):
            yield f"have value greater than or equal to {shape['min']}"
        if value > shape.get("max", value):
            yield f"have value less than or equal to {shape['max']}"
    elif isinstance(value, str):
        words: Sequence[str] = shape.get("enum", (value,))
        if value not in words:
            yield f"satisfy enum value set: [{', '.join(_ORDERS.get(name, words))}]"
        pattern = shape.get("pattern")
        if pattern is not None and not _compiled(pattern).fullmatch(value):
            yield f"satisfy regular expression pattern: {pattern}"
        yield from _size(shape, len(value))


def _size(shape: Shape, length: int) -> Iterator[str]:
    if length < shape.get("min", 0):
        yield f"have length greater than or equal to {shape['min']}"
    if length > shape.get("max", length):
        yield f"have length less than or equal to {shape['max']}"


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    for theirs, ours in _CLASSES:
        pattern = pattern.replace(theirs, ours)
    return re.compile(pattern, re.DOTALL)


def _path(at: str, name: str) -> str:
    own = name[:1].lower() + name[1:]
    return f"{at}.{own}" if at else own


def _shown(value: Any) -> str:
    return "true" if value is True else "false" if value is False else str(value)
