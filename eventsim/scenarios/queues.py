"""The ``queues`` section: AWS::SQS::Queue with Type and Properties taken off (SQS-01, SQS-06)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.cloud.queues.attributes import INTEGERS, read_attribute
from eventsim.errors import AwsError
from eventsim.scenarios.arns import queue_arn
from eventsim.scenarios.convert import Field, NoEffect, Reading, Table, join, list_of, read_fields, read_whole
from eventsim.scenarios.model import QueueSpec
from eventsim.scenarios.places import Place
from eventsim.scenarios.values import boolean, integer, one_of, text

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Converter
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.yaml_nodes import Node

QUEUE = "AWS::SQS::Queue"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")


def read_queue(reading: Reading, name: str, node: Node, names: Names) -> QueueSpec:
    """One queue of the section; its key is its name, and FIFO when it ends in ``.fifo``."""
    path = join("queues", name)
    place = Place(node.line, node.column, path)
    if not _NAME.fullmatch(name):
        reading.error(
            node, path, "InvalidParameterValue: Can only include alphanumeric characters, hyphens, or underscores. "
            "1 to 80 in length"
        )  # fmt: skip
    fifo = name.endswith(".fifo")
    values = read_fields(
        reading, node, path, {**attribute_table(names, fifo=fifo), **_identity(name)}, QUEUE, owner=name
    )
    attributes = {key: value for key, value in values.items() if key not in {"QueueName", "FifoQueue"}}
    if fifo:
        attributes["FifoQueue"] = "true"
    return QueueSpec(name=name, attributes=attributes, tags={}, place=place)


def attribute_table(names: Names, *, fifo: bool) -> Table:
    """The queue attributes that have an effect, read to the strings that SQS takes."""
    table: Table = {
        key: Field(_attribute(key, integer, fifo=fifo)) for key in INTEGERS if key != "KmsDataKeyReusePeriodSeconds"
    }
    table["ContentBasedDeduplication"] = Field(_attribute("ContentBasedDeduplication", boolean, fifo=fifo))
    table["DeduplicationScope"] = Field(_attribute("DeduplicationScope", text, fifo=fifo))
    table["FifoThroughputLimit"] = Field(_attribute("FifoThroughputLimit", text, fifo=fifo))
    table["RedrivePolicy"] = Field(_attribute("RedrivePolicy", _redrive_policy(names), fifo=fifo))
    table["RedriveAllowPolicy"] = Field(_attribute("RedriveAllowPolicy", _redrive_allow_policy(names), fifo=fifo))
    return table


def _identity(name: str) -> Table:
    return {
        "QueueName": Field(own_name("QueueName", name)),
        "FifoQueue": Field(_fifo_flag(name)),
        "Tags": NoEffect(),
        "KmsMasterKeyId": NoEffect(),
        "KmsDataKeyReusePeriodSeconds": NoEffect(),
        "SqsManagedSseEnabled": NoEffect(),
    }


def own_name(key: str, name: str) -> Converter:
    """A converter for a resource's name given again as a property, which must be the key it is declared under."""

    def read_own_name(reading: Reading, node: Node, path: str) -> str:
        given = text(reading, node, path)
        if given != name:
            message = f"found {given!r}, but the key {name!r} is the name here: make both the same, or leave {key} out"
            reading.refuse(node, path, message)
        return given

    return read_own_name


def _fifo_flag(name: str) -> Converter:
    def read_flag(reading: Reading, node: Node, path: str) -> str:
        fifo = name.endswith(".fifo")
        if boolean(reading, node, path) != fifo:
            said = "ends in .fifo, which makes it a FIFO queue" if fifo else "does not end in .fifo"
            reading.refuse(node, path, f"found {str(not fifo).lower()}, but the queue's name {said}")
        return "true" if fifo else "false"

    return read_flag


def _attribute(key: str, read: Converter, *, fifo: bool) -> Converter:
    """A converter to the attribute's string, refused as SQS refuses it."""

    def read_string(reading: Reading, node: Node, path: str) -> str:
        value = read(reading, node, path)
        if isinstance(value, bool):
            written = "true" if value else "false"
        else:
            written = value if isinstance(value, str) else str(value)
        if isinstance(value, dict):
            written = msgspec.json.encode(value).decode()
        try:
            read_attribute(key, written, fifo=fifo)
        except AwsError as error:
            reading.refuse(node, path, f"{error}{_allowed(key, value, fifo=fifo)}")
        return written

    return read_string


def _allowed(key: str, value: Any, *, fifo: bool) -> str:
    if key in INTEGERS:
        return f" Found {value}, allowed {INTEGERS[key][1]} to {INTEGERS[key][2]}."
    if key in {"ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"} and not fifo:
        return " Only FIFO queues have it, whose names end in .fifo."
    if key == "DeduplicationScope":
        return f" Found {value!r}, allowed queue, messageGroup."
    if key == "FifoThroughputLimit":
        return f" Found {value!r}, allowed perQueue, perMessageGroupId."
    return ""


def _redrive_policy(names: Names) -> Converter:
    table: Table = {
        "deadLetterTargetArn": Field(names.one("queue"), required=True),
        "maxReceiveCount": Field(integer, required=True),
    }

    def read_policy(reading: Reading, node: Node, path: str) -> Any:
        if node.value == "":
            return ""
        values = read_whole(reading, node, path, table, "RedrivePolicy")
        return {
            "deadLetterTargetArn": queue_arn(values["deadLetterTargetArn"]),
            "maxReceiveCount": values["maxReceiveCount"],
        }

    return read_policy


def _redrive_allow_policy(names: Names) -> Converter:
    table: Table = {
        "redrivePermission": Field(one_of("allowAll", "denyAll", "byQueue"), required=True),
        "sourceQueueArns": Field(list_of(names.one("queue"))),
    }

    def read_policy(reading: Reading, node: Node, path: str) -> Any:
        if node.value == "":
            return ""
        values = read_whole(reading, node, path, table, "RedriveAllowPolicy")
        if "sourceQueueArns" in values:
            values["sourceQueueArns"] = [queue_arn(name) for name in values["sourceQueueArns"]]
        return values

    return read_policy
