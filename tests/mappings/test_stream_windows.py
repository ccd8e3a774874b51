"""Tumbling windows at work: which invocations there are, with which state, and how a window ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventsim.functions.durations import Fixed
from eventsim.invokers.base import InvocationResult
from tests.mappings.streaming import REPORTS, Do, Lab, Put, numbers, returns, run_stream, texts
from tests.simulation.building import failed

if TYPE_CHECKING:
    from eventsim.invokers.base import Invocation

MINUTE: dict[str, Any] = {"TumblingWindowInSeconds": 60}


def gather(invocation: Invocation) -> InvocationResult:
    """Keeps the texts that it has seen."""
    event = invocation.event
    event["state"].setdefault("seen", []).extend(texts(event))
    return returns({"state": event["state"]})


def told(lab: Lab) -> list[tuple[Any, ...]]:
    """(at, minute of the window, texts, state, final, early) of each invocation."""
    return [
        (
            round(one.at_s, 6),
            event["window"]["start"][14:16],
            ",".join(texts(event)),
            ",".join(event["state"].get("seen", ())),
            event["isFinalInvokeForWindow"],
            event["isWindowTerminatedEarly"],
        )
        for one, event in zip(lab.simulation.invocations, lab.events, strict=True)
    ]


@pytest.mark.rule("STR-26", "STR-27", "STR-28", "STR-29", "STR-35")
def test_a_window_is_closed_by_a_record_of_a_later_one() -> None:
    steps = [Put(0, "a", "b"), Put(30, "c"), Put(61, "d"), Put(62, "e")]
    lab = run_stream(steps, gather, **MINUTE)
    assert told(lab) == [
        (0, "00", "a,b", "", False, False),
        (30, "00", "c", "a,b", False, False),
        (61, "00", "", "a,b,c", True, False),
        (61, "01", "d", "", False, False),
        (62, "01", "e", "d", False, False),
        (240, "01", "", "d,e", True, False),
    ]
    assert lab.simulation.idle
    assert lab.checkpoints == ["e"]


@pytest.mark.rule("STR-27")
def test_the_event_has_its_window_behind_its_records() -> None:
    lab = run_stream([Put(0, "a")], gather, **MINUTE)
    event = lab.events[0]
    assert list(event) == [
        "Records", "window", "state", "shardId", "eventSourceARN", "isFinalInvokeForWindow", "isWindowTerminatedEarly",
    ]  # fmt: skip
    assert event["window"] == {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z"}
    assert (event["state"], event["shardId"]) == ({}, "shardId-000000000000")
    assert event["eventSourceARN"] == lab.stream.arn
    assert lab.events[1]["Records"] == []


@pytest.mark.rule("STR-26", "STR-29")
def test_records_of_two_windows_in_one_poll_are_never_in_one_batch() -> None:
    steps = [Put(59.2, "a"), Put(59.999, "b"), Put(60, "c"), Do(60, lambda _: None)]
    lab = run_stream(steps, gather, **MINUTE)
    assert told(lab) == [
        (60, "00", "a,b", "", False, False),
        (60, "00", "", "a,b", True, False),
        (60, "01", "c", "", False, False),
        (240, "01", "", "c", True, False),
    ]
    reasons = [reason for (reason,) in lab.column("batch.close", "reason")]
    assert reasons == ["tumbling window", "tumbling window", "poll", "tumbling window"]


@pytest.mark.rule("STR-29")
def test_a_record_at_the_moment_of_closing_comes_before_it() -> None:
    lab = run_stream([Put(0, "a"), Put(180, "b")], gather, **MINUTE)
    assert [one[0:3] for one in told(lab)] == [(0, "00", "a"), (180, "00", ""), (180, "03", "b"), (360, "03", "")]


@pytest.mark.rule("STR-29", "STR-26")
def test_old_records_close_their_windows_as_they_are_read() -> None:
    steps = [Put(0, "a"), Put(70, "b"), Put(500, "c"), Do(900, lambda lab: lab.update(Enabled=True))]
    lab = run_stream(steps, gather, Enabled=False, **MINUTE)
    assert told(lab) == [
        (901, "00", "a", "", False, False),
        (901, "00", "", "a", True, False),
        (901, "01", "b", "", False, False),
        (901, "01", "", "b", True, False),
        (901, "08", "c", "", False, False),
        (901, "08", "", "c", True, False),
    ]


@pytest.mark.rule("STR-32", "STR-29")
def test_a_shard_that_ends_closes_its_window_and_its_children_start_afresh() -> None:
    def split(lab: Lab) -> None:
        lab.stream.split(lab.stream.open_shards[0], 1 << 127)

    lab = run_stream([Put(0, "a"), Do(5, split), Put(6, "b")], gather, **MINUTE)
    assert told(lab) == [
        (0, "00", "a", "", False, False),
        (5, "00", "", "a", True, False),
        (6, "00", "b", "", False, False),
        (180, "00", "", "b", True, False),
    ]


@pytest.mark.rule("STR-30")
def test_too_much_state_ends_a_window_early() -> None:
    def swell(invocation: Invocation) -> InvocationResult:
        size = 1_048_576 if "big" in texts(invocation.event) else 1
        return returns({"state": {"x": "x" * size}})

    lab = run_stream([Put(0, "a"), Put(1, "big"), Put(2, "b"), Put(61, "c")], swell, **MINUTE)
    found = [
        (
            one.at_s,
            ",".join(texts(event)),
            len(event["state"].get("x", "")),
            event["isFinalInvokeForWindow"],
            event["isWindowTerminatedEarly"],
        )
        for one, event in zip(lab.simulation.invocations, lab.events, strict=True)
    ]
    assert found == [
        (0, "a", 0, False, False),
        (1, "big", 1, False, False),
        (1, "", 1_048_576, True, True),
        (2, "b", 0, False, False),
        (61, "", 1, True, False),
        (61, "c", 0, False, False),
        (240, "", 1, True, False),
    ]


@pytest.mark.rule("STR-28", "STR-31")
@pytest.mark.parametrize("answer", [InvocationResult(), returns({}), returns({"state": None}), returns([])])
def test_an_answer_without_a_state_is_a_failure(answer: InvocationResult) -> None:
    lab = run_stream([Put(0, "a")], lambda _: answer, dead=True, MaximumRetryAttempts=1, **MINUTE)
    assert [(at, text, outcome) for at, text, outcome in lab.deliveries] == [
        (0, "a", "error"),
        (0.5, "a", "error"),
        (180, "", "error"),
        (180.5, "", "error"),
    ]
    clause = "response has no state for the tumbling window"
    assert lab.column("batch.fail", "clause") == [(clause,)] * 4
    assert lab.discards == [("RetryAttemptsExhausted", 2, 1), ("RetryAttemptsExhausted", 2, None)]


@pytest.mark.rule("STR-28", "STR-12")
def test_the_state_of_a_partial_answer_is_passed_to_what_is_left() -> None:
    def report(invocation: Invocation) -> InvocationResult:
        event = invocation.event
        found = texts(event)
        if len(found) == 3:
            event["state"]["seen"] = found[:1]
            report = [{"itemIdentifier": numbers(event)[1]}]
            return returns({"state": event["state"], "batchItemFailures": report})
        return gather(invocation)

    lab = run_stream([Put(0, *"abc")], report, **REPORTS, **MINUTE)
    assert told(lab) == [
        (0, "00", "a,b,c", "", False, False),
        (0, "00", "b,c", "a", False, False),
        (180, "00", "", "a,b,c", True, False),
    ]


@pytest.mark.rule("STR-28", "STR-11")
def test_a_failed_attempt_leaves_the_state_as_it_was() -> None:
    def poison(invocation: Invocation) -> InvocationResult:
        return failed() if "3" in texts(invocation.event) else gather(invocation)

    lab = run_stream([Put(0, *"1234")], poison, BisectBatchOnFunctionError=True, MaximumRetryAttempts=0, **MINUTE)
    assert [one[2:4] for one in told(lab)] == [
        ("1,2,3,4", ""),
        ("1,2", ""),
        ("3,4", "1,2"),
        ("3", "1,2"),
        ("4", "1,2"),
        ("", "1,2,4"),
    ]


@pytest.mark.rule("STR-31", "STR-20")
def test_a_failing_final_invocation_holds_the_shard_until_it_is_given_up() -> None:
    def no_final(invocation: Invocation) -> InvocationResult:
        return failed() if invocation.event["isFinalInvokeForWindow"] else gather(invocation)

    lab = run_stream([Put(0, "a"), Put(61, "b")], no_final, dead=True, MaximumRetryAttempts=2, for_s=100, **MINUTE)
    assert [(at, text) for at, text, _ in lab.deliveries] == [(0, "a"), (61, ""), (61.5, ""), (62.5, ""), (62.5, "b")]
    document = lab.documents[0]
    assert document["KinesisBatchInfo"] == {"shardId": "shardId-000000000000", "streamArn": lab.stream.arn}
    assert document["timeWindowInfo"] == {
        "window": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z"},
        "isFinalInvokeForWindow": True,
        "isWindowTerminatedEarly": False,
        "windowState": {"seen": ["a"]},
    }
    assert document["requestContext"]["approximateInvokeCount"] == 3
    assert lab.counts[4:] == (0, 0)


@pytest.mark.rule("STR-31", "STR-10")
def test_the_age_of_a_final_invocation_is_how_long_it_has_been_failing() -> None:
    def no_final(invocation: Invocation) -> InvocationResult:
        return failed() if invocation.event["isFinalInvokeForWindow"] else gather(invocation)

    lab = run_stream([Put(0, "a")], no_final, dead=True, MaximumRecordAgeInSeconds=60, **MINUTE)
    assert [at for at, text, _ in lab.deliveries if not text] == [180 + t for t in (0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5)]
    assert lab.discards == [("RecordAgeExceeded", 8, None)]
    assert lab.simulation.idle


@pytest.mark.rule("STR-28", "ESM-23")
def test_a_window_and_its_state_outlive_a_pause() -> None:
    steps = [
        Put(0, "a"),
        Do(5, lambda lab: lab.update(Enabled=False)),
        Put(10, "b"),
        Do(20, lambda lab: lab.update(Enabled=True)),
    ]
    lab = run_stream(steps, gather, **MINUTE)
    assert [one[:4] for one in told(lab)] == [(0, "00", "a", ""), (21, "00", "b", "a"), (180, "00", "", "a,b")]


@pytest.mark.rule("STR-27", "ESM-19")
def test_a_batching_window_ends_with_its_tumbling_window() -> None:
    steps = [Put(50, "a"), Put(55, "b"), Put(61, "c")]
    lab = run_stream(steps, gather, MaximumBatchingWindowInSeconds=30, **MINUTE)
    assert [one[:3] for one in told(lab)] == [(61, "00", "a,b"), (61, "00", ""), (91, "01", "c"), (240, "01", "")]


@pytest.mark.rule("STR-29", "ESM-17")
def test_switching_windows_off_closes_the_one_that_is_open() -> None:
    steps = [Put(0, "a"), Do(5, lambda lab: lab.update(TumblingWindowInSeconds=0)), Put(10, "b")]
    lab = run_stream(steps, gather_anyway, **MINUTE)
    assert [
        (one.at_s, event.get("isFinalInvokeForWindow"))
        for one, event in zip(lab.simulation.invocations, lab.events, strict=True)
    ] == [
        (0, False),
        (6, True),
        (10, None),
    ]


def gather_anyway(invocation: Invocation) -> InvocationResult | None:
    return gather(invocation) if "state" in invocation.event else None


@pytest.mark.rule("STR-28")
def test_a_handler_that_changes_its_state_and_fails_changes_nothing() -> None:
    tries: list[int] = []

    def spoil(invocation: Invocation) -> InvocationResult:
        tries.append(1)
        invocation.event["state"]["seen"] = ["spoilt"]
        return failed() if len(tries) == 1 else returns({"state": {"seen": ["kept"]}})

    lab = run_stream([Put(0, "a")], spoil, takes=Fixed(1), **MINUTE)
    assert [one[3] for one in told(lab)] == ["", "", "kept"]
