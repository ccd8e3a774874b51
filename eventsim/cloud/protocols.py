"""How AWS services speak: JSON requests in, answers out, and an error in the dialect that the request was in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from eventsim.cloud.requests import AwsRequest, AwsResponse
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BARE_XML = frozenset({"s3"})  # <Error> is the root; other XML services wrap it in <ErrorResponse>
_REST_XML = frozenset({"cloudfront", "route53", "s3control"})
_CODE = re.compile(rb"<Code>([^<]+)</Code>")


class Service(Protocol):
    """An engine that takes an operation's parameters and returns its result, as dicts with AWS's names."""

    async def handle(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Carry out *operation*; raises AwsError for the service's own errors."""


class JsonService:
    """Puts an engine behind the AWS JSON protocol, and behind the older query protocol for SDKs that still use it.

    *namespace* stands before the error codes in ``__type``, as in ``com.amazonaws.sqs#QueueDoesNotExist``. Where a
    request has a trace header, *traced* gives what answers it in place of *service*.
    """

    def __init__(
        self,
        service: Service,
        *,
        namespace: str = "com.amazonaws.sqs",
        traced: Callable[[str], Service] | None = None,
    ) -> None:
        self._service = service
        self._namespace = namespace
        self._traced = traced
        self._requests = 0

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """Answer one request; AWS's own errors become error answers."""
        self._requests += 1
        request_id = numbered_id(self._requests)
        service, header = self._service, request.trace_header
        if self._traced is not None and header is not None:
            service = self._traced(header)
        if "x-amz-target" not in request.headers:
            from eventsim.cloud.query_protocol import handle_query

            return await handle_query(service, request, request_id)
        version = request.headers.get("content-type") or "application/x-amz-json-1.0"
        headers = {"content-type": version, "x-amzn-requestid": request_id}
        try:
            result = await service.handle(request.operation or "", json_params(request.body))
        except AwsError as error:
            if error.query_code:
                headers["x-amzn-query-error"] = f"{error.query_code};{error.fault}"
            body = {"__type": f"{self._namespace}#{error.code}", "message": error.message}
            return AwsResponse(error.status, headers, msgspec.json.encode(body))
        return AwsResponse(200, headers, msgspec.json.encode(result))


def json_params(body: bytes) -> dict[str, Any]:
    """The parameters in a JSON body, {} for an empty one; raises AwsError SerializationException for anything else."""
    try:
        return _PARAMS.decode(body or b"{}")
    except msgspec.DecodeError as error:
        raise AwsError("SerializationException", f"The request body is not a JSON object: {error}") from None


_PARAMS = msgspec.json.Decoder(dict[str, Any])


def numbered_id(n: int) -> str:
    """The *n*-th request id: shaped like a UUID, the same in each run."""
    digits = f"{n:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def encode_error(request: AwsRequest, error: AwsError, request_id: str) -> AwsResponse:
    """The error answer that an SDK which sent *request* understands."""
    headers = {"x-amzn-requestid": request_id, "x-amz-request-id": request_id}
    if "x-amz-target" in request.headers:
        body = {"__type": error.code, "message": error.message}
        return AwsResponse(error.status, headers | _type("x-amz-json-1.0"), msgspec.json.encode(body))
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        headers |= _type("cbor") | {"smithy-protocol": "rpc-v2-cbor"}
        return AwsResponse(error.status, headers, _cbor({"__type": error.code, "message": error.message}))
    xml = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if request.service in _BARE_XML:
        text = f"<Error>{xml}<RequestId>{request_id}</RequestId></Error>"
        return AwsResponse(error.status, headers | _type("xml"), text.encode())
    if request.service in _REST_XML or _is_query(request):
        fault = f"<Type>{error.fault}</Type>"
        text = f"<ErrorResponse><Error>{fault}{xml}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        return AwsResponse(error.status, headers | _type("xml"), text.encode())
    headers |= _type("json") | {"x-amzn-errortype": error.code}
    kind = "User" if error.fault == "Sender" else "Service"
    return AwsResponse(error.status, headers, msgspec.json.encode({"Type": kind, "message": error.message}))


def error_code(response: AwsResponse) -> str | None:
    """The error code in an answer, whatever its dialect; None for a success or when it names none."""
    if response.status < 400:
        return None
    if found := response.headers.get("x-amzn-errortype"):
        return _bare(found)
    if match := _CODE.search(response.body):
        return match[1].decode("utf-8", "replace")
    try:
        body = _PARAMS.decode(response.body)
    except msgspec.DecodeError:
        return None
    found = body.get("__type") or body.get("code")
    return _bare(found) if isinstance(found, str) else None


def escape(text: str) -> str:
    """*text* inside an XML element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _is_query(request: AwsRequest) -> bool:
    return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def _type(name: str) -> dict[str, str]:
    return {"content-type": f"application/{name}"}


def _bare(code: str) -> str:
    return code.rpartition("#")[2].partition(":")[0]


def _cbor(texts: Mapping[str, str]) -> bytes:
    """A map of texts in CBOR: at most 23 pairs."""
    out = bytearray([0xA0 + len(texts)])
    for pair in texts.items():
        for text in pair:
            data = text.encode()
            out += b"\x79" + len(data).to_bytes(2, "big") + data
    return bytes(out)
