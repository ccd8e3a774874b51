"""What becomes of a batch of a stream when it fails: retried in place, cut, or given up."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.functions.durations import Fixed
from eventsim.invokers.base import InvocationResult
from tests.mappings.streaming import (
    REPORTS,
    Do,
    Put,
    fails_with,
    in_turn,
    names,
    numbers,
    reports,
    returns,
    run_stream,
    texts,
)
from tests.simulation.building import failed

if TYPE_CHECKING:
    from eventsim.invokers.base import Invocation

ONE_TO_FOUR = Put(0, "1", "2", "3", "4")
POISON = fails_with("3")
EXHAUSTED, AGED = "RetryAttemptsExhausted", "RecordAgeExceeded"


@pytest.mark.rule("STR-08", "STR-11", "STR-20", "STR-23")
def test_a_failing_batch_is_halved_down_to_its_poison_record() -> None:  # SCN-09
    lab = run_stream([ONE_TO_FOUR], POISON, dead=True, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
    assert lab.deliveries == [
        (0, "1,2,3,4", "error"),
        (0, "1,2", "success"),
        (0, "3,4", "error"),
        (0, "3", "error"),
        (0.5, "3", "error"),
        (0.5, "4", "success"),
    ]
    assert lab.discards == [(EXHAUSTED, 2, 1)]
    assert lab.counts == (4, 0, 11, 8, 0, 1)
    assert lab.checkpoints == ["4"]
    assert lab.column("batch.bisect", "records") == [([2, 2],), ([1, 1],)]


@pytest.mark.rule("STR-08", "STR-11")
def test_a_batch_is_halved_even_where_nothing_is_retried() -> None:
    lab = run_stream([ONE_TO_FOUR], POISON, dead=True, BisectBatchOnFunctionError=True, MaximumRetryAttempts=0)
    told = [(text, outcome) for _, text, outcome in lab.deliveries]
    assert told == [
        ("1,2,3,4", "error"),
        ("1,2", "success"),
        ("3,4", "error"),
        ("3", "error"),
        ("4", "success"),
    ]
    assert (lab.discards, lab.simulation.world.loop.time()) == ([(EXHAUSTED, 1, 1)], 0)


@pytest.mark.rule("STR-11")
def test_of_an_odd_batch_the_first_half_is_the_larger_and_each_part_has_its_own_retries() -> None:
    lab = run_stream(
        [Put(0, *"1234567")], fails_with("2", "6"), BisectBatchOnFunctionError=True, MaximumRetryAttempts=1
    )
    assert [(at, text) for at, text, _ in lab.deliveries] == [
        (0, "1,2,3,4,5,6,7"),
        (0, "1,2,3,4"),
        (0, "1,2"),
        (0, "1"),
        (0, "2"),
        (0.5, "2"),
        (0.5, "3,4"),
        (0.5, "5,6,7"),
        (0.5, "5,6"),
        (0.5, "5"),
        (0.5, "6"),
        (1, "6"),
        (1, "7"),
    ]


@pytest.mark.rule("STR-09", "STR-10", "STR-21")
def test_a_record_that_grows_too_old_is_dropped_at_the_next_check() -> None:  # SCN-11
    lab = run_stream([Put(0, "3")], POISON, dead=True, MaximumRecordAgeInSeconds=60)
    assert [at for at, _, _ in lab.deliveries] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert lab.discards == [(AGED, 8, 1)]
    assert "responseContext" not in lab.documents[0]
    assert lab.documents[0]["timestamp"] == "2026-01-01T00:01:03.500Z"
    assert lab.mapping.metrics.iterator_age_ms == 31_500
    assert lab.column("record.discard", "t", "condition", "count") == [(63.5, AGED, 1)]


@pytest.mark.rule("STR-09")
def test_the_wait_before_a_retry_begins_when_the_failed_invocation_ends() -> None:
    lab = run_stream([Put(0, "3")], POISON, takes=Fixed(2), MaximumRetryAttempts=3)
    assert [at for at, _, _ in lab.deliveries] == [0, 2.5, 5.5, 9.5]


@pytest.mark.rule("STR-09")
def test_the_wait_grows_to_a_minute_and_no_further() -> None:
    lab = run_stream([Put(0, "3")], POISON, MaximumRetryAttempts=9)
    starts = [at for at, _, _ in lab.deliveries]
    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.rule("STR-10", "STR-21")
def test_only_the_old_head_of_a_batch_is_cut_off() -> None:
    steps = [Put(0, "old"), Put(70, *"abcde")]
    lab = run_stream(
        [*steps, Do(75, lambda lab: lab.update(Enabled=True))],
        dead=True,
        Enabled=False,
        MaximumRecordAgeInSeconds=60,
    )
    assert lab.deliveries == [(76, "a,b,c,d,e", "success")]
    assert lab.discards == [(AGED, 1, 1)]
    assert (lab.counts, lab.checkpoints) == ((6, 0, 5, 0, 0, 1), ["e"])


@pytest.mark.rule("STR-10")
def test_a_record_exactly_as_old_as_the_limit_is_still_delivered() -> None:
    steps = [Put(0, "a"), Do(59, lambda lab: lab.update(Enabled=True))]
    lab = run_stream(steps, Enabled=False, MaximumRecordAgeInSeconds=60)
    assert lab.deliveries == [(60, "a", "success")]
    later = [Put(0, "a"), Do(59.001, lambda lab: lab.update(Enabled=True))]
    assert run_stream(later, Enabled=False, MaximumRecordAgeInSeconds=60).deliveries == []


@pytest.mark.rule("STR-10", "STR-14", "STR-16")
def test_what_is_left_of_a_batch_whose_head_grew_too_old_is_a_new_batch() -> None:
    lab = run_stream([Put(0, "a"), Put(20, "b")], failed_for(100), MaximumBatchingWindowInSeconds=30, **AGE_60)
    assert [(at, text) for at, text, _ in lab.deliveries][:9] == [
        *((30 + offset, "a,b") for offset in (0, 0.5, 1.5, 3.5, 7.5, 15.5)),
        (61.5, "b"),
        (62, "b"),
        (63, "b"),
    ]
    records = lab.simulation.invocations
    assert [one.attempt for one in records[:8]] == [1, 2, 3, 4, 5, 6, 1, 2]
    assert len({one.request_id for one in records[:6]}) == 1
    assert records[6].request_id != records[5].request_id


AGE_60: dict[str, Any] = {"MaximumRecordAgeInSeconds": 60}


def failed_for(until_s: float) -> Any:
    return lambda invocation: failed() if invocation.deadline_s - invocation.timeout_s < until_s else None


@pytest.mark.rule("STR-12", "STR-13", "STR-14", "STR-15", "ESM-30")
def test_everything_before_the_lowest_reported_number_is_done_with() -> None:
    answer = in_turn(None, None)
    seen: list[str] = []

    def handler(invocation: Invocation) -> InvocationResult | None:
        seen.append(",".join(texts(invocation.event)))
        found = numbers(invocation.event)
        return reports([found[4], found[2], found[4]]) if len(seen) == 1 else answer(invocation)

    lab = run_stream([Put(0, *"abcdef"), Put(0.2, "g")], handler, **REPORTS, BisectBatchOnFunctionError=True)
    assert lab.deliveries == [(0, "a,b,c,d,e,f", "partial"), (0, "c,d,e,f", "success"), (1, "g", "success")]
    assert lab.counts == (7, 0, 11, 2, 0, 0)
    checkpoints = [lab.text_of(number) for _, number in lab.column("shard.checkpoint", "t", "sequence_number")]
    assert checkpoints == ["b", "f", "g"]


@pytest.mark.rule("STR-12")
def test_numbers_are_compared_as_numbers() -> None:
    """The engine's numbers of one shard have one length: the comparison is pinned where they have not."""
    from eventsim.mappings.retries import first_failed

    assert first_failed(["9", "10", "11"], ["10", "9"]) == 0
    assert first_failed(["9", "10", "100"], ["100", "10"]) == 1


