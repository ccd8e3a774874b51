"""The envelope that a queue gets around a message, unless its subscription wants it raw (SNS-03, SNS-04)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from eventsim.cloud.topics.message_attributes import envelope_attributes

if TYPE_CHECKING:
    from eventsim.cloud.topics.notification import Notification

SIGNATURE: Final = "eventsim+does+not+sign+its+notifications"
"""Stands where AWS's signature is: valid base64 that verifies against no certificate."""


@lru_cache(maxsize=1024)
def signing_cert_url(arn: str) -> str:
    """Where the certificate of a topic's region would be; there is none."""
    return f"{_host(arn)}/SimpleNotificationService-placeholder.pem"


@lru_cache(maxsize=1024)
def unsubscribe_url(subscription_arn: str) -> str:
    """The link that ends a subscription."""
    return f"{_host(subscription_arn)}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"


def queue_envelope(notification: Notification, text: str, subscription_arn: str) -> str:
    """The message body for a queue: *text* in AWS's members, in AWS's order and layout.

    FIFO topics' envelopes have a sequence number and are not signed.
    """
    ends = notification.envelopes.get(text)
    if ends is None:
        ends = notification.envelopes[text] = (_head(notification, text), _tail(notification))
    return f"{ends[0]}{unsubscribe_url(subscription_arn)}{ends[1]}"


def _head(notification: Notification, text: str) -> str:
    """Everything up to the link, which differs from queue to queue."""
    number = notification.sequence_number
    subject = f'  "Subject" : {_json(notification.subject)},\n' if notification.subject is not None else ""
    return (
        f'{{\n  "Type" : "Notification",\n  "MessageId" : "{notification.id}",\n'
        + (f'  "SequenceNumber" : "{number}",\n' if number else "")
        + f'  "TopicArn" : "{notification.topic_arn}",\n{subject}  "Message" : {_json(text)},\n'
        f'  "Timestamp" : "{notification.timestamp}",\n'
        + ("" if number else _signature(notification.topic_arn, notification.signature_version))
        + '  "UnsubscribeURL" : "'
    )


def _tail(notification: Notification) -> str:
    if not notification.attributes:
        return '"\n}'
    attributes = envelope_attributes(notification.attributes)
    lines = [f"    {_json(name)} : {_json(one)}" for name, one in attributes.items()]
    return '",\n  "MessageAttributes" : {\n' + ",\n".join(lines) + "\n  }\n}"


@lru_cache(maxsize=1024)
def _signature(topic_arn: str, version: str) -> str:
    return (
        f'  "SignatureVersion" : "{version}",\n  "Signature" : "{SIGNATURE}",\n'
        f'  "SigningCertURL" : "{signing_cert_url(topic_arn)}",\n'
    )


def _host(arn: str) -> str:
    region = arn.split(":", 4)[3]
    return f"https://sns.{region}.amazonaws.com"


def _json(value: str | dict[str, str]) -> str:
    return msgspec.json.encode(value).decode()
