"""Every error that eventsim raises on purpose.

* EventSimError
  x InputError            what the user wrote can't be run: where, what was found, what is allowed (exit status 2)
    x ScenarioError       all the problems of one scenario file
  x AwsError              an AWS service's own answer: exact code, HTTP status and text
  x VirtualTimeError      the simulation can't go on; names each waiting task and its line (exit status 3)
    x DeadlockError         nothing is ready, no timer is set, no thread works
    x LivelockError         callbacks run for ever without time moving or progress
    x ThreadStallError      a thread that the loop waits for did not come back
    x RealIOError           something tried to wait for a real socket or pipe

A warning, not an error: NoEffectWarning, for a setting of AWS that a simulation does not need.
"""

from __future__ import annotations

from dataclasses import dataclass


class EventSimError(Exception):
    """The base of every error below."""


class InputError(EventSimError):
    """What the user wrote can't be run; the message says where, what was found and what is allowed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file: its place and what to do.

    *line* and *column* count from 1; 0 when the place is the whole file. *path* is the key's path, as in
    ``functions.worker.Timeout``.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class ScenarioError(InputError):
    """A scenario file that can't be run, with all its problems in the order of their places."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class AwsError(EventSimError):
    """An AWS service's error answer.

    *code* and *message* are AWS's own; *status* is the HTTP status; *fault* is ``Sender`` or ``Receiver``;
    *query_code* is the code that the older query protocol used, where it differs (``x-amzn-query-error``).
    """

    def __init__(
        self, code: str, message: str, *, status: int = 400, fault: str = "Sender", query_code: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.fault = fault
        self.query_code = query_code

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class VirtualTimeError(EventSimError):
    """The simulation can't go on; the message says which task waits for what."""


class DeadlockError(VirtualTimeError):
    """Nothing is ready, no timer is set and no thread is working: time would stop for ever."""


class LivelockError(VirtualTimeError):
    """Callbacks keep running without the virtual time advancing and without progress."""


class ThreadStallError(VirtualTimeError):
    """A thread that the loop waits for did not come back within the real-time patience."""


class RealIOError(VirtualTimeError):
    """Code in the simulation tried to wait for a real socket or pipe."""


class NoEffectWarning(UserWarning):
    """A setting that AWS knows and that changes nothing in a simulation, as a function's Role."""
