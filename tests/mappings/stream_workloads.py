"""Workloads for a stream and a mapping, drawn by hypothesis, and the story that a run of one leaves behind."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from hypothesis import strategies as st

from eventsim.functions.durations import ZERO
from eventsim.functions.invocations import Outcome
from eventsim.mappings import stream_delivery
from tests.mappings.streaming import Do, Lab, Put, encode, numbers, reports, returns, run_stream, texts
from tests.simulation.building import failed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.invokers.base import Invocation, InvocationResult

PATTERN = {"Filters": [{"Pattern": '{"data": {"keep": [true]}}'}]}


class Event(msgspec.Struct, frozen=True):
    """Records that are put, or what is done to the stream or the mapping at some moment.

    Of *count* records the first has key *number*, the others the keys that follow.
    """

    at_s: float
    kind: Literal["put", "split", "merge", "pause", "resume", "factor"]
    number: int
    count: int
    keep: bool
    poison: bool


class Answer(msgspec.Struct, frozen=True):
    """What one invocation does, besides failing on poison."""

    kind: Literal["success", "error", "partial", "garbage"]
    takes_s: float
    number: int


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """Settings, events, and the answers of the first invocations; later ones succeed at once."""

    shards: int
    batch_size: int
    window_s: int
    factor: int
    retries: int
    maximum_age_s: int
    bisects: bool
    reports: bool
    filtered: bool
    dead: bool
    tumbling_s: int
    reserved: int | None
    events: tuple[Event, ...]
    answers: tuple[Answer, ...]

    @property
    def restarts(self) -> bool:
        """Whether records may be read twice."""
        return any(one.kind == "pause" for one in self.events)


KEYS = 5
HALVES = st.integers(0, 24).map(lambda n: n / 2)
KINDS = st.sampled_from(["put"] * 9 + ["split", "split", "merge", "pause", "resume", "factor"])
EVENTS = st.builds(
    Event,
    HALVES,
    KINDS,
    st.integers(0, KEYS - 1),
    st.integers(1, 7),
    st.sampled_from([True, True, False]),
    st.sampled_from([False] * 5 + [True]),
)
ANSWERS = st.builds(
    Answer,
    st.sampled_from(["success", "success", "error", "error", "partial", "partial", "partial", "garbage"]),
    st.sampled_from([0.0, 0.1, 0.7, 1.0, 3.0, 6.0]),
    st.integers(0, 9),
)


@st.composite
def workloads(draw: st.DrawFn) -> Workload:
    tumbling_s = draw(st.sampled_from([0, 0, 0, 5]))
    return Workload(
        shards=draw(st.sampled_from([1, 1, 2, 3])),
        batch_size=draw(st.sampled_from([1, 2, 3, 5, 8])),
        window_s=draw(st.sampled_from([0, 0, 1, 3])),
        factor=1 if tumbling_s else draw(st.integers(1, 4)),
        retries=draw(st.integers(0, 2)),
        maximum_age_s=draw(st.sampled_from([-1, -1, 60])),
        bisects=draw(st.booleans()),
        reports=draw(st.sampled_from([True, True, False])),
        filtered=False if tumbling_s else draw(st.booleans()),
        dead=draw(st.booleans()),
        tumbling_s=tumbling_s,
        reserved=draw(st.sampled_from([None, None, 1])),
        events=tuple(sorted(draw(st.lists(EVENTS, min_size=4, max_size=24)), key=lambda one: one.at_s)),
        answers=tuple(draw(st.lists(ANSWERS, min_size=1, max_size=20))),
    )


class Story(msgspec.Struct, kw_only=True):
    """What happened to every record of a run, in the order in which it happened."""

    lab: Lab
    keys: dict[str, str]
    """The key of each sequence number."""
    shards: dict[str, list[str]]
    """The sequence numbers of each shard, filtered ones too."""
    filtered: set[str]
    steps: list[tuple[Any, ...]]
    """("start", numbers), ("done", numbers), ("discard", numbers) and ("checkpoint", shard, number)."""
    order: dict[str, list[str]]
    """The sequence numbers of each key, as they were put."""


def tell(workload: Workload) -> Story:
    """Run a workload until idle."""
    order: dict[str, list[str]] = {}
    steps = [step_of(n, event, workload, order) for n, event in enumerate(workload.events)]
    last_s = max(event.at_s for event in workload.events)
    steps.append(Do(max(30.0, last_s + 3), lambda lab: enable(lab, enabled=True)))
    answers = list(workload.answers)
    takes = [one.takes_s for one in answers]

    def handler(invocation: Invocation) -> InvocationResult:
        answer = answers.pop(0) if answers else Answer("success", 0.0, 0)
        result = respond(answer, invocation, tumbling=workload.tumbling_s > 0)
        result.takes_s = answer.takes_s
        return result

    with discards() as discarded:
        lab = run_stream(
            steps,
            handler,
            shards=workload.shards,
            dead=workload.dead,
            reserved=workload.reserved,
            takes=ZERO,
            seed=len(takes),
            **properties(workload),
        )
    return story_of(lab, order, discarded)


def properties(workload: Workload) -> dict[str, Any]:
    given: dict[str, Any] = {
        "BatchSize": workload.batch_size,
        "MaximumBatchingWindowInSeconds": workload.window_s,
        "ParallelizationFactor": workload.factor,
        "MaximumRetryAttempts": workload.retries,
        "MaximumRecordAgeInSeconds": workload.maximum_age_s,
        "BisectBatchOnFunctionError": workload.bisects,
        "TumblingWindowInSeconds": workload.tumbling_s,
    }
    if workload.reports:
        given["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    if workload.filtered:
        given["FilterCriteria"] = PATTERN
    return given


def step_of(n: int, event: Event, workload: Workload, order: dict[str, list[str]]) -> Put | Do:
    def act(lab: Lab) -> None:
        if event.kind == "put":
            for more in range(event.count):
                key = f"key-{(event.number + more * more) % KEYS}"
                content = {"n": n, "more": more, "keep": event.keep or more > 0, "poison": event.poison and more == 2}
                _, record = lab.stream.put(encode(msgspec.json.encode(content).decode()), key)
                order.setdefault(key, []).append(record.sequence_number)
        elif event.kind == "split":
            shard = lab.stream.open_shards[event.number % len(lab.stream.open_shards)]
            if len(lab.stream.open_shards) < 6:
                lab.stream.split(shard, (shard.hash_start + shard.hash_end) // 2 + 1)
        elif event.kind == "merge":
            opened = lab.stream.open_shards
            if len(opened) > 1:
                at = event.number % (len(opened) - 1)
                lab.stream.merge(opened[at], opened[at + 1])
        elif event.kind == "factor":
            if not workload.tumbling_s:
                update(lab, ParallelizationFactor=1 + event.number % 4)
        else:
            enable(lab, enabled=event.kind == "resume")

    return Do(event.at_s, act)


def enable(lab: Lab, *, enabled: bool) -> None:
    update(lab, Enabled=enabled)


def update(lab: Lab, **changes: Any) -> None:
    from eventsim.mappings.states import SETTLED

    if lab.mapping.state in SETTLED:
        lab.mapping.update(changes)


def respond(answer: Answer, invocation: Invocation, *, tumbling: bool) -> InvocationResult:
    event = invocation.event
    if answer.kind == "error" or any('"poison":true' in text for text in texts(event)):
        return failed()
    state = {"state": {"n": event["state"].get("n", 0) + len(event["Records"])}} if tumbling else {}
    if answer.kind == "garbage":
        return returns({"batchItemFailures": 7, **state})
    if answer.kind == "partial" and event["Records"]:
        found = numbers(event)
        named = [found[answer.number % len(found)], found[-1]]
        return returns(msgspec.json.decode(reports(named).payload or "") | state)
    return returns(state)


@contextmanager
def discards() -> Iterator[list[list[str]]]:
    """The sequence numbers of each discard, while this is open."""
    found: list[list[str]] = []
    module: Any = stream_delivery
    original = module.give_up

    async def give_up(work: Any, batch: Any, made: Any, condition: Any) -> None:
        found.append(made.ids())
        await original(work, batch, made, condition)

    module.give_up = give_up
    try:
        yield found
    finally:
        module.give_up = original


def story_of(lab: Lab, order: dict[str, list[str]], discarded: list[list[str]]) -> Story:
    """Read the trace: which records were tried, done with and given up, and where the checkpoints stood."""
    keys, shards, filtered = {}, {}, set()
    for shard in lab.stream:
        records = shard.read(0).records
        shards[shard.id] = [record.sequence_number for record in records]
        for record in records:
            keys[record.sequence_number] = record.partition_key
    tried = {(one.request_id, one.attempt): one for one in lab.simulation.invocations}
    steps: list[tuple[Any, ...]] = []
    left, attempts = list(discarded), dict[str, int]()
    for line in lab.simulation.world.trace.events():
        kind = line["kind"]
        if kind == "record.discard":
            steps.append(("discard", left.pop(0)))
        elif kind == "shard.checkpoint":
            steps.append(("checkpoint", line["shard"], line["sequence_number"]))
        elif kind == "invoke.start":
            attempts[line["request_id"]] = line["attempt"]
            steps.append(("start", ids_of(tried[line["request_id"], line["attempt"]])))
        elif kind == "invoke.end":
            one = tried[line["request_id"], attempts[line["request_id"]]]
            if one.outcome is Outcome.SUCCESS:
                steps.append(("done", ids_of(one)))
        elif kind == "batch.partial":
            found = ids_of(tried[line["request_id"], attempts[line["request_id"]]])
            steps.append(("done", found[: found.index(line["first"])]))
    if lab.mapping.settings.filter_criteria:
        filtered = {
            record.sequence_number for shard in lab.stream for record in shard.read(0).records if is_dropped(record)
        }
    return Story(lab=lab, keys=keys, shards=shards, filtered=filtered, steps=steps, order=order)


def ids_of(record: Any) -> list[str]:
    return list(record.batch.ids())


def is_dropped(record: Any) -> bool:
    from base64 import b64decode

    return b'"keep":false' in b64decode(record.data)
