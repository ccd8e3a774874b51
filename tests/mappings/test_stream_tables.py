"""A mapping from a table's stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.cloud.dynamodb.streams import TableStreams
from eventsim.functions.durations import ZERO, Fixed
from eventsim.mappings.stream_settings import read_stream_mapping
from tests.mappings.streaming import REPORTS, reports, returns
from tests.simulation.building import add_function, failed, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.queues.queue import Queue
    from eventsim.functions.durations import Duration
    from eventsim.invokers.base import Invocation, InvocationResult
    from eventsim.mappings.stream_lifecycle import StreamMapping
    from eventsim.simulation import Simulation


class Changes:
    """A run of a mapping from a table's stream."""

    simulation: Simulation
    stream: TableStream
    mapping: StreamMapping
    dead: Queue

    @property
    def deliveries(self) -> list[tuple[Any, ...]]:
        """(at, keys joined by commas, outcome) of each invocation."""
        return [
            (round(one.at_s, 6), ",".join(keys(one.batch.event())), one.outcome and one.outcome.value)
            for one in self.simulation.invocations
            if one.batch is not None
        ]

    def write(self, key: str, old: str | None, new: str | None) -> None:
        images = [None if value is None else {"id": {"S": key}, "v": {"S": value}} for value in (old, new)]
        self.stream.record({"id": {"S": key}}, *images)


def keys(event: Any) -> list[str]:
    return [value["S"] for record in event["Records"] for value in record["dynamodb"]["Keys"].values()]


