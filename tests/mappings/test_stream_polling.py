"""When a stream's shards are polled, and how what a poll brings is cut into batches."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim.functions.durations import Fixed
from tests.mappings.streaming import Do, Lab, Put, encode, in_turn, run_stream
from tests.simulation.building import failed

FIVE_S: dict[str, Any] = {"MaximumBatchingWindowInSeconds": 5}
TEN_S: dict[str, Any] = {"MaximumBatchingWindowInSeconds": 10}


def told(lab: Lab) -> list[tuple[Any, ...]]:
    return [(at, text) for at, text, _ in lab.deliveries]


# -- the grid (KIN-05) ---------------------------------------------------------------------------


@pytest.mark.rule("KIN-05", "GEN-02", "STR-35")
def test_a_shard_is_polled_on_whole_seconds_after_all_writes_of_the_instant() -> None:
    steps = [Put(0, "a"), Put(0, "b"), Put(0.2, "c"), Put(1, "d"), Put(1, "e"), Put(7.001, "f"), Put(7.999, "g")]
    lab = run_stream(steps)
    assert told(lab) == [(0, "a,b"), (1, "c,d,e"), (8, "f,g")]
    assert lab.column("poll.receive", "t", "count") == [(0, 2), (1, 3), (8, 2)]


@pytest.mark.rule("KIN-05")
def test_the_seconds_count_from_the_moment_the_mapping_became_active() -> None:
    steps = [Do(2.3, lambda lab: lab.update(Enabled=True)), Put(4, "a"), Put(4.3, "b")]
    lab = run_stream(steps, Enabled=False)
    assert told(lab) == [(4.3, "a,b")]


@pytest.mark.rule("KIN-05", "ESM-18")
def test_a_poll_reads_everything_and_the_batch_size_only_cuts_it() -> None:
    lab = run_stream([Put(0, *map(str, range(25)))], BatchSize=10, takes=Fixed(0.1))
    assert [(at, text.count(",") + 1) for at, text in told(lab)] == [(0, 10), (0.1, 10), (0.2, 5)]
    assert lab.column("poll.receive", "t", "count") == [(0, 25)]
    assert lab.column("batch.close", "reason", "records") == [("size", 10), ("size", 10), ("poll", 5)]


@pytest.mark.rule("KIN-05", "KIN-03")
def test_while_records_remain_the_next_page_is_read_when_it_is_needed() -> None:
    def fill(lab: Lab) -> None:
        for _ in range(20_500):
            lab.stream.put(encode("x"), "k")

    lab = run_stream([Do(0, fill)], BatchSize=10_000, takes=Fixed(0.25))
    assert lab.column("poll.receive", "t", "count") == [(0, 10_000), (0.25, 10_000), (0.5, 500)]
    assert [len(one.batch or ()) for one in lab.simulation.invocations] == [10_000, 10_000, 500]


@pytest.mark.rule("KIN-05")
def test_a_busy_poller_polls_again_on_the_first_whole_second_after_it_is_free() -> None:
    lab = run_stream([Put(0, "a"), Put(0.2, "b"), Put(2.5, "c"), Put(3.5, "d")], takes=Fixed(1.4))
    assert told(lab) == [(0, "a"), (2, "b"), (4, "c,d")]


@pytest.mark.rule("KIN-05")
def test_an_invocation_that_ends_on_a_whole_second_is_followed_by_the_poll_of_that_second() -> None:
    lab = run_stream([Put(0, "a"), Put(0.5, "b"), Put(1, "c")], takes=Fixed(1))
    assert told(lab) == [(0, "a"), (1, "b,c")]


@pytest.mark.rule("STR-35", "KIN-05")
def test_a_mapping_that_has_caught_up_leaves_nothing_to_wait_for() -> None:
    lab = run_stream([Put(0, "a"), Put(100_000, "b")], shards=8, retention_hours=48)
    loop = lab.simulation.world.loop
    assert (told(lab), loop.time(), lab.simulation.idle) == ([(0, "a"), (100_000, "b")], 100_000, True)
    assert loop.jumps < 10
    assert run_stream([], shards=8, for_s=86_400).simulation.world.loop.jumps < 3


@pytest.mark.rule("KIN-05", "GEN-04")
def test_shards_are_polled_independently_and_in_one_order() -> None:
    steps = [Put(0.4, *(f"{n}/{n}" for n in range(12)))]
    one, other = (run_stream(steps, shards=4, takes=Fixed(0.3)) for _ in range(2))
    assert [at for at, _ in told(one)] == [1, 1, 1, 1]
    assert one.simulation.world.trace.sha256() == other.simulation.world.trace.sha256()


# -- where it begins (STR-02) --------------------------------------------------------------------


@pytest.mark.rule("STR-02", "KIN-04")
def test_latest_begins_before_the_first_step() -> None:
    lab = run_stream([Put(0, "a"), Put(1, "b")], StartingPosition="LATEST")
    assert told(lab) == [(0, "a"), (1, "b")]
    steps = [Put(0, "a"), Do(3, lambda lab: lab.update(Enabled=True)), Put(4, "missed"), Put(4.001, "b")]
    lab = run_stream(steps, StartingPosition="LATEST", Enabled=False)
    assert told(lab) == [(5, "b")]


@pytest.mark.rule("STR-02")
def test_a_timestamp_begins_with_the_first_record_that_arrived_then_or_later() -> None:
    steps = [Put(0, "a"), Put(10, "b"), Put(10.001, "c"), Do(20, lambda lab: lab.update(Enabled=True))]
    start: dict[str, Any] = {"StartingPosition": "AT_TIMESTAMP", "Enabled": False}
    lab = run_stream(steps, **start, StartingPositionTimestamp=1767225610.0)
    assert told(lab) == [(21, "b,c")]
    lab = run_stream(steps, **start, StartingPositionTimestamp=1767225610.001)
    assert told(lab) == [(21, "c")]
    lab = run_stream(steps, **start, StartingPositionTimestamp=1)
    assert told(lab) == [(21, "a,b,c")]


@pytest.mark.rule("KIN-07", "STR-02")
def test_trim_horizon_is_the_oldest_record_that_is_left() -> None:
    steps = [Put(0, "a"), Put(10, "b"), Do(86_400, lambda lab: lab.update(Enabled=True))]
    assert told(run_stream(steps, Enabled=False)) == [(86_401, "b")]


# -- batches (ESM-18 to ESM-20) ------------------------------------------------------------------


@pytest.mark.rule("ESM-18", "ESM-19")
def test_a_window_opens_at_the_first_record_held() -> None:
    steps = [Put(0.5, "a"), Put(1.5, "b"), Put(6, "c"), Put(6.5, "d")]
    lab = run_stream(steps, **FIVE_S)
    assert told(lab) == [(6, "a,b,c"), (11, "d")]
    assert lab.column("batch.close", "reason") == [("window",), ("window",)]


@pytest.mark.rule("ESM-19")
def test_the_next_window_opens_when_the_invocation_has_ended() -> None:
    steps = [Put(0, "a"), Put(3, "b"), Put(6, "c")]
    lab = run_stream(steps, takes=Fixed(2), **FIVE_S)
    assert told(lab) == [(5, "a,b"), (12, "c")]


@pytest.mark.rule("ESM-19", "STR-35")
def test_a_window_that_ends_without_a_record_is_dropped() -> None:
    steps = [Put(0, "a"), Put(11, "b"), Put(15, "c")]
    lab = run_stream(steps, **FIVE_S)
    assert told(lab) == [(5, "a"), (16, "b,c")]


@pytest.mark.rule("ESM-18")
def test_a_full_batch_does_not_wait_for_its_window() -> None:
    lab = run_stream([Put(0, "a"), Put(2, *"bcde")], BatchSize=4, **TEN_S)
    assert told(lab) == [(2, "a,b,c,d"), (12, "e")]
    assert lab.column("batch.close", "reason") == [("size",), ("window",)]


@pytest.mark.rule("ESM-18")
def test_without_a_window_a_batch_never_waits_for_another_poll() -> None:
    lab = run_stream([Put(0, *"abc"), Put(0.5, "d")], BatchSize=2)
    assert told(lab) == [(0, "a,b"), (0, "c"), (1, "d")]


@pytest.mark.rule("ESM-18", "ESM-20", "GEN-01")
def test_the_payload_closes_a_batch_before_it_is_over_6_mb() -> None:
    data = "x" * 750_000  # a megabyte as base64

    def fill(lab: Lab) -> None:
        for _ in range(13):
            lab.stream.put(encode(data), "k")

    lab = run_stream([Do(0, fill)])
    assert [len(one.batch or ()) for one in lab.simulation.invocations] == [6, 6, 1]
    assert lab.column("batch.close", "reason") == [("payload",), ("payload",), ("poll",)]


@pytest.mark.rule("ESM-20")
@pytest.mark.parametrize(("more", "sizes"), [(0, [2]), (1, [1, 1])])
def test_the_limit_counts_every_byte_of_the_event(more: int, sizes: list[int]) -> None:
    import msgspec

    from eventsim.mappings.batching import PAYLOAD_LIMIT_BYTES

    def event_bytes(lab: Lab) -> int:
        return len(msgspec.json.encode(lab.events[0]))

    around = event_bytes(run_stream([Put(0, "", "")], max_record_kib=10_240))
    texts = (PAYLOAD_LIMIT_BYTES - around) // 4 * 3
    spare = PAYLOAD_LIMIT_BYTES - around - texts // 3 * 4
    key = "k" * (1 + spare + more)
    half = texts // 6 * 3
    lab = run_stream([Put(0, f"k/{'a' * half}", f"{key}/{'b' * (texts - half)}")], max_record_kib=10_240)
    assert [len(one.batch or ()) for one in lab.simulation.invocations] == sizes
    if not more:
        assert event_bytes(lab) == PAYLOAD_LIMIT_BYTES


# -- metrics -------------------------------------------------------------------------------------


@pytest.mark.rule("STR-33", "MET-09")
def test_the_iterator_age_is_that_of_the_last_record_when_the_batch_is_sent() -> None:
    lab = run_stream([Put(0.2, "a"), Put(0.9, "b")])
    assert lab.mapping.metrics.to_json()["IteratorAge"] == {"max": 100}
    lab = run_stream([Put(0, "a")], in_turn(failed(), None), takes=Fixed(1))
    assert lab.mapping.metrics.to_json()["IteratorAge"] == {"max": 1_500}


@pytest.mark.rule("MET-13", "MET-14", "MET-16", "MET-17")
def test_counts_are_those_of_records_and_of_every_attempt() -> None:
    lab = run_stream([Put(0, "a", "b", "c")], in_turn(failed(), failed(), None))
    assert lab.mapping.metrics.to_json() == {
        "PolledEventCount": 3,
        "FilteredOutEventCount": 0,
        "InvokedEventCount": 9,
        "FailedInvokeEventCount": 6,
        "DeletedEventCount": 0,
        "DroppedEventCount": 0,
        "OnFailureDestinationDeliveredEventCount": 0,
        "IteratorAge": {"max": 1_500},
    }


@pytest.mark.rule("STR-36", "STR-02")
def test_mappings_on_one_stream_do_not_disturb_each_other() -> None:
    from eventsim.mappings.stream_settings import read_stream_mapping
    from tests.simulation.building import add_function

    def second(lab: Lab) -> None:
        function = add_function(lab.simulation, lambda _: failed(), name="g")
        settings = read_stream_mapping({"StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 2})
        lab.simulation.add_stream_mapping("g/clicks", function, lab.stream, settings).begin()

    lab = run_stream([Put(0, "a"), Do(5, second), Put(6, "b")])
    told = [(one.mapping, *lab.told(one)) for one in lab.simulation.invocations]
    assert [one[1:3] for one in told if one[0] == "f/clicks"] == [(0, "a"), (6, "b")]
    assert [one[1:3] for one in told if one[0] == "g/clicks"] == [
        (5, "a"), (5.5, "a"), (6.5, "a"), (7, "b"), (7.5, "b"), (8.5, "b"),
    ]  # fmt: skip


@pytest.mark.rule("KIN-11")
def test_a_deleted_stream_is_polled_no_more() -> None:
    lab = run_stream([Put(0, "a"), Do(1, lambda lab: lab.simulation.services.streams.delete(lab.stream))])
    assert (told(lab), lab.simulation.world.loop.time(), lab.simulation.idle) == ([(0, "a")], 1, True)
