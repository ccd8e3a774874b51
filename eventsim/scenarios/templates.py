"""Texts with ``{n}``: the number of the item they are sent as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "{n}"


def render(template: str, n: int) -> str:
    """The text of item *n*, which counts from 0; nothing but ``{n}`` is touched."""
    return template.replace(MARK, str(n)) if MARK in template else template


def render_value(value: Any, n: int) -> Any:
    """A JSON value whose strings are rendered; keys are not."""
    if isinstance(value, str):
        return render(value, n)
    if isinstance(value, dict):
        return {key: render_value(member, n) for key, member in value.items()}
    if isinstance(value, list):
        return [render_value(item, n) for item in value]
    return value


def body_template(value: Any) -> str:
    """A message's body as a template: a text as it is, anything else as compact JSON in the order of its keys.

    ``{n}`` in the JSON's strings is rendered and in its keys is not: a key that holds it is written with an escape.
    """
    if isinstance(value, str):
        return value
    written = msgspec.json.encode(value).decode()
    if MARK not in written or not any(MARK in key for key in _keys(value)):
        return written
    stand_in = next(character for code in range(0xE000, 0xF900) if (character := chr(code)) not in written)
    renamed = msgspec.json.encode(_rename(value, MARK, f"{{{stand_in}}}")).decode()
    return renamed.replace(f"{{{stand_in}}}", "{\\u006e}")


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for member in value.values():
            yield from _keys(member)
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item)


def _rename(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key.replace(old, new): _rename(member, old, new) for key, member in value.items()}
    if isinstance(value, list):
        return [_rename(item, old, new) for item in value]
    return value
