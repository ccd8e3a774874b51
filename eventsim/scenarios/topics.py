"""The ``topics`` section: AWS::SNS::Topic with Type and Properties taken off (SNS-07, SNS-08, SNS-15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.scenarios.convert import Field, Later, NoEffect, join, list_of, mapping, read_fields, read_whole, shown
from eventsim.scenarios.places import Place
from eventsim.scenarios.queues import own_name
from eventsim.scenarios.trigger_specs import SubscriptionSpec, TopicSpec
from eventsim.scenarios.values import boolean, integer, json_value, text

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Converter, Reading, Table
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.yaml_nodes import Node

TOPIC = "AWS::SNS::Topic"


def read_topic(reading: Reading, name: str, node: Node, names: Names) -> TopicSpec:
    """One topic of the section; its key is its name, and FIFO when it ends in ``.fifo``."""
    path = join("topics", name)
    fifo = name.endswith(".fifo")

    def subscription(reading: Reading, node: Node, path: str) -> SubscriptionSpec:
        return _subscription(reading, node, path, name, names)

    table: Table = {
        "TopicName": Field(own_name("TopicName", name)),
        "FifoTopic": Field(_fifo_flag(fifo=fifo)),
        "Subscription": Field(list_of(subscription)),
        **_TABLE,
    }
    values = read_fields(reading, node, path, table, TOPIC, owner=name)
    attributes = {key: values[key] for key in _ATTRIBUTES if key in values}
    if fifo:
        attributes["FifoTopic"] = "true"
    return TopicSpec(
        name=name,
        attributes=attributes,
        subscriptions=values.get("Subscription", []),
        place=Place(node.line, node.column, path),
    )


def subscription_table(names: Names) -> Table:
    """The settings of a subscription, read to the strings that SNS takes."""
    return {
        "FilterPolicy": Field(_json_text),
        "FilterPolicyScope": Field(text),
        "RawMessageDelivery": Field(_flag),
        "RedrivePolicy": Field(_redrive_policy(names)),
        "DeliveryPolicy": Later("a subscription's DeliveryPolicy"),
        "ReplayPolicy": Later("a subscription's ReplayPolicy"),
    }


def _subscription(reading: Reading, node: Node, path: str, topic: str, names: Names) -> SubscriptionSpec:
    reading.places[path] = (node.line, node.column)
    protocol = getattr(mapping(reading, node, path).get("Protocol"), "value", None)
    endpoint: Converter = text
    if protocol in ("sqs", "lambda"):
        endpoint = names.arn("queue" if protocol == "sqs" else "function")
    table: Table = {
        "Protocol": Field(text, required=True),
        "Endpoint": Field(endpoint, required=True),
        **subscription_table(names),
        "Region": NoEffect(),
        "SubscriptionRoleArn": Later("a subscription's SubscriptionRoleArn"),
    }
    values = read_whole(reading, node, path, table, "a subscription")
    return SubscriptionSpec(
        topic=topic,
        protocol=values.pop("Protocol"),
        endpoint=values.pop("Endpoint"),
        attributes=values,
        place=Place(node.line, node.column, path),
    )


def _fifo_flag(*, fifo: bool) -> Converter:
    def read_flag(reading: Reading, node: Node, path: str) -> str:
        if boolean(reading, node, path) != fifo:
            said = "ends in .fifo, which makes it a FIFO topic" if fifo else "does not end in .fifo"
            reading.refuse(node, path, f"found {str(not fifo).lower()}, but the topic's name {said}")
        return "true" if fifo else "false"

    return read_flag


def _flag(reading: Reading, node: Node, path: str) -> str:
    return "true" if boolean(reading, node, path) else "false"


def _digits(reading: Reading, node: Node, path: str) -> str:
    return str(integer(reading, node, path))


def _json_text(reading: Reading, node: Node, path: str) -> str:
    """A policy as a mapping or as JSON text."""
    if isinstance(node.value, str):
        return node.value
    if not isinstance(node.value, dict):
        reading.refuse(node, path, f"found {shown(node)}, expected a mapping or JSON text")
    return msgspec.json.encode(json_value(reading, node, path)).decode()


def _redrive_policy(names: Names) -> Converter:
    table: Table = {"deadLetterTargetArn": Field(names.arn("queue"), required=True)}

    def read_policy(reading: Reading, node: Node, path: str) -> str:
        policy: dict[str, Any] = read_whole(reading, node, path, table, "RedrivePolicy")
        return msgspec.json.encode(policy).decode()

    return read_policy


_ATTRIBUTES: Table = {
    "ContentBasedDeduplication": Field(_flag),
    "DisplayName": Field(text),
    "FifoThroughputScope": Field(text),
    "MaximumMessageSize": Field(_digits),
    "SignatureVersion": Field(_digits),
    "TracingConfig": Field(text),
}
_TABLE: Table = {
    **_ATTRIBUTES,
    "ArchivePolicy": Later("a topic's ArchivePolicy"),
    "DataProtectionPolicy": Later("a topic's DataProtectionPolicy"),
    **dict.fromkeys(("DeliveryStatusLogging", "KmsMasterKeyId", "Tags"), NoEffect()),
}
