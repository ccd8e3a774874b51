"""What a bucket announces, and to whom (S3-01, S3-02)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.cloud.notifications.key_filter import KeyFilter


class Kind(Enum):
    """The three kinds of destinations that have ARNs; the value is the service in the ARN."""

    TOPIC = "sns"
    QUEUE = "sqs"
    FUNCTION = "lambda"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One configuration as it was given, nothing of it checked.

    *rules* are the filter's pairs of name and value; None without a filter.
    """

    kind: Kind
    arn: str
    events: tuple[str, ...]
    rules: tuple[tuple[str, str], ...] | None = None
    id: str | None = None


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One checked configuration; *events* as given, *meant* the single types that they stand for."""

    id: str
    kind: Kind
    arn: str
    events: tuple[str, ...]
    meant: frozenset[str]
    filter: KeyFilter

    def wants(self, event: str, key: str) -> bool:
        """Whether *event* of the object *key* goes here (S3-05, S3-06)."""
        return event in self.meant and self.filter.matches(key)

    def entry(self) -> Entry:
        """It as it was given."""
        rules = self.filter.rules or None
        return Entry(kind=self.kind, arn=self.arn, events=self.events, rules=rules, id=self.id)


class NotificationConfiguration(msgspec.Struct, frozen=True):
    """All that is configured for one bucket; empty by default.

    With *event_bridge* every event goes to the account's default event bus too, whatever its type and key (S3-17).
    """

    subscriptions: tuple[Subscription, ...] = ()
    event_bridge: bool = False

    def __bool__(self) -> bool:
        return self.event_bridge or bool(self.subscriptions)

    def wants(self, event: str, key: str) -> bool:
        """Whether anybody is to learn of *event* of the object *key*."""
        return self.event_bridge or any(self.wanting(event, key))

    def wanting(self, event: str, key: str) -> Iterator[Subscription]:
        """The subscriptions that *event* of the object *key* goes to, in their order."""
        return (one for one in self.subscriptions if one.wants(event, key))


NOTHING: Final = NotificationConfiguration()
"""The configuration of a bucket that never got one."""