def run_table(
    steps: Sequence[tuple[float, Callable[[Changes], object]]],
    answer: Callable[[Invocation], InvocationResult | None] = lambda _: None,
    *,
    takes: Duration = ZERO,
    roll_every_s: float | None = None,
    dead: bool = False,
    **properties: Any,
) -> Changes:
    made = Changes()

    def build(simulation: Simulation) -> None:
        world = simulation.world
        streams = TableStreams(world.clock, world.seeds, trace=world.trace, roll_every_s=roll_every_s)
        made.stream = streams.create(
            "t",
            "arn:aws:dynamodb:us-east-1:123456789012:table/t",
            view_type="NEW_AND_OLD_IMAGES",
            key_schema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        made.simulation = simulation
        made.dead = simulation.queues.create("dead")
        given = {"StartingPosition": "TRIM_HORIZON", **properties}
        if dead:
            given["DestinationConfig"] = {"OnFailure": {"Destination": made.dead.arn}}
        function = add_function(simulation, answer, takes=takes, timeout_s=900)
        made.mapping = simulation.add_stream_mapping("f/t", function, made.stream, read_stream_mapping(given))
        for place, (at_s, act) in enumerate(steps):
            world.loop.call_at_step(at_s, (place,), lambda act=act: act(made))  # type: ignore[misc]

    run(build)
    return made


def insert(at_s: float, *names: str) -> tuple[float, Callable[[Changes], object]]:
    return at_s, lambda changes: [changes.write(name, None, "new") for name in names]


@pytest.mark.rule("DDB-05", "KIN-05")
def test_a_tables_shard_is_polled_four_times_a_second() -> None:
    made = run_table([insert(0, "a"), insert(0.1, "b"), insert(0.25, "c"), insert(3.26, "d")], takes=Fixed(0.3))
    assert made.deliveries == [(0, "a", "success"), (0.5, "b,c", "success"), (3.5, "d", "success")]


@pytest.mark.rule("DDB-07", "STR-33", "STR-10")
def test_ages_count_from_whole_seconds() -> None:
    made = run_table([insert(1.9, "a")])
    assert made.deliveries == [(2, "a", "success")]
    assert made.mapping.metrics.iterator_age_ms == 1_000
    record = made.simulation.invocations[0].batch.event()["Records"][0]  # type: ignore[union-attr]
    assert record["dynamodb"]["ApproximateCreationDateTime"] == 1_767_225_601.0


@pytest.mark.rule("STR-20", "DDB-07", "STR-08")
def test_failures_tell_of_a_table_in_their_own_words() -> None:
    made = run_table([insert(0.6, "a", "b")], lambda _: failed(), dead=True, MaximumRetryAttempts=1)
    [message] = made.dead.messages()
    document = msgspec.json.decode(message.body)
    info = document["DDBStreamBatchInfo"]
    assert info["approximateArrivalOfFirstRecord"] == "2026-01-01T00:00:00Z"
    assert (info["batchSize"], info["streamArn"]) == (2, made.stream.arn)
    assert document["timestamp"] == "2026-01-01T00:00:01.250Z"
    assert document["requestContext"]["approximateInvokeCount"] == 2


@pytest.mark.rule("STR-08", "STR-14", "ESM-15")
def test_the_recorded_remainder_has_all_its_retries(capture: Any) -> None:
    recorded = capture("ddb_test_dynamodb_report_batch_item_failures")
    config = recorded["mapping_config"]["create_event_source_mapping_response"]

    def report(invocation: Invocation) -> InvocationResult:
        records = invocation.event["Records"]
        return reports(
            record["dynamodb"]["SequenceNumber"] for record in records if keys({"Records": [record]}) == ["testId5"]
        )

    made = run_table(
        [insert(0, *(f"testId{n}" for n in range(6)))],
        report,
        dead=True,
        **REPORTS,
        BatchSize=config["BatchSize"],
        MaximumRetryAttempts=config["MaximumRetryAttempts"],
        MaximumBatchingWindowInSeconds=config["MaximumBatchingWindowInSeconds"],
    )
    delivered = [key for _, found, _ in made.deliveries for key in found.split(",")]
    expected = recorded["expected_event_or_destination_record"]
    assert delivered == keys(expected["dynamodb_records"])
    [message] = made.dead.messages()
    body = expected["destination_queue_messages"]["Messages"][0]["Body"]
    assert msgspec.json.decode(message.body)["responseContext"] == body["responseContext"]
    context = msgspec.json.decode(message.body)["requestContext"]
    assert context["approximateInvokeCount"] == body["requestContext"]["approximateInvokeCount"]


@pytest.mark.rule("ESM-28")
@pytest.mark.parametrize(
    "name",
    [
        "empty_string_item_identifier",
        "invalid_key_foo",
        "invalid_key_foo_null_value",
        "item_identifier_not_present",
        "null_item_identifier",
    ],
)
def test_the_recorded_answers_fail_the_whole_batch(name: str, capture: Any) -> None:
    capture(f"ddb_test_dynamodb_report_batch_item_failure_scenarios_{name}_failure")
    answers: dict[str, Any] = {
        "empty_string_item_identifier": {"itemIdentifier": ""},
        "invalid_key_foo": {"foo": "x"},
        "invalid_key_foo_null_value": {"foo": None},
        "item_identifier_not_present": {"itemIdentifier": "123"},
        "null_item_identifier": {"itemIdentifier": None},
    }
    answer = returns({"batchItemFailures": [answers[name]]})
    made = run_table([insert(0, "a")], lambda _: answer, **REPORTS, MaximumRetryAttempts=2)
    assert made.deliveries == [(0, "a", "error"), (0.5, "a", "error"), (1.5, "a", "error")]


@pytest.mark.rule("DDB-13", "DDB-02", "STR-07", "STR-34")
def test_a_poison_change_blocks_its_shard_for_a_day() -> None:
    made = run_table(
        [insert(0, "poison"), insert(100, "b")], lambda one: failed() if "poison" in keys(one.event) else None
    )
    *tries, last = made.deliveries
    assert {found for _, found, _ in tries} == {"poison"}
    assert (last[1:], 86_400 <= last[0] < 86_460) == (("b", "success"), True)


@pytest.mark.rule("DDB-06", "STR-01", "DDB-09")
def test_a_shard_that_rolled_is_read_before_its_child() -> None:
    steps = [insert(t, f"k{t % 3:.0f}") for t in (0, 3, 11, 14, 25)]
    made = run_table(steps, takes=Fixed(12), roll_every_s=10)
    assert made.deliveries == [
        (0, "k0", "success"),
        (12, "k0", "success"),
        (24, "k2,k2", "success"),
        (36, "k1", "success"),
    ]
    shards = {made.simulation.invocations[n].batch.shape.shard_id for n in range(3)}  # type: ignore[union-attr]
    assert len(shards) > 1


@pytest.mark.rule("DDB-01", "DDB-02")
def test_a_stream_that_was_switched_off_is_read_to_its_end() -> None:
    made = run_table([insert(0, "a"), insert(0.1, "b"), (0.2, lambda changes: changes.stream.end())])
    assert made.deliveries == [(0, "a", "success"), (0.25, "b", "success")]
    assert (made.simulation.idle, made.mapping.pollers.states) == (True, {})


@pytest.mark.rule("DDB-09", "STR-05")
def test_lanes_go_by_the_items_key() -> None:
    names = [f"item-{n % 8}" for n in range(24)]
    made = run_table([insert(0, *names)], ParallelizationFactor=3, BatchSize=2, takes=Fixed(1))
    assert made.simulation.functions["f"].metrics.concurrent_max == 3
    assert sorted(key for _, found, _ in made.deliveries for key in found.split(",")) == sorted(names)


@pytest.mark.rule("FLT-05", "FLT-13", "FLT-16")
@pytest.mark.parametrize(
    ("pattern", "delivered"),
    [
        ('{"eventName": ["INSERT"]}', ["a"]),
        ('{"eventName": ["INSERT", "MODIFY"], "eventSource": ["aws:dynamodb"]}', ["a,a"]),
        ('{"dynamodb": {"OldImage": {"v": {"S": [{"prefix": "ne"}]}}}}', ["a,a"]),
        ('{"dynamodb": {"Keys": {"id": {"S": ["b"]}}}}', []),
    ],
)
def test_changes_are_filtered_by_what_happened(pattern: str, delivered: list[str]) -> None:
    def change(changes: Changes) -> None:
        changes.write("a", None, "new")
        changes.write("a", "new", "newer")
        changes.write("a", "newer", None)

    made = run_table([(0, change)], FilterCriteria={"Filters": [{"Pattern": pattern}]})
    assert [found for _, found, _ in made.deliveries] == delivered
    assert made.mapping.pollers.checkpoints.values()


@pytest.mark.rule("ESM-16", "ESM-15")
def test_the_configuration_reads_back_as_recorded(capture: Any) -> None:
    recorded = capture("api_test_create_event_filter_criteria_validation")["mapping_config"]
    expected = recorded["response-with-empty-filters"]
    made = run_table([], StartingPosition="LATEST")
    shown = made.mapping.read()
    assert shown.keys() == expected.keys()
    for name, value in expected.items():
        if not isinstance(value, str) or name in ("StartingPosition", "LastProcessingResult", "StateTransitionReason"):
            assert shown[name] == value, name
    assert shown["EventSourceArn"] == made.stream.arn


@pytest.mark.rule("STR-26", "STR-27")
def test_windows_go_by_the_whole_second_of_a_change() -> None:
    made = run_table(
        [insert(59.9, "a"), insert(60.1, "b")],
        lambda one: returns({"state": {"n": one.event["state"].get("n", 0) + len(one.event["Records"])}}),
        TumblingWindowInSeconds=60,
    )
    told = [
        (one.at_s, ",".join(keys(event)), event["state"], event["isFinalInvokeForWindow"])
        for one in made.simulation.invocations
        if one.batch is not None and (event := one.batch.event())
    ]
    assert told == [
        (60, "a", {}, False),
        (60.25, "", {"n": 1}, True),
        (60.25, "b", {}, False),
        (240, "", {"n": 1}, True),
    ]
