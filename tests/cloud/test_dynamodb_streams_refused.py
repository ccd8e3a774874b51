"""What DynamoDB Streams refuses."""

from __future__ import annotations

from typing import Any

from tests.cloud.stream_calls import ARN, FIRST, iterator, refused, shards
from tests.cloud.tables_account import TABLE_ARN, Account


def test_parameters_that_are_refused(account: Account) -> None:
    account.put()
    shard = shards(account)[0]["ShardId"]
    good = {"StreamArn": ARN, "ShardId": shard}
    one = "1 validation error detected: Value "
    must = "failed to satisfy constraint: Member must"
    kinds = "[AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("ListStreams", {"Limit": 0}, f"{one}'0' at 'limit' {must} have value greater than or equal to 1"),
        ("ListStreams", {"Limit": 101}, f"{one}'101' at 'limit' {must} have value less than or equal to 100"),
        ("ListStreams", {"ExclusiveStartStreamArn": "x" * 40}, f"Invalid ExclusiveStartStreamArn: {'x' * 40}"),
        ("DescribeStream", {}, f"{one}null at 'streamArn' {must} not be null"),
        ("DescribeStream", {"StreamArn": "x" * 40}, "Invalid StreamArn"),
        ("DescribeStream", {"StreamArn": TABLE_ARN}, "Invalid StreamArn"),
        (
            "DescribeStream",
            {"StreamArn": ARN, "ShardFilter": {"Type": "OTHER"}},
            f"{one}'OTHER' at 'shardFilter.type' {must} satisfy enum value set: [CHILD_SHARDS]",
        ),
        ("GetRecords", {"ShardIterator": "x"}, "Invalid ShardIterator"),
        ("GetRecords", {"ShardIterator": iterator(account).replace("|1|", "|1|A")}, "Invalid ShardIterator"),
        (
            "GetRecords",
            {"ShardIterator": iterator(account).replace(":table/accounts/", ":table/users/")},
            "Invalid ShardIterator",
        ),
        (
            "GetRecords",
            {"ShardIterator": iterator(account), "Limit": 1001},
            f"{one}'1001' at 'limit' {must} have value less than or equal to 1000",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "OTHER"},
            f"{one}'OTHER' at 'shardIteratorType' {must} satisfy enum value set: {kinds}",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "AT_SEQUENCE_NUMBER"},
            "SequenceNumber must be specified for ShardIteratorType AT_SEQUENCE_NUMBER",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "LATEST", "SequenceNumber": FIRST},
            "SequenceNumber must not be specified for ShardIteratorType LATEST",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "AT_TIMESTAMP"},
            "Timestamp must be specified for ShardIteratorType AT_TIMESTAMP",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": str(int(FIRST) + 1)},
            f"The SequenceNumber {int(FIRST) + 1} is not one of the shard {shard}",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "5" * 20 + "x"},
            f"{one}'{'5' * 20}x' at 'sequenceNumber' {must} satisfy regular expression pattern: \\d+",
        ),
    ]
    assert [refused(account, operation, **params) for operation, params, _ in cases] == [
        ("ValidationException", text) for _, _, text in cases
    ]
    assert refused(account, "GetShardIterator", StreamArn=ARN, ShardId="s" * 30, ShardIteratorType="LATEST") == (
        "ResourceNotFoundException",
        "Requested resource not found: Shard does not exist",
    )
    assert refused(account, "GetSomething")[0] == "NotImplemented"
