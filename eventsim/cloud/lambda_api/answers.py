"""Answers and errors on the wire: what goes into the status, into headers and into the body."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.cloud.lambda_api.errors import LambdaError
from eventsim.cloud.requests import AwsResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.lambda_api.model import Model, Operation, Shape
    from eventsim.errors import AwsError


def encode_answer(model: Model, operation: Operation, result: Mapping[str, Any], request_id: str) -> AwsResponse:
    """The answer to *operation*: *result* has AWS's members, times as `datetime`; None is left out."""
    headers = {"x-amzn-requestid": request_id, "content-type": "application/json"}
    status = operation.status
    shape: Shape = model.shape(operation.output) if operation.output else {"members": {}}
    body: dict[str, Any] = {}
    for name, value in result.items():
        place = shape["members"][name].get("location")
        if place == "statusCode":
            status = value
        elif place == "header" and value is not None:
            headers[shape["members"][name]["locationName"].lower()] = str(value)
        elif place is None and value is not None:
            body[name] = value
    payload = shape.get("payload")
    if payload is not None:
        return AwsResponse(status, headers, body.get(payload, b""))
    has_body = any("location" not in member for member in shape["members"].values())
    return AwsResponse(status, headers, msgspec.json.encode(_plain(body)) if has_body else b"")


def encode_lambda_error(model: Model, error: AwsError, request_id: str) -> AwsResponse:
    """The error as Lambda shapes it: some exceptions have ``Message``, others ``message``, a few have more."""
    headers = {"x-amzn-requestid": request_id, "content-type": "application/json", "x-amzn-errortype": error.code}
    shape = model.exception(error.code)
    if shape is None:
        return AwsResponse(error.status, headers, msgspec.json.encode({"message": error.message}))
    given = {"Message": error.message, "message": error.message, "Type": _type(shape), **_more(error)}
    body = {}
    for name, member in shape["members"].items():
        if name not in given:
            continue
        if member.get("location") == "header":
            headers[member["locationName"].lower()] = str(given[name])
        else:
            body[name] = given[name]
    return AwsResponse(shape["error"]["httpStatusCode"], headers, msgspec.json.encode(body))


def _type(shape: Shape) -> str:
    return "User" if shape["error"].get("senderFault") else "Service"


def _more(error: AwsError) -> Mapping[str, Any]:
    return error.members if isinstance(error, LambdaError) else {}


def _plain(value: Any) -> Any:
    """Times as Unix seconds, in milliseconds' precision."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return round(value.timestamp(), 3) if isinstance(value, datetime) else value
