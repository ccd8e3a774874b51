"""Programs that run a function's code: started, read, watched and ended, each with all that it has started itself."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

LOG_LIMIT_BYTES = 1024 * 1024
"""How much of an invocation's output is kept."""


class Program:
    """One process in a session of its own; what it prints is collected, and never blocks it.

    Made and used on *loop*, a real one. *on_exit* is called there with its exit status, negative for a signal, when it
    has ended and was reaped; what it started has been killed by then. Raises OSError when it can't be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        variables: Mapping[str, str],
        loop: asyncio.AbstractEventLoop,
        on_exit: Callable[[int], object],
    ) -> None:
        self._loop = loop
        self._on_exit = on_exit
        self._output = bytearray()
        self._left_out = 0
        self.status: int | None = None
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - to run the user's program is the point
                list(command), cwd=folder, env=dict(variables), stdin=subprocess.DEVNULL, stdout=writer, stderr=writer,
                start_new_session=True,
            )  # fmt: skip
        except BaseException:
            os.close(self._reader)
            raise
        finally:
            os.close(writer)
        loop.add_reader(self._reader, self._read)
        threading.Thread(target=self._watch, name="eventsim-process", daemon=True).start()

    def kill(self) -> None:
        """End it and all that it has started; `on_exit` follows."""
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses for a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)

    def take_output(self) -> str:
        """What it printed since the last call, stdout and stderr together."""
        self._read()
        text = self._output.decode("utf-8", "replace")
        if self._left_out:
            text += f"\n[{self._left_out} more bytes left out]\n"
        self._output.clear()
        self._left_out = 0
        return text

    def _read(self) -> None:
        while self._reader >= 0:
            try:
                piece = os.read(self._reader, 65_536)
            except BlockingIOError:
                return
            if not piece:
                self._close_output()
            room = LOG_LIMIT_BYTES - len(self._output)
            self._output += piece[:room]
            self._left_out += max(0, len(piece) - room)

    def _close_output(self) -> None:
        self._loop.remove_reader(self._reader)
        os.close(self._reader)
        self._reader = -1

    def _watch(self) -> None:
        self._process.wait()
        with suppress(RuntimeError):  # the loop is closed: nobody asks any more
            self._loop.call_soon_threadsafe(self._ended)

    def _ended(self) -> None:
        self.kill()
        self._read()
        if self._reader >= 0:
            self._close_output()
        self.status = self._process.returncode
        self._on_exit(self.status)


def start_error(request_id: str, command: Sequence[str], error: OSError) -> dict[str, Any]:
    """What Lambda answers when the runtime's program can't even be started (FUN-10)."""
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    text = f"RequestId: {request_id} Error: fork/exec {command[0]}: {reason}"
    return {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": text}
