"""Filter criteria between the poll and the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim.mappings.settings import read_queue_mapping
from eventsim.sources.queue import EmbeddedQueueSource
from tests.mappings.logs import counts, deliveries
from tests.scenarios.running import Run, run_text
from tests.simulation.building import add_function, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventsim.cloud.queues.message import Delivery
    from eventsim.simulation import Simulation


def filtered(folder: Path, steps: str, *, more: str = "", pattern: str = '{"body": [{"prefix": "k"}]}') -> Run:
    return run_text(
        folder,
        f"""
queues:
  q: {{VisibilityTimeout: 60, RedrivePolicy: {{deadLetterTargetArn: dlq, maxReceiveCount: 1}}}}
  dlq: {{}}
functions:
  f:
    script: [{{return: null}}]
    Events:
      q:
        Type: SQS
        Properties: {{Queue: q{more}, FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}}}}
steps:
{steps}
""",
    )


@pytest.mark.rule("FLT-03", "FLT-04", "MET-14", "MET-15", "MET-20", "MET-23")
def test_what_does_not_match_is_deleted_at_once_and_goes_to_no_dead_letter_queue(tmp_path: Path) -> None:
    run = filtered(tmp_path, "  - send: {queue: q, bodies: [k1, x1, k2, x2, x3]}")
    assert deliveries(run) == [(0, "k1,k2", "success")]
    assert [len(line["records"]) for line in run.lines("queue.delete")] == [3, 2]
    assert counts(run, "f/q") == (5, 3, 2, 0, 5)
    assert run.json["queues"]["dlq"] == {"visible": 0, "in_flight": 0, "delayed": 0, "messages": []}


@pytest.mark.rule("FLT-04", "MET-15")
def test_a_poll_without_a_match_invokes_nothing(tmp_path: Path) -> None:
    run = filtered(tmp_path, "  - send: {queue: q, count: 25, body: x}\n  - {at: 3s, send: {queue: q, body: k}}")
    assert deliveries(run) == [(3, "k", "success")]
    assert counts(run, "f/q") == (26, 25, 1, 0, 26)


@pytest.mark.rule("FLT-03", "ESM-18", "ESM-19")
def test_a_window_opens_with_the_first_match_and_a_batch_counts_matches_only(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, bodies: [x1]}
  - {at: 2s, send: {queue: q, bodies: [k1, x2]}}
  - {at: 4s, send: {queue: q, bodies: [x3, x4, k2]}}
  - {at: 8s, send: {queue: q, bodies: [x5, k3, k4, k5]}}
"""
    run = filtered(tmp_path, steps, more=", BatchSize: 3, MaximumBatchingWindowInSeconds: 5")
    assert deliveries(run) == [(7, "k1,k2", "success"), (8, "k3,k4,k5", "success")]
    assert [(line["t"], line["reason"]) for line in run.lines("batch.close")] == [(7, "window"), (8, "size")]


@pytest.mark.rule("FLT-03")
def test_a_window_whose_last_poll_matches_nothing_ends_in_time(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, body: k}
  - {at: 5s, send: {queue: q, count: 30, body: x}}
"""
    run = filtered(tmp_path, steps, more=", MaximumBatchingWindowInSeconds: 5")
    assert deliveries(run) == [(5, "k", "success")]
    assert counts(run, "f/q") == (31, 30, 1, 0, 31)


@pytest.mark.rule("FLT-20", "ESM-12", "ESM-13")
def test_a_change_of_the_filter_holds_for_what_is_polled_after_the_update(tmp_path: Path) -> None:
    change = """FilterCriteria: {Filters: [{Pattern: '{"body": [{"prefix": "x"}]}'}]}"""
    steps = f"""
  - update: {{mapping: f/q, {change}}}
  - {{at: 999ms, send: {{queue: q, bodies: [k1, x1]}}}}
  - {{at: 1s, send: {{queue: q, bodies: [k2, x2]}}}}
"""
    run = filtered(tmp_path, steps)
    assert deliveries(run) == [(0.999, "k1", "success"), (1, "x2", "success")]
    assert [(line["t"], line["state"]) for line in run.lines("mapping.state")] == [(0, "Updating"), (1, "Enabled")]


@pytest.mark.rule("FLT-20", "ESM-17")
def test_clearing_the_criteria_lets_everything_through(tmp_path: Path) -> None:
    steps = """
  - update: {mapping: f/q, FilterCriteria: {}}
  - {at: 2s, send: {queue: q, bodies: [k, x]}}
"""
    assert deliveries(filtered(tmp_path, steps)) == [(2, "k,x", "success")]


@pytest.mark.rule("FLT-03", "FLT-20")
def test_what_an_open_batch_holds_is_not_filtered_again(tmp_path: Path) -> None:
    change = """FilterCriteria: {Filters: [{Pattern: '{"body": [{"prefix": "x"}]}'}]}"""
    steps = f"""
  - send: {{queue: q, bodies: [k1, x1]}}
  - update: {{mapping: f/q, {change}}}
  - {{at: 3s, send: {{queue: q, bodies: [k2, x2]}}}}
"""
    run = filtered(tmp_path, steps, more=", MaximumBatchingWindowInSeconds: 5")
    assert deliveries(run) == [(5, "k1,x2", "success")]


class LosesTheFirstDelete(EmbeddedQueueSource):
    """A queue whose first delete does not come through."""

    __slots__ = ("lost",)

    async def delete(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        if not hasattr(self, "lost"):
            self.lost = True
            return list(deliveries)
        return await super().delete(deliveries)


@pytest.mark.rule("FLT-19", "MET-20")
def test_a_filtered_message_whose_delete_fails_comes_back_and_has_been_received_once_more() -> None:
    receives: list[tuple[float, int]] = []

    def build(simulation: Simulation) -> None:
        queue = simulation.queues.create("q", {"VisibilityTimeout": "30"}, {})
        settings = read_queue_mapping({"FilterCriteria": {"Filters": [{"Pattern": '{"body": ["k"]}'}]}})
        source = LosesTheFirstDelete(queue, simulation.world.loop)
        simulation.add_queue_mapping("f/q", add_function(simulation), queue, settings, source=source)
        message = queue.send("x")
        simulation.world.loop.call_at(29, lambda: receives.append((29, message.receive_count)))
        simulation.world.loop.call_at(31, lambda: receives.append((31, message.receive_count)))

    simulation = run(build)
    metrics = simulation.mappings["f/q"].metrics
    assert receives == [(29, 1), (31, 2)]
    assert (metrics.polled, metrics.filtered_out, metrics.deleted, metrics.invoked) == (2, 2, 1, 0)
    assert len(simulation.queues.get("q").messages()) == 0
