"""Settings that mappings from queues and from streams have in common, read as CloudFormation takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import AwsError
from eventsim.scenarios.convert import MISSING, Field, Unreadable, items, list_of, read_whole
from eventsim.scenarios.scripts import check_pattern
from eventsim.scenarios.values import boolean, integer, text

if TYPE_CHECKING:
    from eventsim.patterns.record_documents import Source
    from eventsim.scenarios.convert import Converter, Reading, Table
    from eventsim.scenarios.yaml_nodes import Node


def common_properties(source: Source) -> Table:
    """What a mapping from any source has; *source* says what filter patterns are matched with (ESM-02)."""
    return {
        "BatchSize": Field(integer),
        "Enabled": Field(boolean),
        "FilterCriteria": Field(_filter_criteria(source)),
        "FunctionResponseTypes": Field(list_of(text)),
        "MaximumBatchingWindowInSeconds": Field(integer),
        "MetricsConfig": Field(_metrics_config),
        "KMSKeyArn": Field(_key_arn),
        "KmsKeyArn": Field(_key_arn),
    }


def one_spelling(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties with Lambda's name for the key, which SAM writes differently."""
    if "KmsKeyArn" in properties:
        properties["KMSKeyArn"] = properties.pop("KmsKeyArn")
    return properties


def _filter_criteria(source: Source) -> Converter:
    def read_criteria(reading: Reading, node: Node, path: str) -> dict[str, Any]:
        return read_whole(reading, node, path, {"Filters": Field(_filters(source))}, "FilterCriteria")

    return read_criteria


def _filters(source: Source) -> Converter:
    def read_filter(reading: Reading, node: Node, path: str) -> dict[str, Any]:
        return read_whole(reading, node, path, {"Pattern": Field(_pattern(source), required=True)}, "a filter")

    def read_filters(reading: Reading, node: Node, path: str) -> list[dict[str, str]]:
        from eventsim.patterns.filter_criteria import MOST_FILTERS, compile_filters

        found = items(reading, node, path)
        if len(found) > MOST_FILTERS:
            try:
                compile_filters(["{}"] * len(found), source)
            except AwsError as error:
                reading.refuse(node, path, str(error))
        read = [reading.attempt(read_filter, item, f"{path}[{n}]") for n, item in enumerate(found)]
        if MISSING in read:
            raise Unreadable
        return read

    return read_filters


def _pattern(source: Source) -> Converter:
    def read_pattern(reading: Reading, node: Node, path: str) -> str:
        if isinstance(node.value, dict):
            written = msgspec.json.encode(node.plain()).decode()
            message = f"found a mapping, expected the pattern as a JSON text, as CloudFormation takes it: '{written}'"
            reading.refuse(node, path, message)
        pattern = node.value if node.value is None else text(reading, node, path)
        check_pattern(reading, node, path, pattern, source)
        from eventsim.patterns.filter_criteria import lint

        for warning in lint([node.value], source):
            reading.warn(node, path, warning)
        return str(node.value)

    return read_pattern


def _metrics_config(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    return read_whole(reading, node, path, {"Metrics": Field(list_of(text))}, "MetricsConfig")


def _key_arn(reading: Reading, node: Node, path: str) -> str:
    section, _, rest = path.partition(".")
    owner, _, key = rest.replace(".Events.", "/").replace(".Properties.", ".").rpartition(".")
    reading.note_without_effect(section, key, owner, (node.line, node.column))
    return text(reading, node, path)
