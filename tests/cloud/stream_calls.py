"""Calls of DynamoDB Streams without a wire."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim.errors import AwsError
from tests.cloud.simulated import at_once
from tests.cloud.tables_account import LABEL, TABLE_ARN, Account

DAY_S = 86_400.0
ARN = f"{TABLE_ARN}/stream/{LABEL}"
FIRST = "1767225600000000000000001"


def ask(account: Account, operation: str, **params: Any) -> Any:
    """The result of an operation of the service itself."""
    endpoint: Any = account.router._mounted["dynamodbstreams"]
    return at_once(endpoint._service.handle(operation, params))


def refused(account: Account, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        ask(account, operation, **params)
    return caught.value.code, caught.value.message


def shards(account: Account, arn: str = ARN, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(account, "DescribeStream", StreamArn=arn, **params)["StreamDescription"]["Shards"]
    return found


def iterator(
    account: Account, kind: str = "TRIM_HORIZON", shard: str | None = None, arn: str = ARN, **params: Any
) -> str:
    shard = shard or shards(account, arn)[0]["ShardId"]
    answer = ask(account, "GetShardIterator", StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **params)
    return str(answer["ShardIterator"])


def keys(answer: Any) -> list[str]:
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in answer["Records"]]
