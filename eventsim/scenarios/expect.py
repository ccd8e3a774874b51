"""Whether a run is as its expectations say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.scenarios.observe import bucket_objects, invocation_json, queue_bodies, queue_messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.scenarios.comparisons import Matcher
    from eventsim.scenarios.expected import BucketExpectation, Expectation, QueueExpectation
    from eventsim.simulation import Simulation


class Failure(msgspec.Struct, frozen=True):
    """An expectation that does not hold: its path in the file, what was expected, what is."""

    path: str
    expected: Any
    actual: Any


def judge(expectation: Expectation, simulation: Simulation, *, virtual_s: float, idle: bool) -> list[Failure]:
    """Every part of *expectation* that does not hold now, in the order of the file's sections."""
    found: list[Failure] = []
    path = expectation.path
    for name, queue in expectation.queues.items():
        found += _judge_queue(f"{path}.queues.{name}", queue, simulation, name)
    for name, bucket in expectation.buckets.items():
        found += _judge_bucket(f"{path}.buckets.{name}.objects", bucket, bucket_objects(simulation, name))
    for name, metrics in expectation.functions.items():
        found += _judge_members(f"{path}.functions.{name}", metrics, simulation.functions[name].metrics.to_json())
    for name, metrics in expectation.mappings.items():
        found += _judge_members(f"{path}.mappings.{name}", metrics, simulation.mappings[name].metrics.to_json())
    for name, invocations in expectation.invocations.items():
        found += _judge_invocations(f"{path}.invocations.{name}", invocations, simulation, name)
    if expectation.virtual_time is not None:
        found += _judge_value(f"{path}.virtual_time", expectation.virtual_time, round(virtual_s, 6))
    if expectation.idle is not None and expectation.idle is not idle:
        found.append(Failure(f"{path}.idle", expectation.idle, idle))
    return found


def _judge_queue(path: str, expected: QueueExpectation, simulation: Simulation, name: str) -> Iterator[Failure]:
    queue = simulation.queues.get(name)
    counts = msgspec.structs.asdict(queue.counts())
    yield from _judge_members(path, expected.counts, counts)
    if expected.bodies is not None:
        bodies = queue_bodies(queue)
        if len(bodies) != len(expected.bodies) or not all(map(_holds, expected.bodies, bodies)):
            yield Failure(f"{path}.bodies", [one.expected for one in expected.bodies], bodies)
    if expected.messages is not None:
        messages = queue_messages(queue)
        if len(messages) != len(expected.messages) or not all(map(_holds, expected.messages, messages)):
            yield Failure(f"{path}.messages", [one.expected for one in expected.messages], messages)


def _judge_bucket(path: str, expected: BucketExpectation, objects: list[dict[str, str]]) -> Iterator[Failure]:
    if expected.number is not None:
        yield from _judge_value(path, expected.number, len(objects))
    if expected.objects is not None and (
        len(objects) != len(expected.objects) or not all(map(_holds, expected.objects, objects))
    ):
        yield Failure(path, [one.expected for one in expected.objects], objects)


def _judge_invocations(
    path: str, expected: list[dict[str, Matcher]], simulation: Simulation, function: str
) -> Iterator[Failure]:
    records = [record for record in simulation.invocations if record.function == function]
    for n, members in enumerate(expected[: len(records)]):
        shown = invocation_json(records[n], with_event="event" in members)
        shown["records"] = len(shown["record_ids"])
        yield from _judge_members(f"{path}[{n}]", members, shown)
    if len(records) != len(expected):
        yield Failure(path, f"{len(expected)} invocations", f"{len(records)} invocations")


def _judge_members(path: str, expected: dict[str, Any], actual: dict[str, Any]) -> Iterator[Failure]:
    for member, matcher in expected.items():
        yield from _judge_value(f"{path}.{member}", matcher, actual.get(member))


def _judge_value(path: str, matcher: Matcher, actual: Any) -> Iterator[Failure]:
    if not matcher.holds(actual):
        yield Failure(path, matcher.expected, actual)


def _holds(matcher: Matcher, actual: Any) -> bool:
    return matcher.holds(actual)
