"""Runs that repeat what was recorded from real AWS deliver the same events."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path

Capture = Callable[[str], Any]

# What a recording can't know, or masks: ids, times, names and the text of bodies.
MASKED = {"messageId", "receiptHandle", "body", "eventSourceARN", "awsRegion", "md5OfBody"}
MASKED_ATTRIBUTES = {"SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp", "SequenceNumber"}


def masked(record: dict[str, Any]) -> dict[str, Any]:
    shown = {name: "*" if name in MASKED else value for name, value in record.items()}
    attributes = record["attributes"].items()
    return {**shown, "attributes": {name: "*" if name in MASKED_ATTRIBUTES else value for name, value in attributes}}


def records(invocation: dict[str, Any]) -> list[dict[str, Any]]:
    return [masked(record) for record in invocation["event"]["Records"]]


def recorded(capture: Capture, name: str, *attempts: str) -> list[list[dict[str, Any]]]:
    document = capture(name)["expected_event_or_destination_record"]
    return [records(document[attempt]["Messages"][0]["Body"]) for attempt in attempts]


def run_one(folder: Path, script: str, send: str, *, properties: str = "", queue: str = "VisibilityTimeout: 30") -> Run:
    return run_text(
        folder,
        f"""
queues:
  q: {{{queue}}}
  dlq: {{}}
functions:
  f:
    script: {script}
    Events: {{q: {{Type: SQS, Properties: {{Queue: q{properties}}}}}}}
steps: [{{send: {{queue: q, {send}}}}}]
""",
    )


@pytest.mark.rule("SQS-24", "SQS-32")
def test_a_failed_message_is_delivered_again(tmp_path: Path, capture: Capture) -> None:
    name = "sqs_test_failing_lambda_retries_after_visibility_timeout"
    expected = recorded(capture, name, "first_attempt", "second_attempt")
    run = run_one(tmp_path, "[{raise: {}}, {return: null}]", "body: a", properties=", BatchSize: 1")
    assert [records(one) for one in run.json["invocations"]] == expected
    assert [list(one["event"]["Records"][0]) for one in run.json["invocations"]] == [list(one[0]) for one in expected]


@pytest.mark.rule("SQS-06", "SQS-07", "SQS-24")
def test_a_message_that_failed_twice_goes_to_the_dead_letter_queue(tmp_path: Path, capture: Capture) -> None:
    name = "sqs_test_redrive_policy_with_failing_lambda"
    policy = "VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 2}"
    run = run_one(tmp_path, "[{raise: {}}]", "body: a", properties=", BatchSize: 1", queue=policy)
    assert [records(one) for one in run.json["invocations"]] == recorded(
        capture, name, "first_attempt", "second_attempt"
    )
    [moved] = run.json["queues"]["dlq"]["messages"]
    assert (moved["MessageId"], moved["Body"]) == (run.json["invocations"][0]["record_ids"][0], "a")


@pytest.mark.rule("ESM-28", "SQS-06")
def test_an_answer_without_identifiers_fails_the_batch(tmp_path: Path, capture: Capture) -> None:
    name = "sqs_test_report_batch_item_failures_invalid_result_json_batch_fails"
    document = capture(name)["expected_event_or_destination_record"]
    answer = document["first_invocation"]["Messages"][0]["Body"]["result"]
    run = run_one(
        tmp_path,
        f"[{{return: {msgspec.json.encode(answer).decode()}}}]",
        "body: a",
        properties=", FunctionResponseTypes: [ReportBatchItemFailures]",
        queue="VisibilityTimeout: 4, RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 2}",
    )
    assert [records(one) for one in run.json["invocations"]] == recorded(
        capture, name, "first_invocation", "second_invocation"
    )
    assert [one["response"] for one in run.json["invocations"]] == [answer, answer]
    assert [message["Body"] for message in run.json["queues"]["dlq"]["messages"]] == ["a"]


@pytest.mark.rule("SQS-25", "SQS-26", "SQS-33")
def test_reported_fifo_messages_are_delivered_again_until_the_policy_ends_it(tmp_path: Path, capture: Capture) -> None:
    document = capture("sqs_test_report_batch_item_failures")["expected_event_or_destination_record"]
    run = run_text(
        tmp_path,
        """
        queues:
          q.fifo: {VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: dlq.fifo, maxReceiveCount: 2}}
          dlq.fifo: {}
        functions:
          f:
            script:
              - fail_items: {body: {fail_attempts: [{numeric: [">=", 1]}]}}
              - fail_items: {body: {fail_attempts: [{numeric: [">=", 2]}]}}
            Events:
              q: {Type: SQS, Properties: {Queue: q.fifo, FunctionResponseTypes: [ReportBatchItemFailures]}}
        steps:
          - {send: {queue: q.fifo, MessageGroupId: 1, MessageDeduplicationId: dedup-1, body: {fail_attempts: 0}}}
          - {send: {queue: q.fifo, MessageGroupId: 1, MessageDeduplicationId: dedup-2, body: {fail_attempts: 1}}}
          - {send: {queue: q.fifo, MessageGroupId: 1, MessageDeduplicationId: dedup-3, body: {fail_attempts: 1}}}
          - {send: {queue: q.fifo, MessageGroupId: 1, MessageDeduplicationId: dedup-4, body: {fail_attempts: 2}}}
        """,
    )
    attempts = [document[name]["Messages"][0]["Body"] for name in ("first_invocation", "second_invocation")]
    assert [records(one) for one in run.json["invocations"]] == [records(attempt) for attempt in attempts]
    failed = [one["response"]["batchItemFailures"] for one in run.json["invocations"]]
    assert [len(entries) for entries in failed] == [len(one["result"]["batchItemFailures"]) for one in attempts]
    assert [m["Body"] for m in run.json["queues"]["dlq.fifo"]["messages"]] == ['{"fail_attempts":2}']


@pytest.mark.rule("SQS-34", "SQS-35")
def test_message_attributes_and_their_md5(tmp_path: Path, capture: Capture) -> None:
    [expected] = recorded(capture, "sqs_test_message_body_and_attributes_passed_correctly", "first_attempt")
    run = run_one(
        tmp_path,
        "[{return: null}]",
        "body: a, MessageAttributes: {Title: {DataType: String, StringValue: The Whistler}, "
        "Author: {DataType: String, StringValue: John Grisham}, WeeksOn: {DataType: Number, StringValue: '6'}}",
    )
    found = records(run.json["invocations"][0])
    assert found == expected
    assert list(found[0]) == list(expected[0])


@pytest.mark.rule("SQS-35", "ESM-18")
@pytest.mark.parametrize("size", [15, 100])
def test_a_window_gathers_ten_and_five_messages(tmp_path: Path, capture: Capture, size: int) -> None:
    document = capture(f"sqs_test_sqs_event_source_mapping_batch_size_{size}")
    expected = [masked(record) for record in document["expected_event_or_destination_record"]["Records"]]
    run = run_text(
        tmp_path,
        f"""
        queues: {{q: {{VisibilityTimeout: 60}}}}
        functions:
          f:
            script: [{{return: null}}]
            Events:
              q: {{Type: SQS, Properties: {{Queue: q, BatchSize: {size}, MaximumBatchingWindowInSeconds: 10}}}}
        steps:
          - send: {{queue: q, count: 10, body: a}}
          - {{at: 2s, send: {{queue: q, count: 5, body: b}}}}
        """,
    )
    [only] = run.json["invocations"]
    assert records(only) == expected
    # The recording shows some records with another order of keys; the first is as AWS sends all others.
    assert {tuple(record) for record in only["event"]["Records"]} == {tuple(expected[0])}
