"""One AWS request and its answer, as they pass the router; which service and operation a request means."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from eventsim.cloud.http_hosts import is_aws

if TYPE_CHECKING:
    from collections.abc import Mapping

current_function: ContextVar[str | None] = ContextVar("current_function", default=None)
"""The name of the function whose handler is running; set by whoever calls the handler."""

METADATA = "metadata"
"""The service name of requests to the instance and container metadata addresses of a machine."""

_METADATA_HOSTS = frozenset({"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"})
_FORM = "application/x-www-form-urlencoded"
_TARGETS = {
    "AWSCognitoIdentityProviderService": "cognito-idp",  # which has operations that nobody signs
    "AWSCognitoIdentityService": "cognito-identity",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "AWSEvents": "events",
    "AWSStepFunctions": "states",
    "DynamoDB_20120810": "dynamodb",
    "DynamoDBStreams_20120810": "dynamodbstreams",
    "Firehose_20150804": "firehose",
    "GraniteServiceVersion20100801": "monitoring",
    "Kinesis_20131202": "kinesis",
    "Logs_20140328": "logs",
    "TrentService": "kms",
}
_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/[^/]+/([^/]+)/aws4_request")
_S3_HOST = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?!control|tables|vectors|outposts)[a-z0-9-]+)*"
    r"\.(?:amazonaws\.com|localhost\.localstack\.cloud)$"  # a name that emulators use for this machine
)


class AwsRequest:
    """An AWS request on its way to whoever answers it.

    *service* is the name in the credential scope or the endpoint (``sqs``, ``dynamodb``, ``monitoring``), except
    that ``dynamodbstreams`` has its own. *operation* is None when it can't be told. *headers* has names in lower
    case. *function* names the function whose handler calls; *thread* is true for a call from another thread.
    """

    __slots__ = ("body", "function", "headers", "method", "operation", "service", "thread", "url")

    def __init__(
        self,
        service: str,
        operation: str | None,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        function: str | None = None,
        thread: bool = False,
    ) -> None:
        self.service = service
        self.operation = operation
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.function = function
        self.thread = thread

    @property
    def trace_header(self) -> str | None:
        """The X-Ray context that the SDK in a handler sends along, decoded; None from anybody else."""
        header = self.headers.get("x-amzn-trace-id")
        return unquote(header) if header else None


class AwsResponse:
    """The whole answer to one AWS request."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


def identify(method: str, url: str, headers: Mapping[str, str | bytes], body: bytes) -> AwsRequest:
    """The request with its service and operation, told from its target header, signature, host, form and path."""
    plain = {name.lower(): _text(value) for name, value in headers.items()}
    target = plain.get("x-amz-target", "")
    if target:
        prefix, _, name = target.rpartition(".")
        service = _TARGETS.get(prefix) or _service_of(url, plain)
        return AwsRequest(service, name, method, url, headers=plain, body=body)
    service = _service_of(url, plain)
    operation = _operation_of(service, method, url, plain, body)
    return AwsRequest(service, operation, method, url, headers=plain, body=body)


def s3_bucket(host: str) -> str | None:
    """The bucket in a virtual-host style S3 host name; None in path style."""
    match = _S3_HOST.match(host)
    return match["bucket"] if match else None


def _service_of(url: str, headers: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in _METADATA_HOSTS:
        return METADATA
    scope = _SCOPE.search(headers.get("authorization", "")) or _SCOPE.search(
        unquote(parts.query).replace("X-Amz-Credential=", "Credential=")
    )
    if scope and scope[1] != "dynamodb":
        return scope[1]
    if _S3_HOST.match(host):
        return "s3"
    if host.startswith("streams.dynamodb."):
        return "dynamodbstreams"
    if scope:
        return scope[1]
    return host.partition(".")[0] if is_aws(url) else "s3"  # which alone has other signatures, or none, at an emulator


def _operation_of(service: str, method: str, url: str, headers: Mapping[str, str], body: bytes) -> str | None:
    if service == METADATA:
        return None
    parts = urlsplit(url)
    if headers.get("content-type", "").startswith(_FORM) and body.find(b"Action=") >= 0:
        return form_fields(body).get("Action")
    if headers.get("smithy-protocol"):
        return parts.path.rpartition("/operation/")[2]
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "Action" in query and service != "s3":
        return query["Action"]
    from eventsim.cloud.operations import rest_operation

    path = parts.path or "/"
    if service == "s3" and (bucket := s3_bucket(parts.hostname or "")):
        path = f"/{bucket}{path}"
    return rest_operation(service, method, path, query, headers)


def form_fields(body: bytes) -> dict[str, str]:
    """The fields of a form-encoded body, as the query protocol sends it."""
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")
