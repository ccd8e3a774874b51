"""A bucket's NotificationConfiguration, with names where CloudFormation has ARNs (S3-01, S3-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.scenarios.convert import Field, list_of, read_whole
from eventsim.scenarios.values import boolean, text

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Converter, Reading, Table
    from eventsim.scenarios.names import Kind, Names
    from eventsim.scenarios.yaml_nodes import Node

_SECTIONS: dict[str, tuple[str, Kind]] = {
    "TopicConfigurations": ("Topic", "topic"),
    "QueueConfigurations": ("Queue", "queue"),
    "LambdaConfigurations": ("Function", "function"),
}


def notification_configuration(names: Names) -> Converter:
    """A converter to the template that S3 takes, its destinations ARNs."""
    table: Table = {
        section: Field(list_of(_entry(target, kind, names))) for section, (target, kind) in _SECTIONS.items()
    }
    table["EventBridgeConfiguration"] = Field(_event_bridge)

    def read_configuration(reading: Reading, node: Node, path: str) -> dict[str, Any]:
        return read_whole(reading, node, path, table, "NotificationConfiguration")

    return read_configuration


def key_rules(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    """A Filter: rules for the object's key; what they may say is S3's to judge."""

    def key_filter(reading: Reading, node: Node, path: str) -> dict[str, Any]:
        return read_whole(reading, node, path, {"Rules": Field(list_of(_rule), required=True)}, "S3Key")

    return read_whole(reading, node, path, {"S3Key": Field(key_filter, required=True)}, "Filter")


def _rule(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    table: Table = {"Name": Field(text, required=True), "Value": Field(text, required=True)}
    return read_whole(reading, node, path, table, "a rule")


def _entry(target: str, kind: Kind, names: Names) -> Converter:
    table: Table = {
        "Event": Field(text, required=True),
        target: Field(names.arn(kind), required=True),
        "Filter": Field(key_rules),
    }

    def read_entry(reading: Reading, node: Node, path: str) -> dict[str, Any]:
        return read_whole(reading, node, path, table, "a configuration")

    return read_entry


def _event_bridge(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    values = read_whole(reading, node, path, {"EventBridgeEnabled": Field(boolean)}, "EventBridgeConfiguration")
    return {"EventBridgeEnabled": values.get("EventBridgeEnabled", True)}
