"""What a function's answer says about a batch of a stream (ESM-26 to ESM-28, STR-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.functions.invocations import Outcome
from eventsim.mappings.partial_failure import AllFailed, Clause, Verdict, read_response
from eventsim.mappings.windows import read_state

if TYPE_CHECKING:
    from eventsim.events.stream import StreamBatch
    from eventsim.functions.invocations import InvocationRecord


def read_answer(record: InvocationRecord, made: StreamBatch, *, reports: bool) -> Verdict:
    """Read what came of an invocation with *made*; *reports* is ReportBatchItemFailures.

    In a tumbling window every answer needs a state, that of the last invocation included.
    """
    if record.outcome is Outcome.ERROR:
        return AllFailed(Clause.FUNCTION_ERROR)
    if record.outcome is Outcome.TIMEOUT:
        return AllFailed(Clause.TIMEOUT)
    reports = reports and record.response is not None
    verdict = read_response(record.response, set(made.ids()) if reports else (), reports=reports)
    if made.window is not None and not isinstance(verdict, AllFailed) and read_state(record.response) is None:
        return AllFailed(Clause.NO_STATE)
    return verdict
