"""Workloads for one queue and one function, drawn by hypothesis, and what a run of one left behind."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from hypothesis import strategies as st

from eventsim.invokers.base import Invocation, InvocationResult
from tests.simulation.building import add_function, add_mapping, failed, run

if TYPE_CHECKING:
    from eventsim.cloud.queues.queue import Queue
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.simulation import Simulation

PATTERN = '{"body": [{"prefix": "keep"}]}'


class Sent(msgspec.Struct, frozen=True):
    """One message: when it is sent, which group it is in, whether a filter keeps it, whether it always fails."""

    at_s: float
    group: int
    keep: bool
    poison: bool
    delay_s: int


class Answer(msgspec.Struct, frozen=True):
    """What one invocation does, besides failing on poison."""

    kind: Literal["success", "error", "partial", "timeout"]
    takes_s: float
    first_failed: int


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of all parts, the messages, and the answers of the first invocations; later ones succeed at once."""

    fifo: bool
    batch_size: int
    window_s: int
    visibility_s: int
    timeout_s: int
    retention_s: int
    max_receives: int | None
    concurrency: int | None
    reserved: int | None
    filtered: bool
    reports: bool
    messages: tuple[Sent, ...]
    answers: tuple[Answer, ...]

    @property
    def overlaps(self) -> bool:
        """Whether a throttled batch may begin late in its lease and run beyond its end."""
        return self.reserved is not None


TENTHS = st.integers(0, 300).map(lambda n: n / 10)
MESSAGES = st.builds(
    Sent,
    TENTHS,
    st.integers(0, 3),
    st.booleans(),
    st.sampled_from([False] * 5 + [True]),
    st.sampled_from([0, 0, 0, 1, 7]),
)
ANSWERS = st.builds(
    Answer,
    st.sampled_from(["success", "success", "error", "partial", "timeout"]),
    st.sampled_from([0.0, 0.1, 0.7, 1.0, 3.0]),
    st.integers(0, 9),
)


@st.composite
def workloads(draw: st.DrawFn, *, fifo: bool, throttled: bool = False) -> Workload:
    """A workload for one kind of queue; *throttled*: with a reservation below what the queue asks for."""
    window_s = 0 if fifo else draw(st.sampled_from([0, 0, 1, 4]))
    timeout_s = draw(st.integers(1, 4))
    return Workload(
        fifo=fifo,
        batch_size=draw(st.integers(1, 25 if window_s else 10)),
        window_s=window_s,
        visibility_s=draw(st.integers(timeout_s + 1, 20)),
        timeout_s=timeout_s,
        retention_s=draw(st.sampled_from([60, 200])),
        max_receives=draw(st.sampled_from([None, 1, 2, 3])),
        concurrency=draw(st.sampled_from([None, 2, 3])),
        reserved=draw(st.integers(0, 2)) if throttled else None,
        filtered=draw(st.booleans()),
        reports=draw(st.booleans()),
        messages=tuple(draw(st.lists(MESSAGES, min_size=draw(st.sampled_from([0, 2, 20])), max_size=25))),
        answers=tuple(draw(st.lists(ANSWERS, max_size=12))),
    )


class Finished:
    """A workload after its run: the simulation, the queue, and the messages' ids in the order of their sending."""

    def __init__(self, workload: Workload, seed: int = 0) -> None:
        self.workload = workload
        self.ids: list[str] = []
        self.simulation = run(self._build, seed=seed)
        self.queue = self.simulation.queues.get("q.fifo" if workload.fifo else "q")
        self.counts = self.queue.counts()
        self.trace = list(self.simulation.world.trace.events())

    def _build(self, simulation: Simulation) -> None:
        work = self.workload
        suffix, fifo = (".fifo", {"FifoQueue": "true"}) if work.fifo else ("", {})
        dead = simulation.queues.create(f"dlq{suffix}", fifo)
        policy = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": work.max_receives}
        redrive = {"RedrivePolicy": msgspec.json.encode(policy).decode()} if work.max_receives else {}
        queue = simulation.queues.create(
            f"q{suffix}",
            {
                "VisibilityTimeout": str(work.visibility_s),
                "MessageRetentionPeriod": str(work.retention_s),
                **redrive,
                **fifo,
            },
        )
        function = add_function(
            simulation,
            self._answering(),
            timeout_s=work.timeout_s,
            reserved_concurrency=work.reserved,
        )
        add_mapping(
            simulation,
            function,
            queue.name,
            BatchSize=work.batch_size,
            MaximumBatchingWindowInSeconds=work.window_s,
            FunctionResponseTypes=["ReportBatchItemFailures"] if work.reports else [],
            FilterCriteria={"Filters": [{"Pattern": PATTERN}]} if work.filtered else None,
            ScalingConfig={"MaximumConcurrency": work.concurrency} if work.concurrency else None,
        )
        for n, message in sorted(enumerate(work.messages), key=lambda numbered: (numbered[1].at_s, numbered[0])):
            simulation.world.loop.call_at_step(message.at_s, (n,), self._sending(queue, n, message))

    def _sending(self, queue: Queue, n: int, message: Sent) -> Any:
        def send() -> None:
            kind = "keep" if message.keep else "drop"
            body = f"{kind} {'poison' if message.poison else 'sound'} {n}"
            if self.workload.fifo:
                sent = queue.send(body, group_id=f"g{message.group}", dedup_id=str(n))
            else:
                sent = queue.send(body, delay_s=message.delay_s)
            self.ids.append(sent.id)

        return send

    def _answering(self) -> Any:
        answers = chain(self.workload.answers, repeat(Answer("success", 0.0, 0)))
        return lambda invocation: answer_as(next(answers), invocation)

    # -- what it left ----------------------------------------------------------------------------

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.trace if line["kind"] == kind]

    @property
    def executed(self) -> list[InvocationRecord]:
        """The invocations that reached the code."""
        return [one for one in self.simulation.invocations if one.outcome != "throttle"]

    def acknowledged(self, record: InvocationRecord) -> list[str]:
        """The ids that an invocation's answer acknowledges."""
        assert record.batch is not None
        if record.outcome == "success":
            return record.batch.ids()
        if record.outcome == "partial":
            assert record.response is not None
            reported = {one["itemIdentifier"] for one in msgspec.json.decode(record.response)["batchItemFailures"]}
            return [one for one in record.batch.ids() if one not in reported]
        return []


def answer_as(answer: Answer, invocation: Invocation) -> InvocationResult:
    """Do as told, but fail on poison; report the first failure of a group and all behind it (SQS-26)."""
    if answer.kind == "timeout":
        return InvocationResult(takes_s=float("inf"), environment_lost=True)
    records = invocation.event["Records"]
    poisoned = [n for n, record in enumerate(records) if "poison" in record["body"]]
    if answer.kind == "error" or (poisoned and answer.kind == "success"):
        result = failed()
    elif answer.kind == "partial":
        reported = {n: None for n in [*poisoned, answer.first_failed] if n < len(records)}
        result = InvocationResult(report(records, list(reported)))
    else:
        result = InvocationResult()
    result.takes_s = answer.takes_s
    return result


def report(records: list[dict[str, Any]], reported: list[int]) -> str:
    """The answer that names these records and those behind them in their groups."""
    blocked: set[str] = set()
    failures = []
    for n, record in enumerate(records):
        group = record["attributes"].get("MessageGroupId")
        if n in reported or group in blocked:
            failures.append({"itemIdentifier": record["messageId"]})
            if group is not None:
                blocked.add(group)
    return msgspec.json.encode({"batchItemFailures": failures}).decode()
