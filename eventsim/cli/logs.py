"""Log lines of a run, stamped with its virtual time. structlog is imported when the first one is written."""

from __future__ import annotations

import io
from collections.abc import Callable, MutableMapping
from typing import IO, TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from eventsim.cli.options import LogFormat

Processor = Callable[[Any, str, MutableMapping[str, Any]], MutableMapping[str, Any]]

_LEVELS = {"success": "info", "partial": "warning", "throttle": "warning"}
_FAILED = frozenset({"error", "timeout"})
_LEFT_OUT = frozenset({"n", "t", "kind", "records", "record_ids"})


class Log:
    """A log whose lines carry `now_s`, the virtual time, which whoever writes to it keeps up to date."""

    def __init__(self, log_format: LogFormat, stream: TextIO) -> None:
        self.now_s = 0.0
        self._format = log_format
        self._stream = stream
        self._logger: Any = None

    def write(self, level: str, event: str, /, **fields: object) -> None:
        """Write one line: *event* with *fields* at *level* (``info``, ``warning`` or ``error``)."""
        if self._logger is None:
            self._logger = _structured_logger(self._format, self._stream, lambda: self.now_s)
        getattr(self._logger, level)(event, **fields)


def open_log(log_format: LogFormat, stream: TextIO) -> Log:
    """Return a log that writes to *stream*: for people (``console``) or one JSON object a line (``json``)."""
    return Log(log_format, stream)


def stamp_virtual_time(now_s: Callable[[], float]) -> Processor:
    """Return a structlog processor that puts ``t``, the virtual seconds that *now_s* tells, before the other keys."""

    def stamp(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"t": round(now_s(), 6), **event}

    return stamp


class TraceLog(io.RawIOBase):
    """A trace's sink that logs the invocations it sees and passes everything on to *sink*.

    It logs the ends of failed invocations (``error``, ``timeout``), or with *every* of all invocations.
    """

    def __init__(self, log: Log, sink: IO[bytes] | None, *, every: bool) -> None:
        self._log = log
        self._sink = sink
        self._every = every
        self._rest = b""

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Take the next bytes of the trace."""
        if self._sink is not None:
            self._sink.write(data)
        *lines, self._rest = (self._rest + bytes(data)).split(b"\n")
        for line in lines:
            if b'"kind":"invoke.end"' in line:
                self._log_end(line)
        return len(data)

    def _log_end(self, line: bytes) -> None:
        import msgspec

        end = msgspec.json.decode(line)
        outcome = end.get("outcome")
        if not self._every and outcome not in _FAILED:
            return
        self._log.now_s = end["t"]
        fields = {key: value for key, value in end.items() if key not in _LEFT_OUT}
        self._log.write(_LEVELS.get(outcome, "error"), "invocation", **fields)


def _structured_logger(log_format: LogFormat, stream: TextIO, now_s: Callable[[], float]) -> Any:
    import structlog

    renderer: Any
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer()
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty(), timestamp_key="t")
    return structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[structlog.processors.add_log_level, stamp_virtual_time(now_s), renderer],
        wrapper_class=structlog.BoundLogger,
    )
