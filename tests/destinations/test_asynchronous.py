"""Records of asynchronous events, byte for byte, and the attributes of dead letters."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from eventsim.destinations.asynchronous import (
    Answer,
    Condition,
    EndedEvent,
    bus_event,
    dead_letter_attributes,
    object_key,
    record_text,
)
from eventsim.kernel.clock import DEFAULT_EPOCH_S

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"
BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default"
NOW_MS = int(DEFAULT_EPOCH_S * 1000) + 61_005
SUCCESS = "dest_test_assess_lambda_destination_invocation_payload0"
RECORDED = "expected_event_or_destination_record"
RETURNED = Answer(200, b'{"ok": true}', version="$LATEST")
RAISED = Answer(200, b'{"errorMessage":"boom","errorType":"E"}', failed=True, message="boom", version="$LATEST")
THROTTLED = Answer(429, message="Rate Exceeded.")


def ended(
    answer: Answer | None,
    condition: Condition = Condition.RETRIES_EXHAUSTED,
    *,
    payload: bytes = b'{"n":1}',
    invokes: int = 3,
) -> EndedEvent:
    return EndedEvent("r-1", ARN, payload, condition, invokes, answer)


def record(event: EndedEvent) -> Any:
    return msgspec.json.decode(record_text(event, NOW_MS))


@pytest.mark.rule("DST-02", "DST-03", "DST-04")
def test_a_success_is_told_with_its_answer_and_as_one_invocation() -> None:
    assert record_text(ended(RETURNED, Condition.SUCCESS, invokes=2), NOW_MS) == (
        '{"version":"1.0","timestamp":"2026-01-01T00:01:01.005Z","requestContext":{"requestId":"r-1",'
        f'"functionArn":"{ARN}","condition":"Success","approximateInvokeCount":1}},"requestPayload":{{"n":1}},'
        '"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":{"ok":true}}'
    )


@pytest.mark.rule("DST-02", "DST-03", "DST-04")
def test_a_failure_is_told_with_the_error_and_the_number_of_attempts() -> None:
    assert record_text(ended(RAISED), NOW_MS) == (
        '{"version":"1.0","timestamp":"2026-01-01T00:01:01.005Z","requestContext":{"requestId":"r-1",'
        f'"functionArn":"{ARN}","condition":"RetriesExhausted","approximateInvokeCount":3}},'
        '"requestPayload":{"n":1},"responseContext":{"statusCode":200,"executedVersion":"$LATEST",'
        '"functionError":"Unhandled"},"responsePayload":{"errorMessage":"boom","errorType":"E"}}'
    )


@pytest.mark.rule("DST-03", "DST-04", "ASY-11", "ASY-14")
@pytest.mark.parametrize(
    ("answer", "condition", "invokes", "response"),
    [
        (None, Condition.ZERO_CONCURRENCY, 0, None),
        (THROTTLED, Condition.AGE_EXCEEDED, 0, {"statusCode": 429}),
        (Answer(404, message="gone"), Condition.RETRIES_EXHAUSTED, 3, {"statusCode": 404}),
    ],
)
def test_what_was_never_answered_has_no_response_payload(
    answer: Answer | None, condition: Condition, invokes: int, response: Any
) -> None:
    found = record(ended(answer, condition, invokes=invokes))
    assert found.get("responseContext") == response
    assert "responsePayload" not in found
    assert found["requestContext"] | {"functionArn": "", "requestId": ""} == {
        "requestId": "", "functionArn": "", "condition": condition.value, "approximateInvokeCount": invokes,
    }  # fmt: skip


@pytest.mark.rule("DST-02", "DST-03", "DST-04")
@pytest.mark.parametrize(
    ("name", "answer", "condition", "messages"),
    [
        ("dest_test_retries", RAISED, Condition.RETRIES_EXHAUSTED, "queue_destination_payload"),
        (SUCCESS, RETURNED, Condition.SUCCESS, "receive_message_result"),
    ],
)
def test_members_are_the_recorded_ones_in_their_order(
    capture: Any, name: str, answer: Answer, condition: Condition, messages: str
) -> None:
    expected = capture(name)[RECORDED][messages]["Messages"][0]["Body"]
    got = record(ended(answer, condition))
    assert order(got) == order(expected)
    for part in ("version", "responseContext"):
        assert got[part] == expected[part]
    for member in ("condition", "approximateInvokeCount"):
        assert got["requestContext"][member] == expected["requestContext"][member]


def order(document: dict[str, Any]) -> list[Any]:
    """The names of a record's members, with those of the two contexts."""
    names = list(document)
    return [*names, list(document["requestContext"]), list(document["responseContext"])]


