"""A Kinesis stream, a mapping from it, and a queue for failures: put together, run, and told in short."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.functions.durations import ZERO
from eventsim.mappings.stream_settings import read_stream_mapping
from tests.simulation.building import add_function, failed, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.queues.queue import Queue
    from eventsim.functions.durations import Duration
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.invokers.base import Invocation, InvocationResult
    from eventsim.mappings.stream_lifecycle import StreamMapping
    from eventsim.simulation import Simulation

NAME = "f/clicks"
REPORTS: dict[str, Any] = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def encode(text: str) -> str:
    return b64encode(text.encode()).decode()


def texts(event: Any) -> list[str]:
    """The data of an event's records."""
    return [b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]


def numbers(event: Any) -> list[str]:
    """The sequence numbers of an event's records."""
    return [record["kinesis"]["sequenceNumber"] for record in event["Records"]]


class Step:
    """Something that happens at one instant."""

    def __init__(self, at_s: float) -> None:
        self.at_s = at_s

    def __call__(self, lab: Lab) -> None:
        raise NotImplementedError


class Put(Step):
    """Records that arrive at one instant: one for each text, all with one key unless a text says ``key/text``."""

    def __init__(self, at_s: float, *given: str) -> None:
        super().__init__(at_s)
        self.given = given

    def __call__(self, lab: Lab) -> None:
        for text in self.given:
            key, _, data = text.rpartition("/")
            lab.stream.put(encode(data), key or "k")


class Do(Step):
    """Anything else."""

    def __init__(self, at_s: float, act: Callable[[Lab], object]) -> None:
        super().__init__(at_s)
        self.act = act

    def __call__(self, lab: Lab) -> None:
        self.act(lab)


class Lab:
    """The parts of a run, and what is to be seen of it."""

    simulation: Simulation
    stream: KinesisStream
    mapping: StreamMapping
    dead: Queue

    @property
    def deliveries(self) -> list[tuple[Any, ...]]:
        """(at, texts joined by commas, outcome) of each invocation, throttled ones too."""
        return [self.told(one) for one in self.simulation.invocations]

    def told(self, record: InvocationRecord) -> tuple[Any, ...]:
        assert record.batch is not None
        assert record.outcome is not None
        return round(record.at_s, 6), ",".join(texts(record.batch.event())), record.outcome.value

    @property
    def events(self) -> list[Any]:
        """The events of all invocations."""
        return [one.batch.event() for one in self.simulation.invocations if one.batch is not None]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What the queue for failures was told."""
        return [msgspec.json.decode(message.body) for message in self.dead.messages()]

    @property
    def discards(self) -> list[tuple[Any, ...]]:
        """(condition, approximateInvokeCount, batchSize) of each document."""
        return [
            (
                one["requestContext"]["condition"],
                one["requestContext"]["approximateInvokeCount"],
                one["KinesisBatchInfo"].get("batchSize"),
            )
            for one in self.documents
        ]

    @property
    def counts(self) -> tuple[int, ...]:
        """Polled, filtered out, invoked, failed, dropped, delivered to the destination."""
        metrics = self.mapping.metrics
        return (
            metrics.polled,
            metrics.filtered_out,
            metrics.invoked,
            metrics.failed,
            metrics.dropped,
            metrics.on_failure_delivered,
        )

    def lines(self, *kinds: str) -> list[dict[str, Any]]:
        """The trace lines of some kinds."""
        return [line for line in self.simulation.world.trace.events() if line["kind"] in kinds]

    def column(self, kind: str, *fields: str) -> list[tuple[Any, ...]]:
        """Some fields of each trace line of one kind."""
        return [tuple(line.get(field) for field in fields) for line in self.lines(kind)]

    def text_of(self, number: str | None) -> str | None:
        """The data of the record with a sequence number."""
        for shard in self.stream:
            for record in shard.read(0).records:
                if record.sequence_number == number:
                    return b64decode(record.data).decode()
        return None

    @property
    def checkpoints(self) -> list[str | None]:
        """The data of the record that each shard's checkpoint stands at."""
        return [self.text_of(number) for number in self.mapping.pollers.checkpoints.values()]

    def update(self, **changes: Any) -> None:
        self.mapping.update(changes)


def run_stream(
    steps: Sequence[Step],
    answer: Callable[[Invocation], InvocationResult | None] = lambda _: None,
    *,
    shards: int = 1,
    dead: bool = False,
    for_s: float | None = None,
    seed: int = 0,
    takes: Duration = ZERO,
    retention_hours: int = 24,
    max_record_kib: int = 1_024,
    reserved: int | None = None,
    timeout_s: int = 900,
    **properties: Any,
) -> Lab:
    """Run a mapping by AWS's names of its settings until idle, or for *for_s*; *dead* adds the queue for failures."""
    lab = Lab()

    def build(simulation: Simulation) -> None:
        lab.simulation = simulation
        lab.stream = simulation.services.streams.create(
            "clicks", shards, retention_hours=retention_hours, max_record_kib=max_record_kib
        )
        lab.dead = simulation.queues.create("dead")
        given = {"StartingPosition": "TRIM_HORIZON", **properties}
        if dead:
            given["DestinationConfig"] = {"OnFailure": {"Destination": lab.dead.arn}}
        function = add_function(simulation, answer, takes=takes, timeout_s=timeout_s, reserved_concurrency=reserved)
        lab.mapping = simulation.add_stream_mapping(NAME, function, lab.stream, read_stream_mapping(given))
        for place, step in enumerate(steps):
            simulation.world.loop.call_at_step(step.at_s, (place,), lambda step=step: step(lab))  # type: ignore[misc]

    run(build, seed=seed, for_s=for_s)
    return lab


def fails_with(*poison: str) -> Callable[[Invocation], InvocationResult | None]:
    """A function that raises if it sees any of these records."""
    return lambda invocation: failed() if set(poison) & set(texts(invocation.event)) else None


def names(*poison: str) -> Callable[[Invocation], InvocationResult | None]:
    """A function that reports these records."""

    def answer(invocation: Invocation) -> InvocationResult:
        event = invocation.event
        named = [number for number, text in zip(numbers(event), texts(event), strict=True) if text in poison]
        return reports(named)

    return answer


def reports(identifiers: Iterable[object]) -> InvocationResult:
    """The answer that reports these identifiers."""
    return returns({"batchItemFailures": [{"itemIdentifier": one} for one in identifiers]})


def returns(value: Any) -> InvocationResult:
    """The answer of a function that returns *value*."""
    from eventsim.invokers.base import InvocationResult

    return InvocationResult(payload=msgspec.json.encode(value).decode())


def in_turn(*answers: InvocationResult | None) -> Callable[[Invocation], InvocationResult | None]:
    """A function that gives these answers in order, the last one for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]
