"""Consumers: registered, described, listed, deregistered (KIN-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.kinesis.errors import not_together, token_expired, token_invalid
from eventsim.cloud.kinesis.lookup import active_stream_of, consumer_of, stream_of
from eventsim.cloud.kinesis.shapes import show_consumer
from eventsim.cloud.kinesis.shard_operations import TOKEN_MS, check_creation
from eventsim.cloud.kinesis.tag_operations import check_tags
from eventsim.cloud.shards.tokens import seal, unseal

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.registry import Streams

PAGE_CONSUMERS: Final = 100
_TOKEN: Final = "kinesis-consumers"  # noqa: S105 - the kind of a page token


def register_consumer(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """RegisterStreamConsumer: active at once."""
    stream = active_stream_of(streams, params)
    tags = check_tags(params["ConsumerName"], stream.account_id, params.get("Tags") or {}, {})
    consumer = stream.register(params["ConsumerName"])
    consumer.tags.update(tags)
    return {"Consumer": show_consumer(consumer)}


def deregister_consumer(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """DeregisterStreamConsumer, done at once."""
    consumer = consumer_of(streams, params)
    consumer.stream.deregister(consumer)
    return {}


def describe_consumer(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """DescribeStreamConsumer."""
    consumer = consumer_of(streams, params)
    return {"ConsumerDescription": show_consumer(consumer) | {"StreamARN": consumer.stream.arn}}


def list_consumers(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """ListStreamConsumers in the order of their names; a NextToken holds for five minutes."""
    stream = stream_of(streams, params)
    now_ms = streams.clock.wall_ms()
    after, token = "", params.get("NextToken")
    if token is not None:
        if params.get("StreamCreationTimestamp") is not None:
            raise not_together("NextToken", "StreamCreationTimestamp")
        facts = unseal(_TOKEN, token)
        if facts is None or facts[0] != str(stream.serial):
            raise token_invalid()
        if now_ms - int(facts[2]) > TOKEN_MS:
            raise token_expired()
        after = facts[1]
    check_creation(stream, params)
    names = sorted(name for name in stream.consumers if name > after)
    limit = min(params.get("MaxResults") or PAGE_CONSUMERS, PAGE_CONSUMERS)
    page = names[:limit]
    answer: dict[str, Any] = {"Consumers": [show_consumer(stream.consumers[name]) for name in page]}
    if len(page) < len(names):
        answer["NextToken"] = seal(_TOKEN, stream.serial, page[-1], now_ms)
    return answer