@pytest.mark.rule("DST-02")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b'{ "a" : 1.50, "b": 12345678901234567890123 }', '{"a":1.50,"b":12345678901234567890123}'),
        (b"null", "null"), (b'"text"', '"text"'), (b"[1, 2]", "[1,2]"), (b"NaN", '"NaN"'),
        (b"\xff\x00", '"\ufffd\\u0000"'), (b"", '""'),
    ],
)  # fmt: skip
def test_payloads_are_json_values_with_their_numbers_as_written(text: bytes, shown: str) -> None:
    found = record_text(ended(Answer(200, text, version="$LATEST"), Condition.SUCCESS), NOW_MS)
    assert found.endswith(f',"responsePayload":{shown}}}')
    assert msgspec.json.decode(found)


@pytest.mark.rule("DST-06")
def test_above_a_topics_limit_both_payloads_are_left_out() -> None:
    whole = record_text(ended(RAISED), NOW_MS)
    assert record_text(ended(RAISED), NOW_MS, limit_bytes=len(whole)) == whole
    short = msgspec.json.decode(record_text(ended(RAISED), NOW_MS, limit_bytes=len(whole) - 1))
    assert list(short) == ["version", "timestamp", "requestContext", "responseContext"]


@pytest.mark.rule("DST-05")
@pytest.mark.parametrize(
    ("answer", "condition", "outcome"),
    [(RETURNED, Condition.SUCCESS, "Success"), (RAISED, Condition.AGE_EXCEEDED, "Failure")],
)
def test_an_event_bus_gets_the_record_in_an_event_of_lambdas(
    answer: Answer, condition: Condition, outcome: str
) -> None:
    event = ended(answer, condition)
    text = record_text(event, NOW_MS)
    found = bus_event(event, text, BUS)
    assert msgspec.json.encode(found).decode() == (
        f'{{"source":"lambda","detail-type":"Lambda Function Invocation Result - {outcome}",'
        f'"resources":["{BUS}","{ARN}"],"detail":{text}}}'
    )


@pytest.mark.rule("DST-05")
def test_an_object_is_found_by_function_and_time() -> None:
    assert object_key("f", NOW_MS, "u-1") == "aws/lambda/async/f/2026/01/01/2026-01-01T00.01.01-u-1"


# -- dead letters --------------------------------------------------------------------------------


def attributes(event: EndedEvent) -> dict[str, tuple[str, str]]:
    found = dead_letter_attributes(event)
    return {name: (one["DataType"], one["StringValue"]) for name, one in found.items()}


@pytest.mark.rule("DLQ-02")
@pytest.mark.parametrize(
    ("answer", "condition", "code", "message"),
    [
        (RAISED, Condition.RETRIES_EXHAUSTED, "200", "boom"),
        (THROTTLED, Condition.AGE_EXCEEDED, "429", "Rate Exceeded."),
        (Answer(404, message="Function not found: f"), Condition.RETRIES_EXHAUSTED, "404", "Function not found: f"),
    ],
)
def test_a_dead_letter_says_which_request_failed_and_how(
    answer: Answer, condition: Condition, code: str, message: str
) -> None:
    assert attributes(ended(answer, condition)) == {
        "RequestID": ("String", "r-1"), "ErrorCode": ("Number", code), "ErrorMessage": ("String", message),
    }  # fmt: skip


@pytest.mark.rule("DLQ-02")
def test_there_is_no_code_where_nothing_was_attempted() -> None:
    found = attributes(ended(None, Condition.ZERO_CONCURRENCY))
    assert found == {"RequestID": ("String", "r-1"), "ErrorMessage": ("String", "Rate Exceeded.")}


@pytest.mark.rule("DLQ-02")
def test_attributes_are_the_recorded_ones(capture: Any) -> None:
    [message] = capture("dest_test_dead_letter_queue")[RECORDED]["receive_result"]["Messages"]
    said = "Test exception (this is intentional)"
    found = dead_letter_attributes(ended(Answer(200, b"{}", failed=True, message=said)))
    expected = {**message["MessageAttributes"], "RequestID": {"DataType": "String", "StringValue": "r-1"}}
    assert found == expected


@pytest.mark.rule("DLQ-02")
@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("x" * 1025, "x" * 1024),
        ("x" * 1023 + "\u00e9", "x" * 1023),
        ("a\x00b\x1b[31m\ud800", "a\ufffdb\ufffd[31m\ufffd"),
    ],
)
def test_long_and_strange_messages_fit_an_attribute(message: str, shown: str) -> None:
    assert attributes(ended(Answer(200, b"{}", failed=True, message=message)))["ErrorMessage"] == ("String", shown)


@pytest.mark.rule("DLQ-02")
def test_an_empty_message_is_left_out() -> None:
    assert list(attributes(ended(Answer(200, b"{}", failed=True)))) == ["RequestID", "ErrorCode"]
