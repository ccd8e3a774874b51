"""The documents that filter patterns are applied to, for each kind of event source (FLT-05 to FLT-09)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from eventsim.patterns.json_numbers import decode_object
from eventsim.patterns.nodes import Alternatives, Branch, Leaf, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

Source = Literal["sqs", "kinesis", "dynamodb"]


class RecordShape(msgspec.Struct, frozen=True):
    """A source's records as patterns see them: the key that holds the data, and the other keys."""

    data_key: str
    metadata: tuple[str, ...]
    text_patterns: bool  # whether a list of values may stand for the data as plain text

    @property
    def all_keys(self) -> tuple[str, ...]:
        """That of the data first."""
        return (self.data_key, *self.metadata)


_STREAM_METADATA: Final = ("eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "eventSourceARN")
SHAPES: Final[dict[Source, RecordShape]] = {
    "sqs": RecordShape(
        "body",
        (
            "messageId",
            "receiptHandle",
            "attributes",
            "messageAttributes",
            "md5OfBody",
            "md5OfMessageAttributes",
            "eventSource",
            "eventSourceARN",
            "awsRegion",
        ),
        text_patterns=True,
    ),
    "kinesis": RecordShape(
        "data",
        (
            "kinesisSchemaVersion",
            "partitionKey",
            "sequenceNumber",
            "approximateArrivalTimestamp",
            "invokeIdentityArn",
            *_STREAM_METADATA,
        ),
        text_patterns=False,
    ),
    "dynamodb": RecordShape("dynamodb", (*_STREAM_METADATA, "userIdentity"), text_patterns=False),
}


def queue_document(record: Mapping[str, Any], *, parse: bool) -> Mapping[str, Any]:
    """A queue's record with its body parsed if it holds a JSON object; any other body stays text (FLT-07)."""
    body = decode_object(record["body"]) if parse else None
    return record if body is None else {**record, "body": body}


def kinesis_document(record: Mapping[str, Any], *, parse: bool) -> Mapping[str, Any]:
    """The inner object of a stream's record and its metadata in one, with the data decoded and parsed (FLT-05, FLT-09).

    Data that holds no JSON object stays text.
    """
    from binascii import a2b_base64

    document = {**record, **record["kinesis"]}
    del document["kinesis"]
    data = decode_object(a2b_base64(document["data"])) if parse else None
    if data is not None:
        document["data"] = data
    return document


def dynamodb_document(record: Mapping[str, Any], *, parse: bool) -> Mapping[str, Any]:  # noqa: ARG001 - one signature for all
    """The record as it is: a change is never anything but JSON (FLT-09)."""
    return record


class DataAs:
    """A node below the data key, which fits only data of one form: ``dict`` when parsed, ``str`` when text."""

    __slots__ = ("absent", "form", "node")

    def __init__(self, node: Node, form: type) -> None:
        self.node = node
        self.form = form
        self.absent = False

    def matches(self, value: Any) -> bool:
        """Whether the data has the form and fits; even ``exists: false`` needs the form (FLT-07)."""
        return type(value) is self.form and self.node.matches(value)

    def mismatch(self, value: Any, path: str) -> str | None:
        """Return the data's own path when it has the wrong form."""
        return self.node.mismatch(value, path) if type(value) is self.form else path


def with_data_forms(root: Branch, key: str) -> Branch:
    """The same pattern, in which what is said of the data holds only for data of the right form (FLT-07, FLT-09)."""
    entries: list[tuple[str, Node]] = []
    for name, node in root.entries:
        if isinstance(node, Alternatives):
            entries.append((name, Alternatives(tuple(with_data_forms(branch, key) for branch in node.branches))))
        elif name == key:
            entries.append((name, DataAs(node, str if isinstance(node, Leaf) else dict)))
        else:
            entries.append((name, node))
    return Branch(tuple(entries))


def nodes_at(root: Branch, key: str) -> list[Node]:
    """What a pattern says of one of the document's own keys, in all its alternatives."""
    found: list[Node] = []
    for name, node in root.entries:
        if isinstance(node, Alternatives):
            found += [inner for branch in node.branches for inner in nodes_at(branch, key)]
        elif name == key:
            found.append(node)
    return found
