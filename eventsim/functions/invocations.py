"""What is kept of each invocation, small enough to keep all of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, Literal, Protocol

import msgspec

InvocationType = Literal["RequestResponse", "Event"]
"""How a function was called: by somebody who waits for its answer, or with an event that is queued (ASY-01)."""


NO_VERSION: Final = ""
"""The version of a call whose qualifier was not there: nothing was invoked, and no metric counts it."""


class Outcome(StrEnum):
    """How an invocation ended, as the result and the trace say it."""

    SUCCESS = "success"
    PARTIAL = "partial"
    ERROR = "error"
    TIMEOUT = "timeout"
    THROTTLE = "throttle"


class Batch(Protocol):
    """What a mapping invoked the function with: enough to build the event again."""

    def __len__(self) -> int: ...

    def ids(self) -> list[str]:
        """The records' ids: message ids, sequence numbers, or event ids."""

    def event(self) -> dict[str, Any]:
        """The event, new each time: its receiver may change it."""


class InvocationRecord(msgspec.Struct, gc=False, eq=False):
    """One invocation: when, what for, and how it ended.

    Times are virtual seconds. *ended_s* and *outcome* are None while it runs. *response* is the JSON text that the code
    returned, None for ``null``; *error* the whole payload of a function error. *batch* is what a mapping made the event
    of; *event* is the JSON text of an event that no mapping made. *init_s* is what its environment's start took.
    *qualifier* is what the caller named, None for nothing; *version* what was run. *provisioned* tells whether one of
    the version's provisioned environments was free, None for a version without. *logs* is what the code printed.
    *throttle_reason* is Lambda's word for why it was throttled (CON-06).
    """

    at_s: float
    ended_s: float | None
    function: str
    mapping: str | None
    request_id: str
    attempt: int
    outcome: Outcome | None
    cold_start: bool
    response: str | bytes | None
    error: dict[str, Any] | None
    batch: Batch | None = None
    event: bytes | None = None
    invocation_type: InvocationType = "RequestResponse"
    init_s: float = 0.0
    qualifier: str | None = None
    version: str = "$LATEST"
    provisioned: bool | None = None
    logs: str = ""
    throttle_reason: str | None = None
