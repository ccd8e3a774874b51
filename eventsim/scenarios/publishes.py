"""The step ``publish``: messages for a topic, checked against what it takes (SNS-06, SNS-12, SNS-13, SNS-19)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import AwsError
from eventsim.scenarios.convert import Field, join, mapping, read_whole, shown
from eventsim.scenarios.repeating import REPEAT, read_repeat
from eventsim.scenarios.source_steps import PublishStep
from eventsim.scenarios.templates import body_template, render, render_value
from eventsim.scenarios.values import json_value, text

if TYPE_CHECKING:
    from eventsim.cloud.topics.topic import Topic
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.state import State
    from eventsim.scenarios.yaml_nodes import Node

_PARAMETERS = {
    "Subject": "subject",
    "MessageStructure": "structure",
    "attributes": "attributes",
    "MessageGroupId": "group_id",
    "MessageDeduplicationId": "dedup_id",
}


def read_publish(reading: Reading, node: Node, path: str, names: Names, state: State) -> PublishStep:
    """One publish step."""
    table: Table = {
        "topic": Field(names.one("topic"), required=True),
        "message": Field(json_value, required=True),
        "Subject": Field(text),
        "MessageStructure": Field(text),
        "MessageGroupId": Field(text),
        "MessageDeduplicationId": Field(text),
        "attributes": Field(plain_attributes),
        **REPEAT,
    }
    values = read_whole(reading, node, path, table, "publish")
    step = PublishStep(
        topic=values["topic"],
        message=body_template(values["message"]),
        parameters={ours: values[key] for key, ours in _PARAMETERS.items() if key in values},
        **read_repeat(reading, node, path, values),
    )
    _check(reading, node, path, step, state)
    return step


def publish(topic: Topic, step: PublishStep, n: int) -> str:
    """Publish item *n*, and tell its id; AwsError as SNS answers."""
    return topic.publish(render(step.message, n), **render_value(step.parameters, n)).id


def _check(reading: Reading, node: Node, path: str, step: PublishStep, state: State) -> None:
    """Refuse what SNS would refuse of the last message, whose number is the longest."""
    if state.topics is None:
        return
    from eventsim.cloud.topics.composing import check_size

    n = step.count - 1
    try:
        topic = state.topics.get(step.topic)
    except AwsError:  # it was refused itself
        return
    try:
        made = topic.compose(render(step.message, n), **render_value(step.parameters, n))
        check_size(made.size_bytes, topic.attributes.size_limit_bytes)
    except AwsError as error:
        reading.error(node, path, str(error))


def plain_attributes(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    """Plain values as SNS's attributes: String, Number or String.Array."""
    read = {}
    for name, member in mapping(reading, node, path).items():
        value = member.value
        if isinstance(value, str):
            read[name] = {"DataType": "String", "StringValue": value}
        elif isinstance(value, int | float) and not isinstance(value, bool):
            read[name] = {"DataType": "Number", "StringValue": _digits(member)}
        elif isinstance(value, list):
            items = json_value(reading, member, join(path, name))
            read[name] = {"DataType": "String.Array", "StringValue": msgspec.json.encode(items).decode()}
        else:
            message = f"found {shown(member)}, expected text, a number or a list"
            reading.refuse(member, join(path, name), message)
    return read


def _digits(node: Node) -> str:
    return str(node.value) if isinstance(node.value, int) else f"{Decimal(repr(node.value)):f}"
