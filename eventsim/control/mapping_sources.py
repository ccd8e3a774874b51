"""What a mapping's EventSourceArn leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.control.errors import invalid, not_simulated
from eventsim.errors import AwsError
from eventsim.mappings.refusals import queue_missing, stream_missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.kinesis.consumers import Consumer
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.queues.queue import Queue
    from eventsim.control.account import Account

POLLED: Final = ("sqs", "kinesis", "dynamodb")
_OTHERS: Final = {"kafka": "Amazon MSK", "mq": "Amazon MQ", "rds": "Amazon DocumentDB", "docdb": "Amazon DocumentDB"}

OTHER_SOURCES_ONLY: Final = (
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "LoggingConfig",
)
"""Members that are only for Kafka, MQ and DocumentDB (ESM-02)."""


def source_service(params: Mapping[str, Any]) -> str:
    """The service of the source that a request names, one of `POLLED`; raises AwsError (ESM-06).

    Sources that are not simulated are refused once AWS itself would have accepted them.
    """
    arn = params.get("EventSourceArn")
    if arn is None:
        if "SelfManagedEventSource" not in params:
            raise invalid("Unrecognized event source.")
        if not params.get("SourceAccessConfigurations"):
            raise invalid("Required 'sourceAccessConfigurations' parameter is missing.")
        raise not_simulated("SelfManagedEventSource (Kafka)", "mappings read SQS, Kinesis and DynamoDB Streams")
    if "SelfManagedEventSource" in params:
        raise invalid("EventSourceArn and SelfManagedEventSource can't be given together.")
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service in _OTHERS:
        raise not_simulated(f"{_OTHERS[service]} as an event source", "mappings read SQS, Kinesis and DynamoDB Streams")
    if service not in POLLED:
        raise invalid("Unrecognized event source.")
    return str(service)


def find_queue(account: Account, arn: str) -> Queue:
    """The queue with that ARN; AwsError as Lambda answers when there is none (ESM-06)."""
    queue = account.queues.find(arn)
    if queue is None:
        raise queue_missing()
    return queue


def find_stream(account: Account, arn: str) -> KinesisStream | Consumer | TableStream:
    """The stream, consumer of a stream or table's stream with that ARN; AwsError when there is none (ESM-06)."""
    try:
        if ":dynamodb:" in arn:
            return account.cloud().tables.streams.by_arn(arn)
        streams = account.services.streams
        return streams.consumer_by_arn(arn) if "/consumer/" in arn else streams.by_arn(arn)
    except AwsError:
        raise stream_missing(arn) from None
