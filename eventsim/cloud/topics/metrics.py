"""CloudWatch's running totals of one topic."""

from __future__ import annotations

import msgspec


class TopicMetrics(msgspec.Struct):
    """NumberOfMessagesPublished, …NotificationsDelivered, -Failed, -FilteredOut, -RedrivenToDlq, -FailedToRedriveToDlq.

    *filtered_out_invalid_body* and *filtered_out_invalid_attributes* are the parts of *filtered_out* whose message or
    attributes could not be read (SNS-11); *failed* counts the deliveries that were given up, redriven or not. Each
    delivery ends in one of delivered, filtered out and failed. *publish_requests* are what all that was published is
    paid as.
    """

    published: int = 0
    delivered: int = 0
    failed: int = 0
    filtered_out: int = 0
    filtered_out_invalid_body: int = 0
    filtered_out_invalid_attributes: int = 0
    redriven: int = 0
    failed_to_redrive: int = 0
    publish_requests: int = 0
