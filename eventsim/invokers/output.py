"""What a handler prints: collected, so that the command's own standard output stays clean."""

from __future__ import annotations

import io
import sys
from typing import Any


class _Kept(io.BytesIO):
    """Bytes in memory that no handler can close."""

    def close(self) -> None:
        """Stay open: the next invocation prints too."""


class Output:
    """Stands in for `sys.stdout` and `sys.stderr`, together in the order of writing, between `enter` and `leave`."""

    __slots__ = ("_bytes", "_outside", "stream")

    def __init__(self) -> None:
        self._bytes = _Kept()
        self._outside: tuple[Any, Any] = (None, None)
        self.stream = self._new_stream()

    def enter(self) -> None:
        """Let the code print into the collector."""
        self._outside = (sys.stdout, sys.stderr)
        sys.stdout = sys.stderr = self.stream

    def leave(self) -> None:
        """Give the process its own streams back."""
        sys.stdout, sys.stderr = self._outside

    def write(self, text: str) -> None:
        """Add a line of the runtime's own, also when the handler has closed the stream."""
        self._bytes.write(text.encode("utf-8", "backslashreplace"))

    def take(self) -> str:
        """What was printed since the last call."""
        if self.stream.closed:
            self.stream = self._new_stream()
        if self._bytes.tell() == 0:
            return ""
        text = self._bytes.getvalue().decode("utf-8", "replace")
        self._bytes.seek(0)
        self._bytes.truncate()
        return text

    def _new_stream(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(self._bytes, "utf-8", "backslashreplace", newline="", write_through=True)
