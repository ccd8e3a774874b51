"""A stream mapping that is switched off and on, changed, and read back."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim.errors import AwsError, InputError
from eventsim.functions.durations import Fixed
from tests.mappings.streaming import Do, Lab, Put, encode, fails_with, in_turn, run_stream, texts
from tests.simulation.building import failed


def off(at_s: float) -> Do:
    return Do(at_s, lambda lab: lab.update(Enabled=False))


def on(at_s: float) -> Do:
    return Do(at_s, lambda lab: lab.update(Enabled=True))


@pytest.mark.rule("ESM-12", "ESM-13")
def test_its_states_are_those_of_every_mapping() -> None:
    lab = run_stream([off(1), on(5), Do(9, lambda lab: lab.update(BatchSize=7))])
    assert lab.column("mapping.state", "t", "state") == [
        (1, "Disabling"),
        (2, "Disabled"),
        (5, "Enabling"),
        (6, "Enabled"),
        (9, "Updating"),
        (10, "Enabled"),
    ]


@pytest.mark.rule("ESM-14", "ESM-17")
def test_a_change_during_a_change_is_refused() -> None:
    found: list[AwsError] = []

    def twice(lab: Lab) -> None:
        lab.update(BatchSize=7)
        with pytest.raises(AwsError) as caught:
            lab.update(BatchSize=8)
        found.append(caught.value)

    lab = run_stream([Do(1, twice)])
    assert [(one.code, one.message) for one in found] == [
        ("ResourceInUseException", "Cannot update the event source mapping because it is in use.")
    ]
    assert lab.mapping.settings.batch_size == 7


@pytest.mark.rule("ESM-17", "ESM-02", "ESM-11")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"StartingPosition": "LATEST"}, "ValidationException"),
        ({"StartingPositionTimestamp": 1}, "ValidationException"),
        ({"EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/other"}, "ValidationException"),
        ({"ScalingConfig": {"MaximumConcurrency": 2}}, "ValidationException"),
        ({"BatchSize": 10_001}, "ValidationException"),
        ({"ParallelizationFactor": 2, "TumblingWindowInSeconds": 5}, "InvalidParameterValueException"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "x"}]}}, "InvalidParameterValueException"),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:q.fifo"}}},
            "InvalidParameterValueException",
        ),
    ],
)
def test_an_update_that_is_refused_changes_nothing(changes: dict[str, Any], code: str) -> None:
    def change(lab: Lab) -> None:
        before = lab.mapping.read()
        with pytest.raises(AwsError) as caught:
            lab.mapping.update(changes)
        assert caught.value.code == code
        assert lab.mapping.read() == before

    assert run_stream([Do(1, change), Put(2, "a")]).deliveries == [(2, "a", "success")]


@pytest.mark.rule("ESM-23", "STR-03")
def test_enabling_goes_on_after_the_checkpoint() -> None:
    steps = [Put(0, "a"), off(1), Put(1.5, "b"), Put(3, "c"), on(10), Put(12, "d")]
    lab = run_stream(steps, StartingPosition="LATEST")
    assert lab.deliveries == [(0, "a", "success"), (11, "b,c", "success"), (12, "d", "success")]


@pytest.mark.rule("ESM-23", "STR-02")
def test_a_starting_position_is_not_applied_again_even_where_nothing_was_read() -> None:
    lab = run_stream([off(1), Put(3, "a"), on(10)], StartingPosition="LATEST")
    assert lab.deliveries == [(11, "a", "success")]


@pytest.mark.rule("ESM-23")
def test_an_invocation_that_runs_is_finished_and_acknowledged() -> None:
    steps = [Put(0, *"abc"), off(1), on(20)]
    lab = run_stream(steps, takes=Fixed(5), BatchSize=2)
    assert lab.deliveries == [(0, "a,b", "success"), (21, "c", "success")]
    passed = [(t, lab.text_of(number)) for t, number in lab.column("shard.checkpoint", "t", "sequence_number")]
    assert passed == [(5, "b"), (26, "c")]
    states = [(line["t"], line["state"]) for line in lab.lines("shard.state")]
    assert states == [
        (0, "INITIALIZING"),
        (0, "PROCESSING"),
        (2, "SHUTDOWN_REQUESTED"),
        (5, "SHUTTING_DOWN"),
        (5, "SHUTDOWN_COMPLETE"),
        (21, "INITIALIZING"),
        (21, "PROCESSING"),
    ]


@pytest.mark.rule("ESM-23")
def test_a_mapping_enabled_before_its_last_invocation_ended_waits_for_it() -> None:
    lab = run_stream([Put(0, *"abc"), off(1), on(3)], takes=Fixed(8), BatchSize=2)
    assert lab.deliveries == [(0, "a,b", "success"), (8, "c", "success")]


@pytest.mark.rule("ESM-23", "STR-07")
def test_a_batch_that_waits_for_its_retry_is_read_anew() -> None:
    steps = [Put(0, "a", "b"), off(1), Put(3, "c"), on(100)]
    lab = run_stream(steps, in_turn(failed(), failed(), failed(), None))
    assert lab.deliveries == [
        (0, "a,b", "error"),
        (0.5, "a,b", "error"),
        (1.5, "a,b", "error"),
        (101, "a,b,c", "success"),
    ]
    assert lab.simulation.invocations[-1].attempt == 1


@pytest.mark.rule("ESM-23")
def test_what_a_window_holds_is_read_anew() -> None:
    lab = run_stream([Put(0, "a"), off(1), on(10)], MaximumBatchingWindowInSeconds=5)
    assert lab.deliveries == [(16, "a", "success")]


@pytest.mark.rule("ESM-23", "KIN-07")
def test_a_checkpoint_that_is_trimmed_goes_on_at_the_horizon() -> None:
    steps = [Put(0, "a"), off(1), Put(10, "b"), Put(90_000, "c"), on(90_100)]
    lab = run_stream(steps)
    assert lab.deliveries == [(0, "a", "success"), (90_101, "c", "success")]


@pytest.mark.rule("ESM-23", "STR-01")
def test_shards_that_were_split_meanwhile_are_read_in_order() -> None:
    def split(lab: Lab) -> None:
        lab.stream.split(lab.stream.open_shards[0], 1 << 127)

    keys = [f"key-{n}" for n in range(6)]
    steps = [Put(0, "a"), off(1), Put(3, *(f"{key}/old" for key in keys)), Do(4, split)]
    lab = run_stream([*steps, Put(5, *(f"{key}/new" for key in keys)), on(10)], StartingPosition="LATEST")
    told = [text for event in lab.events for text in texts(event)]
    assert told == ["a", *["old"] * 6, *["new"] * 6]


@pytest.mark.rule("STR-05", "STR-03")
def test_a_new_factor_takes_over_when_the_lanes_are_drained() -> None:
    keys = [f"key-{n}" for n in range(16)]
    steps = [
        Put(0, *(f"{key}/{key}" for key in keys)),
        Do(1, lambda lab: lab.update(ParallelizationFactor=4)),
        Put(3, *(f"{key}/{key}" for key in keys)),
    ]
    lab = run_stream(steps, takes=Fixed(3), BatchSize=8)
    starts = [(at, text.count(",") + 1) for at, text, _ in lab.deliveries]
    assert starts[:2] == [(0, 8), (3, 8)]
    assert {at for at, _ in starts[2:]} == {6}
    assert len(starts) > 4
    delivered = [text for event in lab.events for text in texts(event)]
    assert sorted(delivered) == sorted(keys * 2)
    assert lab.checkpoints == ["key-15"]


@pytest.mark.rule("STR-05")
def test_a_new_factor_waits_for_a_lane_that_fails() -> None:
    steps = [Put(0, "a"), Do(1, lambda lab: lab.update(ParallelizationFactor=2)), Put(3, "b"), Put(4, "c")]
    lab = run_stream(steps, fails_with("a"), MaximumRetryAttempts=4)
    assert [at for at, text, _ in lab.deliveries if text == "a"] == [0, 0.5, 1.5, 3.5, 7.5]
    assert [one for one in lab.deliveries if one[1] != "a"] == [(8, "b,c", "success")]


@pytest.mark.rule("STR-05")
def test_idle_lanes_are_renewed_at_once() -> None:
    steps = [Put(0, "a"), Do(1, lambda lab: lab.update(ParallelizationFactor=2)), Put(5, "x/b", "key-1/c", "key-2/d")]
    lab = run_stream(steps, takes=Fixed(1))
    assert {at for at, _, _ in lab.deliveries[1:]} == {5}
    assert len(lab.deliveries) == 3


@pytest.mark.rule("STR-08", "ESM-17")
def test_a_retry_policy_that_is_changed_holds_for_the_batch_that_fails() -> None:
    steps = [Put(0, "a", "b"), Do(20, lambda lab: lab.update(MaximumRetryAttempts=2)), Put(30, "c")]
    lab = run_stream(steps, fails_with("a"))
    assert lab.deliveries[-1] == (32, "c", "success")
    assert lab.column("record.discard", "t", "count") == [(31.5, 2)]


@pytest.mark.rule("FLT-20")
def test_records_that_wait_for_their_batch_are_not_filtered_again() -> None:
    criteria = {"Filters": [{"Pattern": '{"data": {"n": [2]}}'}]}
    steps = [
        Put(0, '{"n":1}', '{"n":2}'),
        Do(0.5, lambda lab: lab.update(FilterCriteria=criteria)),
        Put(3, '{"n":1}', '{"n":2}'),
    ]
    lab = run_stream(steps, takes=Fixed(2), BatchSize=1)
    assert [text for _, text, _ in lab.deliveries] == ['{"n":1}', '{"n":2}', '{"n":2}']


@pytest.mark.rule("ESM-15", "ESM-16", "KIN-13")
def test_the_configuration_reads_back_as_recorded(capture: Any) -> None:
    recorded = capture("kin_test_create_kinesis_event_source_mapping")["mapping_config"]
    expected = recorded["create_event_source_mapping_response"]
    lab = run_stream([], StartingPosition="LATEST")
    shown = lab.mapping.read()
    assert shown.keys() == expected.keys()
    same = [name for name, value in expected.items() if not (isinstance(value, str) and "<" in value)]
    assert {name: shown[name] for name in same if name != "State"} == {
        name: expected[name] for name in same if name != "State"
    }
    assert shown["State"] == "Enabled"


@pytest.mark.rule("ESM-16", "ESM-17")
def test_what_was_set_is_shown_and_can_be_cleared() -> None:
    def change(lab: Lab) -> None:
        shown = lab.mapping.read()
        assert shown["DestinationConfig"] == {"OnFailure": {"Destination": lab.dead.arn}}
        assert shown["FilterCriteria"] == {"Filters": [{"Pattern": '{"data": {"n": [1]}}'}]}
        assert shown["StartingPositionTimestamp"] == 1.5
        lab.update(FilterCriteria={}, DestinationConfig={"OnFailure": {"Destination": ""}}, BatchSize=None)
        shown = lab.mapping.read()
        assert (shown["DestinationConfig"], shown["BatchSize"]) == ({"OnFailure": {}}, 3)
        assert "FilterCriteria" not in shown

    run_stream(
        [Do(1, change)],
        dead=True,
        BatchSize=3,
        StartingPosition="AT_TIMESTAMP",
        StartingPositionTimestamp=1.5,
        FilterCriteria={"Filters": [{"Pattern": '{"data": {"n": [1]}}'}]},
    )


@pytest.mark.rule("ESM-15")
def test_the_last_result_follows_the_invocations(capture: Any) -> None:
    recorded = capture("kin_test_kinesis_empty_provided")["mapping_config"]
    lab = run_stream([Put(0, "hello")], MaximumBatchingWindowInSeconds=1, BatchSize=1)
    assert lab.mapping.read()["LastProcessingResult"] == recorded["get_esm_result"]["LastProcessingResult"]
    assert run_stream([]).mapping.read()["LastProcessingResult"] == "No records processed"


# -- enhanced fan-out (KIN-06) -------------------------------------------------------------------


@pytest.mark.rule("KIN-06")
def test_a_consumer_is_pushed_to_without_polling() -> None:
    from eventsim.mappings.stream_settings import read_stream_mapping

    def second(lab: Lab) -> None:
        consumer = lab.stream.register("fast")
        settings = read_stream_mapping({"StartingPosition": "LATEST", "MaximumRetryAttempts": 0})
        function = lab.simulation.functions["f"]
        lab.simulation.add_stream_mapping("f/fast", function, consumer, settings).begin()

    lab = run_stream([Do(0, second), Put(5.3, "a"), Put(400.3, "b")], Enabled=False)
    assert lab.deliveries == [(5.37, "a", "success"), (400.37, "b", "success")]
    arns = {record["eventSourceARN"] for event in lab.events for record in event["Records"]}
    assert arns == {f"{lab.stream.arn}/consumer/fast:1767225600"}
    assert lab.simulation.idle


@pytest.mark.rule("KIN-06", "STR-01")
def test_a_consumer_goes_on_with_children_and_after_it_was_switched_off() -> None:
    from eventsim.mappings.stream_settings import read_stream_mapping

    def second(lab: Lab) -> None:
        consumer = lab.stream.register("fast")
        function = lab.simulation.functions["f"]
        settings = read_stream_mapping({"StartingPosition": "TRIM_HORIZON"})
        lab.fast = lab.simulation.add_stream_mapping("f/fast", function, consumer, settings)  # type: ignore[attr-defined]
        lab.fast.begin()  # type: ignore[attr-defined]

    def switch(enabled: bool) -> Any:
        return lambda lab: lab.fast.update({"Enabled": enabled})

    def split(lab: Lab) -> None:
        lab.stream.split(lab.stream.open_shards[0], 1 << 127)

    steps = [Put(0, "a"), Do(0, second), Do(2, switch(False)), Put(4, "b"), Do(5, split), Do(6, switch(True))]
    lab = run_stream([*steps, Put(8, "c")], Enabled=False)
    assert lab.deliveries == [(0.07, "a", "success"), (7, "b", "success"), (8.07, "c", "success")]


@pytest.mark.rule("KIN-06")
def test_a_consumer_pushes_to_one_mapping_only() -> None:
    from eventsim.mappings.stream_settings import read_stream_mapping

    def twice(lab: Lab) -> None:
        consumer = lab.stream.register("fast")
        settings = read_stream_mapping({"StartingPosition": "LATEST"})
        function = lab.simulation.functions["f"]
        lab.simulation.add_stream_mapping("f/fast", function, consumer, settings)
        with pytest.raises(InputError, match=r"f/other: the consumer .* pushes to f/fast already"):
            lab.simulation.add_stream_mapping("f/other", function, consumer, settings)

    run_stream([Do(0, twice)])


def test_encode_is_what_the_stream_keeps() -> None:
    lab = run_stream([Put(0, "hello")])
    assert lab.events[0]["Records"][0]["kinesis"]["data"] == encode("hello")
