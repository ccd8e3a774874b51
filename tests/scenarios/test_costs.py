"""What a run would have cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventsim.functions.durations import Fixed
from eventsim.invokers.base import InvocationResult
from eventsim.scenarios.costs import cost_json, function_cost, idle_month_usd
from eventsim.scenarios.prices import DURATION, FREE, PRICES, PRICES_OF, duration_usd
from eventsim.scenarios.usage import FunctionUse
from tests.scenarios.running import run_text
from tests.simulation.building import add_function, add_mapping, failed, run

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.simulation import Simulation


@pytest.mark.rule("SCN-21", "CST-01", "CST-02")
def test_a_million_calls_of_a_tenth_of_a_second_in_128_mb() -> None:
    cost = function_cost(FunctionUse(requests=1_000_000, billed_ms=100_000_000, gb_s=12_500.0))
    assert (cost["requests"], round(cost["duration"], 4), round(cost["total"], 2)) == (0.20, 0.2083, 0.41)


@pytest.mark.rule("SCN-21", "CST-01", "CST-02")
def test_a_thousand_simulated_ones_are_a_thousandth_of_it() -> None:
    async def main(simulation: Simulation) -> None:
        for _ in range(1000):
            await simulation.functions["f"].invoke({}, request_id="r")

    cost = cost_json(run(lambda one: add_function(one, takes=Fixed(0.1)), main=main))
    shown = cost["functions"]["f"]
    assert shown["amounts"] == {"requests": 1000, "billed_ms": 100_000, "gb_s": 12.5, "provisioned_gb_s": 0}
    assert round(shown["total"] * 1000, 2) == 0.41
    assert (cost["estimate"], cost["currency"], cost["prices_of"]) == (True, "USD", PRICES_OF)


def used(invokes: list[InvocationResult | None], *, cold_start: float = 0.0, **settings: Any) -> dict[str, Any]:
    """What a function's invocations come to, one after the other."""
    coming = list(invokes)

    async def main(simulation: Simulation) -> None:
        for _ in invokes:
            await simulation.functions["f"].invoke({}, request_id="r")

    def build(simulation: Simulation) -> None:
        add_function(simulation, lambda _: coming.pop(0), takes=Fixed(1.0), cold_start=Fixed(cold_start), **settings)

    found: dict[str, Any] = cost_json(run(build, main=main))["functions"]["f"]
    return found


@pytest.mark.rule("CST-13")
def test_failed_work_is_paid_like_any_other() -> None:
    late = InvocationResult(takes_s=99.0)
    assert used([None, failed(), late])["amounts"]["billed_ms"] == 1000 + 1000 + 3000


@pytest.mark.rule("CST-01", "CST-13")
def test_throttled_attempts_are_free() -> None:
    assert used([None], reserved_concurrency=0)["total"] == 0


@pytest.mark.rule("CST-02")
def test_the_start_of_an_environment_is_paid_too() -> None:
    assert used([None, None], cold_start=0.5)["amounts"]["billed_ms"] == 1500 + 1000


@pytest.mark.rule("CST-02")
def test_memory_multiplies_and_arm_is_cheaper() -> None:
    plain = used([None])["duration"]
    assert round(used([None], memory_mb=1024)["duration"] / plain, 3) == 8
    assert round(used([None], architecture="arm64")["duration"] / plain, 3) == 0.8


@pytest.mark.rule("CST-02")
def test_the_price_of_a_gb_second_falls_with_the_amount() -> None:
    first, second, third = (usd for _, usd in DURATION["x86_64"])
    assert duration_usd(0) == 0
    assert duration_usd(20e9) == pytest.approx(6e9 * first + 9e9 * second + 5e9 * third)


@pytest.mark.rule("CST-04")
def test_tmp_is_paid_above_512_mb() -> None:
    assert used([None])["ephemeral_storage"] == 0
    assert used([None], ephemeral_mb=10_240)["ephemeral_storage"] == pytest.approx(9.5 * 0.0000000309, rel=1e-2)


@pytest.mark.rule("CST-01")
def test_large_asynchronous_events_are_several_requests() -> None:
    def build(simulation: Simulation) -> None:
        add_function(simulation)
        for size in (200_000, 262_142, 262_143, 1_000_000):
            simulation.asynchronous().enqueue("f", '"' + "x" * size + '"')

    assert cost_json(run(build))["functions"]["f"]["amounts"]["requests"] == 1 + 1 + 2 + 1 + 12


