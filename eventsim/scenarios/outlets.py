"""A function's ``EventInvokeConfig`` and ``DeadLetterQueue`` (ASY-06, ASY-08, DST-01, DLQ-01)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.scenarios.arns import ACCOUNT_ID, REGION, function_arn
from eventsim.scenarios.convert import Field, join, read_whole
from eventsim.scenarios.values import integer, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.functions.event_invoke_settings import EventInvokeConfig
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.model import FunctionSpec
    from eventsim.scenarios.names import Kind, Names
    from eventsim.scenarios.yaml_nodes import Node

DEFAULT_BUS_ARN = f"arn:aws:events:{REGION}:{ACCOUNT_ID}:event-bus/default"

_KINDS: dict[str, Kind] = {"SQS": "queue", "SNS": "topic", "Lambda": "function", "S3": "bucket", "S3Bucket": "bucket"}


def read_event_invoke(reading: Reading, node: Node, path: str, names: Names) -> EventInvokeConfig:
    """EventInvokeConfig as AWS SAM takes it: each destination has its Type beside it, or is found by its name."""
    from eventsim.functions.event_invoke_settings import read_event_invoke_config

    one = Field(lambda r, n, p: _destination(r, n, p, names))

    def destinations(reading: Reading, node: Node, path: str) -> dict[str, Any]:
        return read_whole(reading, node, path, {"OnSuccess": one, "OnFailure": one}, "DestinationConfig")

    table: Table = {
        "MaximumRetryAttempts": Field(integer),
        "MaximumEventAgeInSeconds": Field(integer),
        "DestinationConfig": Field(destinations),
    }
    return read_event_invoke_config(read_whole(reading, node, path, table, "EventInvokeConfig"))


def read_dead_letter_queue(reading: Reading, node: Node, path: str, names: Names) -> str:
    """DeadLetterQueue as AWS SAM takes it: the ARN of its target."""
    table: Table = {
        "Type": Field(one_of("SQS", "SNS"), required=True),
        "TargetArn": Field(names.arn("queue", "topic"), required=True),
    }
    values = read_whole(reading, node, path, table, "DeadLetterQueue")
    _check_type(reading, path, values["Type"], values["TargetArn"])
    return str(values["TargetArn"])


def check_outlets(reading: Reading, functions: Iterable[FunctionSpec]) -> None:
    """Refuse what Lambda refuses of the destinations and dead-letter queues."""
    for function in functions:
        if function.event_invoke is None and function.dead_letter_arn is None:
            continue
        from eventsim.functions.event_invoke_settings import check_dead_letter_target, check_event_invoke_config

        if function.event_invoke is not None:
            path = join(function.place.path, "EventInvokeConfig")
            arn = function_arn(function.name)
            for member, error in check_event_invoke_config(function.event_invoke, arn, has_function=lambda _: True):
                at = join(path, member) if member else path
                reading.error(reading.place(at), at, str(error))
        error_ = check_dead_letter_target(function.dead_letter_arn)
        if error_ is not None:
            path = join(function.place.path, "DeadLetterQueue.TargetArn")
            reading.error(reading.place(path), path, str(error_))


def _destination(reading: Reading, node: Node, path: str, names: Names) -> dict[str, Any]:
    def read_arn(reading: Reading, node: Node, path: str) -> str:
        if node.value == DEFAULT_BUS_ARN:
            return DEFAULT_BUS_ARN
        kinds = (_KINDS[given],) if given in _KINDS else ("queue", "topic", "function", "bucket")
        return str(names.arn(*kinds)(reading, node, path))

    kind = node.value.get("Type") if isinstance(node.value, dict) else None
    given = kind.value if kind is not None and isinstance(kind.value, str) else ""
    table: Table = {
        "Type": Field(one_of(*_KINDS, "EventBridge")),
        "Destination": Field(read_arn, required=True),
    }
    values = read_whole(reading, node, path, table, "a destination")
    if values.get("Type") == "EventBridge" and values["Destination"] != DEFAULT_BUS_ARN:
        at = join(path, "Destination")
        reading.refuse(reading.place(at), at, f"found {values['Destination']}, expected {DEFAULT_BUS_ARN}")
    return {"Destination": values["Destination"]}


def _check_type(reading: Reading, path: str, kind: str, arn: str) -> None:
    if not arn.startswith(f"arn:aws:{kind.lower()}:"):
        at = join(path, "Type")
        reading.refuse(reading.place(at), at, f"found {kind}, but the target is {arn}")
