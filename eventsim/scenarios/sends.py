"""The step ``send``: messages, checked against what their queue takes (SQS-02, SQS-10, SQS-13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.queues.content import check_body, read_attributes, size_of_attributes, size_of_text
from eventsim.cloud.queues.errors import invalid_parameter, missing_parameter, wrong_queue_type
from eventsim.cloud.queues.system_attributes import read_trace_header
from eventsim.cloud.queues.tokens import check_token
from eventsim.errors import AwsError
from eventsim.scenarios.convert import Field, Reading, Table, join, placed_items, read_whole
from eventsim.scenarios.model import SendStep
from eventsim.scenarios.repeating import REPEAT, read_repeat
from eventsim.scenarios.templates import body_template, render, render_value
from eventsim.scenarios.values import integer, integer_between, json_value

if TYPE_CHECKING:
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.state import State
    from eventsim.scenarios.yaml_nodes import Node


def read_send(reading: Reading, node: Node, path: str, names: Names, state: State) -> SendStep:
    """One send step."""
    table: Table = {
        "queue": Field(names.one("queue"), required=True),
        "body": Field(json_value),
        "bodies": Field(_bodies),
        **REPEAT,
        "DelaySeconds": Field(integer_between(0, 900)),
        "MessageAttributes": Field(_text_values),
        "MessageDeduplicationId": Field(_id),
        "MessageGroupId": Field(_id),
        "MessageSystemAttributes": Field(_text_values),
    }
    values = read_whole(reading, node, path, table, "send")
    if ("body" in values) == ("bodies" in values):
        found = "both" if "body" in values else "none"
        reading.refuse(node, path, f"found {found}, expected either body or bodies")
    if "bodies" in values and "count" in values:
        reading.refuse(node.keys["count"], join(path, "count"), "found count with bodies, which are one message each")
    bodies = (
        [body_template(body) for body in values["bodies"]] if "bodies" in values else [body_template(values["body"])]
    )
    step = SendStep(
        queue=values["queue"],
        bodies=bodies,
        **read_repeat(reading, node, path, values, listed=len(bodies), lists="bodies"),
        parameters={key: value for key, value in values.items() if key[0].isupper()},
    )
    _check(reading, node, path, step, state)
    return step


def _check(reading: Reading, node: Node, path: str, step: SendStep, state: State) -> None:
    """Refuse what SQS would refuse of any of the messages; the last has the longest number."""
    parameters = render_value(step.parameters, step.count - 1)
    fifo = step.queue.endswith(".fifo")
    found = _check_ids(step.queue, parameters, state) + _check_delay(parameters, fifo=fifo)
    size = 0
    try:
        size = size_of_attributes(read_attributes(parameters.get("MessageAttributes")))
    except AwsError as error:
        found.append(("MessageAttributes", error))
    try:
        read_trace_header(parameters.get("MessageSystemAttributes"))
    except AwsError as error:
        found.append(("MessageSystemAttributes", error))
    for member, refusal in found:
        at = join(path, member)
        reading.error(reading.place(at) if member in parameters else node, at, str(refusal))
    limit = state.attribute(step.queue, "MaximumMessageSize", 1_048_576)
    for number, template in enumerate(step.bodies):
        at = join(path, "body") if "body" in node.value else f"{join(path, 'bodies')}[{number}]"
        body = render(template, step.count - 1 if len(step.bodies) == 1 else number)
        try:
            check_body(body)
            if size_of_text(body) + size > limit:
                raise invalid_parameter(
                    f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
                )
        except AwsError as error:
            reading.error(reading.place(at), at, f"{error}{_size_found(size_of_text(body) + size, limit)}")


def _check_ids(queue: str, parameters: dict[str, Any], state: State) -> list[tuple[str, AwsError]]:
    """The ids that a FIFO queue needs and a standard queue does not take (SQS-10, SQS-11)."""
    found: list[tuple[str, AwsError]] = []
    for member in ("MessageGroupId", "MessageDeduplicationId"):
        if member in parameters:
            try:
                check_token(parameters[member], member)
            except AwsError as error:
                found.append((member, error))
    dedup_id = parameters.get("MessageDeduplicationId")
    if not queue.endswith(".fifo"):
        if dedup_id is not None:
            found.append(("MessageDeduplicationId", wrong_queue_type(dedup_id, "MessageDeduplicationId")))
        return found
    if "MessageGroupId" not in parameters:
        found.append(("MessageGroupId", missing_parameter("MessageGroupId")))
    if dedup_id is None and state.queues.get(queue, {}).get("ContentBasedDeduplication", "false") != "true":
        text = (
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly"
        )
        found.append(("MessageDeduplicationId", invalid_parameter(text)))
    return found


def _check_delay(parameters: dict[str, Any], *, fifo: bool) -> list[tuple[str, AwsError]]:
    """A FIFO queue delays all its messages or none (SQS-13)."""
    delay = parameters.get("DelaySeconds")
    return [("DelaySeconds", wrong_queue_type(delay, "DelaySeconds"))] if fifo and delay else []


def _size_found(size: int, limit: int) -> str:
    return f" Found {size} bytes, allowed 1 to {limit}." if size > limit else ""


def _bodies(reading: Reading, node: Node, path: str) -> list[Any]:
    return [json_value(reading, item, at) for item, at in placed_items(reading, node, path, "body")]


def _id(reading: Reading, node: Node, path: str) -> str:
    """An id; a whole number is taken for its digits."""
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return str(integer(reading, node, path))
    if not isinstance(node.value, str):
        reading.refuse(node, path, "found no text, expected an id")
    return node.value


def _text_values(reading: Reading, node: Node, path: str) -> Any:
    """Message attributes as they stand; numbers as values are taken for their digits."""
    value = json_value(reading, node, path)
    if not isinstance(value, dict):
        reading.refuse(node, path, "found no mapping, expected NAME: {DataType: String, StringValue: text}")
    for attribute in value.values():
        if isinstance(attribute, dict) and isinstance(attribute.get("StringValue"), int | float):
            attribute["StringValue"] = str(attribute["StringValue"])
    return value
