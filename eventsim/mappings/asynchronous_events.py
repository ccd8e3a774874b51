"""An asynchronous event from its acceptance to its end (ASY-01 to ASY-05)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.destinations.asynchronous import Answer

LARGEST_EVENT_BYTES: Final = 1_048_576


class AsyncBatch(msgspec.Struct, frozen=True, gc=False):
    """What an invocation's event is made of: its JSON text, which holds *size* records."""

    payload: bytes
    size: int

    def __len__(self) -> int:
        return self.size

    def ids(self) -> list[str]:
        """The ids of its records, as far as they have one."""
        return record_ids(self.event())

    def event(self) -> Any:
        """The event, new each time: its receiver may change it."""
        return msgspec.json.decode(self.payload)


class AsyncEvent:
    """One accepted event: what it is, how often it was tried, and what the last attempt came to.

    *accepted_s* is loop time; *tries* counts all attempts, *invokes* those that were not throttled, *failures* those of
    them that failed, *throttles* the present row of throttled ones. *on_done* is called at its end.
    """

    __slots__ = (
        "accepted_s",
        "answer",
        "batch",
        "failures",
        "invokes",
        "on_done",
        "payload",
        "qualifier",
        "request_id",
        "throttles",
        "trace_header",
        "tries",
    )

    def __init__(
        self, request_id: str, payload: bytes, qualifier: str, accepted_s: float, trace_header: str | None
    ) -> None:
        self.request_id = request_id
        self.payload = payload
        self.qualifier = qualifier
        self.accepted_s = accepted_s
        self.trace_header = trace_header
        self.tries = 0
        self.invokes = 0
        self.failures = 0
        self.throttles = 0
        self.on_done: Callable[[], object] | None = None
        self.answer: Answer | None = None
        self.batch: AsyncBatch | None = None

    def decode(self) -> tuple[Any, AsyncBatch]:
        """The event for one attempt, which may change it, and what the log keeps of it."""
        event = msgspec.json.decode(self.payload)
        if self.batch is None:
            self.batch = AsyncBatch(self.payload, len(records_of(event)))
        return event, self.batch


def read_payload(event: Any) -> bytes:
    """The event's JSON text: bytes and text are it already, anything else is written.

    AwsError RequestTooLargeException above 1 MiB (ASY-02), InvalidRequestContentException for what is no JSON in UTF-8
    (ASY-03). No bytes at all are an empty object.
    """
    if isinstance(event, bytes | str):
        payload = event.encode("utf-8", "surrogatepass") if isinstance(event, str) else event
        check_size(payload)
        return check_json(payload or b"{}")
    payload = msgspec.json.encode(event)
    check_size(payload)
    return payload


def check_size(payload: bytes) -> None:
    """AwsError RequestTooLargeException for an event above 1 MiB (ASY-02)."""
    if len(payload) > LARGEST_EVENT_BYTES:
        raise AwsError(
            "RequestTooLargeException",
            f"{len(payload)} byte payload is too large for the Event invocation type (limit {LARGEST_EVENT_BYTES} "
            "bytes)",
            status=413,
        )


def check_json(payload: bytes) -> bytes:
    """The payload itself; AwsError InvalidRequestContentException unless it is JSON in UTF-8 (ASY-03)."""
    try:
        msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", text) from None
    return payload


def records_of(event: Any) -> list[Any]:
    """The records of S3's and SNS's events, an event of EventBridge itself; none for anything else."""
    if not isinstance(event, dict):
        return []
    records = event.get("Records")
    if isinstance(records, list):
        return records
    return [event] if "detail-type" in event and "id" in event else []


def record_ids(event: Any) -> list[str]:
    """What tells the records of an event apart, "" for one without: ids of messages, of requests to S3, of events."""
    return [_id_of(record) for record in records_of(event)]


def _id_of(record: Any) -> str:
    if not isinstance(record, dict):
        return ""
    places = (("Sns", "MessageId"), ("responseElements", "x-amz-request-id"))
    for outer, inner in places:
        within = record.get(outer)
        if isinstance(within, dict) and isinstance(found := within.get(inner), str):
            return found
    found = next((record[name] for name in ("messageId", "eventID", "id") if name in record), "")
    return found if isinstance(found, str) else ""
