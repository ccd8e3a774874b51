"""From the parameters of a call to the stream, shard or consumer that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.kinesis.errors import invalid_argument, shard_missing, shard_unknown, stream_not_found
from eventsim.cloud.kinesis.resharding import full_shard_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.kinesis.consumers import Consumer
    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.shards.shard import Shard


def stream_of(streams: Streams, params: Mapping[str, Any]) -> KinesisStream:
    """The stream of StreamName or StreamARN, or of both; AwsError ResourceNotFound or InvalidArgumentException."""
    name: str | None = params.get("StreamName")
    arn: str | None = params.get("StreamARN")
    if arn is None:
        if name is None:
            raise invalid_argument("Either StreamName or StreamARN should be provided.")
        return streams.get(name)
    if name is not None and not arn.endswith(f":stream/{name}"):
        raise invalid_argument(f"StreamName {name} and StreamARN {arn} are not those of one stream.")
    return streams.by_arn(arn)


def data_stream_of(streams: Streams, params: Mapping[str, Any]) -> KinesisStream:
    """The same for reads and writes, which do not find a stream while it is being created."""
    stream = stream_of(streams, params)
    if stream.status != "ACTIVE":
        raise stream_not_found(stream.name, stream.account_id)
    return stream


def active_stream_of(streams: Streams, params: Mapping[str, Any]) -> KinesisStream:
    """The same for changes, which AwsError ResourceInUseException refuses while the stream is being created."""
    stream = stream_of(streams, params)
    stream.check_active()
    return stream


def shard_to_read(stream: KinesisStream, text: str) -> Shard:
    """The shard that a reader names; AwsError ResourceNotFoundException."""
    shard_id = full_shard_id(text)
    if shard_id is None:
        raise shard_unknown(text, stream.name, stream.account_id)
    shard = stream.find(shard_id)
    if shard is None:
        raise shard_missing(shard_id, stream.name, stream.account_id)
    return shard


def consumer_of(streams: Streams, params: Mapping[str, Any]) -> Consumer:
    """The consumer of ConsumerARN, or of StreamARN and ConsumerName, or of all three if they agree."""
    arn, stream_arn, name = (params.get(key) for key in ("ConsumerARN", "StreamARN", "ConsumerName"))
    if arn is None:
        if stream_arn is None or name is None:
            raise invalid_argument("Either ConsumerARN, or both StreamARN and ConsumerName should be provided.")
        return streams.by_arn(stream_arn).consumer(name)
    consumer = streams.consumer_by_arn(arn)
    if name not in {None, consumer.name} or stream_arn not in {None, consumer.stream.arn}:
        raise invalid_argument(f"StreamARN and ConsumerName are not those of the consumer {arn}.")
    return consumer
