"""A new message from what a send says (SQS-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.queues.content import (
    check_body,
    md5_hex,
    md5_of_attributes,
    read_attributes,
    size_of_attributes,
    size_of_text,
)
from eventsim.cloud.queues.errors import invalid_parameter
from eventsim.cloud.queues.message import Message
from eventsim.cloud.queues.system_attributes import read_trace_header

if TYPE_CHECKING:
    from collections.abc import Mapping


def compose_message(
    body: str,
    attributes: Mapping[str, Any] | None,
    system_attributes: Mapping[str, Any] | None,
    *,
    maximum_size_bytes: int,
    sent_ms: int,
    now_s: float,
) -> Message:
    """The message with everything but an identity.

    AwsError InvalidMessageContents, InvalidParameterValue or MissingParameter says what it can't have.
    """
    kept = read_attributes(attributes)
    size = size_of_text(check_body(body)) + size_of_attributes(kept)
    if size > maximum_size_bytes:
        raise invalid_parameter(
            f"One or more parameters are invalid. Reason: Message must be shorter than {maximum_size_bytes} bytes."
        )
    return Message(
        body,
        md5_hex(body),
        size,
        sent_ms,
        now_s,
        attributes=kept,
        md5_attributes=md5_of_attributes(kept),
        trace_header=read_trace_header(system_attributes),
    )
