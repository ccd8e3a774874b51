"""What is kept of each invocation, small enough to keep all of them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from eventsim.cloud.queues.message import Delivery


class Outcome(str, Enum):
    """How an invocation ended, as the result and the trace say it."""

    SUCCESS = "success"
    PARTIAL = "partial"
    ERROR = "error"
    TIMEOUT = "timeout"
    THROTTLE = "throttle"


class InvocationRecord(msgspec.Struct, gc=False, eq=False):
    """One invocation: when, what for, and how it ended.

    Times are virtual seconds. *response* is the JSON text that the code returned, None for ``null``; *error* the whole
    payload of a function error. *batch* is what the event was made of, so that the event need not be kept: the mapping
    builds it again, *with_window* as the mapping was set then. *event* is the JSON text of an event that no mapping
    made.
    """

    at_s: float
    ended_s: float
    function: str
    mapping: str | None
    request_id: str
    attempt: int
    outcome: Outcome
    cold_start: bool
    response: str | bytes | None
    error: dict[str, Any] | None
    batch: tuple[Delivery, ...] = ()
    event: bytes | None = None
    invocation_type: str = "RequestResponse"
    with_window: bool = False
