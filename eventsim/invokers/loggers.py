"""Logging as Lambda's runtime sets it up: one handler on the root logger, at WARNING."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from eventsim.invokers.output import Output

Own: TypeAlias = dict[str, Any]
"""What one named logger has of its own, by the names of its attributes."""

_SHARED = frozenset({"_cache", "level", "manager", "name", "parent"})
_disabled_when_new: dict[str, bool] = {}
"""By its name, whether code has left a logger disabled that it made while it was loaded: what `dictConfig` finds to
disable is only there because of earlier environments otherwise, where a process of its own has none."""
_NEW: Own = {"disabled": False, "filters": [], "handlers": [], "propagate": True}

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
    """One environment's root logger, and what it has on other loggers, in place between `enter` and `leave`.

    Handlers and filters that code adds while it is loaded, and the marks by which libraries know a logger that they
    have set up, belong to its environment: they don't pile up with each cold start, and the next one sets up its own.
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

    def adopt(self, before: Mapping[str, Own]) -> None:
        """Take over what other loggers got since *before*, which is `own_of_all`'s; inside, and only once."""
        for name, own in own_of_all().items():
            elsewhere = before.get(name, _NEW)
            if name not in before:
                _disabled_when_new[name] = own["disabled"]
            elif own["disabled"] and not _disabled_when_new.get(name, True):
                own["disabled"] = logging.getLogger(name).disabled = False
            changed = {one for one in own.keys() | elsewhere.keys() if own.get(one) != elsewhere.get(one)}
            if changed:
                self._others.append(_Named(logging.getLogger(name), changed, _copy(elsewhere)))


class _Named:
    """A logger other than the root, and what it has under *names* on the other side of `enter` and `leave`."""

    __slots__ = ("_elsewhere", "_logger", "_names")

    def __init__(self, logger: logging.Logger, names: Collection[str], elsewhere: Own) -> None:
        self._logger = logger
        self._names = names
        self._elsewhere = {name: elsewhere[name] for name in names if name in elsewhere}

    def swap(self) -> None:
        """Cross the bracket, in either direction."""
        everything = vars(self._logger)
        here = {name: everything[name] for name in self._names if name in everything}
        everything.update(self._elsewhere)  # first: another thread may be logging
        for name in here.keys() - self._elsewhere.keys():
            del everything[name]
        self._elsewhere = here


def own_of_all() -> dict[str, Own]:
    """What every named logger of the process has of its own: all but its level, what libraries note on it included."""
    loggers = logging.root.manager.loggerDict
    return {name: _own(found) for name, found in loggers.items() if isinstance(found, logging.Logger)}


def _own(logger: logging.Logger) -> Own:
    return _copy({name: value for name, value in vars(logger).items() if name not in _SHARED})


def _copy(own: Own) -> Own:
    return {name: list(value) if isinstance(value, list) else value for name, value in own.items()}
