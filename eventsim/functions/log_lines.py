"""The lines that Lambda itself writes around what a function logs: START, END and REPORT (FUN-19)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from eventsim.functions.invocations import Outcome

if TYPE_CHECKING:
    from eventsim.functions.invocations import InvocationRecord

TAIL_BYTES: Final = 4096
"""How much of a log's end LogType=Tail gives (FUN-07)."""

_DUST_MS: Final = 1e-6
_STATUS: Final = {Outcome.ERROR: "error", Outcome.TIMEOUT: "timeout"}


def duration_ms(record: InvocationRecord) -> float:
    """How long the handler ran, in milliseconds, without the start of its environment (MET-06); 0.0 for none."""
    if record.ended_s is None or record.outcome is Outcome.THROTTLE:
        return 0.0
    return max(0.0, round((record.ended_s - record.at_s - record.init_s) * 1000, 3))


def billed_ms(record: InvocationRecord) -> int:
    """What is billed of an invocation, in whole milliseconds: its duration and its start, rounded up (CST-02).

    The start is billed for on-demand environments; nobody pays for an attempt that was throttled (CST-01).
    """
    if record.ended_s is None or record.outcome is Outcome.THROTTLE:
        return 0
    return math.ceil((record.ended_s - record.at_s) * 1000 - _DUST_MS)


def report_lines(record: InvocationRecord, memory_mb: int, *, used_mb: int | None = None) -> tuple[str, str]:
    """What stands before and after an invocation's own log: the START line, and the END and REPORT lines.

    The fields of REPORT are separated by tabs. A simulation measures no memory: *used_mb* is all of *memory_mb* where
    nobody knows better.
    """
    request_id = record.request_id
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration_ms(record):.2f} ms",
        f"Billed Duration: {billed_ms(record)} ms",
        f"Memory Size: {memory_mb} MB",
        f"Max Memory Used: {memory_mb if used_mb is None else used_mb} MB",
    ]
    if record.cold_start:
        fields.append(f"Init Duration: {record.init_s * 1000:.2f} ms")
    status = None if record.outcome is None else _STATUS.get(record.outcome)
    if status is not None:
        fields.append(f"Status: {status}")
    if status == "error" and record.error is not None and record.error.get("errorType"):
        fields.append(f"Error Type: {record.error['errorType']}")
    start = f"START RequestId: {request_id} Version: {record.version}\n"
    return start, f"END RequestId: {request_id}\n" + "\t".join(fields) + "\n"


def whole_log(record: InvocationRecord, memory_mb: int) -> str:
    """An invocation's log as CloudWatch Logs would have it; what it printed ends with a line end."""
    start, end = report_lines(record, memory_mb)
    printed = record.logs
    return start + printed + ("\n" if printed and not printed.endswith("\n") else "") + end


def log_tail(record: InvocationRecord, memory_mb: int) -> bytes:
    """The last 4 KB of an invocation's log, as LogType=Tail gives it before it is put into base64 (FUN-07)."""
    return whole_log(record, memory_mb).encode("utf-8", "backslashreplace")[-TAIL_BYTES:]
