"""AddPermission and RemovePermission: statements of the queue's Policy; nothing enforces them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.queues.errors import invalid_value, missing_parameter, over_limit
from eventsim.cloud.queues.redrive import read_object
from eventsim.cloud.sqs.batches import ENTRY_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

MAXIMUM_ACTIONS: Final = 7
ACTIONS: Final = {
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
}


def add_statement(policy: str | None, arn: str, label: str, accounts: Sequence[str], actions: Sequence[str]) -> str:
    """The Policy with one statement more; AwsError for a label that is there already, or an unknown action."""
    if not accounts:
        raise missing_parameter("AWSAccountIds")
    if not actions:
        raise missing_parameter("Actions")
    if len(actions) > MAXIMUM_ACTIONS:
        raise over_limit(f"{len(actions)} Actions were found, maximum allowed is {MAXIMUM_ACTIONS}.")
    for action in actions:
        if action not in ACTIONS:
            raise invalid_value(
                f"SQS:{action}", "ActionName", "Please refer to the appropriate WSDL for a list of valid actions."
            )
    if not ENTRY_ID.fullmatch(label):
        raise invalid_value(label, "Label", "Must be 1 to 80 alphanumeric characters, hyphens or underscores.")
    document = read_policy(policy, arn)
    if any(statement.get("Sid") == label for statement in document["Statement"]):
        raise invalid_value(label, "Label", "Already exists.")
    principals = [f"arn:aws:iam::{account}:root" for account in accounts]
    document["Statement"].append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": one_or_all(principals)},
            "Action": one_or_all([f"SQS:{action}" for action in actions]),
            "Resource": arn,
        }
    )
    return msgspec.json.encode(document).decode()


def remove_statement(policy: str | None, arn: str, label: str) -> str:
    """The Policy without that statement, empty when it was the last; AwsError when there is none."""
    document = read_policy(policy, arn)
    left = [statement for statement in document["Statement"] if statement.get("Sid") != label]
    if len(left) == len(document["Statement"]):
        raise invalid_value(label, "Label", "can't find label.")
    return msgspec.json.encode({**document, "Statement": left}).decode() if left else ""


def read_policy(policy: str | None, arn: str) -> dict[str, Any]:
    """The Policy as a document, a new one where there is none."""
    document = read_object(policy) if policy else None
    document = document or {"Version": "2008-10-17", "Id": f"{arn}/SQSDefaultPolicy", "Statement": []}
    statements = document.get("Statement", [])
    document["Statement"] = list(statements) if isinstance(statements, list) else [statements]
    return document


def one_or_all(values: list[str]) -> str | list[str]:
    """A single value by itself, as IAM writes it."""
    return values[0] if len(values) == 1 else values
