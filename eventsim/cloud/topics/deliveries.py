"""From an accepted message to its end at each subscription: delivered, dead-lettered, lost (SNS-01, SNS-05, SNS-14)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from eventsim.cloud.topics.errors import function_not_found
from eventsim.cloud.topics.filter_policies import NO_OBJECT
from eventsim.cloud.topics.retries import RetryPolicy, is_server_side
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.cloud.queues.registry import Queues
    from eventsim.cloud.queues.waiters import Timers
    from eventsim.cloud.topics.metrics import TopicMetrics
    from eventsim.cloud.topics.notification import Notification
    from eventsim.cloud.topics.subscription import Subscription
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.trace import Trace

DeliverToFunction = Callable[[str, dict[str, Any]], None]
"""Queues an asynchronous invocation of a function, by its ARN, with an event; raises AwsError when it is refused."""

MakeEvent = Callable[["Notification", str], dict[str, Any]]
"""The event of a notification for the subscription with an ARN."""


def no_functions(function_arn: str, _event: dict[str, Any]) -> None:
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

    def fan_out(self, notification: Notification, subscriptions: Iterable[Subscription], metrics: TopicMetrics) -> None:
        """Deliver a message to every subscription whose filter policy it passes, in the order they were made."""
        for subscription in subscriptions:
            reason = subscription.rejection(notification)
            if reason is not None:
                metrics.filtered_out += 1
                metrics.filtered_out_invalid_body += reason is NO_OBJECT
                self._log(subscription, notification, "filtered", reason=reason)
                continue
            line = subscription.waiting.get(notification.group_id or "") if subscription.ordered else None
            if line is not None:
                line.append(notification)
            else:
                self._settle(subscription, notification, metrics, 1)

    # --- attempts ---

    def _settle(
        self, subscription: Subscription, notification: Notification, metrics: TopicMetrics, attempt: int
    ) -> bool:
        """Try until the message has its end; False when there is to be another attempt later."""
        while True:
            try:
                record = self._attempt(subscription, notification)
            except AwsError as error:
                delay = self._retries.delay_s(attempt) if is_server_side(error) else None
                if delay is None:
                    self._give_up(subscription, notification, metrics, error)
                    return True
                self._log(subscription, notification, "retry", reason=error.code, attempt=attempt, delay_s=delay)
                attempt += 1
                if delay > 0:
                    self._retry_later(subscription, notification, metrics, attempt, delay)
                    return False
                continue
            metrics.delivered += 1
            self._log(subscription, notification, "delivered", record=record)
            return True

    def _attempt(self, subscription: Subscription, notification: Notification) -> str | None:
        if subscription.protocol == "sqs":
            return subscription.send_to(self._find_queue(subscription.endpoint), notification).id
        self._deliver_to_function(subscription.endpoint, self._make_event(notification, subscription.arn))
        return None

    def _retry_later(
        self, subscription: Subscription, notification: Notification, metrics: TopicMetrics, attempt: int, delay: float
    ) -> None:
        if subscription.ordered:
            subscription.waiting.setdefault(notification.group_id or "", deque())
        when = self._now_s() + delay
        self._timers().call_at(when, self._retry, subscription, notification, metrics, attempt)

    def _retry(
        self, subscription: Subscription, notification: Notification, metrics: TopicMetrics, attempt: int
    ) -> None:
        if subscription.ended:
            self._lose(subscription, [notification], metrics, "Unsubscribed")
        elif not self._settle(subscription, notification, metrics, attempt):
            return
        if subscription.ordered:
            self._go_on(subscription, notification.group_id or "", metrics)

    def _go_on(self, subscription: Subscription, group_id: str, metrics: TopicMetrics) -> None:
        """Deliver what has waited behind a message of its group (SNS-16)."""
        line = subscription.waiting[group_id]
        while line and not subscription.ended:
            if not self._settle(subscription, line.popleft(), metrics, 1):
                return
        self._lose(subscription, line, metrics, "Unsubscribed")
        del subscription.waiting[group_id]

    # --- ends ---

    def _give_up(
        self, subscription: Subscription, notification: Notification, metrics: TopicMetrics, error: AwsError
    ) -> None:
        metrics.failed += 1
        target = subscription.attributes.dead_letter_arn
        if target is None:
            self._log(subscription, notification, "lost", reason=error.code)
            return
        try:
            record = subscription.dead_letter_to(self._find_queue(target), notification).id
        except AwsError as second:
            metrics.failed_to_redrive += 1
            self._log(subscription, notification, "lost", reason=error.code, dead_letter=second.code)
            return
        metrics.redriven += 1
        to = target.rpartition(":")[2]
        self._log(subscription, notification, "dead-letter", reason=error.code, dead_letter=to, record=record)

    def _lose(
        self, subscription: Subscription, notifications: Iterable[Notification], metrics: TopicMetrics, reason: str
    ) -> None:
        for notification in notifications:
            metrics.failed += 1
            self._log(subscription, notification, "lost", reason=reason)

    def _log(self, subscription: Subscription, notification: Notification, outcome: str, **facts: object) -> None:
        if self._trace is not None:
            self._trace.add(
                "topic.deliver",
                topic=subscription.topic_name,
                protocol=subscription.protocol,
                to=subscription.target,
                message=notification.id,
                outcome=outcome,
                **{name: value for name, value in facts.items() if value is not None},
            )
