"""A topic's access policy and its statements; nothing enforces them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.queues.redrive import read_object
from eventsim.cloud.topics.errors import invalid_parameter, missing_parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_ACTIONS: Final = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)


def default_policy(topic_arn: str) -> str:
    """The policy of a topic that was given none."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in DEFAULT_ACTIONS],
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": topic_arn.split(":")[4]}},
    }
    return _encode({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


def add_statement(policy: str, topic_arn: str, label: str, accounts: Sequence[str], actions: Sequence[str]) -> str:
    """The policy with one statement more; AwsError InvalidParameter for one that can't be added."""
    if not accounts:
        raise missing_parameter("AWSAccountId")
    if not actions:
        raise missing_parameter("ActionName")
    for action in actions:
        if action not in DEFAULT_ACTIONS:
            raise invalid_parameter("Policy statement action out of service scope!")
    document = _read(policy)
    if any(statement.get("Sid") == label for statement in document["Statement"]):
        raise invalid_parameter("Statement already exists")
    document["Statement"].append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": _one_or_all([f"arn:aws:iam::{account}:root" for account in accounts])},
            "Action": _one_or_all([f"SNS:{action}" for action in actions]),
            "Resource": topic_arn,
        }
    )
    return _encode(document)


def remove_statement(policy: str, label: str) -> str:
    """The policy without that statement; one that is not there is no error."""
    document = _read(policy)
    document["Statement"] = [one for one in document["Statement"] if one.get("Sid") != label]
    return _encode(document)


def _read(policy: str) -> dict[str, Any]:
    document = read_object(policy) or {}
    statements = document.get("Statement", [])
    document["Statement"] = [one for one in statements if isinstance(one, dict)] if isinstance(statements, list) else []
    return document


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _encode(document: dict[str, Any]) -> str:
    return msgspec.json.encode(document).decode()
