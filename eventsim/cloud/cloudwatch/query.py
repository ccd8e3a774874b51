"""CloudWatch's query protocol, by botocore's model of it: form fields in, XML out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.boto_loader import shared_loader
from eventsim.cloud.protocols import escape, numbered_id
from eventsim.cloud.requests import AwsRequest, AwsResponse, form_fields

if TYPE_CHECKING:
    from eventsim.cloud.protocols import Service

_NAMESPACE: Final = "http://monitoring.amazonaws.com/doc/2010-08-01/"


async def handle_query(service: Service, request: AwsRequest) -> AwsResponse:
    """Answer one form-encoded request; AwsError is the caller's to encode."""
    operation = str(request.operation)
    model = _model()["operations"][operation]
    params = _structure(form_fields(request.body), "", model["input"]["shape"])
    result = await service.handle(operation, params)
    inner = ""
    if "output" in model:
        members = _members_xml(result, model["output"]["shape"])
        inner = f"<{operation}Result>{members}</{operation}Result>"
    request_id = numbered_id(0)
    text = (
        f'<{operation}Response xmlns="{_NAMESPACE}">{inner}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return AwsResponse(200, {"content-type": "text/xml", "x-amzn-requestid": request_id}, text.encode())


@cache
def _model() -> dict[str, Any]:
    model: dict[str, Any] = shared_loader().load_service_model("cloudwatch", "service-2")
    return model


def _shape(name: str) -> dict[str, Any]:
    shape: dict[str, Any] = _model()["shapes"][name]
    return shape


def _structure(fields: dict[str, str], prefix: str, name: str) -> dict[str, Any]:
    members = _shape(name)["members"]
    read = {member: _value(fields, f"{prefix}{member}", place["shape"]) for member, place in members.items()}
    return {member: value for member, value in read.items() if value is not None}


def _value(fields: dict[str, str], path: str, name: str) -> Any:
    shape = _shape(name)
    if shape["type"] == "list":
        return _list(fields, path, shape["member"]["shape"])
    if shape["type"] == "structure":
        inside = any(field.startswith(f"{path}.") for field in fields)
        return _structure(fields, f"{path}.", name) if inside else None
    text = fields.get(path)
    if text is None:
        return None
    return _SCALARS.get(shape["type"], str)(text)


def _list(fields: dict[str, str], path: str, member: str) -> list[Any] | None:
    numbered = re.compile(re.escape(path) + r"\.member\.(\d+)(?:\.|$)")
    found = sorted({int(match[1]) for field in fields if (match := numbered.match(field))})
    return [_value(fields, f"{path}.member.{number}", member) for number in found] or None


_SCALARS: Final[dict[str, Any]] = {"integer": int, "double": float, "boolean": lambda text: text == "true"}


def _members_xml(value: dict[str, Any], name: str) -> str:
    members = _shape(name)["members"]
    return "".join(
        f"<{member}>{_xml(value[member], place['shape'])}</{member}>"
        for member, place in members.items()
        if member in value
    )


def _xml(value: Any, name: str) -> str:
    shape = _shape(name)
    if shape["type"] == "list":
        return "".join(f"<member>{_xml(one, shape['member']['shape'])}</member>" for one in value)
    if shape["type"] == "map":
        inner = shape["value"]["shape"]
        return "".join(
            f"<entry><key>{escape(str(key))}</key><value>{_xml(one, inner)}</value></entry>"
            for key, one in value.items()
        )
    if shape["type"] == "structure":
        return _members_xml(value, name)
    if shape["type"] == "timestamp":
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    return escape(str(value))
