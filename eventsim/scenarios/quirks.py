"""The section ``quirks``: what the simulation chooses where AWS publishes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.quirks import Quirks
from eventsim.scenarios.convert import Field, items, read_fields, shown
from eventsim.scenarios.durations import seconds
from eventsim.scenarios.values import boolean, integer_between

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.yaml_nodes import Node

LONGEST_RETRIES = 10


def read_quirks(reading: Reading, node: Node, path: str) -> Quirks:
    """All quirks, those that are not given as they are without the section."""
    return Quirks(**read_fields(reading, node, path, _TABLE, "quirks"))


def _part(reading: Reading, node: Node, path: str) -> float:
    """A number from 0 to 1."""
    value: Any = node.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return reading.refuse(node, path, f"found {shown(node)}, expected a number from 0 to 1")
    return float(value)


def _waits(reading: Reading, node: Node, path: str) -> tuple[float, ...]:
    read = tuple(seconds(reading, item, f"{path}[{n}]") for n, item in enumerate(items(reading, node, path)))
    if not 1 <= len(read) <= LONGEST_RETRIES:
        reading.refuse(node, path, f"found {len(read)} waits, expected 1 to {LONGEST_RETRIES}")
    return read


def _at_least_a_second(reading: Reading, node: Node, path: str) -> float:
    value = seconds(reading, node, path)
    if value < 1:
        reading.refuse(node, path, f"found {shown(node)}, expected a second or more")
    return value


_TABLE: Table = {
    "empty_failure_entry_is_success": Field(boolean),
    "long_poll_floor": Field(boolean),
    "duplicate_rate": Field(_part),
    "shuffle": Field(boolean),
    "transition_s": Field(seconds),
    "throttle_first_s": Field(seconds),
    "throttle_longest_s": Field(seconds),
    "throttle_jitter": Field(_part),
    "stream_retry_first_s": Field(seconds),
    "stream_retry_longest_s": Field(seconds),
    "window_close_s": Field(seconds),
    "async_retry_s": Field(_waits),
    "async_throttle_first_s": Field(seconds),
    "async_throttle_longest_s": Field(seconds),
    "config_propagation_s": Field(seconds),
    "environment_idle_s": Field(seconds),
    "schedule_jitter_s": Field(integer_between(0, 59)),
    "notification_latency_s": Field(seconds),
    "notification_spread_s": Field(seconds),
    "shard_roll_s": Field(_at_least_a_second),
}