@pytest.mark.rule("STR-08", "STR-14", "STR-20", "ESM-15")
def test_a_remainder_has_all_its_retries_before_it(capture: Any) -> None:
    recorded = capture("kin_test_kinesis_report_batch_item_failures")
    size = recorded["mapping_config"]["create_event_source_mapping_response"]["BatchSize"]
    retries = recorded["mapping_config"]["create_event_source_mapping_response"]["MaximumRetryAttempts"]
    lab = run_stream(
        [Put(0, *"012345")], names("5"), dead=True, **REPORTS, BatchSize=size, MaximumRetryAttempts=retries
    )
    delivered = [text for event in lab.events for text in texts(event)]
    records = recorded["expected_event_or_destination_record"]["kinesis_records"]["Records"]
    assert delivered == [record["kinesis"]["partitionKey"].removeprefix("test_") for record in records]
    expected = recorded["expected_event_or_destination_record"]["sqs_payload"]["Messages"][0]["Body"]
    document = lab.documents[0]
    assert list(document) == list(expected)
    assert list(document["KinesisBatchInfo"]) == list(expected["KinesisBatchInfo"])
    for part in ("condition", "approximateInvokeCount"):
        assert document["requestContext"][part] == expected["requestContext"][part]
    assert document["responseContext"] == expected["responseContext"]
    assert lab.mapping.read()["LastProcessingResult"] == "OK"


