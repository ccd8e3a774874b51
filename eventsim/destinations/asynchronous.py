"""What destinations and dead-letter queues are told of an asynchronous event at its end (DST-02 to DST-06, DLQ-02)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.queues.content import forbidden
from eventsim.events.times import iso_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_RECORD_BYTES: Final = 1_048_576
"""What a function or an event bus takes (DST-06); queues and topics have their own limits."""

LONGEST_ERROR_BYTES: Final = 1024
RATE_EXCEEDED: Final = "Rate Exceeded."


class Condition(StrEnum):
    """How an event ended (DST-03)."""

    SUCCESS = "Success"
    RETRIES_EXHAUSTED = "RetriesExhausted"
    AGE_EXCEEDED = "EventAgeExceeded"
    ZERO_CONCURRENCY = "ZeroReservedConcurrency"


class Answer(msgspec.Struct, frozen=True):
    """What the last attempt came to.

    *status* is 200 when the handler ran, 429 when it was throttled, 404 when there was no function, 400 when it was
    stopped in a loop; then there is no version and no payload. *payload* is the JSON text that was returned, or of the
    error. *message* is what a dead letter says of it.
    """

    status: int
    payload: bytes | None = None
    failed: bool = False
    message: str = ""
    version: str | None = None


class EndedEvent(msgspec.Struct, frozen=True):
    """An asynchronous event at its end.

    *function_arn* is what was invoked, qualified; *payload* the event's JSON text; *invokes* the number of attempts
    that reached the handler or found no function. *answer* is None when nothing was attempted.
    """

    request_id: str
    function_arn: str
    payload: bytes
    condition: Condition
    invokes: int
    answer: Answer | None

    @property
    def succeeded(self) -> bool:
        """Whether the handler returned (ASY-13)."""
        return self.condition is Condition.SUCCESS


def record_text(event: EndedEvent, now_ms: int, *, limit_bytes: int | None = None) -> str:
    """The record as JSON, its members in AWS's order (DST-02).

    Above *limit_bytes* it is left without requestPayload and responsePayload, as for a topic (DST-06).
    """
    whole = _encode(_record(event, now_ms, with_payloads=True))
    if limit_bytes is not None and len(whole) > limit_bytes:
        whole = _encode(_record(event, now_ms, with_payloads=False))
    return whole.decode()


def bus_event(event: EndedEvent, record: str, bus_arn: str) -> dict[str, Any]:
    """What an event bus gets: the envelope around the record (DST-05)."""
    outcome = "Success" if event.succeeded else "Failure"
    return {
        "source": "lambda",
        "detail-type": f"Lambda Function Invocation Result - {outcome}",
        "resources": [bus_arn, event.function_arn],
        "detail": msgspec.Raw(record.encode()),
    }


def object_key(function: str, now_ms: int, object_uuid: str) -> str:
    """The key of the record in a bucket (DST-05)."""
    moment = iso_ms(now_ms)
    day, time = moment[:10], moment[11:19].replace(":", ".")
    return f"aws/lambda/async/{function}/{day.replace('-', '/')}/{day}T{time}-{object_uuid}"


def dead_letter_attributes(event: EndedEvent) -> dict[str, dict[str, str]]:
    """The message attributes of a dead letter, whose body is the event itself (DLQ-02).

    There is no ErrorCode where nothing was attempted, and no ErrorMessage where the error has none: a message attribute
    can't be empty.
    """
    attributes = {"RequestID": {"DataType": "String", "StringValue": event.request_id}}
    message = RATE_EXCEEDED
    if event.answer is not None:
        attributes["ErrorCode"] = {"DataType": "Number", "StringValue": str(event.answer.status)}
        message = event.answer.message
    if message:
        attributes["ErrorMessage"] = {"DataType": "String", "StringValue": _shortened(message)}
    return attributes


def _record(event: EndedEvent, now_ms: int, *, with_payloads: bool) -> Mapping[str, Any]:
    answer = event.answer
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso_ms(now_ms),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": event.function_arn,
            "condition": event.condition.value,
            "approximateInvokeCount": 1 if event.succeeded else event.invokes,
        },
    }
    if with_payloads:
        record["requestPayload"] = _compact(event.payload)
    if answer is not None:
        record["responseContext"] = _response_context(answer)
    if with_payloads and answer is not None and answer.payload is not None:
        record["responsePayload"] = _compact(answer.payload)
    return record


def _response_context(answer: Answer) -> dict[str, Any]:
    context: dict[str, Any] = {"statusCode": answer.status}
    if answer.version is not None:
        context["executedVersion"] = answer.version
    if answer.failed:
        context["functionError"] = "Unhandled"
    return context


def _compact(text: bytes) -> msgspec.Raw | str:
    """JSON without spaces, its numbers as they are written; what is no JSON becomes a string."""
    try:
        msgspec.json.decode(text)
        return msgspec.Raw(msgspec.json.format(text, indent=-1))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return text.decode("utf-8", "replace")


def _shortened(text: str) -> str:
    """The first 1,024 bytes, no character cut in two, those that no message can hold replaced."""
    return forbidden().sub("\ufffd", text).encode()[:LONGEST_ERROR_BYTES].decode("utf-8", "ignore")


_encode: Final = msgspec.json.Encoder().encode
