"""What the tests of DynamoDB share: tables and their streams on a virtual loop, written to at once."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.cloud.dynamodb import DynamoDbEndpoint, Tables, TableStream
from eventsim.cloud.dynamodb.calls import create_table, write_now
from eventsim.cloud.dynamodb_streams import streams_endpoint
from eventsim.cloud.session import open_client
from eventsim.errors import AwsError
from eventsim.kernel.loop import VirtualEventLoop
from tests.cloud.simulated import Cloud

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from eventsim.cloud.shards import Record

A, B = {"S": "a"}, {"S": "b"}

START_S = 1_767_225_600
TABLE_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/accounts"
LABEL = "2026-01-01T00:00:00.000"
BOTH = {"StreamViewType": "NEW_AND_OLD_IMAGES"}


class Account:
    """A cloud with DynamoDB and its streams; *options* are those of `Tables`."""

    def __init__(self, seed: int = 1, **options: Any) -> None:
        self.loop = VirtualEventLoop()
        self.cloud = Cloud(seed)
        self.cloud.time = self.loop.time
        self.cloud.moto.start()
        self.router = self.cloud.router
        self.tables = Tables(
            self.cloud.moto,
            self.cloud.clock,
            self.cloud.seeds,
            lambda: self.loop,
            trace=self.cloud.trace,
            **options,
        )
        self.router.mount("dynamodb", DynamoDbEndpoint(self.tables))
        self.router.mount("dynamodbstreams", streams_endpoint(self.tables.streams))

    def close(self) -> None:
        self.cloud.moto.stop()
        self.loop.close()

    def create(self, name: str = "accounts", view: str | None = "NEW_AND_OLD_IMAGES", **properties: Any) -> Any:
        """A table with the key id, and a stream unless *view* is None."""
        if view is not None:
            properties["StreamSpecification"] = {"StreamViewType": view}
        return create_table(self.router, name, **({"partition_key": "id"} | properties))

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return write_now(self.router, operation, params)

    def refused(self, operation: str, **params: Any) -> tuple[str, str]:
        """Code and text of the error of an operation."""
        with pytest.raises(AwsError) as caught:
            self.call(operation, **params)
        return caught.value.code, caught.value.message

    def put(self, key: str = "a", table: str = "accounts", **attributes: Any) -> None:
        self.call("PutItem", TableName=table, Item={"id": {"S": key}, **attributes})

    def update(self, expression: str, key: str = "a", table: str = "accounts", **values: Any) -> None:
        """UpdateItem; *values* are the expression's, without the colon."""
        given = {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {}
        self.call("UpdateItem", TableName=table, Key={"id": {"S": key}}, UpdateExpression=expression, **given)

    def delete(self, key: str = "a", table: str = "accounts") -> None:
        self.call("DeleteItem", TableName=table, Key={"id": {"S": key}})

    def switch(self, table: str = "accounts", **specification: Any) -> dict[str, Any]:
        """The description that UpdateTable answers with when it changes the stream."""
        answer = self.call("UpdateTable", TableName=table, StreamSpecification=specification)
        found: dict[str, Any] = answer["TableDescription"]
        return found

    def items(self, table: str = "accounts") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("Scan", TableName=table)["Items"]
        return found

    def stream(self, table: str = "accounts") -> TableStream:
        found = self.tables.streams.of_table(table)
        assert found is not None
        return found

    def records(self, table: str = "accounts") -> list[Record]:
        """All records of the table's enabled stream."""
        return records_of(self.stream(table))

    def changes(self, table: str = "accounts") -> list[tuple[Any, ...]]:
        """The name, old image and new image of all changes."""
        return [(one.data.event_name, one.data.old_image, one.data.new_image) for one in self.records(table)]

    def run(self, fn: Callable[[Any], Awaitable[Any]], service: str = "dynamodbstreams") -> Any:
        """Run *fn* on the loop with an aiobotocore client of *service*."""

        async def main() -> Any:
            async with open_client(self.router, service) as client:
                return await fn(client)

        return self.loop.run_until_complete(main())

    def wait(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def log(self, *kinds: str) -> list[dict[str, Any]]:
        return [line for line in self.cloud.log() if line["kind"] in kinds]


def records_of(stream: TableStream) -> list[Record]:
    return [record for shard in stream for record in shard.read(0).records]


@contextmanager
def opened(seed: int = 1, **options: Any) -> Iterator[Account]:
    account = Account(seed, **options)
    try:
        yield account
    finally:
        account.close()


def n(value: object) -> dict[str, str]:
    return {"N": str(value)}


def put(key: str, value: int) -> dict[str, Any]:
    return {"Put": {"TableName": "accounts", "Item": {"id": {"S": key}, "x": n(value)}}}
