"""No event is lost: each ends as a success, or is dropped, told and counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventsim.invokers.base import Invocation, InvocationResult
from tests.mappings.asynchronously import Case, played
from tests.simulation.building import failed

if TYPE_CHECKING:
    from eventsim.simulation import Simulation


class Sent(msgspec.Struct, frozen=True):
    """One event: when, and how its attempts go; later ones succeed at once."""

    at_s: float
    attempts: tuple[tuple[Literal["success", "error", "timeout"], float], ...]


class Change(msgspec.Struct, frozen=True):
    """One change of the function while events wait."""

    at_s: float
    kind: Literal["reserve", "delete", "restore", "configure", "lose a queue"]
    value: int


class World(msgspec.Struct, frozen=True):
    """Settings, events and changes of one run."""

    retries: int
    age_s: int
    reserved: int | None
    success: bool
    failure: bool
    dead: bool
    events: tuple[Sent, ...]
    changes: tuple[Change, ...]


times = st.floats(0, 400).map(lambda s: round(s, 2))
sent = st.builds(
    Sent,
    times,
    st.lists(
        st.tuples(st.sampled_from(["success", "error", "error", "timeout"]), st.sampled_from([0.0, 0.5, 3.0, 45.0])),
        max_size=4,
    ).map(tuple),
)
changes = st.builds(
    Change,
    times,
    st.sampled_from(["reserve", "reserve", "delete", "restore", "configure", "lose a queue"]),
    st.integers(0, 2),
)
worlds = st.builds(
    World,
    st.integers(0, 2),
    st.sampled_from([60, 61, 120, 200, 300, 21_600]),
    st.sampled_from([None, None, 0, 1, 2]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.lists(sent, min_size=1, max_size=8).map(tuple),
    st.lists(changes, max_size=4).map(tuple),
)


class Run:
    """A world that was played: how many events were accepted under which request id."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.accepted: dict[int, str] = {}
        self.case: Case | None = None
        self.left = {n: list(one.attempts) for n, one in enumerate(world.events)}
        self.function: Any = None
        self.simulation = played(self.build)

    def build(self, case: Case) -> None:
        self.case, world = case, self.world
        self.function = case.function(self.answer, timeout_s=60, reserved_concurrency=world.reserved)
        self.configure(world.retries, world.age_s)
        if world.dead:
            case.dead_letter()
        for n, one in enumerate(world.events):
            case.at(one.at_s, self.send, n)
        for change in world.changes:
            case.at(change.at_s, self.change, change)

    def configure(self, retries: int, age_s: int) -> None:
        assert self.case is not None
        self.case.configure(
            success="ok" if self.world.success else "",
            failure="bad" if self.world.failure else "",
            MaximumRetryAttempts=retries,
            MaximumEventAgeInSeconds=age_s,
        )

    def send(self, n: int) -> None:
        assert self.case is not None
        if "f" in self.case.simulation.functions:
            self.accepted[n] = self.case.asynchronous.enqueue("f", {"n": n})

    def answer(self, one: Invocation) -> InvocationResult:
        left = self.left[one.event["n"]]
        kind, takes_s = left.pop(0) if left else ("success", 0.0)
        if kind == "error":
            made = failed()
            made.takes_s = takes_s
            return made
        return InvocationResult(takes_s=99.0 if kind == "timeout" else takes_s)

    def change(self, change: Change) -> None:
        assert self.case is not None
        simulation: Simulation = self.case.simulation
        if change.kind == "reserve":
            self.function.update(msgspec.structs.replace(self.function.settings, reserved_concurrency=change.value))
        elif change.kind == "delete":
            simulation.functions.pop("f", None)
        elif change.kind == "restore":
            simulation.functions["f"] = self.function
        elif change.kind == "lose a queue":
            name = ("ok", "bad", "dead")[change.value]
            if any(queue.name == name for queue in simulation.queues):
                simulation.queues.delete(simulation.queues.get(name))
        elif "f" in simulation.functions:
            self.configure(change.value, (60, 120, 21_600)[change.value])


def ids(run: Run, queue: str) -> Counter[str]:
    """The request ids that a queue was told of; none when it was deleted."""
    for one in run.simulation.queues:
        if one.name == queue and queue == "dead":
            return Counter(
                message.attributes["RequestID"]["StringValue"] for message in one.messages() if message.attributes
            )
        if one.name == queue:
            found: list[Any] = [msgspec.json.decode(message.body) for message in one.messages()]
            return Counter(record["requestContext"]["requestId"] for record in found)
    return Counter()


@pytest.mark.rule(
    "ASY-04",
    "ASY-05",
    "ASY-06",
    "ASY-07",
    "ASY-08",
    "ASY-11",
    "ASY-14",
    "DST-07",
    "DST-08",
    "DLQ-03",
    "DLQ-04",
    "MET-10",
    "MET-11",
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds)
def test_every_accepted_event_has_exactly_one_end(world: World) -> None:
    run = Run(world)
    assert run.case is not None
    simulation, metrics = run.simulation, run.function.metrics
    accepted = Counter(run.accepted.values())
    trace = list(simulation.world.trace.events())

    dropped = Counter(line["request_id"] for line in trace if line["kind"] == "async.drop")
    succeeded = Counter(one.request_id for one in simulation.invocations if one.outcome == "success")
    assert dropped + succeeded == accepted, "each event ends once"
    assert run.case.asynchronous.unfinished == {}
    assert (metrics.async_events_received, metrics.async_events_dropped) == (len(accepted), dropped.total())

    told = [line for line in trace if line["kind"] == "destination.deliver"]
    assert Counter(line["request_id"] for line in told if "dead_letter" in line) == (
        dropped if world.dead else Counter()
    )
    for queue, ends in (("ok", succeeded), ("bad", dropped)):
        records = Counter(line["request_id"] for line in told if line["destination"].endswith(queue))
        assert records == (ends if (world.success if queue == "ok" else world.failure) else Counter())
    for queue in ("ok", "bad", "dead"):
        reached = Counter(
            line["request_id"] for line in told if line["destination"].endswith(queue) and "error" not in line
        )
        assert ids(run, queue) in (reached, Counter()), "what was told is there, unless its queue was deleted"
    failures = [line for line in told if "error" in line]
    assert metrics.dead_letter_errors == sum("dead_letter" in line for line in failures)
    assert metrics.destination_delivery_failures == sum("dead_letter" not in line for line in failures)


@pytest.mark.rule("ASY-06", "ASY-08", "ASY-09", "DST-04", "GEN-04")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds)
def test_attempts_keep_to_the_settings_and_repeat(world: World) -> None:
    if any(change.kind == "configure" for change in world.changes):
        world = msgspec.structs.replace(world, changes=())
    run = Run(world)
    starts = {run.accepted[n]: one.at_s for n, one in enumerate(world.events) if n in run.accepted}
    by_event: dict[str, list[Any]] = {}
    for one in run.simulation.invocations:
        by_event.setdefault(one.request_id, []).append(one)
    for request_id, attempts in by_event.items():
        assert [one.attempt for one in attempts] == sorted({one.attempt for one in attempts})
        ran = [one for one in attempts if one.outcome != "throttle"]
        assert len(ran) <= world.retries + 1
        assert all(one.at_s - starts[request_id] < world.age_s for one in attempts)
    assert Run(world).simulation.world.trace.sha256() == run.simulation.world.trace.sha256()
