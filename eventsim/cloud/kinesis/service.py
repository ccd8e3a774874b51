"""Kinesis's operations over the streams of one account and region."""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.kinesis import (
    consumer_operations,
    data_operations,
    fan_out,
    setting_operations,
    shard_operations,
    stream_operations,
    tag_operations,
)
from eventsim.cloud.kinesis.validation import check
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.kinesis.registry import Streams

_OPERATIONS: Final[dict[str, Callable[[Streams, dict[str, Any]], Any]]] = {
    "AddTagsToStream": tag_operations.add_tags,
    "CreateStream": stream_operations.create_stream,
    "DecreaseStreamRetentionPeriod": stream_operations.decrease_retention,
    "DeleteStream": stream_operations.delete_stream,
    "DeregisterStreamConsumer": consumer_operations.deregister_consumer,
    "DescribeLimits": stream_operations.describe_limits,
    "DescribeStream": stream_operations.describe_stream,
    "DescribeStreamConsumer": consumer_operations.describe_consumer,
    "DescribeStreamSummary": stream_operations.describe_stream_summary,
    "DisableEnhancedMonitoring": setting_operations.disable_monitoring,
    "EnableEnhancedMonitoring": setting_operations.enable_monitoring,
    "GetRecords": data_operations.get_records,
    "GetShardIterator": data_operations.get_shard_iterator,
    "IncreaseStreamRetentionPeriod": stream_operations.increase_retention,
    "ListShards": shard_operations.list_shards,
    "ListStreamConsumers": consumer_operations.list_consumers,
    "ListStreams": stream_operations.list_streams,
    "ListTagsForResource": tag_operations.list_resource_tags,
    "ListTagsForStream": tag_operations.list_tags,
    "MergeShards": shard_operations.merge_shards,
    "PutRecord": data_operations.put_record,
    "PutRecords": data_operations.put_records,
    "RegisterStreamConsumer": consumer_operations.register_consumer,
    "RemoveTagsFromStream": tag_operations.remove_tags,
    "SplitShard": shard_operations.split_shard,
    "StartStreamEncryption": setting_operations.start_encryption,
    "StopStreamEncryption": setting_operations.stop_encryption,
    "SubscribeToShard": fan_out.subscribe_to_shard,
    "TagResource": tag_operations.tag_resource,
    "UntagResource": tag_operations.untag_resource,
    "UpdateMaxRecordSize": stream_operations.update_max_record_size,
    "UpdateShardCount": shard_operations.update_shard_count,
    "UpdateStreamMode": stream_operations.update_stream_mode,
    "UpdateStreamRecordDistributionStrategy": stream_operations.update_distribution,
}


class KinesisService:
    """Carries out Kinesis's operations by their names; only SubscribeToShard ever waits."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    async def handle(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """The operation's result, {} where AWS has none; AwsError for Kinesis's errors and for what is not there."""
        carry_out = _OPERATIONS.get(operation)
        if carry_out is None:
            text = f"kinesis {operation}: eventsim does not support this operation."
            raise AwsError("NotImplemented", text, status=501)
        check(operation, params)
        result = carry_out(self._streams, params)
        found: dict[str, Any] = await result if isawaitable(result) else result
        return found
