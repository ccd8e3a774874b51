"""What may become an asynchronous event, and what is in it."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim.errors import AwsError
from eventsim.mappings.asynchronous_events import LARGEST_EVENT_BYTES, AsyncBatch, AsyncEvent, read_payload, record_ids


@pytest.mark.rule("ASY-02")
def test_an_event_of_one_mebibyte_is_accepted_and_one_byte_more_is_not() -> None:
    largest = b'"' + b"x" * (LARGEST_EVENT_BYTES - 2) + b'"'
    assert read_payload(largest) is largest
    assert len(read_payload(largest.decode())) == 1_048_576
    for event in (largest + b" ", {"k": "x" * (LARGEST_EVENT_BYTES - 7)}):
        with pytest.raises(AwsError) as caught:
            read_payload(event)
        assert (caught.value.code, caught.value.status) == ("RequestTooLargeException", 413)
        assert "1048577 byte payload" in caught.value.message


@pytest.mark.rule("ASY-03")
@pytest.mark.parametrize("event", [b"{", b"not json", "{'a': 1}", b'"\xff"', "\ud800", b'{"a":1} x', b"\xef\xbb\xbf{}"])
def test_what_is_no_json_in_utf_8_is_refused(event: bytes | str) -> None:
    with pytest.raises(AwsError) as caught:
        read_payload(event)
    assert (caught.value.code, caught.value.status) == ("InvalidRequestContentException", 400)
    assert caught.value.message.startswith("Could not parse request body into json: ")


@pytest.mark.rule("ASY-01")
@pytest.mark.parametrize(
    ("event", "payload"),
    [
        (b'{ "a": 1.50 }', b'{ "a": 1.50 }'), ('"\u00e9"', '"\u00e9"'.encode()), (b"", b"{}"),
        ({"a": [1]}, b'{"a":[1]}'), (None, b"null"),
    ],
)  # fmt: skip
def test_text_is_kept_as_it_is_and_values_are_written(event: Any, payload: bytes) -> None:
    assert read_payload(event) == payload


def test_each_attempt_gets_an_event_of_its_own() -> None:
    event = AsyncEvent("r", b'{"a":[],"big":123456789012345678901234567890}', "$LATEST", 0.0, None)
    first, batch = event.decode()
    first["a"].append(1)
    second, same = event.decode()
    assert second == {"a": [], "big": 123456789012345678901234567890}
    assert same is batch
    assert (len(batch), batch.ids(), list(batch.event())) == (0, [], ["a", "big"])


@pytest.mark.parametrize(
    ("event", "ids"),
    [
        ({"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "m-1"}}]}, ["m-1"]),
        ({"Records": [{"eventSource": "aws:s3", "responseElements": {"x-amz-request-id": "R1"}}]}, ["R1"]),
        ({"Records": [{"messageId": "q-1"}, {"eventID": "e-1"}, {"x": 1}, 3, {"id": 4}]}, ["q-1", "e-1", "", "", ""]),
        ({"version": "0", "id": "e-2", "detail-type": "Scheduled Event"}, ["e-2"]),
        ({"Records": "none"}, []), ({"id": "mine"}, []), ([1], []), ("text", []), (None, []),
    ],
)  # fmt: skip
def test_records_are_told_apart_by_the_ids_that_their_services_give(event: Any, ids: list[str]) -> None:
    assert record_ids(event) == ids


def test_an_invocation_counts_the_records_of_its_event() -> None:
    text = b'{"Records":[{"Sns":{"MessageId":"a"}},{"Sns":{"MessageId":"b"}}]}'
    _, batch = AsyncEvent("r", text, "$LATEST", 0.0, None).decode()
    assert (batch, len(batch), batch.ids()) == (AsyncBatch(text, 2), 2, ["a", "b"])
