"""Events of the Types S3, SNS, Schedule, ScheduleV2, EventBridgeRule and CloudWatchEvent, as AWS SAM takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.scenarios.arns import function_arn
from eventsim.scenarios.bucket_notifications import key_rules
from eventsim.scenarios.convert import Field, Later, NoEffect, list_of, mapping, read_whole, shown
from eventsim.scenarios.durations import instant
from eventsim.scenarios.topics import subscription_table
from eventsim.scenarios.trigger_specs import NotificationSpec, RuleSpec, ScheduleSpec, SubscriptionSpec
from eventsim.scenarios.values import boolean, integer_between, json_value, one_of, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.places import Place
    from eventsim.scenarios.trigger_specs import Trigger
    from eventsim.scenarios.yaml_nodes import Node

_ROLE = "arn:aws:iam::123456789012:role/scheduler"


def trigger_properties(reading: Reading, node: Node, path: str, kind: str, names: Names) -> dict[str, Any]:
    """The properties of an event of Type *kind*."""
    article = "an" if kind in ("S3", "SNS", "EventBridgeRule") else "a"
    return read_whole(reading, node, path, _TABLES[kind](names), f"the Properties of {article} {kind} event")


def trigger(name: str, kind: str, properties: dict[str, Any], place: Place) -> Trigger:
    """What brings the events that the properties describe; *name* is FUNCTION/EVENT."""
    function, _, event = name.partition("/")
    arn = function_arn(function)
    own_name = properties.get("Name") or properties.get("RuleName") or f"{function}-{event}"
    if kind == "S3":
        one = {"Function": arn, **({"Filter": properties["Filter"]} if "Filter" in properties else {})}
        configurations = [{"Event": event, **one} for event in properties["Events"]]
        return NotificationSpec(bucket=properties["Bucket"], configurations=configurations, place=place)
    if kind == "SNS":
        topic = properties.pop("Topic")
        return SubscriptionSpec(topic=topic, protocol="lambda", endpoint=arn, attributes=properties, place=place)
    target: dict[str, Any] = {"Arn": arn}
    target |= {key: properties[key] for key in ("Input", "RetryPolicy", "DeadLetterConfig") if key in properties}
    enabled = properties.get("Enabled", True) and properties.get("State", "ENABLED") == "ENABLED"
    if kind == "ScheduleV2":
        settings = {key: properties[key] for key in _SCHEDULE if key in properties}
        settings = {"FlexibleTimeWindow": {"Mode": "OFF"}, **settings, "Target": {**target, "RoleArn": _ROLE}}
        return ScheduleSpec(name=own_name, settings=settings, place=place)
    target |= {key: properties[key] for key in ("InputPath", "InputTransformer") if key in properties}
    target = {"Id": properties.get("Target", f"{event}Target"), **target}
    return RuleSpec(
        name=own_name,
        pattern=properties.get("Pattern"),
        schedule=properties.get("Schedule"),
        enabled=enabled,
        target=target,
        place=place,
    )


def _s3(names: Names) -> Table:
    return {
        "Bucket": Field(names.one("bucket"), required=True),
        "Events": Field(_texts, required=True),
        "Filter": Field(key_rules),
    }


def _sns(names: Names) -> Table:
    return {
        "Topic": Field(names.one("topic"), required=True),
        **subscription_table(names),
        "Region": NoEffect(),
        "SqsSubscription": Later("SqsSubscription (write an event of Type SQS and a Subscription of the topic)"),
    }


def _common(names: Names) -> Table:
    return {
        "Input": Field(text),
        "RetryPolicy": Field(_retry_policy),
        "DeadLetterConfig": Field(lambda r, n, p: _dead_letter(r, n, p, names)),
        "State": Field(one_of("ENABLED", "DISABLED")),
        "Description": NoEffect(),
    }


def _schedule(names: Names) -> Table:
    return {
        "Schedule": Field(text, required=True),
        "Enabled": Field(boolean),
        "Name": Field(text),
        **_common(names),
        "RoleArn": NoEffect(),
    }


def _schedule_v2(names: Names) -> Table:
    return {
        "ScheduleExpression": Field(text, required=True),
        "ScheduleExpressionTimezone": Field(text),
        "StartDate": Field(instant),
        "EndDate": Field(instant),
        "FlexibleTimeWindow": Field(_window),
        "Name": Field(text),
        **_common(names),
        "GroupName": Later("a schedule group (GroupName)"),
        **dict.fromkeys(("KmsKeyArn", "OmitName", "PermissionsBoundary", "RoleArn"), NoEffect()),
    }


def _rule(names: Names) -> Table:
    return {
        "Pattern": Field(_pattern, required=True),
        "InputPath": Field(text),
        "InputTransformer": Field(_transformer),
        "RuleName": Field(text),
        "Target": Field(_target_id),
        **_common(names),
        "EventBusName": Field(one_of("default")),
    }


def _cloud_watch_event(names: Names) -> Table:
    """What EventBridgeRule was called before."""
    later = ("InputTransformer", "RuleName", "Target", "RetryPolicy", "DeadLetterConfig", "Description")
    return {"Enabled": Field(boolean), **{key: field for key, field in _rule(names).items() if key not in later}}


def _texts(reading: Reading, node: Node, path: str) -> list[str]:
    return [text(reading, node, path)] if isinstance(node.value, str) else list_of(text)(reading, node, path)


def _pattern(reading: Reading, node: Node, path: str) -> str:
    if not isinstance(node.value, dict):
        reading.refuse(node, path, f"found {shown(node)}, expected an event pattern such as {{source: [orders]}}")
    return msgspec.json.encode(json_value(reading, node, path)).decode()


def _retry_policy(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    table: Table = {
        "MaximumRetryAttempts": Field(integer_between(0, 185)),
        "MaximumEventAgeInSeconds": Field(integer_between(60, 86_400)),
    }
    return read_whole(reading, node, path, table, "RetryPolicy")


def _dead_letter(reading: Reading, node: Node, path: str, names: Names) -> dict[str, Any]:
    table: Table = {
        "Arn": Field(names.arn("queue"), required=True),
        "Type": Field(one_of("SQS")),
        "QueueLogicalId": NoEffect(),
    }
    values = read_whole(reading, node, path, table, "DeadLetterConfig")
    return {"Arn": values["Arn"]}


def _window(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    table: Table = {
        "Mode": Field(one_of("OFF", "FLEXIBLE"), required=True),
        "MaximumWindowInMinutes": Field(integer_between(1, 1440)),
    }
    return read_whole(reading, node, path, table, "FlexibleTimeWindow")


def _transformer(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    table: Table = {"InputTemplate": Field(text, required=True), "InputPathsMap": Field(_paths)}
    return read_whole(reading, node, path, table, "InputTransformer")


def _paths(reading: Reading, node: Node, path: str) -> dict[str, str]:
    """Paths into the event by the names of placeholders."""
    table: Table = dict.fromkeys(mapping(reading, node, path), Field(text))
    return read_whole(reading, node, path, table, "InputPathsMap")


def _target_id(reading: Reading, node: Node, path: str) -> str:
    target_id: str = read_whole(reading, node, path, {"Id": Field(text, required=True)}, "Target")["Id"]
    return target_id


_SCHEDULE = (
    "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "FlexibleTimeWindow", "State",
)  # fmt: skip
_TABLES: dict[str, Callable[[Names], Table]] = {
    "S3": _s3,
    "SNS": _sns,
    "Schedule": _schedule,
    "ScheduleV2": _schedule_v2,
    "EventBridgeRule": _rule,
    "CloudWatchEvent": _cloud_watch_event,
}
