"""Notification configurations as CloudFormation writes them: NotificationConfiguration of AWS::S3::Bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from eventsim.cloud.notifications.configuration import Entry, Kind
from eventsim.errors import InputError

_SECTIONS: Final = {
    "TopicConfigurations": (Kind.TOPIC, "Topic"),
    "QueueConfigurations": (Kind.QUEUE, "Queue"),
    "LambdaConfigurations": (Kind.FUNCTION, "Function"),
}
_EVENT_BRIDGE: Final = "EventBridgeConfiguration"


def read_template(value: object) -> tuple[list[Entry], bool]:
    """The configurations in a NotificationConfiguration whose destinations are ARNs, and whether EventBridge is on.

    InputError says at which key it is not what CloudFormation takes.
    """
    document = _mapping(value, "NotificationConfiguration", {*_SECTIONS, _EVENT_BRIDGE})
    entries = [
        _entry(one, f"{section}[{n}]", kind, target)
        for section, (kind, target) in _SECTIONS.items()
        for n, one in enumerate(_sequence(document.get(section, ()), section))
    ]
    return entries, _event_bridge(document.get(_EVENT_BRIDGE, {"EventBridgeEnabled": False}))


def _event_bridge(value: object) -> bool:
    enabled = _mapping(value, _EVENT_BRIDGE, {"EventBridgeEnabled"}).get("EventBridgeEnabled", True)
    if isinstance(enabled, bool):
        return enabled
    raise _wrong(f"{_EVENT_BRIDGE}.EventBridgeEnabled", enabled, "true or false")


def _entry(value: object, place: str, kind: Kind, target: str) -> Entry:
    given = _mapping(value, place, {"Event", target, "Filter"})
    return Entry(
        kind=kind,
        arn=_text(given, target, place),
        events=(_text(given, "Event", place),),
        rules=_rules(given["Filter"], f"{place}.Filter") if "Filter" in given else None,
    )


def _rules(value: object, place: str) -> tuple[tuple[str, str], ...]:
    key = _mapping(_mapping(value, place, {"S3Key"}).get("S3Key"), f"{place}.S3Key", {"Rules"})
    place = f"{place}.S3Key.Rules"
    rules = enumerate(_sequence(key.get("Rules"), place))
    checked = [(_mapping(rule, f"{place}[{n}]", {"Name", "Value"}), f"{place}[{n}]") for n, rule in rules]
    return tuple((_text(rule, "Name", where), _text(rule, "Value", where)) for rule, where in checked)


def _mapping(value: object, place: str, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(place, value, f"a mapping with {_names(keys)}")
    for key in value:
        if key not in keys:
            raise InputError(f"{place}: {key!r} is not known here; use {_names(keys)}")
    return value


def _sequence(value: object, place: str) -> Sequence[Any]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    raise _wrong(place, value, "a list")


def _text(given: Mapping[str, Any], key: str, place: str) -> str:
    value = given.get(key)
    if isinstance(value, str):
        return value
    raise _wrong(f"{place}.{key}", value, "a string") if key in given else InputError(f"{place}: {key!r} is missing")


def _wrong(place: str, found: object, wanted: str) -> InputError:
    return InputError(f"{place}: found {found!r}, but it must be {wanted}")


def _names(keys: set[str]) -> str:
    return ", ".join(sorted(keys))
