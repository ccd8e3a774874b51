"""The event of a Kinesis batch, byte for byte."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.cloud.shards.record import Record
from eventsim.events.kinesis import KinesisShape
from eventsim.events.stream import StreamBatch, WindowPart

ARN = "arn:aws:kinesis:us-east-2:111122223333:stream/s"
SHAPE = KinesisShape("shardId-000000000006", ARN, "us-east-2", "arn:aws:iam::111122223333:role/r")
NUMBER = "49590338271490256608559692538361571095921575989136588898"


def record(number: str = NUMBER, key: str = "1", data: str = "aGVsbG8=", arrival_ms: int = 1_545_084_650_987) -> Record:
    return Record(number, key, data, arrival_ms)


@pytest.mark.rule("KIN-08", "KIN-06")
def test_a_record_has_all_members_in_order() -> None:
    [shown] = SHAPE.records([record()])
    assert msgspec.json.encode(shown).decode() == (
        '{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"1",'
        f'"sequenceNumber":"{NUMBER}","data":"aGVsbG8=","approximateArrivalTimestamp":1545084650.987}},'
        f'"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000006:{NUMBER}",'
        '"eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::111122223333:role/r",'
        f'"awsRegion":"us-east-2","eventSourceARN":"{ARN}"}}'
    )


@pytest.mark.rule("KIN-08")
def test_the_members_are_the_recorded_ones(capture: Any) -> None:
    recorded = capture("kin_test_disable_kinesis_event_source_mapping")["expected_event_or_destination_record"]
    [shown] = SHAPE.records([record()])
    for expected in recorded["invocation_events"][0]["Records"]:
        assert list(shown) == list(expected)
        assert list(shown["kinesis"]) == list(expected["kinesis"])
        same = ("eventSource", "eventVersion", "eventName")
        assert {name: shown[name] for name in same} == {name: expected[name] for name in same}
        assert shown["kinesis"]["kinesisSchemaVersion"] == expected["kinesis"]["kinesisSchemaVersion"]


@pytest.mark.rule("KIN-08")
def test_events_are_new_each_time() -> None:
    batch = StreamBatch((record(), record("7")), SHAPE)
    event = batch.event()
    event["Records"][0]["kinesis"]["data"] = "changed"
    event["Records"][1].clear()
    assert [one["kinesis"]["data"] for one in batch.event()["Records"]] == ["aGVsbG8=", "aGVsbG8="]
    assert (batch.ids(), len(batch)) == ([NUMBER, "7"], 2)


@pytest.mark.rule("STR-27")
def test_a_window_comes_behind_the_records() -> None:
    part = WindowPart(1_596_128_400_000, 1_596_128_700_000, b'{"1":282}', final=True)
    assert msgspec.json.encode(StreamBatch((), SHAPE, part).event()).decode() == (
        '{"Records":[],"window":{"start":"2020-07-30T17:00:00Z","end":"2020-07-30T17:05:00Z"},"state":{"1":282},'
        f'"shardId":"shardId-000000000006","eventSourceARN":"{ARN}",'
        '"isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false}'
    )


RECORDS = st.lists(
    st.builds(
        record,
        st.integers(0, 10**56).map(str),
        st.text(min_size=1, max_size=256),
        st.binary(max_size=50).map(lambda data: msgspec.json.encode(data).decode().strip('"')),
        st.integers(0, 10**13),
    ),
    max_size=5,
)


@pytest.mark.rule("ESM-20")
@given(RECORDS)
def test_sizes_are_those_of_the_serialized_event(records: list[Record]) -> None:
    batch = StreamBatch(tuple(records), SHAPE)
    sizes = SHAPE.sizes_bytes(records)
    whole = len(msgspec.json.encode(batch.event()))
    assert batch.envelope_bytes() + sum(sizes) - bool(records) == whole
    assert SHAPE.rough_bytes(records) >= sum(sizes)
    content = sum(len(one.data) // 4 * 3 + len(one.partition_key.encode()) for one in records)
    assert SHAPE.most_bytes(content, len(records)) >= sum(sizes)
