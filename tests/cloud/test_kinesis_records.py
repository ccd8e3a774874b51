from __future__ import annotations

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.cloud.kinesis.records import size_of_data
from eventsim.cloud.shards.hashing import HASH_KEYS
from eventsim.errors import AwsError
from tests.cloud.sharded import NOT_FOUND, World, b64, data_of

MIB = 1_048_576
RATE = "Rate exceeded for shard shardId-000000000000 in stream s under account 123456789012."


@pytest.fixture
def world() -> World:
    found = World()
    found.stream()
    return found


@pytest.mark.rule("KIN-01")
def test_a_put_answers_with_shard_and_number(world: World) -> None:
    answer = world.put("hello")
    shard = world.streams.get("s").open_shards[0]
    assert answer == {"ShardId": shard.id, "SequenceNumber": shard.read(0).records[0].sequence_number}
    assert data_of(shard) == ["aGVsbG8="]


@pytest.mark.rule("KIN-01")
def test_an_explicit_hash_key_overrides_the_partition_key(world: World) -> None:
    world.streams.create("t", 4)
    hash_keys = ("0", str(HASH_KEYS // 4), str(HASH_KEYS // 2), str(HASH_KEYS - 1))
    shards = [
        world.call("PutRecord", StreamName="t", Data="", PartitionKey="same", ExplicitHashKey=hash_key)["ShardId"]
        for hash_key in hash_keys
    ]
    assert shards == [f"shardId-00000000000{n}" for n in range(4)]
    assert world.refused("PutRecord", StreamName="t", Data="", PartitionKey="k", ExplicitHashKey=str(HASH_KEYS)) == (
        "InvalidArgumentException",
        f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {HASH_KEYS}",
    )


@pytest.mark.rule("KIN-01")
def test_a_partition_key_has_1_to_256_characters(world: World) -> None:
    assert world.put("x", "ü" * 256)["ShardId"]
    key = "k" * 257
    assert world.refused("PutRecord", StreamName="s", Data="", PartitionKey=key) == (
        "ValidationException",
        (
            f"1 validation error detected: Value '{key}' at 'partitionKey' failed to satisfy constraint: "
            "Member must have length less than or equal to 256"
        ),
    )
    assert world.refused("PutRecord", StreamName="s", Data="", PartitionKey="")[0] == "ValidationException"


@pytest.mark.rule("KIN-01")
def test_a_number_for_ordering_must_be_a_sequence_number(world: World) -> None:
    first = world.put("a")["SequenceNumber"]
    assert int(world.put("b", SequenceNumberForOrdering=first)["SequenceNumber"]) > int(first)
    assert world.refused("PutRecord", StreamName="s", Data="", PartitionKey="k", SequenceNumberForOrdering="17") == (
        "InvalidArgumentException",
        "ExclusiveMinimumSequenceNumber 17 used in PutRecord on stream s under account 123456789012 is invalid.",
    )


def test_data_must_be_base64(world: World) -> None:
    for data in ("a", "a===", "ä", "aGVsbG8", "aGVs bG8=", "====", "A=A=", "AA=A", "\ud800AAA"):
        assert world.refused("PutRecord", StreamName="s", Data=data, PartitionKey="k") == (
            "SerializationException",
            f"'{data}' can not be converted to a Blob: it is not base64",
        )


@given(st.binary(max_size=40), st.text("AQgw+/=aé", max_size=12))
def test_the_size_of_data_is_that_of_its_bytes(data: bytes, text: str) -> None:
    assert size_of_data(b64(data)) == len(data)
    try:
        size = len(binascii.a2b_base64(text, strict_mode=True))
    except ValueError:
        size = -1
    if len(text) % 4:  # some versions of Python forgive padding that is too long
        size = -1
    assert size_of_data(text) == size


@pytest.mark.rule("KIN-02")
def test_a_record_has_at_most_one_mebibyte_by_default(world: World) -> None:
    world.put("x" * (MIB - 1))
    world.now_s = 10.0
    code, text = world.refused("PutRecord", StreamName="s", Data=b64("x" * MIB), PartitionKey="k")
    assert (code, "1024 KiB of stream s" in text) == ("InvalidArgumentException", True)
    assert world.refused("PutRecord", StreamName="s", Data=b64("x" * (10 * MIB + 1)), PartitionKey="k") == (
        "ValidationException",
        (
            "1 validation error detected: Value at 'data' failed to satisfy constraint: "
            "Member must have length less than or equal to 10485760"
        ),
    )


@pytest.mark.rule("KIN-02")
def test_a_stream_can_take_records_of_ten_mebibytes(world: World) -> None:
    arn = world.streams.get("s").arn
    world.call("UpdateMaxRecordSize", StreamARN=arn, MaxRecordSizeInKiB=10_240)
    world.put("x" * (10 * MIB - 1))
    summary = world.call("DescribeStreamSummary", StreamName="s")["StreamDescriptionSummary"]
    assert summary["MaxRecordSizeInKiB"] == 10_240
    assert world.refused("PutRecord", StreamName="s", Data="", PartitionKey="k") == (
        "ProvisionedThroughputExceededException",
        RATE,
    )
    world.now_s = 10.0
    world.put("")
    for size in (1_023, 10_241):
        assert world.refused("UpdateMaxRecordSize", StreamARN=arn, MaxRecordSizeInKiB=size)[0] == "ValidationException"


@pytest.mark.rule("KIN-02")
def test_a_shard_takes_a_thousand_records_a_second(world: World) -> None:
    records = [{"Data": "", "PartitionKey": str(n)} for n in range(500)]
    answers = [world.call("PutRecords", StreamName="s", Records=records) for _ in range(2)]
    assert [answer["FailedRecordCount"] for answer in answers] == [0, 0]
    throttled = world.call("PutRecords", StreamName="s", Records=records[:2])
    error = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": RATE}
    assert throttled == {"FailedRecordCount": 2, "Records": [error, error]}
    world.now_s = 1.0
    assert world.put("x")


@pytest.mark.rule("KIN-02")
def test_put_records_fails_record_by_record(world: World) -> None:
    entries = [{"Data": b64("x" * size), "PartitionKey": "k"} for size in (600_000, 600_000, 400_000)]
    answer = world.call("PutRecords", StreamName="s", Records=entries)
    assert [sorted(result) for result in answer["Records"]] == [
        ["SequenceNumber", "ShardId"],
        ["ErrorCode", "ErrorMessage"],
        ["SequenceNumber", "ShardId"],
    ]
    assert answer["FailedRecordCount"] == 1


@pytest.mark.rule("KIN-02")
def test_put_records_takes_500_records_and_ten_mebibytes(world: World) -> None:
    small = {"Data": "", "PartitionKey": "k"}
    assert world.refused("PutRecords", StreamName="s", Records=[small] * 501)[0] == "ValidationException"
    assert world.refused("PutRecords", StreamName="s", Records=[]) == (
        "ValidationException",
        (
            "1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        ),
    )
    large = {"Data": b64("x" * (MIB - 1)), "PartitionKey": "k"}
    assert world.refused("PutRecords", StreamName="s", Records=[large] * 10 + [small]) == (
        "InvalidArgumentException",
        "Records size exceeds 10 MB limit",
    )


def test_put_records_writes_nothing_when_one_record_is_invalid(world: World) -> None:
    entries = [{"Data": "", "PartitionKey": "k"}, {"Data": ""}]
    assert world.refused("PutRecords", StreamName="s", Records=entries) == (
        "ValidationException",
        (
            "1 validation error detected: Value null at 'records.2.member.partitionKey' failed to satisfy constraint: "
            "Member must not be null"
        ),
    )
    assert world.streams.get("s").open_shards[0].tip == 0


def test_steps_are_not_held_to_the_write_limits(world: World) -> None:
    stream = world.streams.get("s")
    placed = [stream.put(b64("x"), "k") for _ in range(2_500)]
    assert len(placed) == stream.open_shards[0].tip == 2_500
    with pytest.raises(AwsError, match="Member must have length greater"):
        stream.put("", "")


def test_records_of_an_encrypted_stream_say_so(world: World) -> None:
    world.put("plain")
    world.now_s = 1.0
    world.call("StartStreamEncryption", StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert world.put("secret")["EncryptionType"] == "KMS"
    records = world.read(world.iterator())["Records"]
    assert [record["EncryptionType"] for record in records] == ["NONE", "KMS"]
    world.call("StopStreamEncryption", StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert world.call("DescribeStream", StreamName="s")["StreamDescription"]["EncryptionType"] == "NONE"


def test_a_put_to_nowhere(world: World) -> None:
    world.call("DeleteStream", StreamName="s")
    put = {"Data": "", "PartitionKey": "k"}
    assert world.refused("PutRecord", StreamName="s", **put) == ("ResourceNotFoundException", NOT_FOUND)
    assert world.refused("PutRecords", StreamName="s", Records=[put]) == ("ResourceNotFoundException", NOT_FOUND)
    assert world.refused("PutRecord", **put)[0] == "InvalidArgumentException"
