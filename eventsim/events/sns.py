"""The event of one SNS notification, as Lambda gets it (SNS-01, SNS-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.topics.envelopes import SIGNATURE, signing_cert_url, unsubscribe_url
from eventsim.cloud.topics.message_attributes import envelope_attributes

if TYPE_CHECKING:
    from eventsim.cloud.topics.notification import Notification

_SIGNATURE_VERSION: Final = "1"  # in events also for topics whose own is 2


def sns_event(notification: Notification, subscription_arn: str) -> dict[str, Any]:
    """The event for one subscription: exactly one record, a new object each time.

    Unlike a queue's envelope it spells ``SigningCertUrl`` and ``UnsubscribeUrl``, and always has the subject (null
    for none) and the attributes ({} for none). The signature is a placeholder.
    """
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription_arn,
                "Sns": {
                    "Type": "Notification",
                    "MessageId": notification.id,
                    "TopicArn": notification.topic_arn,
                    "Subject": notification.subject,
                    "Message": notification.text_for("lambda"),
                    "Timestamp": notification.timestamp,
                    "SignatureVersion": _SIGNATURE_VERSION,
                    "Signature": SIGNATURE,
                    "SigningCertUrl": signing_cert_url(notification.topic_arn),
                    "UnsubscribeUrl": unsubscribe_url(subscription_arn),
                    "MessageAttributes": envelope_attributes(notification.attributes),
                },
            }
        ]
    }
