"""The step ``replay``, carried out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventsim.errors import AwsError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventsim.fixtures.read import Captured
    from eventsim.fixtures.to_source import Returned
    from eventsim.scenarios.model import ReplayStep
    from eventsim.simulation import Simulation

IDS_PER_LINE = 1_000


def perform_replay(simulation: Simulation, index: int, step: ReplayStep, refused: Callable[[AwsError], object]) -> None:
    """Begin a replay; *refused* is told of each record or event that a service does not take."""
    if step.to == "function":
        simulation.world.tasks.start(_to_functions(simulation, index, step, refused), f"step {index}")
    elif step.speed is None:
        _put_all(simulation, index, step, refused)
    else:
        _Timed(simulation, index, step, refused).go_on()


def events_of(step: ReplayStep) -> Iterator[Captured]:
    """The events of a step's files; all of them could be read before the run."""
    from eventsim.fixtures.read import read_fixture
    from eventsim.fixtures.rebatch import rebatch

    read = (one for file in step.files for one in read_fixture(Path(file), on_error=_ignore))
    events = (one for one in read if one.fault is None)
    return events if step.batch_size is None else rebatch(events, step.batch_size)


def records_of(step: ReplayStep) -> Iterator[tuple[str, Returned]]:
    """The records that go back into a source, with its name; a record that was delivered again goes back once."""
    from eventsim.fixtures.to_source import returned_records

    seen: set[tuple[str, str | None, str]] = set()
    for one in events_of(step):
        records = returned_records(one)
        while True:
            try:
                record = next(records)
            except StopIteration:
                break
            except InputError:
                if step.lenient:  # it was told before the run
                    break
                raise
            if record.id is not None:
                identity = (record.kind, record.name, record.id)
                if identity in seen:
                    continue
                seen.add(identity)
            name = step.targets.get(f"{record.kind}:{record.name or ''}")
            if name is not None:
                yield name, record


def _ignore(_error: object) -> None:
    """It was told before the run."""


def _put_all(simulation: Simulation, index: int, step: ReplayStep, refused: Callable[[AwsError], object]) -> None:
    put: dict[tuple[str, str], list[str]] = {}
    for name, record in records_of(step):
        new_id = _put(simulation, name, record, refused)
        if new_id is not None:
            put.setdefault((record.kind, name), []).append(new_id)
    for (kind, name), ids in put.items():
        for start in range(0, len(ids), IDS_PER_LINE):
            _trace(simulation, index, kind, name, ids[start : start + IDS_PER_LINE])


def _put(simulation: Simulation, name: str, record: Returned, refused: Callable[[AwsError], object]) -> str | None:
    from eventsim.fixtures.to_source import put_back

    try:
        return put_back(simulation, record.kind, name, record.parameters)
    except AwsError as error:
        refused(error)
        return None


def _trace(simulation: Simulation, index: int, kind: str, name: str, ids: list[str]) -> None:
    simulation.world.trace.add("step.replay", step=index, to="source", **{kind: name}, records=ids)


class _Timed:
    """Puts records back at the distances in time that they had."""

    def __init__(
        self, simulation: Simulation, index: int, step: ReplayStep, refused: Callable[[AwsError], object]
    ) -> None:
        self._simulation = simulation
        self._index = index
        self._speed = step.speed or 1.0
        self._refused = refused
        self._records = records_of(step)
        self._begun_s = simulation.world.loop.time()
        self._first_ms: int | None = None
        self._waiting: tuple[str, Returned] | None = None

    def go_on(self) -> None:
        """Put what is due, and set a timer for what is not."""
        loop = self._simulation.world.loop
        while (found := self._waiting or next(self._records, None)) is not None:
            self._waiting = None
            name, record = found
            due_s = self._due_s(record)
            if due_s > loop.time():
                self._waiting = found
                loop.call_at_step(due_s, (self._index,), self.go_on)
                return
            new_id = _put(self._simulation, name, record, self._refused)
            if new_id is not None:
                _trace(self._simulation, self._index, record.kind, name, [new_id])

    def _due_s(self, record: Returned) -> float:
        if record.time_ms is None:
            return self._begun_s
        if self._first_ms is None:
            self._first_ms = record.time_ms
        return round(self._begun_s + (record.time_ms - self._first_ms) / 1000 / self._speed, 9)


async def _to_functions(
    simulation: Simulation, index: int, step: ReplayStep, refused: Callable[[AwsError], object]
) -> None:
    from eventsim.fixtures.replay_times import event_time_ms

    loop: Any = simulation.world.loop
    begun_s, first_ms = loop.time(), None
    for number, one in enumerate(events_of(step)):
        time_ms = event_time_ms(one.event, one.detected.source) if step.speed is not None else None
        if step.speed is not None and time_ms is not None:
            first_ms = time_ms if first_ms is None else first_ms
            due_s = round(begun_s + (time_ms - first_ms) / 1000 / step.speed, 9)
            if due_s > loop.time():
                reached = loop.create_future()
                loop.call_at(due_s, reached.set_result, None)
                await reached
        invoking = _invoke(simulation, index, step, one, refused)
        if step.speed is None:
            await invoking
        else:
            simulation.world.tasks.start(invoking, f"step {index}, event {number}")


async def _invoke(
    simulation: Simulation, index: int, step: ReplayStep, one: Captured, refused: Callable[[AwsError], object]
) -> None:
    from eventsim.control.invocations import LARGEST_REQUEST_BYTES, check_size
    from eventsim.fixtures.replay import CapturedBatch, encode_event
    from eventsim.fixtures.replay_judge import judge, record_ids
    from eventsim.scenarios.replays import target_key

    source = one.detected.source
    name = step.function or step.targets[target_key(one)]
    ids = record_ids(one.event, source)
    simulation.world.trace.add("step.replay", step=index, to="function", function=name, source=source, records=ids)
    payload = encode_event(one.event)
    try:
        if step.invocation_type == "Event":
            simulation.asynchronous().enqueue(name, payload)
            return
        check_size(payload, LARGEST_REQUEST_BYTES, "RequestResponse")
    except AwsError as error:
        refused(error)
        return
    function = simulation.functions[name]
    batch = CapturedBatch(ids, one.text or payload)
    judge(await function.invoke(one.event, request_id=function.new_request_id(), batch=batch), source, reports=None)