@pytest.mark.rule("CST-05")
def test_provisioned_concurrency_is_paid_in_steps_of_five_minutes_used_or_not() -> None:
    async def main(simulation: Simulation) -> None:
        import asyncio

        function = simulation.functions["f"]
        function.versions.publish()
        function.provisioned.put("1", 8, at_once=True)
        await asyncio.sleep(301)
        await function.invoke({}, request_id="r", qualifier="1")
        function.provisioned.delete("1")
        await asyncio.sleep(1000)

    found = cost_json(run(lambda one: add_function(one, takes=Fixed(1.0)), main=main))["functions"]["f"]
    assert found["amounts"]["provisioned_gb_s"] == 8 * 600 / 8
    assert found["provisioned_concurrency"] == pytest.approx(600 * PRICES["lambda.provisioned"].usd)
    assert found["duration"] == pytest.approx(0.125 * PRICES["lambda.provisioned_duration"].usd, rel=1e-4)


@pytest.mark.rule("CST-06", "SQS-31")
def test_a_mapping_pays_for_receives_deletes_and_polls_that_find_nothing() -> None:
    def build(simulation: Simulation) -> None:
        queue = simulation.queues.create("q", {}, {})
        add_mapping(simulation, add_function(simulation), "q", BatchSize=10)
        for _ in range(20):
            queue.send("x")

    found = cost_json(run(build, for_s=60))["sources"]["sqs:q"]
    assert found["amounts"] == {"requests": 39, "sends": 20, "receives": 2, "idle_polls": 15, "deletes": 2}
    assert found["total"] == pytest.approx(39 * 0.4e-6)


def queue_amounts(folder: Path, text: str) -> dict[str, Any]:
    """The requests to the queue ``q`` of a scenario."""
    found: dict[str, Any] = run_text(folder, text).result.cost()["sources"]["sqs:q"]["amounts"]
    return found


MAPPED = """
name: requests
queues: {q: {VisibilityTimeout: 60}}
functions:
  f:
    ReservedConcurrentExecutions: RESERVED
    script: [OUTCOME]
    Events: {q: {Type: SQS, Properties: {Queue: q, FunctionResponseTypes: [ReportBatchItemFailures], FILTER}}}
steps:
  - {send: {queue: q, body: {k: "{n}"}, count: 10}}
STEPS
"""


def mapped(
    outcome: str = "{return: null}", *, reserved: str = "1", filters: str = "BatchSize: 10", steps: str = ""
) -> str:
    """A scenario with ten messages and one mapping."""
    filled = MAPPED.replace("OUTCOME", outcome).replace("RESERVED", reserved).replace("FILTER", filters)
    return filled.replace("STEPS", steps)


@pytest.mark.rule("CST-06", "FLT-04")
def test_messages_that_are_filtered_out_are_received_and_deleted_like_others(tmp_path: Path) -> None:
    some = """FilterCriteria: {Filters: [{Pattern: '{"body": {"k": ["1", "2"]}}'}]}"""
    none = """FilterCriteria: {Filters: [{Pattern: '{"body": {"k": ["x"]}}'}]}"""
    counts = {"requests": 13, "sends": 10, "receives": 1, "idle_polls": 0, "deletes": 2}
    assert queue_amounts(tmp_path, mapped(filters=some)) == counts
    assert queue_amounts(tmp_path, mapped(filters=none)) == {**counts, "requests": 12, "deletes": 1}


@pytest.mark.rule("CST-06", "SQS-27")
def test_a_batch_that_is_throttled_at_first_is_received_and_deleted_once(tmp_path: Path) -> None:
    freed = "  - {at: 5s, update: {function: f, ReservedConcurrentExecutions: 1}}"
    amounts = queue_amounts(tmp_path, mapped(reserved="0", steps=freed))
    assert (amounts["sends"], amounts["receives"], amounts["deletes"]) == (10, 1, 1)


@pytest.mark.rule("CST-06", "SQS-25")
def test_a_batch_whose_every_message_is_reported_deletes_nothing(tmp_path: Path) -> None:
    expiring = mapped("{fail_items: {body: {k: [{exists: true}]}}}").replace("60}", "60, MessageRetentionPeriod: 61}")
    amounts = queue_amounts(tmp_path, expiring)
    assert (amounts["receives"], amounts["deletes"]) == (2, 0)


