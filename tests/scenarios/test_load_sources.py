# ruff: noqa: E501 - the expected texts stand whole, one a line
"""The sections streams, tables and buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.loading import loader, refuser, warnings_of

if TYPE_CHECKING:
    from pathlib import Path


def told(lines: list[str]) -> list[str]:
    """The lines without file and place."""
    return [line.split(" ", 1)[1] for line in lines]


@pytest.mark.rule("KIN-02", "KIN-07")
def test_a_stream_has_kinesis_defaults_and_properties(tmp_path: Path) -> None:
    text = "streams: {a: {}, b: {Name: b, ShardCount: 3, RetentionPeriodHours: 48, MaxRecordSizeInKiB: 10240}, c: {StreamModeDetails: {StreamMode: ON_DEMAND}}}"
    streams = loader(tmp_path)(text).streams
    assert [(one.shard_count, one.mode, one.retention_hours, one.max_record_kib) for one in streams.values()] == [
        (None, "PROVISIONED", 24, 1024), (3, "PROVISIONED", 48, 10240), (None, "ON_DEMAND", 24, 1024),
    ]  # fmt: skip
    assert streams["a"].arn == "arn:aws:kinesis:us-east-1:123456789012:stream/a"


@pytest.mark.rule("DDB-01")
@pytest.mark.parametrize(
    "keys",
    [
        "partition_key: id, sort_key: 'at:N'",
        (
            "KeySchema: [{AttributeName: id, KeyType: HASH}, {AttributeName: at, KeyType: RANGE}], "
            "AttributeDefinitions: [{AttributeName: id, AttributeType: S}, {AttributeName: at, AttributeType: N}]"
        ),
    ],
)
def test_a_tables_keys_are_short_or_cloudformations(tmp_path: Path, keys: str) -> None:
    more = (
        "StreamSpecification: {StreamViewType: KEYS_ONLY}, TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}"
    )
    table = loader(tmp_path)(f"tables: {{accounts: {{{keys}, {more}}}}}").tables["accounts"]
    assert (table.keys, table.ttl_attribute, table.has_stream) == ({"id": "S", "at": "N"}, "ttl", True)
    assert table.request == {
        "TableName": "accounts",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    }  # fmt: skip


def test_properties_without_effect_give_one_warning_a_section(tmp_path: Path) -> None:
    text = """\
streams: {s: {Tags: [], StreamEncryption: {}}}
tables: {abc: {partition_key: id, BillingMode: PAY_PER_REQUEST, Tags: []}, abd: {partition_key: id, Tags: []}}
buckets: {abc: {Tags: []}}
"""
    assert told(warnings_of(loader(tmp_path)(text))) == [
        "streams: without effect in a simulation: Tags (s), StreamEncryption (s)",
        "tables: without effect in a simulation: BillingMode (abc), Tags (abc, abd)",
        "buckets: without effect in a simulation: Tags (abc)",
    ]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("streams: {s: {ShardCount: 0}}", ["streams.s.ShardCount: ValidationException: 1 validation error detected: Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1"]),
        ("streams: {s: {ShardCount: 20001}}", ["streams.s: LimitExceededException: This request would exceed the shard limit for the account 123456789012 in us-east-1. Current shard count for the account: 0. Limit: 20000. Number of additional shards that would have resulted from this request: 20001. Refer to the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits."]),
        ("streams: {s: {RetentionPeriodHours: 12}}", ["streams.s.RetentionPeriodHours: InvalidArgumentException: Minimum allowed retention period is 24 hours. Requested retention period (12 hours) is too short."]),
        ("streams: {s: {ShardCount: 2, StreamModeDetails: {StreamMode: ON_DEMAND}}}", ["streams.s.ShardCount: found ShardCount, which a stream in the mode ON_DEMAND does not take"]),
        ("streams: {s: {ShardCont: 2}}", ["streams.s.ShardCont: found 'ShardCont', unknown in AWS::Kinesis::Stream, did you mean 'ShardCount'? Allowed: Name, ShardCount, RetentionPeriodHours, MaxRecordSizeInKiB, StreamModeDetails"]),
        ("tables: {abc: {}}", ["tables.abc: found neither of partition_key and KeySchema, expected one of them"]),
        ("tables: {ab: {partition_key: id}}", ["tables.ab: ValidationException: TableName must be at least 3 characters long and at most 255 characters long, of letters, digits, underscores, dots and hyphens"]),
        ("tables: {abc: {partition_key: 'id:X'}}", ["tables.abc.partition_key: found 'id:X', expected NAME, NAME:S, NAME:N or NAME:B"]),
        ("tables: {abc: {partition_key: id, sort_key: id}}", ["tables.abc: found 'id' as the partition key and as the sort key"]),
        ("tables: {abc: {partition_key: id, StreamSpecification: {StreamViewType: ALL}}}", ["tables.abc.StreamSpecification.StreamViewType: found 'ALL', expected one of KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES"]),
        ("tables: {abc: {partition_key: id, TimeToLiveSpecification: {Enabled: true}}}", ["tables.abc.TimeToLiveSpecification: found no AttributeName of 1 to 255 characters, which Enabled: true needs"]),
        ("tables: {abc: {partition_key: id, AttributeDefinitions: [{AttributeName: x, AttributeType: S}]}}", ["tables.abc.AttributeDefinitions: found 'x', which is no key: only keys have a type here"]),
        ("tables: {abc: {partition_key: id, KinesisStreamSpecification: {}}}", ["tables.abc.KinesisStreamSpecification: a table's changes in a Kinesis stream (KinesisStreamSpecification) is not supported yet"]),
        ("buckets: {Abc: {}}", ["buckets.Abc: InvalidBucketName: The specified bucket is not valid. Found 'Abc', allowed 3 to 63 lower-case letters, digits, hyphens and dots, a letter or digit first and last."]),
    ],
)  # fmt: skip
def test_a_source_that_is_wrong_is_told(tmp_path: Path, text: str, messages: list[str]) -> None:
    assert told(refuser(tmp_path)(text)) == messages