@pytest.mark.rule("STR-14")
def test_naming_the_first_record_is_a_failure_like_any_other() -> None:
    lab = run_stream([Put(0, "a", "b")], names("a"), dead=True, **REPORTS, MaximumRetryAttempts=2)
    assert lab.deliveries == [(0, "a,b", "partial"), (0.5, "a,b", "partial"), (1.5, "a,b", "partial")]
    assert (lab.discards, lab.counts) == ([(EXHAUSTED, 3, 2)], (2, 0, 6, 3, 0, 2))
    assert lab.documents[0]["responseContext"]["functionError"] is None


@pytest.mark.rule("STR-13")
def test_a_report_is_never_halved_but_an_exception_still_is() -> None:
    settings: dict[str, Any] = {**REPORTS, "BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 0}
    lab = run_stream([ONE_TO_FOUR], names("1"), **settings)
    assert [text for _, text, _ in lab.deliveries] == ["1,2,3,4"]
    lab = run_stream([ONE_TO_FOUR], fails_with("1"), **settings)
    assert [text for _, text, _ in lab.deliveries] == ["1,2,3,4", "1,2", "1", "2", "3,4"]


@pytest.mark.rule("STR-15")
def test_a_retried_batch_takes_no_new_records() -> None:
    lab = run_stream([Put(0, "a"), Put(0.1, "b")], in_turn(failed(), failed(), None), BatchSize=10)
    assert lab.deliveries == [(0, "a", "error"), (0.5, "a", "error"), (1.5, "a", "success"), (2, "b", "success")]


@pytest.mark.rule("STR-16")
def test_an_unchanged_batch_keeps_its_request_id_and_any_other_gets_its_own() -> None:
    lab = run_stream([ONE_TO_FOUR], POISON, BisectBatchOnFunctionError=True, MaximumRetryAttempts=2)
    tried = [
        (texts(event), one.request_id, one.attempt)
        for event, one in zip(lab.events, lab.simulation.invocations, strict=True)
    ]
    alone = [(request_id, attempt) for text, request_id, attempt in tried if text == ["3"]]
    assert [attempt for _, attempt in alone] == [1, 2, 3]
    assert len({request_id for request_id, _ in alone}) == 1
    assert len({request_id for _, request_id, _ in tried}) == 5


@pytest.mark.rule("STR-17", "STR-08", "STR-21", "MET-05")
def test_throttles_block_the_shard_and_use_up_no_retries() -> None:
    def free(lab: Any) -> None:
        import msgspec

        function = lab.simulation.functions["f"]
        function.update(msgspec.structs.replace(function.settings, reserved_concurrency=None))

    lab = run_stream([Put(0, "a"), Do(4, free)], in_turn(failed(), None), reserved=0, MaximumRetryAttempts=1)
    assert [(at, outcome) for at, _, outcome in lab.deliveries] == [
        (0, "throttle"),
        (0.5, "throttle"),
        (1.5, "throttle"),
        (3.5, "throttle"),
        (7.5, "error"),
        (8, "success"),
    ]
    records = lab.simulation.invocations
    assert [one.attempt for one in records] == [1, 2, 3, 4, 5, 6]
    assert len({one.request_id for one in records}) == 1
    assert lab.mapping.metrics.iterator_age_ms == 8_000


@pytest.mark.rule("STR-17", "STR-21")
def test_what_is_throttled_until_it_is_too_old_was_never_invoked() -> None:
    lab = run_stream([Put(0, "a")], dead=True, reserved=0, MaximumRecordAgeInSeconds=60, MaximumRetryAttempts=0)
    assert lab.discards == [(AGED, 1, 1)]
    assert "responseContext" not in lab.documents[0]
    assert lab.simulation.functions["f"].metrics.invocations == 0
    assert lab.mapping.read()["LastProcessingResult"] == "No records processed"


@pytest.mark.rule("STR-07", "STR-34", "KIN-07")
def test_a_poison_record_blocks_its_shard_until_it_leaves_the_stream() -> None:
    lab = run_stream([Put(0, "3"), Put(10, "4")], POISON, dead=True)
    *tries, last = lab.deliveries
    assert {one[1] for one in tries} == {"3"}
    assert (tries[-1][0], last) == (86_343.5, (86_404, "4", "success"))
    assert lab.column("record.discard", "t", "condition", "count") == [(86_403.5, "RetentionPeriodExpired", 1)]
    assert (lab.documents, lab.counts[4:], lab.checkpoints) == ([], (0, 0), ["4"])


@pytest.mark.rule("STR-18", "STR-20", "ESM-20")
def test_a_record_too_large_for_an_event_uses_up_its_retries_unseen() -> None:
    large = "x" * 4_900_000
    lab = run_stream(
        [Put(0, "a", large, "b")],
        dead=True,
        max_record_kib=10_240,
        MaximumRetryAttempts=2,
        BisectBatchOnFunctionError=True,
    )
    assert [(at, text) for at, text, _ in lab.deliveries] == [(0, "a"), (1.5, "b")]
    assert lab.discards == [(EXHAUSTED, 3, 1)]
    assert "responseContext" not in lab.documents[0]
    assert lab.column("batch.fail", "t", "clause") == [(t, "event exceeds 6 MB") for t in (0, 0.5, 1.5)]
    assert lab.counts == (3, 0, 5, 3, 0, 1)


@pytest.mark.rule("STR-25", "MET-18")
def test_without_a_destination_records_are_dropped_and_the_shard_goes_on() -> None:
    lab = run_stream([Put(0, "1", "3"), Put(1, "4")], POISON, MaximumRetryAttempts=0)
    assert lab.deliveries == [(0, "1,3", "error"), (1, "4", "success")]
    assert lab.counts == (3, 0, 3, 2, 2, 0)
    assert lab.checkpoints == ["4"]


@pytest.mark.rule("ESM-15")
def test_the_last_result_is_that_of_the_last_invocation_and_not_of_a_discard() -> None:
    lab = run_stream([Put(0, "3")], POISON, MaximumRetryAttempts=0)
    assert lab.mapping.read()["LastProcessingResult"] == "PROBLEM: Function call failed"
    lab = run_stream([Put(0, "3"), Put(1, "4")], POISON, MaximumRetryAttempts=0)
    assert lab.mapping.read()["LastProcessingResult"] == "OK"


@pytest.mark.rule("ESM-26", "ESM-27", "STR-12")
@pytest.mark.parametrize(
    "answer",
    [
        InvocationResult(),
        InvocationResult(payload=""),
        *map(returns, ["", [], {}, {"batchItemFailures": None}, {"batchItemFailures": []}, {"other": 1}]),
    ],
)
def test_answers_that_mean_success(answer: InvocationResult) -> None:
    lab = run_stream([ONE_TO_FOUR], lambda _: answer, **REPORTS, MaximumRetryAttempts=0)
    assert (lab.deliveries, lab.lines("batch.fail")) == ([(0, "1,2,3,4", "success")], [])


@pytest.mark.rule("ESM-28", "ESM-29", "STR-20", "MET-17")
@pytest.mark.parametrize(
    ("answer", "clause"),
    [
        (returns("sorry"), "response is not an object"),
        (returns(1), "response is not an object"),
        (returns(True), "response is not an object"),
        (returns(["1"]), "response is not an object"),
        (InvocationResult(payload="{"), "response is not valid JSON"),
        (returns({"batchItemFailures": "1"}), "batchItemFailures is not a list"),
        (returns({"batchItemFailures": ["1"]}), "an entry of batchItemFailures is not an object"),
        (returns({"batchItemFailures": [{}]}), "an entry of batchItemFailures is empty"),
        (returns({"batchItemFailures": [{"foo": "1"}]}), "an entry has no itemIdentifier"),
        (reports([None]), "an itemIdentifier is empty or null"),
        (reports([""]), "an itemIdentifier is empty or null"),
        (reports([123]), "an itemIdentifier is not a string"),
        (reports(["123"]), "an itemIdentifier is not in the batch"),
    ],
)
def test_answers_that_fail_the_whole_batch(answer: InvocationResult, clause: str) -> None:
    lab = run_stream([ONE_TO_FOUR], lambda _: answer, **REPORTS, dead=True, MaximumRetryAttempts=1)
    assert lab.deliveries == [(0, "1,2,3,4", "error"), (0.5, "1,2,3,4", "error")]
    assert lab.column("batch.fail", "clause", "records") == [(clause, 4)] * 2
    assert lab.discards == [(EXHAUSTED, 2, 4)]
    assert lab.documents[0]["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": None,
    }
    without = run_stream([ONE_TO_FOUR], lambda _: answer, MaximumRetryAttempts=1)
    assert without.deliveries == [(0, "1,2,3,4", "success")]


@pytest.mark.rule("STR-11", "ESM-28")
def test_an_answer_that_can_not_be_read_is_halved_like_an_exception() -> None:
    lab = run_stream(
        [Put(0, "a", "b")], lambda _: returns(1), **REPORTS, BisectBatchOnFunctionError=True, MaximumRetryAttempts=0
    )
    assert [text for _, text, _ in lab.deliveries] == ["a,b", "a", "b"]


@pytest.mark.rule("STR-08", "STR-20")
def test_a_timeout_is_a_function_error() -> None:
    lab = run_stream([Put(0, "a")], dead=True, takes=Fixed(5), timeout_s=3, MaximumRetryAttempts=1)
    assert lab.deliveries == [(0, "a", "timeout"), (3.5, "a", "timeout")]
    assert lab.documents[0]["responseContext"]["functionError"] == "Unhandled"
