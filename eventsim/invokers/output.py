"""What a handler prints: collected, so that the command's own standard output stays clean."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class _Kept(io.BytesIO):
    """Bytes in memory that no handler can close."""

    def close(self) -> None:
        """Stay open: the next invocation prints too."""


class _Echoed(io.RawIOBase):
    """Hands bytes to *kept*, and their text to what *outside* gives."""

    def __init__(self, kept: _Kept, outside: Callable[[], Any]) -> None:
        super().__init__()
        self._kept = kept
        self._outside = outside

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, part: bytes) -> int:  # type: ignore[override]  # a text stream writes bytes
        """Keep *part* and show it."""
        outside = self._outside()
        if outside is not None and not getattr(outside, "closed", False):
            outside.write(bytes(part).decode("utf-8", "replace"))
        return self._kept.write(part)


class Output:
    """Stands in for `sys.stdout` and `sys.stderr`, together in the order of writing, between `enter` and `leave`.

    What the code itself puts in their place stays there while it waits, until its invocation has ended.
    With *echo*, what the code prints goes to the process's own streams as well.
    """

    __slots__ = ("_bytes", "_echo", "_errors", "_inside", "_outside", "stream")

    def __init__(self, *, echo: bool = False) -> None:
        self._bytes = _Kept()
        self._echo = echo
        self._outside: tuple[Any, Any] = (None, None)
        self.stream = self._new_stream(0)
        self._errors = self._new_stream(1) if echo else self.stream
        self._inside: tuple[Any, Any] = (self.stream, self._errors)

    def enter(self) -> None:
        """Let the code print into the collector."""
        self._outside = (sys.stdout, sys.stderr)
        sys.stdout, sys.stderr = self._inside

    def leave(self) -> None:
        """Give the process its own streams back."""
        self._inside = (sys.stdout, sys.stderr)
        sys.stdout, sys.stderr = self._outside

    def restore(self) -> None:
        """Let the next stretch begin with these streams, whatever the last one has put in their place."""
        self._inside = (self.stream, self._errors)

    def write(self, text: str) -> None:
        """Add a line of the runtime's own, also when the handler has closed the stream."""
        self._bytes.write(text.encode("utf-8", "backslashreplace"))

    def take(self) -> str:
        """What was printed since the last call."""
        if self.stream.closed:
            self.stream = self._new_stream(0)
        if self._errors.closed:
            self._errors = self._new_stream(1) if self._echo else self.stream
        self.restore()
        if self._bytes.tell() == 0:
            return ""
        text = self._bytes.getvalue().decode("utf-8", "replace")
        self._bytes.seek(0)
        self._bytes.truncate()
        return text

    def _new_stream(self, number: int) -> io.TextIOWrapper:
        kept: Any = _Echoed(self._bytes, lambda: self._outside[number]) if self._echo else self._bytes
        return io.TextIOWrapper(kept, "utf-8", "backslashreplace", newline="", write_through=True)
