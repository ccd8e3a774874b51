"""What a notification configuration may say; destinations are not asked here (S3-01 to S3-08)."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, Final

from eventsim.cloud.notifications.configuration import Entry, Kind, NotificationConfiguration, Subscription
from eventsim.cloud.notifications.errors import (
    event_not_supported,
    events_overlap,
    filters_overlap,
    invalid_argument,
    malformed_xml,
    too_many_configurations,
)
from eventsim.cloud.notifications.event_types import expand
from eventsim.cloud.notifications.key_filter import KeyFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_CONFIGURATIONS: Final = 100
LONGEST_ID: Final = 255
LONGEST_VALUE_BYTES: Final = 1024

# In Java's spelling, which S3 shows to the caller.
_PATTERNS: Final = {
    Kind.TOPIC: r"^arn:aws[\p{Alpha}\-]*:sns:[\p{Alnum}\-]+:[\p{Digit}]{12}:[\p{Alnum}\-_]{1,256}$",
    Kind.QUEUE: r"^arn:aws[\p{Alpha}\-]*:sqs:[\p{Alnum}\-]+:[\p{Digit}]{12}:[\p{Alnum}\-_]{1,80}$",
    Kind.FUNCTION: (
        r"^arn:aws[a-zA-Z\-]*:lambda:[a-zA-Z0-9\-]+:[0-9]{12}:function:[a-zA-Z0-9\-_]+(:[a-zA-Z0-9$_\-]+)?$"
    ),
}
_JAVA: Final = {r"\p{Alpha}": "a-zA-Z", r"\p{Alnum}": "a-zA-Z0-9", r"\p{Digit}": "0-9"}
_ARGUMENTS: Final = {Kind.TOPIC: "TopicArn", Kind.QUEUE: "QueueArn", Kind.FUNCTION: "LambdaFunctionArn"}


def check_configuration(
    entries: Sequence[Entry], event_bridge: bool, *, region: str, draw_id: Callable[[], str]
) -> NotificationConfiguration:
    """The configuration that *entries* make for a bucket in *region*; one without an id gets it from *draw_id*.

    S3Error MalformedXML, InvalidRequest or InvalidArgument says what can't be.
    """
    if len(entries) > MOST_CONFIGURATIONS:
        raise too_many_configurations()
    for entry in entries:
        _check_entry(entry, region)
    given = [entry.id for entry in entries if entry.id]
    if len(set(given)) < len(given):
        raise invalid_argument("Same ID used for multiple configurations. IDs must be unique.")
    for one, other in combinations(entries, 2):
        _check_pair(one, other)
    return NotificationConfiguration(tuple(_subscription(entry, draw_id) for entry in entries), event_bridge)


def _check_entry(entry: Entry, region: str) -> None:
    if len(entry.id or "") > LONGEST_ID:
        raise invalid_argument(f"ID length exceeded allowed limit of {LONGEST_ID}")
    if not entry.arn or not entry.events:
        raise malformed_xml()
    _check_arn(entry, region)
    _check_events(entry.events)
    if entry.rules is not None:
        _check_rules(entry.rules)


def _check_arn(entry: Entry, region: str) -> None:
    """The destination is of its kind, standard, and in the bucket's region (S3-02, S3-03)."""
    parts = entry.arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        named = ("ArgumentName", _ARGUMENTS[entry.kind]), ("ArgumentValue", entry.arn)
        raise invalid_argument("The ARN could not be parsed", *named)
    if entry.kind is Kind.QUEUE and parts[2] == "sqs" and parts[5].endswith(".fifo"):
        raise invalid_argument("FIFO SQS queues are not supported.")
    shown = pattern = _PATTERNS[entry.kind]
    for java, ours in _JAVA.items():
        pattern = pattern.replace(f"[{java}]", f"[{ours}]").replace(java, ours)
    if not re.fullmatch(pattern, entry.arn):
        text = "The ARN failed to satisfy constraint: Member must satisfy regular expression pattern: "
        raise invalid_argument(text + shown)
    if parts[3] != region:
        text = "The notification destination service region is not valid for the bucket location constraint"
        raise invalid_argument(text)


def _check_events(events: Sequence[str]) -> None:
    """Each event is known, and no two of a list share a type (S3-05, S3-08)."""
    seen: set[str] = set()
    for event in events:
        meant = expand(event)
        if meant is None:
            raise event_not_supported(event)
        if not seen.isdisjoint(meant):
            raise events_overlap()
        seen |= meant


def _check_rules(rules: Sequence[tuple[str, str]]) -> None:
    """At most one prefix and one suffix, of at most 1,024 bytes each (S3-06)."""
    if not rules:
        raise malformed_xml()
    seen: set[str] = set()
    for name, value in rules:
        lowered = name.lower()
        if lowered not in ("prefix", "suffix"):
            raise invalid_argument("filter rule name must be either prefix or suffix")
        if lowered in seen:
            raise invalid_argument(f"Cannot specify more than one {lowered} rule in a filter.")
        if len(value.encode("utf-8", "surrogatepass")) > LONGEST_VALUE_BYTES:
            text = f"Size of filter rule value cannot exceed {LONGEST_VALUE_BYTES} bytes in UTF-8 representation"
            raise invalid_argument(text)
        seen.add(lowered)


def _check_pair(one: Entry, other: Entry) -> None:
    """Nothing is announced twice: they differ in event types, prefixes or suffixes (S3-07, S3-08)."""
    if _meant(one).isdisjoint(_meant(other)) or not _filter(one).overlaps(_filter(other)):
        return
    raise events_overlap() if one.rules is None and other.rules is None else filters_overlap()


def _meant(entry: Entry) -> frozenset[str]:
    return frozenset[str]().union(*(expand(event) or () for event in entry.events))


def _filter(entry: Entry) -> KeyFilter:
    return KeyFilter((name.capitalize(), value) for name, value in entry.rules or ())


def _subscription(entry: Entry, draw_id: Callable[[], str]) -> Subscription:
    return Subscription(
        id=entry.id or draw_id(),
        kind=entry.kind,
        arn=entry.arn,
        events=entry.events,
        meant=_meant(entry),
        filter=_filter(entry),
    )
