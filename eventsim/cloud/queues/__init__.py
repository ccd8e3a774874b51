"""The SQS engine: standard and FIFO queues, dead-letter queues, move tasks."""

from __future__ import annotations

from eventsim.cloud.queues.attributes import QueueAttributes
from eventsim.cloud.queues.leases import QueueMetrics
from eventsim.cloud.queues.message import Counts, Delivery, Message
from eventsim.cloud.queues.move_tasks import MoveTask
from eventsim.cloud.queues.queue import Queue
from eventsim.cloud.queues.registry import Queues
from eventsim.cloud.queues.waiters import Timers

__all__ = ["Counts", "Delivery", "Message", "MoveTask", "Queue", "QueueAttributes", "QueueMetrics", "Queues", "Timers"]
