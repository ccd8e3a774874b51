"""How many batches of a queue are in work at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.mappings.logs import counts
from tests.mappings.slow import SLOW, starts
from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path


def most_at_once(run: Run) -> int:
    """The most invocations in flight at one instant, by their times alone."""
    changes = sorted(change for one in run.json["invocations"] for change in ((one["at"], 1), (one["ended"], -1)))
    running = most = 0
    for _, change in changes:
        running += change
        most = max(most, running)
    return most


@pytest.mark.rule("SQS-15", "SQS-16", "MET-07")
def test_three_batches_run_at_once_where_five_may(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {}}
        functions:
          f: {takes: 1s, script: [{return: null}], Events: {q: {Type: SQS, Properties: {Queue: q}}}}
        steps: [{send: {queue: q, count: 25, body: a}}]
        """,
    )
    assert run.invocations == [(0, 10, "success"), (0, 10, "success"), (0, 5, "success")]
    assert [run.json["functions"]["f"][name] for name in ("ConcurrentExecutions", "ColdStarts")] == [3, 3]
    assert run.json["virtual_s"] == 1


@pytest.mark.rule("SQS-15", "SQS-16")
def test_a_backlog_starts_five_batches_and_then_one_more_each_fifth_of_a_second(tmp_path: Path) -> None:
    run = run_text(tmp_path, SLOW.format(takes="10s", more="", steps='  - send: {queue: q, count: 100, body: "{n}"}'))
    first_55 = [0.0] * 5 + [round(0.2 * n, 6) for n in range(1, 50)]
    assert starts(run)[:54] == first_55
    # From 10 s on five slots are free and growth goes on; from then each batch that ends makes room as well.
    expected = Counter({10.0: 6, **{round(10 + 0.2 * n, 6): 2 for n in range(1, 21)}})
    assert Counter(starts(run)[54:]) == expected
    assert run.json["functions"]["f"]["ConcurrentExecutions"] == most_at_once(run) == 75
    assert counts(run, "f/q") == (100, 0, 100, 0, 100)


@pytest.mark.rule("SQS-16")
def test_growth_stops_without_a_backlog_and_goes_on_with_it(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, count: 6, body: a}
  - {at: 10s, send: {queue: q, count: 3, body: b}}
"""
    run = run_text(tmp_path, SLOW.format(takes="100s", more="", steps=steps))
    assert starts(run) == [0, 0, 0, 0, 0, 0.2, 10.2, 10.4, 10.6]


@pytest.mark.rule("SQS-16")
def test_growth_is_continuous_and_its_integer_part_counts(tmp_path: Path) -> None:
    run = run_text(tmp_path, SLOW.format(takes="100ms", more="", steps='  - send: {queue: q, count: 30, body: "{n}"}'))
    assert Counter(starts(run)) == {0: 5, 0.1: 5, 0.2: 6, 0.3: 6, 0.4: 7, 0.5: 1}


@pytest.mark.rule("SQS-16")
def test_five_slots_are_enough_for_a_queue_that_never_waits(tmp_path: Path) -> None:
    steps = "  - send: {queue: q, count: 40, every: 1s, body: a}"
    run = run_text(tmp_path, SLOW.format(takes="3s", more="", steps=steps))
    assert starts(run) == list(range(40))
    assert run.json["functions"]["f"]["ConcurrentExecutions"] == 3


@pytest.mark.rule("GEN-02", "CON-01", "SQS-16")
@pytest.mark.parametrize(
    "code",
    [
        "script: [{return: null, takes: 1s}]",
        "Handler: waits.sync, CodeUri: .",
        "Handler: waits.asynchronous, CodeUri: .",
    ],
)
def test_an_invocation_that_ends_when_the_next_message_arrives_has_ended(tmp_path: Path, code: str) -> None:
    (tmp_path / "waits.py").write_text(
        "import asyncio, time\n"
        "def sync(event, context): time.sleep(1)\n"
        "async def asynchronous(event, context): await asyncio.sleep(1)\n"
    )
    run = run_text(
        tmp_path,
        f"""
        queues: {{q: {{}}}}
        functions:
          f:
            {{{code}, ReservedConcurrentExecutions: 1, Events: {{q: {{Type: SQS, Properties: {{Queue: q}}}}}}}}
        steps: [{{send: {{queue: q, count: 5, every: 1s, body: a}}}}]
        """,
    )
    assert run.invocations == [(at, 1, "success") for at in range(5)]
    functions = run.json["functions"]["f"]
    assert [functions[name] for name in ("Throttles", "ConcurrentExecutions", "ColdStarts")] == [0, 1, 1]


@pytest.mark.rule("SQS-16")
@pytest.mark.parametrize(("pause_s", "at_once"), [(19, 15), (20.5, 15), (21, 5), (39, 5)])
def test_an_empty_long_poll_takes_the_concurrency_back_to_five(tmp_path: Path, pause_s: float, at_once: int) -> None:
    """Ten slots are added in 2 s and taken until 2.5 s; from then on the mapping polls an empty queue."""
    steps = f"""
  - send: {{queue: q, count: 15, body: a}}
  - {{at: {2 + pause_s}s, send: {{queue: q, count: 15, body: b}}}}
