"""Calls of DynamoDB that are answered at once, for code that can't await: tables to set up, writes of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.at_once import answer_at_once
from eventsim.cloud.dynamodb.plain_values import attribute_of, attributes_of
from eventsim.cloud.protocols import error_code, json_params
from eventsim.cloud.requests import AwsRequest
from eventsim.errors import AwsError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventsim.cloud.router import Router

_TARGET: Final = "DynamoDB_20120810"
_KEY_TYPES: Final = ("HASH", "RANGE")


def write_now(router: Router, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Call an operation such as ``PutItem`` with AWS's parameters (bytes for binary values) through *router*.

    Returns its result, binary values as base64 texts. Raises AwsError.
    """
    headers = {"x-amz-target": f"{_TARGET}.{operation}", "content-type": "application/x-amz-json-1.0"}
    url = f"https://dynamodb.{router.region}.amazonaws.com/"
    body = msgspec.json.encode(params)
    response = answer_at_once(router, AwsRequest("dynamodb", operation, "POST", url, headers=headers, body=body))
    code = error_code(response)
    result = json_params(response.body)
    if code is not None:
        raise AwsError(code, str(result.get("message") or result.get("Message") or ""), status=response.status)
    return result


def create_table(
    router: Router,
    name: str,
    *,
    partition_key: str | None = None,
    sort_key: str | None = None,
    **properties: Any,
) -> dict[str, Any]:
    """Create a table; returns its TableDescription.

    The keys are ``"pk"`` for a text, or ``"pk:N"`` or ``"pk:B"``. *properties* are CreateTable's parameters, in
    which StreamSpecification needs no StreamEnabled, as in CloudFormation, and TimeToLiveSpecification. Without
    throughput it is billed by request. Raises InputError or AwsError.
    """
    keys = [_read_key(text) for text in (partition_key, sort_key) if text is not None]
    parameters = {"TableName": name, **properties}
    time_to_live = parameters.pop("TimeToLiveSpecification", None)
    if keys:
        parameters["KeySchema"] = [
            {"AttributeName": key, "KeyType": kind} for (key, _), kind in zip(keys, _KEY_TYPES, strict=False)
        ]
        others = [one for one in parameters.get("AttributeDefinitions", ()) if one["AttributeName"] not in dict(keys)]
        parameters["AttributeDefinitions"] = [
            *({"AttributeName": key, "AttributeType": kind} for key, kind in keys),
            *others,
        ]
    stream = parameters.get("StreamSpecification")
    if stream is not None:
        parameters["StreamSpecification"] = {"StreamEnabled": "StreamViewType" in stream, **stream}
    if "ProvisionedThroughput" not in parameters:
        parameters.setdefault("BillingMode", "PAY_PER_REQUEST")
    description: dict[str, Any] = write_now(router, "CreateTable", parameters)["TableDescription"]
    if time_to_live is not None and time_to_live.get("Enabled", True):
        specification = {"Enabled": True, **time_to_live}
        write_now(router, "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": specification})
    return description


def put_item(router: Router, table: str, item: Mapping[str, Any]) -> None:
    """Write a whole item of plain values, as in ``{"id": "a", "total": 5}``; raises InputError or AwsError."""
    write_now(router, "PutItem", {"TableName": table, "Item": attributes_of(item)})


def update_item(
    router: Router, table: str, key: Mapping[str, Any], values: Mapping[str, Any], *, remove: Iterable[str] = ()
) -> None:
    """Set attributes of an item to plain *values* and remove others; the item is made if it is not there.

    Names are whole: a dot in one is not a path. Raises InputError or AwsError.
    """
    removed = list(remove)
    parameters: dict[str, Any] = {"TableName": table, "Key": attributes_of(key)}
    names = {f"#n{n}": name for n, name in enumerate([*values, *removed])}
    setting = ", ".join(f"#n{n} = :v{n}" for n in range(len(values)))
    removing = ", ".join(f"#n{n}" for n in range(len(values), len(names)))
    expression = " ".join(f"{word} {what}" for word, what in (("SET", setting), ("REMOVE", removing)) if what)
    if expression:
        parameters |= {"UpdateExpression": expression, "ExpressionAttributeNames": names}
    if values:
        texts = {f":v{n}": attribute_of(value) for n, value in enumerate(values.values())}
        parameters["ExpressionAttributeValues"] = texts
    write_now(router, "UpdateItem", parameters)


def delete_item(router: Router, table: str, key: Mapping[str, Any]) -> None:
    """Delete an item by its key of plain values, if it is there; raises InputError or AwsError."""
    write_now(router, "DeleteItem", {"TableName": table, "Key": attributes_of(key)})


def _read_key(text: str) -> tuple[str, str]:
    name, _, kind = text.partition(":")
    if not name or kind not in {"", "S", "N", "B"}:
        raise InputError(f"{text!r} is no key: write its name, or NAME:S, NAME:N or NAME:B")
    return name, kind or "S"
