"""Kinesis Data Streams: the streams of an account, and the service's wire operations over the shard engine."""

from __future__ import annotations

from eventsim.cloud.kinesis.consumers import Consumer
from eventsim.cloud.kinesis.endpoint import KinesisEndpoint
from eventsim.cloud.kinesis.registry import Streams
from eventsim.cloud.kinesis.service import KinesisService
from eventsim.cloud.kinesis.stream import KinesisStream

__all__ = ["Consumer", "KinesisEndpoint", "KinesisService", "KinesisStream", "Streams"]
