"""Whether a queue may use the dead-letter queue that its policy names (SQS-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.cloud.queues.attributes import QueueAttributes, show_redrive_policy
from eventsim.cloud.queues.errors import invalid_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.queues.queue import Queue


def check_dead_letters(source_arn: str, attributes: QueueAttributes, find: Callable[[str], Queue | None]) -> None:
    """AwsError InvalidParameterValue for a target that is missing, of the other kind, or does not allow it."""
    policy = attributes.redrive
    if policy is None:
        return
    target = find(policy.target_arn)
    if target is None:
        reason = "Dead letter target does not exist."
    elif target.fifo != attributes.fifo:
        reason = "Dead-letter queue must be same type of queue as the source."
    elif target.attributes.redrive_allow and not target.attributes.redrive_allow.allows(source_arn):
        reason = "The RedriveAllowPolicy of the dead-letter queue does not permit this source queue."
    else:
        return
    raise invalid_value(show_redrive_policy(policy), "RedrivePolicy", reason)
