"""A request's parameters: from its path, its query, its headers and its body, in the types of the model."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.lambda_api.model import Model, Operation, Shape
    from eventsim.cloud.requests import AwsRequest

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "double": (int, float),
    "list": list,
    "map": dict,
    "structure": dict,
    "blob": str,
    "timestamp": (int, float, str),
}


def read_parameters(model: Model, operation: Operation, request: AwsRequest) -> dict[str, Any]:
    """The members that *request* gives; null is not given, and what the model does not know is left out.

    Blobs are bytes, timestamps Unix seconds. AwsError SerializationException for a value of the wrong type,
    InvalidRequestContentException for a body that is no JSON object.
    """
    if operation.input is None:
        return {}
    shape = model.shape(operation.input)
    members: dict[str, Shape] = shape["members"]
    found = _located(model, members, operation, request)
    payload = shape.get("payload")
    if payload is not None:
        return {**found, payload: request.body}
    in_body = {name: member for name, member in members.items() if "location" not in member}
    if in_body:
        found |= _structure(model, in_body, _body(request.body))
    return found


def _located(model: Model, members: Mapping[str, Shape], operation: Operation, request: AwsRequest) -> dict[str, Any]:
    parts = urlsplit(request.url)
    labels = operation.path.fullmatch(parts.path)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    found: dict[str, Any] = {}
    for name, member in members.items():
        place, called = member.get("location"), member.get("locationName", name)
        if place == "uri" and labels is not None:
            found[name] = unquote(labels[called])
        elif place == "querystring" and called in query:
            is_list = model.shape(member["shape"])["type"] == "list"
            found[name] = query[called] if is_list else _from_text(model, member, query[called][-1])
        elif place == "header" and called.lower() in request.headers:
            found[name] = _from_text(model, member, request.headers[called.lower()])
    return found


def _from_text(model: Model, member: Shape, text: str) -> Any:
    kind = model.shape(member["shape"])["type"]
    if kind in ("integer", "long"):
        try:
            return int(text)
        except ValueError:
            raise _wrong_type(text, kind) from None
    return text == "true" if kind == "boolean" else text


def _body(body: bytes) -> dict[str, Any]:
    try:
        given = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AwsError("InvalidRequestContentException", f"Could not parse request body into json: {error}") from None
    if not isinstance(given, dict):
        raise AwsError("InvalidRequestContentException", "Could not parse request body into json: it is no object")
    return given


def _structure(model: Model, members: Mapping[str, Shape], given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _value(model, model.shape(member["shape"]), given[name])
        for name, member in members.items()
        if given.get(name) is not None
    }


def _value(model: Model, shape: Shape, value: Any) -> Any:
    kind = shape["type"]
    if not _is_a(value, kind):
        raise _wrong_type(value, kind)
    if kind == "structure":
        return _structure(model, shape["members"], value)
    if kind == "list":
        member = model.shape(shape["member"]["shape"])
        return [_value(model, member, one) for one in value if one is not None]
    if kind == "map":
        member = model.shape(shape["value"]["shape"])
        return {key: _value(model, member, one) for key, one in value.items() if one is not None}
    if kind == "blob":
        return _blob(value)
    return _moment_s(value) if kind == "timestamp" else value


def _is_a(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _blob(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise AwsError("SerializationException", "A blob is not in base64.") from None


def _moment_s(value: float | str) -> float:
    if not isinstance(value, str):
        return value
    from datetime import datetime

    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError:
        raise _wrong_type(value, "timestamp") from None


def _wrong_type(value: Any, kind: str) -> AwsError:
    return AwsError("SerializationException", f"{value!r} can not be converted to {kind.title()}")
