"""The ``tables`` section: AWS::DynamoDB::Table with Type and Properties taken off (DDB-01, DDB-12)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eventsim.scenarios.convert import Field, Later, NoEffect, join, list_of, read_fields, read_whole, shown
from eventsim.scenarios.places import Place
from eventsim.scenarios.queues import own_name
from eventsim.scenarios.resources import TableSpec
from eventsim.scenarios.values import boolean, one_of, text

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.yaml_nodes import Node

TABLE = "AWS::DynamoDB::Table"
VIEW_TYPES = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")

_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_KEY = re.compile(r"(.{1,255}?)(?::(\w+))?", re.DOTALL)
_TYPES = ("S", "N", "B")


def read_table(reading: Reading, name: str, node: Node) -> TableSpec:
    """One table of the section; its key is its name."""
    path = join("tables", name)
    if not _NAME.fullmatch(name):
        text_ = (
            "ValidationException: TableName must be at least 3 characters long and at most 255 characters long, of "
            "letters, digits, underscores, dots and hyphens"
        )
        reading.error(node, path, text_)
    table = {"TableName": Field(own_name("TableName", name)), **_TABLE}
    errors = len(reading.errors)
    values = read_fields(reading, node, path, table, TABLE, owner=name)
    definitions, keys = ({}, []) if len(reading.errors) > errors else _keys(reading, node, path, values)
    request: dict[str, Any] = {
        "TableName": name,
        "KeySchema": [
            {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "AttributeDefinitions": [{"AttributeName": one, "AttributeType": kind} for one, kind in definitions.items()],
        "BillingMode": "PAY_PER_REQUEST",
    }
    if "StreamSpecification" in values:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": values["StreamSpecification"]}
    for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if member in values:
            request[member] = values[member]
    return TableSpec(
        name=name,
        request=request,
        keys={key: definitions[key] for key in keys if key in definitions},
        ttl_attribute=values.get("TimeToLiveSpecification"),
        place=Place(node.line, node.column, path),
    )


def _keys(reading: Reading, node: Node, path: str, values: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """The types of the attributes, and which of them are the partition key and the sort key."""
    short = [values[member] for member in ("partition_key", "sort_key") if member in values]
    definitions: dict[str, str] = dict(values.get("AttributeDefinitions", ()))
    if ("partition_key" in values) == ("KeySchema" in values):
        found = "both" if "partition_key" in values else "neither of"
        reading.error(node, path, f"found {found} partition_key and KeySchema, expected one of them")
        return definitions, []
    if "KeySchema" in values:
        if "sort_key" in values:
            reading.error(node.keys["sort_key"], join(path, "sort_key"), "found sort_key beside KeySchema")
        keys = _schema(reading, path, values["KeySchema"])
    else:
        for key, kind in short:
            if definitions.setdefault(key, kind) != kind:
                at = join(path, "AttributeDefinitions")
                reading.error(reading.place(at), at, f"found {key!r} as {definitions[key]}, but as a key it is {kind}")
        keys = [key for key, _ in short]
    if len(set(keys)) < len(keys):
        reading.error(node, path, f"found {keys[0]!r} as the partition key and as the sort key")
    _check_used(reading, path, values, definitions, keys)
    return definitions, keys


def _schema(reading: Reading, path: str, schema: list[dict[str, str]]) -> list[str]:
    kinds = [one["KeyType"] for one in schema]
    if kinds not in (["HASH"], ["HASH", "RANGE"]):
        at = join(path, "KeySchema")
        reading.error(reading.place(at), at, f"found {', '.join(kinds) or 'nothing'}, expected HASH, or HASH and RANGE")
    return [one["AttributeName"] for one in schema]


def _check_used(
    reading: Reading, path: str, values: dict[str, Any], definitions: dict[str, str], keys: list[str]
) -> None:
    """Every key has a type and every type a key, as DynamoDB wants it."""
    indexes = [*values.get("GlobalSecondaryIndexes", ()), *values.get("LocalSecondaryIndexes", ())]
    used = {*keys, *(one["AttributeName"] for index in indexes for one in index["KeySchema"])}
    at = join(path, "AttributeDefinitions")
    for name in sorted(used - definitions.keys()):
        reading.error(reading.place(at), at, f"found no type of {name!r}, which is a key: add it")
    for name in sorted(definitions.keys() - used):
        reading.error(reading.place(at), at, f"found {name!r}, which is no key: only keys have a type here")


def _short_key(reading: Reading, node: Node, path: str) -> tuple[str, str]:
    """A key in short: ``id``, or ``id:N`` for another type than S."""
    match = _KEY.fullmatch(node.value) if isinstance(node.value, str) else None
    if match is None or (match[2] is not None and match[2] not in _TYPES):
        reading.refuse(node, path, f"found {shown(node)}, expected NAME, NAME:S, NAME:N or NAME:B")
    return match[1], match[2] or "S"


def _stream_specification(reading: Reading, node: Node, path: str) -> str:
    table: Table = {"StreamViewType": Field(one_of(*VIEW_TYPES), required=True), "ResourcePolicy": NoEffect()}
    view_type: str = read_whole(reading, node, path, table, "StreamSpecification")["StreamViewType"]
    return view_type


def _time_to_live(reading: Reading, node: Node, path: str) -> str | None:
    table: Table = {"AttributeName": Field(text), "Enabled": Field(boolean, required=True)}
    values = read_whole(reading, node, path, table, "TimeToLiveSpecification")
    if not values["Enabled"]:
        return None
    if not 1 <= len(values.get("AttributeName", "")) <= 255:
        reading.refuse(node, path, "found no AttributeName of 1 to 255 characters, which Enabled: true needs")
    return str(values["AttributeName"])


def _definition(reading: Reading, node: Node, path: str) -> tuple[str, str]:
    table: Table = {
        "AttributeName": Field(text, required=True),
        "AttributeType": Field(one_of(*_TYPES), required=True),
    }
    values = read_whole(reading, node, path, table, "an attribute definition")
    return values["AttributeName"], values["AttributeType"]


def _key_element(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    table: Table = {
        "AttributeName": Field(text, required=True),
        "KeyType": Field(one_of("HASH", "RANGE"), required=True),
    }
    return read_whole(reading, node, path, table, "a key")


def _projection(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    table: Table = {
        "ProjectionType": Field(one_of("ALL", "KEYS_ONLY", "INCLUDE"), required=True),
        "NonKeyAttributes": Field(list_of(text)),
    }
    return read_whole(reading, node, path, table, "Projection")


def _index(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    table: Table = {
        "IndexName": Field(text, required=True),
        "KeySchema": Field(list_of(_key_element), required=True),
        "Projection": Field(_projection, required=True),
        **dict.fromkeys(
            ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput", "ContributorInsightsSpecification"),
            NoEffect(),
        ),
    }
    return read_whole(reading, node, path, table, "an index")


_TABLE: Table = {
    "partition_key": Field(_short_key),
    "sort_key": Field(_short_key),
    "KeySchema": Field(list_of(_key_element)),
    "AttributeDefinitions": Field(list_of(_definition)),
    "StreamSpecification": Field(_stream_specification),
    "TimeToLiveSpecification": Field(_time_to_live),
    "GlobalSecondaryIndexes": Field(list_of(_index)),
    "LocalSecondaryIndexes": Field(list_of(_index)),
    "ImportSourceSpecification": Later("an import into a table (ImportSourceSpecification)"),
    "KinesisStreamSpecification": Later("a table's changes in a Kinesis stream (KinesisStreamSpecification)"),
    **dict.fromkeys(
        (
            "BillingMode",
            "ContributorInsightsSpecification",
            "DeletionProtectionEnabled",
            "OnDemandThroughput",
            "PointInTimeRecoverySpecification",
            "ProvisionedThroughput",
            "ResourcePolicy",
            "SSESpecification",
            "TableClass",
            "Tags",
            "WarmThroughput",
        ),
        NoEffect(),
    ),
}
