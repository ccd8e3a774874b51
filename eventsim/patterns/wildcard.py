r"""The wildcard operator: ``*`` stands for any characters, ``\*`` and ``\\`` for themselves (FLT-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.patterns.errors import PatternError, describe

if TYPE_CHECKING:
    from eventsim.patterns.exact import Test


def wildcard_test(text: str, path: str) -> Test:
    """Whether a string fits *text*, in time linear in the string's length."""
    first, *rest = _parts(text, path)
    if not rest:
        return lambda value: type(value) is str and value == first
    *middle, last = rest
    shortest = len(first) + len(last)

    def test(value: Any) -> bool:
        if type(value) is not str or not value.startswith(first) or not value.endswith(last):
            return False
        # Taking each part's first occurrence leaves the most room for the parts after it.
        position, end = len(first), len(value) - len(last)
        for part in middle:
            position = value.find(part, position, end)
            if position < 0:
                return False
            position += len(part)
        return len(value) >= shortest

    return test


def _parts(text: str, path: str) -> list[str]:
    """The literal texts between the stars of *text*."""
    parts: list[str] = []
    part = ""
    characters = iter(text)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "")
            if escaped not in ("*", "\\"):
                raise PatternError(
                    path, f"{describe(text)} with a stray backslash", r"\* and \\", wording="Invalid escape character"
                )
            part += escaped
        elif character == "*":
            if parts and not part:
                raise PatternError(
                    path,
                    f"{describe(text)} with two stars in a row",
                    "one star",
                    wording="Consecutive wildcard characters",
                )
            parts.append(part)
            part = ""
        else:
            part += character
    return [*parts, part]
