"""The envelope that a queue gets around a message, unless its subscription wants it raw (SNS-03, SNS-04)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from eventsim.cloud.topics.message_attributes import envelope_attributes

if TYPE_CHECKING:
    from eventsim.cloud.topics.notification import Notification

SIGNATURE: Final = "eventsim+does+not+sign+its+notifications"
"""Stands where AWS's signature is: valid base64 that verifies against no certificate."""


def region_of(arn: str) -> str:
    """The region in an ARN."""
    return arn.split(":", 4)[3]


def signing_cert_url(region: str) -> str:
    """Where the certificate would be; there is none."""
    return f"https://sns.{region}.amazonaws.com/SimpleNotificationService-placeholder.pem"


def unsubscribe_url(subscription_arn: str) -> str:
    """The link that ends a subscription."""
    host = f"https://sns.{region_of(subscription_arn)}.amazonaws.com"
    return f"{host}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"


def queue_envelope(notification: Notification, text: str, subscription_arn: str) -> str:
    """The message body for a queue: *text* in AWS's members, in AWS's order and layout.

    FIFO topics' envelopes have a sequence number and are not signed.
    """
    head = notification.heads.get(text)
    if head is None:
        head = notification.heads[text] = _head(notification, text)
    tail = "\n}"
    if notification.attributes:
        lines = (
            f"    {_json(name)} : {_compact(one)}" for name, one in envelope_attributes(notification.attributes).items()
        )
        tail = ',\n  "MessageAttributes" : {\n' + ",\n".join(lines) + "\n  }\n}"
    return f'{head}  "UnsubscribeURL" : "{unsubscribe_url(subscription_arn)}"{tail}'


def _head(notification: Notification, text: str) -> str:
    """Everything that is the same for all queues, up to their own link."""
    fifo = notification.sequence_number
    number = f'  "SequenceNumber" : "{fifo}",\n' if fifo else ""
    subject = f'  "Subject" : {_json(notification.subject)},\n' if notification.subject is not None else ""
    signed = "" if fifo else _signature(notification.topic_arn, notification.signature_version)
    return (
        f'{{\n  "Type" : "Notification",\n  "MessageId" : "{notification.id}",\n{number}'
        f'  "TopicArn" : "{notification.topic_arn}",\n{subject}  "Message" : {_json(text)},\n'
        f'  "Timestamp" : "{notification.timestamp}",\n{signed}'
    )


def _signature(topic_arn: str, version: str) -> str:
    return (
        f'  "SignatureVersion" : "{version}",\n  "Signature" : "{SIGNATURE}",\n'
        f'  "SigningCertURL" : "{signing_cert_url(region_of(topic_arn))}",\n'
    )


def _json(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _compact(value: dict[str, str]) -> str:
    return msgspec.json.encode(value).decode()
