"""The SQS wire: the service's operations, over the engine in `eventsim.cloud.queues`."""

from __future__ import annotations

from eventsim.cloud.sqs.service import SqsService
from eventsim.cloud.sqs.shapes import message_shape

__all__ = ["SqsService", "message_shape"]
