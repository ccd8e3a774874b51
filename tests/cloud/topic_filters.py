"""Filter policies and what passes them."""

from __future__ import annotations

import json
from typing import Any

from tests.cloud.topics_account import Account, refusal

RECORDED = "expected_event_or_destination_record"
SET, SUBSCRIBE = "Invalid parameter: ", "Invalid parameter: Attributes Reason: "


def passed(policy: Any, *messages: Any, scope: str = "MessageBody") -> list[Any]:
    """Which of the messages reach a subscription with that policy; attributes where the scope is theirs."""
    account = Account()
    topic = account.topic()
    subscription = account.to_queue(
        topic, "q", FilterPolicyScope=scope, FilterPolicy=json.dumps(policy), RawMessageDelivery="true"
    )
    assert json.loads(subscription.attributes.to_strings()["FilterPolicy"]) == policy
    kept = []
    for message in messages:
        before = len(account.bodies("q"))
        if scope == "MessageBody":
            topic.publish(message if isinstance(message, str) else json.dumps(message))
        else:
            topic.publish("x", attributes=message)
        kept += [message] * (len(account.bodies("q")) - before)
    return kept


def error_of(policy: str, **attributes: str) -> str:
    account = Account()
    topic = account.topic()
    return refusal(lambda: account.to_queue(topic, "q", FilterPolicy=policy, **attributes))
