"""``expect``, at the end or as a step: its structure, names and comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.scenarios.cloudformation import EXPECTATIONS
from eventsim.scenarios.comparisons import Matcher, PartOf, equal_to, parse_comparison, parse_matcher
from eventsim.scenarios.convert import (
    MISSING,
    Field,
    Reading,
    Table,
    items,
    join,
    list_of,
    mapping,
    read_fields,
    read_whole,
    shown,
    suggest,
)
from eventsim.scenarios.expected import BucketExpectation, Expectation, QueueExpectation
from eventsim.scenarios.places import Place
from eventsim.scenarios.templates import body_template
from eventsim.scenarios.values import boolean, json_value, one_of

if TYPE_CHECKING:
    from eventsim.scenarios.comparisons import Comparison, Unit
    from eventsim.scenarios.convert import Converter
    from eventsim.scenarios.names import Kind, Names
    from eventsim.scenarios.yaml_nodes import Node

COUNTS = ("visible", "in_flight", "delayed")
OUTCOMES = ("success", "partial", "error", "timeout", "throttle")


def read_expectation(reading: Reading, node: Node, path: str, names: Names) -> Expectation:
    """One expectation; *path* is ``expect`` or ``steps[n].expect``."""
    table: Table = {
        "queues": Field(_by_name(names, "queue", _queue)),
        "buckets": Field(_by_name(names, "bucket", _bucket)),
        "functions": Field(_by_name(names, "function", _members(_FUNCTION, "a function's metrics"))),
        "mappings": Field(_by_name(names, "mapping", _members(_MAPPING, "a mapping's metrics"))),
        "invocations": Field(_by_name(names, "function", list_of(_members(_INVOCATION, "an expected invocation")))),
        "virtual_time": Field(_compared("seconds")),
        "idle": Field(boolean),
        **EXPECTATIONS,
    }
    before = set(reading.places)
    values = read_fields(reading, node, path, table, "expect")
    if not values and node.value in (None, {}):
        reading.error(node, path, "found nothing, expected at least one expectation")
    places = {at: Place(*place, at) for at, place in reading.places.items() if at not in before}
    return Expectation(path=path, places=places, **values)


def _by_name(names: Names, kind: Kind, read: Converter) -> Converter:
    """A converter for a mapping whose keys name resources."""

    def read_named(reading: Reading, node: Node, path: str) -> dict[str, Any]:
        read_values: dict[str, Any] = {}
        for key, member in mapping(reading, node, path).items():
            at = join(path, key)
            reading.places[at] = (member.line, member.column)
            known = names.by_kind[kind]
            if key not in known:
                listed = suggest(key, known, known) if known else ": the file declares none"
                reading.error(node.keys[key], at, f"found {key!r}, which names no {kind} of this file{listed}")
                continue
            value = reading.attempt(read, member, at)
            if value is not MISSING:
                read_values[key] = value
        return read_values

    return read_named


def _queue(reading: Reading, node: Node, path: str) -> QueueExpectation:
    values = read_fields(reading, node, path, _QUEUE, "what is expected of a queue")
    counts: dict[str, Comparison] = {key: values[key] for key in COUNTS if key in values}
    return QueueExpectation(counts=counts, bodies=values.get("bodies"), messages=values.get("messages"))


def _bucket(reading: Reading, node: Node, path: str) -> BucketExpectation:
    """``objects`` in the order of their keys, or how many there are."""
    table: Table = {"objects": Field(_objects, required=True)}
    objects = read_whole(reading, node, path, table, "what is expected of a bucket")["objects"]
    return BucketExpectation(objects=objects) if isinstance(objects, list) else BucketExpectation(number=objects)


def _objects(reading: Reading, node: Node, path: str) -> Any:
    return (list_of(_object) if isinstance(node.value, list) else _compared("number"))(reading, node, path)


def _object(reading: Reading, node: Node, path: str) -> Matcher:
    return PartOf(_members(_OBJECT, "an expected object")(reading, node, path), node.plain())


def _members(table: Table, what: str) -> Converter:
    def read_members(reading: Reading, node: Node, path: str) -> dict[str, Matcher]:
        reading.places[path] = (node.line, node.column)
        if not isinstance(node.value, dict):
            reading.refuse(node, path, f"found {shown(node)}, expected a mapping, {what}: {', '.join(table)}")
        return read_fields(reading, node, path, table, what)

    return read_members


def _compared(unit: Unit) -> Converter:
    def read_comparison(reading: Reading, node: Node, path: str) -> Comparison:
        try:
            return parse_comparison(node.plain(), unit)
        except ValueError as error:
            return reading.refuse(node, path, str(error))

    return read_comparison


def _statistics(*names: str, unit: Unit) -> Converter:
    table: Table = {name: Field(_compared(unit)) for name in names}

    def read_statistics(reading: Reading, node: Node, path: str) -> PartOf:
        values = _members(table, "statistics")(reading, node, path)
        return PartOf(values, node.plain())

    return read_statistics


def _any(reading: Reading, node: Node, path: str) -> Matcher:
    try:
        return parse_matcher(json_value(reading, node, path))
    except ValueError as error:
        return reading.refuse(node, path, str(error))


def _body(reading: Reading, node: Node, path: str) -> Comparison:
    reading.places[path] = (node.line, node.column)
    return equal_to(body_template(json_value(reading, node, path)))


def _message(reading: Reading, node: Node, path: str) -> Matcher:
    return PartOf(_members(_MESSAGE, "an expected message")(reading, node, path), node.plain())


def _outcome(reading: Reading, node: Node, path: str) -> Comparison:
    comparison = _compared("text")(reading, node, path)
    if comparison.operand not in OUTCOMES:
        one_of(*OUTCOMES)(reading, node, path)
    return comparison  # type: ignore[no-any-return] # a converter's value


def _flag(reading: Reading, node: Node, path: str) -> Comparison:
    return equal_to(boolean(reading, node, path))


def _text(reading: Reading, node: Node, path: str) -> Comparison:
    if node.value is not None and not isinstance(node.value, str):
        reading.refuse(node, path, f"found {shown(node)}, expected text")
    return parse_comparison(node.value, "text")


def _ids(reading: Reading, node: Node, path: str) -> Matcher:
    items(reading, node, path)
    return _any(reading, node, path)


_QUEUE: Table = {
    **{name: Field(_compared("number")) for name in COUNTS},
    "bodies": Field(list_of(_body)),
    "messages": Field(list_of(_message)),
}
_MESSAGE: Table = {
    "MessageId": Field(_text),
    "Body": Field(_body),
    "Attributes": Field(_any),
    "MessageAttributes": Field(_any),
}
_OBJECT: Table = {"Key": Field(_text), "Body": Field(_body)}
_FUNCTION: Table = {
    **{
        name: Field(_compared("number"))
        for name in (
            "Invocations",
            "Errors",
            "Throttles",
            "ConcurrentExecutions",
            "AsyncEventsReceived",
            "AsyncEventsDropped",
            "DeadLetterErrors",
            "DestinationDeliveryFailures",
            "ColdStarts",
            "RecursiveInvocationsDropped",
            "ProvisionedConcurrencyInvocations",
            "ProvisionedConcurrencySpilloverInvocations",
        )
    },
    "AsyncEventAge": Field(_statistics("max", unit="milliseconds")),
    "Duration": Field(_statistics("p50", "p99", "max", unit="milliseconds")),
}
_MAPPING: Table = {
    **{
        name: Field(_compared("number"))
        for name in (
            "PolledEventCount",
            "FilteredOutEventCount",
            "InvokedEventCount",
            "FailedInvokeEventCount",
            "DeletedEventCount",
            "DroppedEventCount",
            "OnFailureDestinationDeliveredEventCount",
        )
    },
    "IteratorAge": Field(_statistics("max", unit="milliseconds")),
}
_INVOCATION: Table = {
    "at": Field(_compared("seconds")),
    "ended": Field(_compared("seconds")),
    "records": Field(_compared("number")),
    "outcome": Field(_outcome),
    "attempt": Field(_compared("number")),
    "mapping": Field(_text),
    "request_id": Field(_text),
    "invocation_type": Field(_text),
    "qualifier": Field(_text),
    "version": Field(_text),
    "record_ids": Field(_ids),
    "event": Field(_any),
    "response": Field(_any),
    "error": Field(_any),
    "cold_start": Field(_flag),
}
