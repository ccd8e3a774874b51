"""From a parcel to its end: delivered, dead-lettered, or dropped (SCH-06, SCH-07)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from eventsim.cloud.eventbridge.outlets import Outlets, hand_over
from eventsim.cloud.eventbridge.retries import Backoff, Failure, RetryPolicy, classify, exhausted
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from eventsim.cloud.queues.waiters import Timers
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.trace import Trace


class DeliveryMetrics(msgspec.Struct):
    """Running totals: each parcel ends in one of *delivered*, *dead_lettered* and *dropped*.

    CloudWatch's names are InvocationAttempts, SuccessfulInvocationAttempts, InvocationsSentToDlq and
    InvocationsFailedToBeSentToDlq for rules; the Scheduler's are InvocationAttemptCount, TargetErrorCount,
    TargetErrorThrottledCount, InvocationsSentToDeadLetterCount and InvocationDroppedCount.
    """

    attempts: int = 0
    delivered: int = 0
    errors: int = 0
    throttled: int = 0
    dead_lettered: int = 0
    dead_letters_failed: int = 0
    dropped: int = 0


class Parcel(Protocol):
    """What is to be delivered, and what its sender knows about it; *facts* go into its lines of the trace."""

    target_arn: str
    group_id: str | None
    policy: RetryPolicy
    dead_letter_arn: str | None
    facts: dict[str, object]
    metrics: DeliveryMetrics

    def body(self, attempt: int) -> str:
        """What the target gets at its *attempt*-th attempt, which counts from 1."""

    def dead_letter(self, failure: Failure, retries: int, condition: str | None) -> dict[str, str]:
        """The message attributes of its dead letter; *condition* is the limit that ended its retries."""


class Deliveries:
    """Delivers parcels at once, and failed ones again later; each outcome is a line of the trace."""

    def __init__(
        self,
        clock: Clock,
        timers: Callable[[], Timers],
        outlets: Outlets,
        *,
        stream: Random,
        backoff: Backoff,
        trace: Trace | None,
    ) -> None:
        self._now_s = clock.now_s
        self._timers = timers
        self._outlets = outlets
        self._stream = stream
        self._backoff = backoff
        self._trace = trace
        self._trace_delivered: dict[tuple[str, ...], Callable[..., None]] = {}

    def send(self, parcel: Parcel) -> None:
        """Deliver a parcel; a failure of its target is not the caller's."""
        self._attempt(parcel, 1, self._now_s())

    def refuse(self, parcel: Parcel, failure: Failure, body: str) -> None:
        """Give a parcel up without an attempt: its *body* can't be delivered."""
        self._give_up(parcel, failure, body, 0, None)

    def _attempt(self, parcel: Parcel, attempt: int, accepted_s: float) -> None:
        body = parcel.body(attempt)
        parcel.metrics.attempts += 1
        try:
            hand_over(self._outlets, parcel.target_arn, body, parcel.group_id)
        except AwsError as error:
            self._failed(parcel, body, classify(error), attempt, accepted_s)
            return
        parcel.metrics.delivered += 1
        self._log_delivered(parcel, attempt)

    def _failed(self, parcel: Parcel, body: str, failure: Failure, attempt: int, accepted_s: float) -> None:
        parcel.metrics.errors += 1
        parcel.metrics.throttled += failure.code == "THROTTLING"
        retries = attempt - 1
        if not failure.may_pass:
            self._give_up(parcel, failure, body, retries, None)
            return
        delay_s = self._backoff.delay_s(attempt, self._stream)
        when = self._now_s() + delay_s
        condition = exhausted(parcel.policy, retries, when - accepted_s)
        if condition is not None:
            self._give_up(parcel, failure, body, retries, condition)
            return
        self._log("target.retry", parcel, attempt=attempt, reason=failure.code, delay_s=delay_s)
        self._timers().call_at(when, self._attempt, parcel, attempt + 1, accepted_s)

    def _give_up(self, parcel: Parcel, failure: Failure, body: str, retries: int, condition: str | None) -> None:
        reason = {"reason": failure.code} if condition is None else {"reason": failure.code, "condition": condition}
        if parcel.dead_letter_arn is not None:
            try:
                attributes = parcel.dead_letter(failure, retries, condition)
                self._outlets.to_queue(parcel.dead_letter_arn, body, None, attributes)
            except AwsError as second:
                parcel.metrics.dead_letters_failed += 1
                reason["dead_letter_error"] = second.code
            else:
                parcel.metrics.dead_lettered += 1
                queue = parcel.dead_letter_arn.rpartition(":")[2]
                self._log("target.fail", parcel, **reason, dead_letter=queue)
                return
        parcel.metrics.dropped += 1
        self._log("target.fail", parcel, **reason)

    def _log_delivered(self, parcel: Parcel, attempt: int) -> None:
        if self._trace is None:
            return
        facts = parcel.facts
        names = tuple(facts)
        write = self._trace_delivered.get(names)
        if write is None:
            write = self._trace_delivered[names] = self._trace.writer("target.deliver", *names, "to", "attempt")
        write(*facts.values(), parcel.target_arn.rpartition(":")[2], attempt)

    def _log(self, kind: str, parcel: Parcel, **more: object) -> None:
        if self._trace is not None:
            self._trace.add(kind, **parcel.facts, to=parcel.target_arn.rpartition(":")[2], **more)
