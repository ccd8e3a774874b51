"""Logging as Lambda's runtime sets it up: one handler on the root logger, at WARNING."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.invokers.output import Output

_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"


class LambdaHandler(logging.Handler):
    """Writes a line with level, time and request id to the function's output."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output
        self.request_id = ""
        self.setFormatter(logging.Formatter(_FORMAT, _TIME_FORMAT))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        record.aws_request_id = self.request_id
        try:
            self._output.write(self.format(record))
        except Exception:  # noqa: BLE001 - a bad format string is reported as logging does everywhere
            self.handleError(record)


class Loggers:
    """One environment's root logger, and its handlers on other loggers, in place between `enter` and `leave`.

    Handlers that code adds while it is loaded belong to its environment, so they don't pile up with each cold start.
    The process's own root handlers (pytest's, say) get the records too; a level of its own that lets more through (that
    of ``caplog.set_level``, or of a handler's module that the test has imported) does so here.
    """

    __slots__ = ("_handlers", "_inside_level", "_level", "_others", "_outside", "_outside_level", "handler")

    def __init__(self, output: Output) -> None:
        self.handler = LambdaHandler(output)
        self._handlers: list[logging.Handler] = [self.handler]
        self._level = logging.WARNING
        self._inside_level = logging.WARNING
        self._outside: list[logging.Handler] = []
        self._outside_level = logging.WARNING
        self._others: list[_Named] = []

    def enter(self) -> None:
        """Put the environment's handlers and level in place."""
        root = logging.root
        self._outside = root.handlers
        root.handlers = self._handlers + self._outside if self._outside else self._handlers
        self._outside_level = root.level
        self._inside_level = min(self._level, self._outside_level)
        if self._inside_level != self._outside_level:
            root.setLevel(self._inside_level)
        for other in self._others:
            other.swap()

    def leave(self) -> None:
        """Give the process its own back."""
        root = logging.root
        outside, current = self._outside, root.handlers
        root.handlers = outside
        self._handlers = [handler for handler in current if handler not in outside] if outside else current
        level = root.level
        if level != self._inside_level:  # the code has set it
            self._level = level
        if level != self._outside_level:
            root.setLevel(self._outside_level)
        for other in self._others:
            other.swap()

    def adopt(self, before: Mapping[str, list[logging.Handler]]) -> None:
        """Take over the handlers that other loggers got since *before*, a `handlers_of_all`; inside, and only once."""
        for name, handlers in handlers_of_all().items():
            elsewhere = before.get(name, [])
            if handlers != elsewhere:
                self._others.append(_Named(logging.getLogger(name), elsewhere))


class _Named:
    """A logger other than the root, and the handlers that it has on the other side of `enter` and `leave`."""

    __slots__ = ("_elsewhere", "_logger")

    def __init__(self, logger: logging.Logger, elsewhere: list[logging.Handler]) -> None:
        self._logger = logger
        self._elsewhere = elsewhere

    def swap(self) -> None:
        """Cross the bracket, in either direction."""
        self._logger.handlers, self._elsewhere = self._elsewhere, self._logger.handlers


def handlers_of_all() -> dict[str, list[logging.Handler]]:
    """The handlers of every named logger of the process."""
    loggers = logging.root.manager.loggerDict
    return {name: list(found.handlers) for name, found in loggers.items() if isinstance(found, logging.Logger)}
