"""SQS's query protocol: form fields in, XML out, as SDKs older than AWS's JSON protocol for SQS speak it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.protocols import escape
from eventsim.cloud.requests import AwsRequest, AwsResponse, form_fields
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.protocols import Service

_NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"
_INTEGERS = frozenset(
    {
        "DelaySeconds",
        "MaxNumberOfMessages",
        "MaxNumberOfMessagesPerSecond",
        "MaxResults",
        "VisibilityTimeout",
        "WaitTimeSeconds",
    }
)
_LISTS = {
    "AWSAccountId": "AWSAccountIds",
    "ActionName": "Actions",
    "AttributeName": "AttributeNames",
    "ChangeMessageVisibilityBatchRequestEntry": "Entries",
    "DeleteMessageBatchRequestEntry": "Entries",
    "MessageAttributeName": "MessageAttributeNames",
    "MessageSystemAttributeName": "MessageSystemAttributeNames",
    "SendMessageBatchRequestEntry": "Entries",
    "TagKey": "TagKeys",
}
_MAPS = {
    "Attribute": ("Attributes", "Name"),
    "MessageAttribute": ("MessageAttributes", "Name"),
    "MessageSystemAttribute": ("MessageSystemAttributes", "Name"),
    "Tag": ("Tags", "Key"),
}
_MEMBERS = {
    "Failed": "BatchResultErrorEntry",
    "Messages": "Message",
    "QueueUrls": "QueueUrl",
    "Results": "ListMessageMoveTasksResultEntry",
    "queueUrls": "QueueUrl",
}


async def handle_query(service: Service, request: AwsRequest, request_id: str) -> AwsResponse:
    """Answer one form-encoded request."""
    headers = {"content-type": "text/xml", "x-amzn-requestid": request_id}
    operation = request.operation or ""
    try:
        result = await service.handle(operation, query_params(request))
    except AwsError as error:
        code = escape(error.query_code or error.code)
        text = (
            f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>{error.fault}</Type><Code>{code}</Code>'
            f"<Message>{escape(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return AwsResponse(error.status, headers, text.encode())
    inner = f"<{operation}Result>{_xml(operation, result)}</{operation}Result>" if result else ""
    text = (
        f'<{operation}Response xmlns="{_NAMESPACE}">{inner}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return AwsResponse(200, headers, text.encode())


def query_params(request: AwsRequest) -> dict[str, Any]:
    """The operation's parameters as the JSON protocol names and nests them."""
    fields = form_fields(request.body)
    fields.pop("Version", None)
    operation = fields.pop("Action", "")
    tree: dict[str, Any] = {}
    for name, value in fields.items():
        *parents, last = name.split(".")
        place = tree
        for part in parents:
            place = place.setdefault(part, {})
        place[last] = value
    params = _structure(tree)
    if operation == "CreateQueue" and "Tags" in params:
        params["tags"] = params.pop("Tags")
    path = request.url.partition("://")[2].partition("?")[0].partition("/")[2]
    if path and "QueueUrl" not in params:
        params["QueueUrl"] = request.url.partition("?")[0]
    return params


def _structure(tree: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in tree.items():
        if name in _LISTS and isinstance(value, dict):
            found[_LISTS[name]] = [_structure(one) if isinstance(one, dict) else one for one in _numbered(value)]
        elif name in _MAPS and isinstance(value, dict):
            plural, key = _MAPS[name]
            found[plural] = {one[key]: _value(one.get("Value", "")) for one in _numbered(value)}
        else:
            found[name] = _scalar(name, value)
    return found


def _numbered(value: Mapping[str, Any]) -> list[Any]:
    return [value[key] for key in sorted(value, key=lambda key: (len(key), key))]


def _value(value: Any) -> Any:
    return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else value


def _scalar(name: str, value: Any) -> Any:
    if name not in _INTEGERS:
        return value
    try:
        return int(value)
    except ValueError:
        raise AwsError("MalformedInput", f"{name} has to be a whole number, not {value!r}") from None


def _xml(operation: str, value: Mapping[str, Any]) -> str:
    return "".join(_element(operation, name, one) for name, one in value.items())


def _element(operation: str, name: str, value: Any) -> str:
    if isinstance(value, list):
        member = _MEMBERS.get(name) or (f"{operation}ResultEntry" if name == "Successful" else name)
        return "".join(_element(operation, member, one) for one in value)
    if isinstance(value, dict):
        if name in ("Attributes", "MessageAttributes", "Tags"):
            key = "Key" if name == "Tags" else "Name"
            pairs = ((escape(one), _content(operation, inner)) for one, inner in value.items())
            tag = name[:-1]
            return "".join(f"<{tag}><{key}>{one}</{key}><Value>{inner}</Value></{tag}>" for one, inner in pairs)
        return f"<{name}>{_xml(operation, value)}</{name}>"
    return f"<{name}>{_content(operation, value)}</{name}>"


def _content(operation: str, value: Any) -> str:
    if isinstance(value, dict):
        return _xml(operation, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(str(value))
