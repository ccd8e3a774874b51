"""From an accepted message to its end at each subscription: delivered, dead-lettered, lost (SNS-01, SNS-05, SNS-14)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from eventsim.cloud.topics.errors import function_not_found
from eventsim.cloud.topics.filter_policies import NO_LIST, NO_OBJECT
from eventsim.cloud.topics.retries import RetryPolicy, is_server_side
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.cloud.queues.registry import Queues
    from eventsim.cloud.queues.waiters import Timers
    from eventsim.cloud.topics.notification import Notification
    from eventsim.cloud.topics.subscription import Subscription
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.trace import Trace


class DeliverToFunction(Protocol):
    """The way to functions."""

    def __call__(self, function_arn: str, event: dict[str, Any], /, *, trace_header: str | None) -> object:
        """Queue an asynchronous invocation; raise AwsError when it is refused."""


MakeEvent = Callable[["Notification", str], dict[str, Any]]
"""The event of a notification for the subscription with an ARN."""


def no_functions(function_arn: str, _event: dict[str, Any], *, trace_header: str | None) -> None:  # noqa: ARG001 - it is a DeliverToFunction
    """What is delivered to where there are no functions: every one is missing."""
    raise function_not_found(function_arn)


class Deliveries:
    """Delivers messages and traces each outcome as ``topic.deliver``.

    Queues get them at the instant of publishing, functions through *deliver_to_function*, which answers for Lambda:
    what it accepts counts as delivered.
    """

    def __init__(
        self,
        clock: Clock,
        timers: Callable[[], Timers],
        queues: Queues,
        *,
        deliver_to_function: DeliverToFunction,
        make_event: MakeEvent,
        retries: RetryPolicy,
        trace: Trace | None,
    ) -> None:
        self._now_s = clock.now_s
        self._timers = timers
        self._find_queue = queues.by_arn
        self._deliver_to_function = deliver_to_function
        self._make_event = make_event
        self._retries = retries
        self._trace = trace

    def fan_out(self, notification: Notification, subscriptions: Iterable[Subscription]) -> None:
        """Deliver a message to every subscription whose filter policy it passes, in the order they were made."""
        for subscription in subscriptions:
            reason = subscription.rejection(notification)
            if reason is not None:
                self._filter_out(subscription, notification, reason)
                continue
            line = subscription.waiting.get(notification.group_id or "") if subscription.ordered else None
            if line is not None:
                line.append(notification)
            else:
                self._settle(subscription, notification, 1)

    # --- attempts ---

    def _settle(self, subscription: Subscription, notification: Notification, attempt: int) -> bool:
        """Try until the message has its end; False when there is to be another attempt later."""
        while True:
            try:
                if subscription.protocol == "sqs":
                    sent = subscription.send_to(self._find_queue(subscription.endpoint), notification)
                    facts = {"record": sent.id}
                else:
                    event = self._make_event(notification, subscription.arn)
                    self._deliver_to_function(subscription.endpoint, event, trace_header=notification.trace_header)
                    facts = {}
            except AwsError as error:
                delay = self._retries.delay_s(attempt) if is_server_side(error) else None
                if delay is None:
                    self._give_up(subscription, notification, error)
                    return True
                self._log(subscription, notification, "retry", reason=error.code, attempt=attempt, delay_s=delay)
                attempt += 1
                if delay > 0:
                    self._retry_later(subscription, notification, attempt, delay)
                    return False
                continue
            subscription.metrics.delivered += 1
            self._log(subscription, notification, "delivered", **facts)
            return True

    def _retry_later(self, subscription: Subscription, notification: Notification, attempt: int, delay: float) -> None:
        if subscription.ordered:
            subscription.waiting.setdefault(notification.group_id or "", deque())
        self._timers().call_at(self._now_s() + delay, self._retry, subscription, notification, attempt)

    def _retry(self, subscription: Subscription, notification: Notification, attempt: int) -> None:
        if subscription.ended:
            self._lose(subscription, notification)
        elif not self._settle(subscription, notification, attempt):
            return
        if subscription.ordered:
            self._go_on(subscription, notification.group_id or "")

    def _go_on(self, subscription: Subscription, group_id: str) -> None:
        """Deliver what has waited behind a message of its group (SNS-16)."""
        line = subscription.waiting[group_id]
        while line:
            notification = line.popleft()
            if subscription.ended:
                self._lose(subscription, notification)
            elif not self._settle(subscription, notification, 1):
                return
        del subscription.waiting[group_id]

    # --- other ends ---

    def _filter_out(self, subscription: Subscription, notification: Notification, reason: str) -> None:
        subscription.metrics.filtered_out += 1
        subscription.metrics.filtered_out_invalid_body += reason is NO_OBJECT
        subscription.metrics.filtered_out_invalid_attributes += reason is NO_LIST
        self._log(subscription, notification, "filtered", reason=reason)

    def _give_up(self, subscription: Subscription, notification: Notification, error: AwsError) -> None:
        metrics, target = subscription.metrics, subscription.attributes.dead_letter_arn
        metrics.failed += 1
        if target is None:
            self._log(subscription, notification, "lost", reason=error.code)
            return
        facts = {"reason": error.code, "dead_letter": target.rpartition(":")[2]}
        try:
            sent = subscription.dead_letter_to(self._find_queue(target), notification)
        except AwsError as second:
            metrics.failed_to_redrive += 1
            self._log(subscription, notification, "lost", **facts, dead_letter_reason=second.code)
            return
        metrics.redriven += 1
        self._log(subscription, notification, "dead-letter", **facts, record=sent.id)

    def _lose(self, subscription: Subscription, notification: Notification) -> None:
        """The end of what was still to be tried when its subscription was deleted."""
        subscription.metrics.failed += 1
        self._log(subscription, notification, "lost", reason="Unsubscribed")

    def _log(self, subscription: Subscription, notification: Notification, outcome: str, **facts: object) -> None:
        if self._trace is not None:
            self._trace.add(
                "topic.deliver",
                topic=subscription.topic_name,
                protocol=subscription.protocol,
                to=subscription.target,
                message=notification.id,
                outcome=outcome,
                **facts,
            )
