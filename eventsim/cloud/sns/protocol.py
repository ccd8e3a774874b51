"""SNS's wire: the AWS query protocol, form fields in and XML out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from eventsim.cloud.protocols import numbered_id
from eventsim.cloud.requests import AwsRequest, AwsResponse, form_fields
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from eventsim.cloud.sns.service import SnsService

NAMESPACE: Final = "http://sns.amazonaws.com/doc/2010-03-31/"
NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SnsEndpoint:
    """Puts the service behind the query protocol, as in ``router.mount("sns", SnsEndpoint(SnsService(topics)))``."""

    def __init__(self, service: SnsService) -> None:
        self._service = service
        self._requests = 0

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """Answer one request; AWS's own errors become error answers."""
        self._requests += 1
        request_id = numbered_id(self._requests)
        headers = {"content-type": "text/xml", "x-amzn-requestid": request_id}
        operation = request.operation or ""
        header = request.trace_header
        try:
            result = await self._service.handle(operation, read_form(request.body), trace_header=header)
        except AwsError as error:
            return AwsResponse(error.status, headers, error_xml(error, request_id).encode())
        return AwsResponse(200, headers, result_xml(operation, result, request_id).encode())


def read_form(body: bytes) -> dict[str, Any]:
    """The operation's parameters, its lists and maps put together; every scalar is text."""
    tree: dict[str, Any] = {}
    for name, value in form_fields(body).items():
        place = tree
        *parents, last = name.split(".")
        for parent in parents:
            inner = place.setdefault(parent, {})
            place = inner if isinstance(inner, dict) else {}
        place[last] = value
    return {name: _value(one) for name, one in tree.items() if name not in ("Action", "Version")}


def _value(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if isinstance(members := node.get("member"), dict):
        return [_value(one) for one in _numbered(members)]
    if isinstance(entries := node.get("entry"), dict):
        pairs = (one for one in _numbered(entries) if isinstance(one, dict))
        return {one.get("key", one.get("Name", "")): _value(one.get("value", one.get("Value", ""))) for one in pairs}
    return {name: _value(one) for name, one in node.items()}


def _numbered(members: dict[str, Any]) -> list[Any]:
    return [members[key] for key in sorted(members, key=lambda key: (len(key), key))]


def result_xml(operation: str, result: dict[str, Any], request_id: str) -> str:
    """The answer of an operation; those that say nothing have no result element of their own members."""
    inner = f"<{operation}Result>{_members(result)}</{operation}Result>"
    return (
        f'<{operation}Response xmlns="{NAMESPACE}">{inner}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )


def error_xml(error: AwsError, request_id: str) -> str:
    """The answer for an error."""
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{error.fault}</Type><Code>{_text(error.code)}</Code>'
        f"<Message>{_text(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _members(value: dict[str, Any]) -> str:
    return "".join(f"<{name}>{_content(one)}</{name}>" for name, one in value.items())


def _content(value: Any) -> str:
    if isinstance(value, list):
        return "".join(f"<member>{_content(one)}</member>" for one in value)
    if isinstance(value, Map):
        pairs = value.items()
        return "".join(f"<entry><key>{_text(name)}</key><value>{_text(one)}</value></entry>" for name, one in pairs)
    return _members(value) if isinstance(value, dict) else _text(value)


def _text(value: Any) -> str:
    return escape(NO_XML.sub("\ufffd", str(value)))


class Map(dict[str, str]):
    """A result's map of names and strings, as opposed to a structure's members."""

    __slots__ = ()