@pytest.mark.rule("CST-06", "CST-11")
def test_large_messages_are_paid_by_64_kb(tmp_path: Path) -> None:
    text = """
    name: large
    queues: {q: {}}
    topics: {t: {}}
    steps:
      - {send: {queue: q, bodies: [WHOLE, MORE]}}
      - {publish: {topic: t, message: MORE}}
    """
    filled = text.replace("WHOLE", "x" * 65_536).replace("MORE", "x" * 65_537)
    sources = run_text(tmp_path, filled).result.cost()["sources"]
    assert sources["sqs:q"]["amounts"]["sends"] == 1 + 2
    assert sources["sns:t"]["amounts"] == {"requests": 2, "publishes": 1}
    assert sources["sns:t"]["total"] == pytest.approx(2 * 0.5e-6)


@pytest.mark.rule("CST-06")
def test_large_batches_are_paid_by_64_kb_and_fifo_costs_more() -> None:
    def build(simulation: Simulation) -> None:
        queue = simulation.queues.create("q.fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true"}, {})
        add_mapping(simulation, add_function(simulation), "q.fifo", BatchSize=10)
        for n in range(2):
            queue.send(f"{n}" * 100_000, group_id="g")

    found = cost_json(run(build))["sources"]["sqs:q.fifo"]
    assert found["amounts"]["receives"] == 4
    assert found["total"] == pytest.approx(found["amounts"]["requests"] * 0.5e-6)


@pytest.mark.rule("CST-07")
def test_a_mapping_of_an_empty_queue_costs_a_quarter_of_a_dollar_a_month() -> None:
    assert idle_month_usd() == pytest.approx(0.2592)


@pytest.mark.rule("CST-03")
def test_the_free_tier_is_told_and_not_subtracted() -> None:
    async def main(simulation: Simulation) -> None:
        await simulation.functions["f"].invoke({}, request_id="r")

    cost = cost_json(run(lambda one: add_function(one, takes=Fixed(1.0)), main=main))
    assert cost["free_tier_worth"] == cost["total"] > 0
    assert (FREE["lambda.request"], FREE["lambda.gb_s"]) == (1_000_000, 400_000)


@pytest.mark.rule("CST-09", "CST-10", "CST-11")
def test_streams_and_topics_are_paid_and_streams_of_tables_are_not(tmp_path: Path) -> None:
    ran = run_text(
        tmp_path,
        """
        name: sources
        streams: {clicks: {ShardCount: 2}}
        topics: {alerts: {}}
        tables: {accounts: {partition_key: id, StreamSpecification: {StreamViewType: NEW_IMAGE}}}
        functions:
          worker:
            script: [{return: null}]
            Events:
              clicks: {Type: Kinesis, Properties: {Stream: clicks, StartingPosition: TRIM_HORIZON}}
              accounts: {Type: DynamoDB, Properties: {Stream: accounts, StartingPosition: TRIM_HORIZON}}
        steps:
          - put: {stream: clicks, PartitionKey: "u{n}", data: "x", count: 30}
          - publish: {topic: alerts, message: hello, count: 5}
          - write: {table: accounts, put: {id: a}}
        run_for: 90m
        """,
    )
    assert {name: one["amounts"] for name, one in ran.result.cost()["sources"].items()} == {
        "kinesis:clicks": {"shard_hours": 4, "put_units": 30, "consumer_shard_hours": 0},
        "sns:alerts": {"requests": 5, "publishes": 5},
    }


@pytest.mark.rule("CST-12")
def test_a_schedules_invocations_are_paid(tmp_path: Path) -> None:
    ran = run_text(
        tmp_path,
        """
        name: schedule
        functions:
          worker:
            script: [{return: null}]
            Events:
              often: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minutes)}}
        run_for: 5m
        """,
    )
    [shown] = ran.result.cost()["sources"].values()
    assert shown["total"] == pytest.approx(shown["amounts"]["invocations"] * 1e-6)
    assert shown["amounts"]["invocations"] >= 5


@pytest.mark.rule("CST-08")
def test_what_has_no_known_price_is_named() -> None:
    def build(simulation: Simulation) -> None:
        simulation.queues.create("q", {}, {})
        add_mapping(simulation, add_function(simulation), "q", ProvisionedPollerConfig={"MinimumPollers": 2})

    assert cost_json(run(build, for_s=1))["not_estimated"] == ["provisioned pollers of f/q"]
