"""The shard engine of Kinesis and DynamoDB Streams: records by position, lineage, quotas, retention, waiting."""

from __future__ import annotations

from eventsim.cloud.shards.quotas import Allowance, ReadQuota, WriteQuota
from eventsim.cloud.shards.record import Page, Record
from eventsim.cloud.shards.shard import Shard
from eventsim.cloud.shards.stream import ShardedStream
from eventsim.cloud.shards.subscription import Subscription

__all__ = ["Allowance", "Page", "ReadQuota", "Record", "Shard", "ShardedStream", "Subscription", "WriteQuota"]
