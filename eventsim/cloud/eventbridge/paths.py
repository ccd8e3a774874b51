"""Paths into an event, as InputPath and InputPathsMap have them: ``$.detail.items[0].name``."""

from __future__ import annotations

import re
from typing import Any, Final

_PATH: Final = re.compile(r"\$(\.[^.\[\]*\s'\"]+(\[([0-9]+|\*)\])*)*")
_STEP: Final = re.compile(r"\.([^.\[]+)|\[([0-9]+|\*)\]")

MISSING: Final = object()
"""What a path leads to where the event has nothing."""

Step = str | int | None
Path = tuple[Step, ...]
"""The names and indexes on the way; None is ``[*]``, each element of a list."""


def parse_path(text: str) -> Path | None:
    """The steps of a path; None for what is none: brackets with names, slices, wildcards for names."""
    if not _PATH.fullmatch(text):
        return None
    return tuple(_step(found) for found in _STEP.finditer(text))


def follow(path: Path, document: Any) -> Any:
    """What *path* leads to in *document*: a list where it passes a ``[*]``, MISSING where there is nothing."""
    for position, step in enumerate(path):
        if step is None:
            if not isinstance(document, list):
                return MISSING
            rest = path[position + 1 :]
            return [found for element in document if (found := follow(rest, element)) is not MISSING]
        if isinstance(step, str):
            document = document.get(step, MISSING) if isinstance(document, dict) else MISSING
        else:
            document = document[step] if isinstance(document, list) and step < len(document) else MISSING
        if document is MISSING:
            return MISSING
    return document


def _step(found: re.Match[str]) -> Step:
    if found[1] is not None:
        return found[1]
    return None if found[2] == "*" else int(found[2])
