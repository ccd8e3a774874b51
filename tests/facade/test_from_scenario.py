"""A scenario file, opened from Python."""

from __future__ import annotations

import asyncio
from pathlib import Path

import anyio
import msgspec
import pytest

from eventsim import InputError, ScenarioError, Simulation
from eventsim.kernel.loop import virtual_time
from eventsim.scenarios.load import load_scenario
from eventsim.scenarios.run import run_scenario

SCENARIOS = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))

STORY = """
name: A story
seed: 3
run_for: 50s
queues:
  orders: {VisibilityTimeout: 30}
functions:
  worker:
    script: [{raise: {errorMessage: boom}}]
    Events: {orders: {Type: SQS, Properties: {Queue: orders}}}
steps:
  - send: {queue: orders, body: a}
  - {at: 40s, send: {queue: orders, body: b}}
expect:
  queues: {orders: {in_flight: 1}}
  functions: {worker: {Invocations: 3}}
"""


@pytest.fixture
def story(tmp_path: Path) -> Path:
    (tmp_path / "story.yaml").write_text(STORY)
    return tmp_path / "story.yaml"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_it_is_the_run_of_the_command(path: Path) -> None:
    expected = msgspec.json.decode(msgspec.json.encode(run_scenario(load_scenario(path)).to_json()))
    with Simulation.from_scenario(path) as sim:
        found = sim.run().to_json()
    assert {**found, "wall_s": 0} == {**expected, "wall_s": 0}


def test_a_run_without_arguments_ends_with_the_file_and_judges_it(story: Path) -> None:
    with Simulation.from_scenario(story) as sim:
        result = sim.run()
        assert (sim.now_s, result.passed, result.name, result.seed) == (50, False, "A story", 3)
        assert [(one.path, one.expected, one.actual) for one in result.failures] == [
            ("expect.queues.orders.in_flight", 1, 2)
        ]
        assert repr(result) == (
            "<Result stopped at 50 s, 3 invocations; expect.queues.orders.in_flight: expected 1, found 2>"
        )
        assert sim.run(for_s=10).failures == result.failures
        assert len(sim.functions["worker"].invocations) == 4


def test_it_can_be_looked_at_on_the_way(story: Path) -> None:
    with Simulation.from_scenario(story, seed=8) as sim:
        orders = sim.queues["orders"]
        seen = [(sim.run(for_s=10).passed, orders.bodies, sim.now_s)]
        seen.append((sim.run(until=lambda: len(orders.bodies) == 2).passed, orders.bodies, sim.now_s))
        orders.purge()
        result = sim.run()
        assert seen == [(True, ["a"], 10), (True, ["a", "b"], 40)]
        assert (sim.now_s, result.seed, result.passed, result["queues"]["orders"]["in_flight"]) == (50, 8, False, 0)
        assert sim.mappings["worker/orders"].state == "Enabled"


def test_resources_can_be_added_to_those_of_the_file(story: Path) -> None:
    with Simulation.from_scenario(story) as sim:
        sim.function("second", lambda event, context: None).on_queue("orders")
        sim.run()
        assert {one.function for one in sim.result.invocations} == {"worker", "second"}


def test_a_file_that_can_not_be_run_is_refused_with_its_places(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("queues:\n  orders: {VisibilityTimeuot: 3}\n")
    with pytest.raises(ScenarioError, match=r"bad.yaml:2:12: queues\.orders\.VisibilityTimeuot"):
        Simulation.from_scenario(tmp_path / "bad.yaml")


def test_it_can_share_a_virtual_loop_that_is_new_and_no_other(story: Path) -> None:
    async def main() -> float:
        async with Simulation.from_scenario(story) as sim:
            await sim.run_async()
            ended_s = sim.now_s
        with pytest.raises(InputError, match="the event loop that it would share stands at 50 s"):
            async with Simulation.from_scenario(story):
                pass
        with Simulation.from_scenario(story) as sim:
            await sim.run_async()
            assert sim.now_s == 50
        await asyncio.sleep(0)
        return ended_s

    assert anyio.run(main, backend_options=virtual_time()) == 50


def test_the_resources_of_a_file_have_handles(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        """
name: Everything
queues: {inbox: {}}
streams: {clicks: {ShardCount: 1}}
tables: {accounts: {partition_key: id, StreamSpecification: {StreamViewType: KEYS_ONLY}}}
buckets: {uploads: {}}
topics: {alerts: {Subscription: [{Protocol: sqs, Endpoint: inbox}]}}
functions:
  worker:
    script: [{return: null}]
    Events:
      clicks: {Type: Kinesis, Properties: {Stream: clicks, StartingPosition: LATEST}}
      accounts: {Type: DynamoDB, Properties: {Stream: accounts, StartingPosition: LATEST}}
steps:
  - put: {stream: clicks, PartitionKey: a, data: 1}
"""
    )
    with Simulation.from_scenario(file) as sim:
        sim.run()
        sim.streams["clicks"].put(2, "a")
        sim.tables["accounts"].put({"id": "a"})
        sim.buckets["uploads"].upload("a", "b")
        sim.topics["alerts"].publish("hi")
        assert sim.mappings["worker/clicks"].backlog == {"shardId-000000000000": 1}
        sim.run()
        assert len(sim.functions["worker"].invocations) == 3
        assert (sim.buckets["uploads"].keys, sim.queues["inbox"].messages[0].json["Message"]) == (["a"], "hi")
        assert sim.left() == []
