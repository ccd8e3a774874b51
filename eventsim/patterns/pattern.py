"""Event patterns: compile once, match many documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eventsim.patterns.compile import compile_root
from eventsim.patterns.dialects import LAMBDA, Dialect
from eventsim.patterns.errors import PatternError, describe
from eventsim.patterns.json_numbers import decode

if TYPE_CHECKING:
    from eventsim.patterns.nodes import Branch


class Pattern:
    """A compiled event pattern. Documents are what ``json_numbers.decode`` returns, or any JSON-like values."""

    __slots__ = ("root",)

    def __init__(self, root: Branch) -> None:
        self.root = root

    def matches(self, document: Mapping[str, Any]) -> bool:
        """Whether the document satisfies each key of the pattern."""
        return self.root.matches(document if isinstance(document, dict) else dict(document))

    def first_mismatch(self, document: Mapping[str, Any]) -> str | None:
        """The dotted path of the first key, in the pattern's order, that failed; None when the document matches.

        It is the path of the ``$or`` when none of its alternatives fits.
        """
        return self.root.mismatch(document if isinstance(document, dict) else dict(document), "")


def compile_pattern(pattern: str | Mapping[str, Any], dialect: Dialect = LAMBDA) -> Pattern:
    """Compile a pattern given as JSON text or as already parsed JSON.

    Raises PatternError, which says what was found, where, and what is allowed (FLT-02, FLT-10, FLT-15, FLT-18).
    """
    parsed = _parse(pattern) if isinstance(pattern, str) else pattern
    if not isinstance(parsed, Mapping):
        raise PatternError("", describe(parsed), "a JSON object", wording="Filter is not an object")
    return Pattern(compile_root(dict(parsed), dialect))


def _parse(text: str) -> Any:
    try:
        return decode(text)
    except ValueError as error:
        raise PatternError("", f"text that isn't JSON ({error})", "a JSON object") from None