"""
    run = run_text(tmp_path, SLOW.format(takes="2.5s", more="", steps=steps))
    assert starts(run)[:15] == [0] * 5 + [round(0.2 * n, 6) for n in range(1, 11)]
    assert Counter(starts(run)[15:])[2 + pause_s] == at_once


@pytest.mark.rule("SQS-16", "SQS-28")
@pytest.mark.parametrize(("at_s", "at_once"), [(39, 2), (41, 5)])
def test_long_polls_go_on_beside_a_batch_in_work(tmp_path: Path, at_s: int, at_once: int) -> None:
    """The mapping polls from the start; the batch fails at 25 s, and the second empty poll ends at 40 s."""
    run = run_text(
        tmp_path,
        f"""
        queues: {{q: {{VisibilityTimeout: 500}}}}
        functions:
          f:
            Timeout: 30
            script: [{{raise: {{}}, takes: 25s}}, {{return: null, takes: 10s}}]
            Events: {{q: {{Type: SQS, Properties: {{Queue: q, BatchSize: 1}}}}}}
        steps:
          - send: {{queue: q, body: a}}
          - {{at: {at_s}s, send: {{queue: q, count: 5, body: b}}}}
        """,
    )
    assert starts(run).count(at_s) == at_once


@pytest.mark.rule("SQS-17", "CON-14", "ESM-02")
def test_maximum_concurrency_stops_receiving_and_burns_no_receives(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        SLOW.format(
            takes="10s",
            more=", ScalingConfig: {MaximumConcurrency: 3}",
            steps="""
  - send: {queue: q, count: 7, body: a}
  - {at: 5s, expect: {queues: {q: {visible: 4, in_flight: 3}}, functions: {f: {Throttles: 0}}}}
""",
        ),
    )
    assert starts(run) == [0, 0, 0, 10, 10, 10, 20]
    counted = {
        r["attributes"]["ApproximateReceiveCount"] for one in run.json["invocations"] for r in one["event"]["Records"]
    }
    assert (counted, run.json["functions"]["f"]["Throttles"], run.json["passed"]) == ({"1"}, 0, True)


@pytest.mark.rule("SQS-24", "SQS-28")
def test_function_errors_halve_the_concurrency_and_a_success_lets_it_recover(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 1000}}
        functions:
          f:
            Timeout: 10
            takes: 2s
            script: [{raise: {}, times: 6}, {return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 1, ScalingConfig: {MaximumConcurrency: 5}}}}
        steps: [{send: {queue: q, count: 20, body: a}}, {at: 100s, expect: {queues: {q: {visible: 0}}}}]
        """,
    )
    # Five fail at 2 s and one more at 4 s; the first success is at 6 s, and from then a slot comes back each 0.2 s.
    assert starts(run)[:12] == [0] * 5 + [2, 4, 6, 6.2, 6.4, 6.6, 6.8]
    assert run.json["passed"]


@pytest.mark.rule("SQS-16", "SQS-28")
def test_a_failure_takes_the_free_slot_from_a_mapping_that_waits_for_messages(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 1000}}
        functions:
          f:
            Timeout: 100
            script: [{return: null, takes: 50s}, {raise: {}, takes: 1s, times: 2}, {return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 1, ScalingConfig: {MaximumConcurrency: 4}}}}
        steps:
          - send: {queue: q, count: 3, body: a}
          - {at: 2s, send: {queue: q, body: b}}
        """,
    )
    assert starts(run) == [0, 0, 0, 50, 1000, 1000]


@pytest.mark.rule("SQS-18")
def test_provisioned_pollers_start_ten_invokes_each_and_read_ten_times_a_second(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        SLOW.format(
            takes="300s",
            more=", ProvisionedPollerConfig: {MinimumPollers: 2, MaximumPollers: 3}",
            steps="  - send: {queue: q, count: 40, body: a}",
        ),
    )
    begun = Counter(starts(run))
    assert starts(run)[:20] == [round(0.05 * n, 6) for n in range(20)]
    assert most_at_once(run) == 30
    assert sum(count for at, count in begun.items() if at < 300) == 30
