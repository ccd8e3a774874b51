"""The queue engine and an SQS client on the same engine: both adapters give a mapping the same deliveries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.cloud.session import open_client
from eventsim.functions.durations import Fixed
from eventsim.invokers.base import Invocation, InvocationResult
from eventsim.mappings.settings import read_queue_mapping
from eventsim.sources.queue import EmbeddedQueueSource, QueueSource
from eventsim.sources.remote_queue import RemoteQueueSource
from tests.simulation.building import add_function, failed, run
from tests.simulation.workloads import report

if TYPE_CHECKING:
    from eventsim.cloud.queues.queue import Queue
    from eventsim.simulation import Simulation

Send = Callable[..., None]


class Case(msgspec.Struct, kw_only=True):
    """One scenario: the kind of queue, the mapping, the function, and what is sent when."""

    fifo: bool = False
    mapping: dict[str, Any] = {}
    answer: Callable[[Invocation], InvocationResult | None] = lambda _: None
    takes_s: float = 0.25
    reserved: int | None = None
    sends: list[tuple[float, int, dict[str, Any]]]
    deliveries: int


def first_receive(event: Any) -> bool:
    return any(record["attributes"]["ApproximateReceiveCount"] == "1" for record in event["Records"])


def fails_at_first(invocation: Invocation) -> InvocationResult | None:
    return failed() if first_receive(invocation.event) else None


def reports_at_first(invocation: Invocation) -> InvocationResult | None:
    records = invocation.event["Records"]
    return InvocationResult(report(records, [1])) if first_receive(invocation.event) else None


def fails_poison(invocation: Invocation) -> InvocationResult | None:
    return failed() if any("poison" in record["body"] for record in invocation.event["Records"]) else None


ATTRIBUTES = {
    "kind": {"DataType": "String", "StringValue": "a"},
    "number": {"DataType": "Number", "StringValue": "6"},
    "raw": {"DataType": "Binary", "BinaryValue": "AAH/"},
}
REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
FILTER = {"FilterCriteria": {"Filters": [{"Pattern": '{"body": [{"prefix": "3"}]}'}]}}

CASES = {
    "success": Case(sends=[(0, 25, {}), (40.5, 1, {})], deliveries=4),
    "attributes": Case(sends=[(1, 3, {"attributes": ATTRIBUTES, "group_id": "tenant"})], deliveries=1),
    "failure": Case(answer=fails_at_first, sends=[(0, 12, {})], deliveries=4),
    "partial failure": Case(mapping=REPORTS, answer=reports_at_first, sends=[(0.5, 5, {})], deliveries=2),
    "dead letters": Case(answer=fails_poison, sends=[(0, 2, {}), (7, 1, {"body": "poison"})], deliveries=3),
    "filter": Case(mapping=FILTER, sends=[(0, 5, {}), (3, 5, {})], deliveries=2),
    "window": Case(
        mapping={"BatchSize": 20, "MaximumBatchingWindowInSeconds": 5},
        sends=[(0.5, 3, {}), (2.5, 12, {}), (5.5, 1, {}), (9, 30, {})],
        deliveries=3,
    ),
    "lengthened lease": Case(
        mapping={"MaximumBatchingWindowInSeconds": 30}, answer=fails_at_first, sends=[(0, 3, {})], deliveries=2
    ),
    "concurrency": Case(
        mapping={"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 2}},
        takes_s=1.5,
        sends=[(0, 5, {})],
        deliveries=5,
    ),
    "growth": Case(mapping={"BatchSize": 1}, takes_s=2.5, sends=[(0, 30, {})], deliveries=30),
    "delay": Case(sends=[(0, 2, {"delay_s": 21}), (1, 1, {})], deliveries=2),
    "throttled": Case(reserved=0, sends=[(0, 2, {})], deliveries=10),
    "fifo": Case(
        fifo=True,
        mapping={"BatchSize": 2},
        answer=fails_at_first,
        sends=[(0, 3, {"group_id": "a"}), (0, 3, {"group_id": "b"}), (1, 2, {"group_id": "c"})],
        deliveries=8,
    ),
    "fifo partial failure": Case(
        fifo=True, mapping=REPORTS, answer=reports_at_first, sends=[(0, 4, {"group_id": "a"})], deliveries=2
    ),
}


def run_case(case: Case, *, remote: bool) -> Simulation:
    """Run one case for four minutes through one of the adapters."""
    name = "q.fifo" if case.fifo else "q"

    def build(simulation: Simulation) -> None:
        fifo = {"FifoQueue": "true"} if case.fifo else {}
        dead = simulation.queues.create("dlq.fifo" if case.fifo else "dlq", fifo)
        policy = msgspec.json.encode({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2}).decode()
        queue = simulation.queues.create(name, {"VisibilityTimeout": "30", "RedrivePolicy": policy, **fifo})
        add_function(
            simulation, case.answer, takes=Fixed(case.takes_s), timeout_s=10, reserved_concurrency=case.reserved
        )
        for place, (at_s, count, options) in enumerate(case.sends):
            simulation.world.loop.call_at_step(at_s, (place,), sending(queue, place, count, options))

    async def main(simulation: Simulation) -> None:
        queue, loop = simulation.queues.get(name), simulation.world.loop
        if remote:
            async with open_client(simulation.cloud().router, "sqs") as client:
                await go(simulation, RemoteQueueSource(client, queue.url, queue.attributes.visibility_timeout_s, loop))
        else:
            await go(simulation, EmbeddedQueueSource(queue, loop))

    async def go(simulation: Simulation, source: QueueSource) -> None:
        function, settings = simulation.functions["f"], read_queue_mapping(case.mapping)
        simulation.add_queue_mapping("f/q", function, simulation.queues.get(name), settings, source=source)
        await simulation.run(for_s=240)

    return run(build, seed=4, main=main)


def sending(queue: Queue, place: int, count: int, options: dict[str, Any]) -> Send:
    def send() -> None:
        for n in range(count):
            given = {"body": f"{n}", **options}
            if queue.fifo:
                given["dedup_id"] = f"{place}-{n}"
            queue.send(**given)

    return send


def deliveries(simulation: Simulation) -> list[dict[str, Any]]:
    """Everything of each invocation, its event included."""
    return [
        {
            "at": round(one.at_s, 6),
            "ended": one.ended_s and round(one.ended_s, 6),
            "attempt": one.attempt,
            "outcome": one.outcome and one.outcome.value,
            "event": one.batch.event() if one.batch else None,
        }
        for one in simulation.invocations
    ]


@pytest.mark.rule("SQS-03", "SQS-23", "SQS-32", "SQS-33", "SQS-34")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_both_adapters_give_the_same_deliveries(case: Case) -> None:
    embedded, remote = run_case(case, remote=False), run_case(case, remote=True)
    assert deliveries(remote) == deliveries(embedded)
    assert len(deliveries(embedded)) == case.deliveries
    metrics = [simulation.mappings["f/q"].metrics.to_json() for simulation in (embedded, remote)]
    assert metrics[0] == metrics[1]
    left = [
        [message.body for queue in simulation.queues for message in queue.messages()]
        for simulation in (embedded, remote)
    ]
    assert left[0] == left[1]
