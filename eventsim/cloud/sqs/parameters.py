"""The members of every request: which there are, of which JSON type, which must be given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from eventsim.cloud.queues.errors import missing_parameter, unsupported_operation
from eventsim.errors import AwsError

Members = dict[str, Any]  # name: type; with a ! in front it must be given. A type is a name below or an entry's members

SEND: Final[Members] = {
    "!MessageBody": "string",
    "DelaySeconds": "integer",
    "MessageAttributes": "map",
    "MessageSystemAttributes": "map",
    "MessageDeduplicationId": "string",
    "MessageGroupId": "string",
}
CHANGE: Final[Members] = {"!ReceiptHandle": "string", "!VisibilityTimeout": "integer"}
DELETE: Final[Members] = {"!ReceiptHandle": "string"}
QUEUE: Final[Members] = {"!QueueUrl": "string"}
PAGE: Final[Members] = {"NextToken": "string", "MaxResults": "integer"}

OPERATIONS: Final[dict[str, Members]] = {
    "AddPermission": {**QUEUE, "!Label": "string", "!AWSAccountIds": "strings", "!Actions": "strings"},
    "CancelMessageMoveTask": {"!TaskHandle": "string"},
    "ChangeMessageVisibility": {**QUEUE, **CHANGE},
    "ChangeMessageVisibilityBatch": {**QUEUE, "!Entries": {"!Id": "string", **CHANGE}},
    "CreateQueue": {"!QueueName": "string", "Attributes": "string map", "tags": "string map"},
    "DeleteMessage": {**QUEUE, **DELETE},
    "DeleteMessageBatch": {**QUEUE, "!Entries": {"!Id": "string", **DELETE}},
    "DeleteQueue": QUEUE,
    "GetQueueAttributes": {**QUEUE, "AttributeNames": "strings"},
    "GetQueueUrl": {"!QueueName": "string", "QueueOwnerAWSAccountId": "string"},
    "ListDeadLetterSourceQueues": {**QUEUE, **PAGE},
    "ListMessageMoveTasks": {"!SourceArn": "string", "MaxResults": "integer"},
    "ListQueueTags": QUEUE,
    "ListQueues": {"QueueNamePrefix": "string", **PAGE},
    "PurgeQueue": QUEUE,
    "ReceiveMessage": {
        **QUEUE,
        "AttributeNames": "strings",
        "MessageSystemAttributeNames": "strings",
        "MessageAttributeNames": "strings",
        "MaxNumberOfMessages": "integer",
        "VisibilityTimeout": "integer",
        "WaitTimeSeconds": "integer",
        "ReceiveRequestAttemptId": "string",
    },
    "RemovePermission": {**QUEUE, "!Label": "string"},
    "SendMessage": {**QUEUE, **SEND},
    "SendMessageBatch": {**QUEUE, "!Entries": {"!Id": "string", **SEND}},
    "SetQueueAttributes": {**QUEUE, "!Attributes": "string map"},
    "StartMessageMoveTask": {
        "!SourceArn": "string",
        "DestinationArn": "string",
        "MaxNumberOfMessagesPerSecond": "integer",
    },
    "TagQueue": {**QUEUE, "!Tags": "string map"},
    "UntagQueue": {**QUEUE, "!TagKeys": "strings"},
}

JAVA_TYPES: Final = {"string": "String", "integer": "Integer"}


def read_parameters(operation: str, params: object) -> dict[str, Any]:
    """The members of a request that are given (null is not), each of its type.

    AwsError SerializationException for another type, MissingParameter for one that must be given,
    UnsupportedOperation for an operation or a member that is not known here.
    """
    members = OPERATIONS.get(operation)
    if members is None:
        raise unsupported_operation(f"The operation {operation} is not supported.")
    return read_members(operation, members, params)


def read_members(owner: str, members: Members, params: object) -> dict[str, Any]:
    """The given members of a structure, each read by its type."""
    if not isinstance(params, Mapping):
        raise cannot_convert(params, "structure")
    types = {name.lstrip("!"): kind for name, kind in members.items()}
    read: dict[str, Any] = {}
    for name, value in params.items():
        if value is None:
            continue
        if name not in types:
            allowed = ", ".join(types)
            raise unsupported_operation(f"The parameter {name} of {owner} is not supported. Allowed are {allowed}.")
        read[name] = read_value(name, types[name], value)
    for name in members:
        if name.startswith("!") and read.get(name[1:]) in (None, ""):
            raise missing_parameter(name[1:])
    return read


def read_value(name: str, kind: str | Members, value: object) -> Any:
    """One value of the given type."""
    if isinstance(kind, dict):
        return [read_members(f"{name} entry", kind, entry) for entry in read_list(value)]
    if kind == "strings":
        return [read_value(name, "string", item) for item in read_list(value)]
    if kind in {"map", "string map"}:
        if not isinstance(value, Mapping):
            raise cannot_convert(value, "map")
        for item in (*value, *(value.values() if kind == "string map" else ())):
            read_value(name, "string", item)
        return dict(value)
    if type(value) is not (str if kind == "string" else int):
        raise cannot_convert(value, JAVA_TYPES[kind])
    return value


def read_list(value: object) -> list[Any]:
    """A list, not a string that could pass for one."""
    if not isinstance(value, list | tuple):
        raise cannot_convert(value, "list")
    return list(value)


def cannot_convert(value: object, wanted: str) -> AwsError:
    """SerializationException, as AWS's JSON protocol answers a value of the wrong type."""
    if isinstance(value, Mapping):
        text = "Start of structure or map found where not expected."
    elif isinstance(value, list | tuple):
        text = "Start of list found where not expected."
    else:
        text = f"{name_json_type(value)} can not be converted to a {wanted}"
    return AwsError("SerializationException", text)


def name_json_type(value: object) -> str:
    """The name that AWS's errors give to a JSON value's type."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    if isinstance(value, float):
        return "DECIMAL_VALUE"
    return "NUMBER_VALUE" if isinstance(value, int) else "NULL_VALUE"
