"""The queues, streams, tables, topics and buckets of an endpoint, as far as a mapping has to know them."""

from __future__ import annotations

from msgspec import Struct, field


class RemoteQueueAttributes(Struct):
    """What of a queue's attributes changes the mapping's work; kept up to date while it runs."""

    visibility_timeout_s: int


class RemoteQueue(Struct):
    """A queue of an endpoint."""

    name: str
    url: str
    arn: str
    fifo: bool
    attributes: RemoteQueueAttributes


class RemoteStream(Struct, frozen=True):
    """A Kinesis stream or a table's stream; *created* tells one stream of a name from the next."""

    name: str
    arn: str
    retention_ms: int = 86_400_000
    created: str = ""


class RemoteResources(Struct):
    """What a scenario names, found at the endpoint: by kind, then name.

    *streams* are Kinesis's, *table_streams* those of tables that have one, *topics* ARNs; *subscriptions* the ARNs of
    the subscriptions of feeder queues, by the queue's name.
    """

    queues: dict[str, RemoteQueue] = field(default_factory=dict)
    streams: dict[str, RemoteStream] = field(default_factory=dict)
    table_streams: dict[str, RemoteStream] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    buckets: set[str] = field(default_factory=set)
    subscriptions: dict[str, str] = field(default_factory=dict)
