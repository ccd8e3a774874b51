"""Small wordings of reprs and messages."""

from __future__ import annotations

_SHOWN = 80


def shortened(text: str) -> str:
    """A text on one line, with an end to it."""
    line = text.replace("\n", "\\n")
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 3]}..."


def shortened_inside(line: str, widest: int) -> str:
    """A line of at most *widest* characters, which has lost its middle if it was longer."""
    if len(line) <= widest:
        return line
    tail = widest // 3
    return f"{line[: widest - tail - 3]}...{line[-tail:]}"


def times(count: int) -> str:
    """How often: ``once``, ``3 times``."""
    return "once" if count == 1 else f"{count} times"


def counted(count: int, noun: str) -> str:
    """``1 record``, ``2 records``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(parts: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
