"""DynamoDB's requests on their way to moto: checked where moto is lax, watched for what they write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.dynamodb.errors import table_not_found
from eventsim.cloud.dynamodb.stream_settings import check_change, check_first
from eventsim.cloud.dynamodb.ttl_settings import check_ttl
from eventsim.cloud.protocols import json_params
from eventsim.cloud.refusals import refusal

if TYPE_CHECKING:
    from eventsim.cloud.dynamodb.tables import Tables
    from eventsim.cloud.dynamodb.watched_table import WatchedTable
    from eventsim.cloud.requests import AwsRequest, AwsResponse

_CHECKED: Final = {"CreateTable", "DescribeTimeToLive", "UpdateTable", "UpdateTimeToLive"}


class DynamoDbEndpoint:
    """What the router mounts as ``dynamodb``; it never waits."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """Answer one request; see `answer`."""
        return self.answer(request)

    def answer(self, request: AwsRequest) -> AwsResponse:
        """Answer one request at once; raises AwsError for what moto would not refuse."""
        refused = refusal(request)
        if refused is not None:
            raise refused
        operation = request.operation or ""
        if operation not in _CHECKED:
            return self._tables.carry_out(request)
        params = json_params(request.body)
        if operation == "UpdateTimeToLive":
            return self._update_time_to_live(request, params)
        return self._tables.carry_out(request, before=lambda tables: _check(tables, operation, params))

    def _update_time_to_live(self, request: AwsRequest, params: dict[str, Any]) -> AwsResponse:
        specification = params.get("TimeToLiveSpecification") or {}
        attribute: str | None = None

        def before(tables: Tables) -> None:
            nonlocal attribute
            attribute = check_ttl(specification, _ttl_attribute(_table(tables, params)))

        def after(tables: Tables) -> None:
            tables.set_time_to_live(_table(tables, params), attribute)

        return self._tables.carry_out(request, before=before, after=after)


def _check(tables: Tables, operation: str, params: dict[str, Any]) -> None:
    specification = params.get("StreamSpecification")
    if operation == "DescribeTimeToLive":
        _table(tables, params)
    elif operation == "CreateTable":
        if specification is not None:
            check_first(specification)
    elif specification is not None:
        table = _table(tables, params)
        check_change(specification, table.name, has_stream=table.stream is not None)


def _table(tables: Tables, params: dict[str, Any]) -> WatchedTable:
    name = str(params.get("TableName"))
    found = tables.find(name)
    if found is None:
        raise table_not_found(name)
    return found


def _ttl_attribute(table: WatchedTable) -> str | None:
    """The attribute that a table's items expire by, as moto keeps it."""
    ttl = table.table.ttl
    return ttl.get("AttributeName") if ttl["TimeToLiveStatus"] == "ENABLED" else None
