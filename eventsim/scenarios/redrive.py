"""Redrive policies against each other: kinds, permissions and circles (SQS-06, SQS-08)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.cloud.queues.redrive import parse_redrive_allow_policy, parse_redrive_policy
from eventsim.scenarios.arns import queue_arn

if TYPE_CHECKING:
    from collections.abc import Mapping


def dead_letter_queue(attributes: Mapping[str, str]) -> str | None:
    """The name of the queue that a queue's failed messages go to, or None."""
    policy = attributes.get("RedrivePolicy")
    return parse_redrive_policy(policy).target_arn.rsplit(":", 1)[1] if policy else None


def check_redrive(name: str, queues: Mapping[str, Mapping[str, str]]) -> str | None:
    """What is wrong with the dead-letter queue of *name*, given every queue's attribute strings; None if nothing."""
    target = dead_letter_queue(queues[name])
    if target is None or target not in queues:
        return None
    if target == name:
        return f"found {name!r}, the queue itself: a queue can't be its own dead-letter queue"
    if target.endswith(".fifo") != name.endswith(".fifo"):
        kinds = ("a FIFO queue", "a standard queue")
        own, other = kinds if name.endswith(".fifo") else kinds[::-1]
        return f"found {target!r}, {other}: the dead-letter queue of {own} must be {own} too"
    allowed = queues[target].get("RedriveAllowPolicy")
    if allowed and not parse_redrive_allow_policy(allowed).allows(queue_arn(name)):
        return f"found {target!r}, whose RedriveAllowPolicy does not let {name!r} use it"
    circle = circle_through(name, queues)
    if circle:
        return f"found a circle of dead-letter queues: {' -> '.join(circle)}"
    return None


def circle_through(name: str, queues: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The way from *name* back to itself, or []."""
    way = [name]
    while True:
        target = dead_letter_queue(queues.get(way[-1], {}))
        if target is None or target in way[1:]:
            return []
        way.append(target)
        if target == name:
            return way
