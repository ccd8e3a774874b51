"""The members of every request: which there are, of which kind, which must be given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from eventsim.cloud.topics.errors import invalid_parameter, missing_parameter, not_simulated

Members = dict[str, str]  # name: kind; with a ! in front it must be given

MESSAGE: Final[Members] = {
    "!Message": "string",
    "Subject": "string",
    "MessageStructure": "string",
    "MessageAttributes": "map",
    "MessageDeduplicationId": "string",
    "MessageGroupId": "string",
}
TOPIC: Final[Members] = {"!TopicArn": "string"}
SUBSCRIPTION: Final[Members] = {"!SubscriptionArn": "string"}
RESOURCE: Final[Members] = {"!ResourceArn": "string"}
PAGE: Final[Members] = {"NextToken": "string"}
ATTRIBUTE: Final[Members] = {"!AttributeName": "string", "AttributeValue": "string"}

OPERATIONS: Final[dict[str, Members]] = {
    "AddPermission": {**TOPIC, "!Label": "string", "!AWSAccountId": "strings", "!ActionName": "strings"},
    "ConfirmSubscription": {**TOPIC, "!Token": "string", "AuthenticateOnUnsubscribe": "string"},
    "CreateTopic": {"!Name": "string", "Attributes": "map", "Tags": "structures", "DataProtectionPolicy": "string"},
    "DeleteTopic": TOPIC,
    "GetSubscriptionAttributes": SUBSCRIPTION,
    "GetTopicAttributes": TOPIC,
    "ListSubscriptions": PAGE,
    "ListSubscriptionsByTopic": {**TOPIC, **PAGE},
    "ListTagsForResource": RESOURCE,
    "ListTopics": PAGE,
    "Publish": {"TopicArn": "string", "TargetArn": "string", "PhoneNumber": "string", **MESSAGE},
    "PublishBatch": {**TOPIC, "!PublishBatchRequestEntries": "structures"},
    "RemovePermission": {**TOPIC, "!Label": "string"},
    "SetSubscriptionAttributes": {**SUBSCRIPTION, **ATTRIBUTE},
    "SetTopicAttributes": {**TOPIC, **ATTRIBUTE},
    "Subscribe": {
        **TOPIC,
        "!Protocol": "string",
        "Endpoint": "string",
        "Attributes": "map",
        "ReturnSubscriptionArn": "any",
    },
    "TagResource": {**RESOURCE, "!Tags": "structures"},
    "Unsubscribe": SUBSCRIPTION,
    "UntagResource": {**RESOURCE, "!TagKeys": "strings"},
}
ENTRY: Final[Members] = {"!Id": "string", **MESSAGE}
KINDS: Final[dict[str, type]] = {"any": object, "map": Mapping, "string": str, "strings": list, "structures": list}
WORDS: Final = {"map": "map", "string": "string", "strings": "list of strings", "structures": "list of structures"}
ELEMENTS: Final[dict[str, type]] = {"strings": str, "structures": Mapping}
EMPTY: Final[dict[str, Any]] = {
    "map": {},
    "strings": [],
    "structures": [],
}  # the query protocol writes no value for these


def read_parameters(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a request that are given; others than SNS's are passed over, as SNS does.

    AwsError InvalidParameter for a member of another kind or one that must be given, NotImplemented for an operation
    that is not simulated.
    """
    members = OPERATIONS.get(operation)
    if members is None:
        raise not_simulated(operation or "without an operation", "this operation is not supported")
    return read_members(members, params)


def read_members(members: Members, params: object) -> dict[str, Any]:
    """The given members of a structure."""
    if not isinstance(params, Mapping):
        raise invalid_parameter(f"found {type(params).__name__}, it must be a structure")
    read: dict[str, Any] = {}
    for declared, kind in members.items():
        name = declared.lstrip("!")
        value = params.get(name)
        if value == "" and kind in EMPTY:
            value = EMPTY[kind]
        if value is not None:
            check_kind(name, value, kind)
            read[name] = value
        elif declared.startswith("!"):
            raise missing_parameter(name)
    return read


def check_kind(name: str, value: object, kind: str) -> None:
    """AwsError InvalidParameter for a member of another kind."""
    expected, element = KINDS[kind], ELEMENTS.get(kind)
    if not isinstance(value, expected):
        raise invalid_parameter(f"{name} Reason: found {type(value).__name__}, it must be a {WORDS[kind]}")
    if element is not None and isinstance(value, list):
        for one in value:
            if not isinstance(one, element):
                raise invalid_parameter(f"{name} Reason: found {type(one).__name__} in it, it must be a {WORDS[kind]}")
