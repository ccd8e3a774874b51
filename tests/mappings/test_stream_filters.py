"""Filter criteria on a stream: what does not match is passed over, and the checkpoint with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mappings.streaming import Put, fails_with, run_stream


def pattern(*texts: str) -> dict[str, Any]:
    return {"FilterCriteria": {"Filters": [{"Pattern": text} for text in texts]}}


KIND_A = pattern('{"data": {"kind": ["a"]}}')
A, B = '{"kind":"a"}', '{"kind":"b"}'


@pytest.mark.rule("FLT-03", "FLT-04", "FLT-09", "MET-15")
def test_what_does_not_match_is_passed_over() -> None:  # SCN-19
    lab = run_stream([Put(0, A, B, "hello")], dead=True, **KIND_A)
    assert lab.deliveries == [(0, A, "success")]
    assert lab.counts == (3, 2, 1, 0, 0, 0)
    assert (lab.documents, lab.checkpoints) == ([], ["hello"])
    assert lab.column("record.filter", "keys", "count") == [(["data.kind"], 1), (["data"], 1)]


@pytest.mark.rule("FLT-04", "STR-03", "STR-35")
def test_a_poll_without_a_match_moves_the_checkpoint_and_invokes_nothing() -> None:
    lab = run_stream([Put(0, B, B), Put(5, B)], **KIND_A)
    assert lab.deliveries == []
    assert lab.counts == (3, 3, 0, 0, 0, 0)
    assert [t for (t,) in lab.column("shard.checkpoint", "t")] == [0, 5]
    assert lab.checkpoints == [B]


@pytest.mark.rule("STR-03", "FLT-04")
def test_the_checkpoint_never_passes_a_record_that_is_not_done_with() -> None:
    lab = run_stream([Put(0, "{}", A, B, B)], fails_with(A), for_s=100, **KIND_A)
    assert lab.checkpoints == ["{}"]
    lab = run_stream([Put(0, "{}", A, B, B)], fails_with(A), MaximumRetryAttempts=1, **KIND_A)
    assert [(t, lab.text_of(number)) for t, number in lab.column("shard.checkpoint", "t", "sequence_number")] == [
        (0, "{}"),
        (0.5, B),
    ]


@pytest.mark.rule("FLT-03", "ESM-18")
def test_batch_size_and_window_count_matching_records_only() -> None:
    lab = run_stream([Put(0, A, B, A, B, A)], BatchSize=2, **KIND_A)
    assert lab.deliveries == [(0, f"{A},{A}", "success"), (0, A, "success")]
    steps = [Put(0, B), Put(3, A), Put(4, B)]
    lab = run_stream(steps, MaximumBatchingWindowInSeconds=5, **KIND_A)
    assert lab.deliveries == [(8, A, "success")]


@pytest.mark.rule("FLT-05", "FLT-06")
def test_metadata_of_a_record_can_be_matched() -> None:
    lab = run_stream([Put(0, "one/a", "two/b")], **pattern('{"partitionKey": ["two"]}'))
    assert lab.deliveries == [(0, "b", "success")]
    lab = run_stream(
        [Put(0, "one/a")], **pattern('{"eventSource": ["aws:sqs"]}', '{"eventName": ["aws:kinesis:record"]}')
    )
    assert lab.deliveries == [(0, "a", "success")]


@pytest.mark.rule("FLT-05", "FLT-09")
def test_the_recorded_pattern_delivers_the_recorded_records(capture: Any) -> None:
    import msgspec

    recorded = capture("kin_test_kinesis_event_filtering_json_pattern")
    for number in (1, 2):
        name = "create_event_source_mapping_response" if number == 1 else "create_event_source_mapping_2_response"
        config = recorded["mapping_config"][name]
        found = config["FilterCriteria"]["Filters"][0]["Pattern"]
        text = found if isinstance(found, str) else msgspec.json.encode(found).decode()
        steps = [Put(0, *(f'{{"event_type":"function_{n}"}}' for n in (1, 2)))]
        lab = run_stream(steps, **pattern(text), BatchSize=config["BatchSize"], MaximumBatchingWindowInSeconds=1)
        assert lab.deliveries == [(0, f'{{"event_type":"function_{number}"}}', "success")]


@pytest.mark.rule("FLT-03", "STR-05")
def test_lanes_get_matching_records_only() -> None:
    steps = [Put(0, *(f'key-{n}/{{"kind":"{"ab"[n % 2]}"}}' for n in range(20)))]
    lab = run_stream(steps, ParallelizationFactor=5, **KIND_A)
    assert lab.counts[:3] == (20, 10, 10)
    assert {text for _, found, _ in lab.deliveries for text in found.split(",")} == {A}
    assert lab.checkpoints == [B]
