"""Deliveries: functions, queues and topics, retries, and where a delivery ends that fails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eventsim.cloud.eventbridge import Backoff
from eventsim.errors import AwsError
from tests.cloud.eventbridge_world import (
    FUNCTION,
    TOPIC,
    EventWorld,
    close_worlds,  # noqa: F401 - a fixture
    error_of,
)

RULE_ARN = "arn:aws:events:us-east-1:123456789012:rule/r"
THROTTLED = AwsError("TooManyRequestsException", "Rate Exceeded.", status=429)
DOWN = AwsError("ServiceException", "Service is down.", status=500)


def send(world: EventWorld, **detail: Any) -> str:
    return world.bridge.publish({"source": "shop", "detail-type": "order", "detail": detail})


def rule(world: EventWorld, **target: Any) -> None:
    world.rule(pattern={"source": ["shop"]}, targets=[{"Id": "t", "Arn": FUNCTION, **target}])


def with_dead_letters(world: EventWorld, **target: Any) -> None:
    world.queues.create("dlq")
    rule(world, DeadLetterConfig={"Arn": world.queues.arn_of("dlq")}, **target)


def dead_letter(world: EventWorld) -> tuple[str, dict[str, str]]:
    [message] = world.queues.get("dlq").messages()
    return message.body, {name: value["StringValue"] for name, value in (message.attributes or {}).items()}


def steps(world: EventWorld) -> list[tuple[float, str]]:
    return [(line["t"], line["kind"]) for line in world.log()]


# --- targets ---


@pytest.mark.rule("SCH-08")
def test_a_queue_gets_the_event_as_the_body() -> None:
    world = EventWorld()
    world.queues.create("q")
    rule(world, Arn=world.queues.arn_of("q"))
    event_id = send(world, n=1)
    [message] = world.queues.get("q").messages()
    assert (json.loads(message.body)["id"], message.attributes, message.group_id) == (event_id, None, None)


@pytest.mark.rule("SCH-08")
def test_a_fifo_queue_gets_it_in_the_targets_group() -> None:
    world = EventWorld()
    world.queues.create("q.fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true"})
    arn = world.queues.arn_of("q.fifo")
    rule(world, Arn=arn, SqsParameters={"MessageGroupId": "g"})
    send(world, n=1)
    send(world, n=2)
    messages = world.queues.get("q.fifo").messages()
    assert [(json.loads(one.body)["detail"], one.group_id) for one in messages] == [({"n": 1}, "g"), ({"n": 2}, "g")]
    assert error_of(world.bridge.put_targets, "r", [{"Id": "u", "Arn": arn}]) == (
        "ValidationException",
        "Parameter(s) SqsParameters must be specified for target: u.",
    )


@pytest.mark.rule("SCH-06", "SCH-07")
def test_a_fifo_queue_without_content_based_deduplication_refuses_every_event() -> None:
    world = EventWorld()
    world.queues.create("q.fifo", {"FifoQueue": "true"})
    with_dead_letters(world, Arn=world.queues.arn_of("q.fifo"), SqsParameters={"MessageGroupId": "g"})
    send(world)
    assert dead_letter(world)[1]["ERROR_CODE"] == "INVALID_PARAMETER"


@pytest.mark.rule("SCH-08")
def test_a_topic_gets_it_as_a_message() -> None:
    world = EventWorld()
    world.topics.subscribe(world.topics.create("alerts"), "lambda", FUNCTION)
    rule(world, Arn=TOPIC)
    event_id = send(world, n=1)
    [payload] = world.payloads
    assert json.loads(json.loads(payload)["Records"][0]["Sns"]["Message"])["id"] == event_id


def test_other_targets_are_not_supported_and_none_is_no_arn() -> None:
    world = EventWorld()
    world.rule(pattern={"source": ["shop"]})
    code, message = error_of(
        world.bridge.put_targets, "r", [{"Id": "k", "Arn": "arn:aws:kinesis:us-east-1:123456789012:stream/s"}]
    )
    assert code == "NotImplemented"
    assert message.endswith("only those of functions, queues and topics are supported in eventsim.")
    assert error_of(world.bridge.put_targets, "r", [{"Id": "k", "Arn": "worker"}]) == (
        "ValidationException",
        "Parameter worker is not valid. Reason: Provided Arn is not in correct format.",
    )


# --- retries ---


@pytest.mark.rule("SCH-06")
def test_a_delivery_that_fails_in_passing_is_tried_again_with_growing_waits() -> None:
    world = EventWorld()
    world.failures = [THROTTLED, DOWN, THROTTLED]
    rule(world)
    send(world)
    world.run(60)
    assert world.times == [7.0]
    assert steps(world) == [
        (0.0, "rule.match"),
        (0.0, "target.retry"),
        (1.0, "target.retry"),
        (3.0, "target.retry"),
        (7.0, "target.deliver"),
    ]
    assert [line["reason"] for line in world.log()[1:4]] == ["THROTTLING", "ERROR_FROM_TARGET", "THROTTLING"]
    metrics = world.bridge.bus().rule("r").metrics
    assert (metrics.attempts, metrics.delivered, metrics.errors, metrics.throttled) == (4, 1, 3, 2)


@pytest.mark.rule("SCH-06", "SCH-07")
def test_retries_end_with_their_number() -> None:
    world = EventWorld()
    world.failures = [THROTTLED] * 9
    with_dead_letters(world, RetryPolicy={"MaximumRetryAttempts": 2})
    event_id = send(world, n=1)
    world.run(60)
    body, attributes = dead_letter(world)
    assert json.loads(body)["id"] == event_id
    assert attributes == {
        "RULE_ARN": RULE_ARN,
        "TARGET_ARN": FUNCTION,
        "ERROR_CODE": "THROTTLING",
        "ERROR_MESSAGE": "Rate Exceeded.",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "2",
    }
    assert world.log()[-1] == {
        "t": 3.0,
        "kind": "target.fail",
        "rule": "r",
        "target": "t",
        "to": "worker",
        "reason": "THROTTLING",
        "condition": "MaximumRetryAttempts",
        "dead_letter": "dlq",
    }


@pytest.mark.rule("SCH-06", "SCH-07")
def test_retries_end_with_the_age_of_the_event() -> None:
    world = EventWorld()
    world.failures = [DOWN] * 99
    with_dead_letters(world, RetryPolicy={"MaximumEventAgeInSeconds": 60})
    world.run(1000)
    send(world)
    world.run(3600)
    attributes = dead_letter(world)[1]
    assert world.log()[-1]["t"] == 1031.0
    assert (attributes["EXHAUSTED_RETRY_CONDITION"], attributes["RETRY_ATTEMPTS"]) == ("MaximumEventAgeInSeconds", "5")


@pytest.mark.rule("SCH-06")
def test_by_default_185_retries_fit_into_a_day() -> None:
    world = EventWorld()
    world.failures = [DOWN] * 1000
    with_dead_letters(world)
    send(world)
    world.run(2 * 86_400)
    attributes = dead_letter(world)[1]
    assert (attributes["EXHAUSTED_RETRY_CONDITION"], attributes["RETRY_ATTEMPTS"]) == ("MaximumRetryAttempts", "185")
    assert 80_000 < world.log()[-1]["t"] < 86_400


@pytest.mark.rule("SCH-06")
def test_without_retries_the_first_failure_is_the_end() -> None:
    world = EventWorld()
    world.failures = [THROTTLED]
    with_dead_letters(world, RetryPolicy={"MaximumRetryAttempts": 0})
    send(world)
    assert dead_letter(world)[1]["RETRY_ATTEMPTS"] == "0"


@pytest.mark.rule("SCH-06")
def test_jitter_comes_from_the_seed() -> None:
    def run(seed: int) -> list[tuple[float, str]]:
        world = EventWorld(seed=seed, backoff=Backoff(jitter=0.5))
        world.failures = [DOWN] * 4
        rule(world)
        send(world)
        world.run(60)
        return steps(world)

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert 7.5 <= run(1)[-1][0] <= 15


@pytest.mark.rule("SCH-06", "SCH-07")
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AwsError("ResourceNotFoundException", "Function not found: x", status=404), "NO_RESOURCE"),
        (AwsError("AccessDeniedException", "Denied.", status=403), "NO_PERMISSIONS"),
        (AwsError("RequestTooLargeException", "Too large.", status=413), "INVALID_PARAMETER"),
        (AwsError("NotImplemented", "Not in eventsim.", status=501), "INVALID_PARAMETER"),
    ],
)
def test_what_will_not_pass_is_not_tried_again(error: AwsError, code: str) -> None:
    world = EventWorld()
    world.failures = [error]
    with_dead_letters(world)
    event_id = send(world)
    world.run(3600)
    body, attributes = dead_letter(world)
    assert json.loads(body)["id"] == event_id
    assert attributes == {
        "RULE_ARN": RULE_ARN,
        "TARGET_ARN": FUNCTION,
        "ERROR_CODE": code,
        "ERROR_MESSAGE": error.message,
    }
    assert steps(world) == [(0.0, "rule.match"), (0.0, "target.fail")]


@pytest.mark.rule("SCH-06")
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AwsError("ThrottlingException", "Rate exceeded", status=400), "THROTTLING"),
        (AwsError("SlowDown", "Reduce your request rate.", status=429), "THROTTLING"),
        (AwsError("InternalFailure", "", status=500), "ERROR_FROM_TARGET"),
        (AwsError("ServiceUnavailable", "", status=503), "ERROR_FROM_TARGET"),
    ],
)
def test_throttling_and_failures_of_the_service_pass(error: AwsError, reason: str) -> None:
    world = EventWorld()
    world.failures = [error]
    rule(world)
    send(world)
    world.run(10)
    assert (world.times, world.log()[1]["reason"]) == ([1.0], reason)


@pytest.mark.rule("SCH-06")
def test_a_failure_of_one_target_holds_no_other_up() -> None:
    world = EventWorld()
    world.failures = [DOWN]
    targets = [{"Id": "a", "Arn": FUNCTION, "Input": '"a"'}, {"Id": "b", "Arn": FUNCTION, "Input": '"b"'}]
    world.rule(pattern={"source": ["shop"]}, targets=targets)
    send(world)
    world.run(10)
    assert world.got == [(0.0, '"b"'), (1.0, '"a"')]


@pytest.mark.rule("SCH-06")
def test_a_retry_sends_what_the_target_was_when_the_event_came() -> None:
    world = EventWorld()
    world.failures = [DOWN]
    rule(world, Input='"before"')
    send(world)
    world.bridge.put_targets("r", [{"Id": "t", "Arn": FUNCTION, "Input": '"after"'}])
    world.run(10)
    assert world.payloads == ['"before"']


# --- dead letters ---


@pytest.mark.rule("SCH-07")
def test_a_missing_queue_is_a_dead_letter_at_once() -> None:
    world = EventWorld()
    with_dead_letters(world, Arn=world.queues.arn_of("nothing"))
    send(world)
    attributes = dead_letter(world)[1]
    assert attributes["ERROR_CODE"] == "NO_RESOURCE"
    assert "RETRY_ATTEMPTS" not in attributes


@pytest.mark.rule("SCH-07")
def test_without_a_dead_letter_queue_the_event_is_dropped_and_counted() -> None:
    world = EventWorld()
    rule(world, Arn=world.queues.arn_of("nothing"))
    send(world)
    metrics = world.bridge.bus().rule("r").metrics
    assert (metrics.dropped, metrics.dead_lettered, metrics.dead_letters_failed) == (1, 0, 0)
    assert world.log()[-1] == {
        "t": 0.0,
        "kind": "target.fail",
        "rule": "r",
        "target": "t",
        "to": "nothing",
        "reason": "NO_RESOURCE",
    }


@pytest.mark.rule("SCH-07")
def test_a_dead_letter_queue_that_is_missing_loses_the_event() -> None:
    world = EventWorld()
    gone = world.queues.arn_of("gone")
    rule(world, Arn=world.queues.arn_of("nothing"), DeadLetterConfig={"Arn": gone})
    send(world)
    metrics = world.bridge.bus().rule("r").metrics
    assert (metrics.dropped, metrics.dead_lettered, metrics.dead_letters_failed) == (1, 0, 1)
    assert world.log()[-1]["dead_letter_error"] == "QueueDoesNotExist"


@pytest.mark.rule("SCH-07")
@pytest.mark.parametrize(
    "arn", ["arn:aws:sqs:us-east-1:123456789012:dlq.fifo", "arn:aws:sns:us-east-1:123456789012:topic", "dlq"]
)
def test_a_dead_letter_queue_is_a_standard_queue(arn: str) -> None:
    world = EventWorld()
    world.rule(pattern={"source": ["shop"]})
    code, message = error_of(
        world.bridge.put_targets, "r", [{"Id": "t", "Arn": FUNCTION, "DeadLetterConfig": {"Arn": arn}}]
    )
    assert code == "ValidationException"
    assert message.endswith(f"found {arn}, allowed is the ARN of a standard SQS queue.")


def test_every_parcel_has_one_end() -> None:
    world = EventWorld()
    world.failures = [DOWN, THROTTLED, AwsError("ResourceNotFoundException", "x", status=404), DOWN]
    rule(world, RetryPolicy={"MaximumRetryAttempts": 1})
    for _ in range(20):
        send(world)
    world.run(60)
    metrics = world.bridge.bus().rule("r").metrics
    assert metrics.delivered + metrics.dead_lettered + metrics.dropped == 20
    assert metrics.delivered == len(world.got)
    ends = [kind for _, kind in steps(world) if kind in ("target.deliver", "target.fail")]
    assert len(ends) == 20
