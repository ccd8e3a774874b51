"""EventBridge Scheduler on the loop."""

from __future__ import annotations

import json

import pytest

from eventsim.errors import AwsError
from tests.cloud.eventbridge_world import (
    EventWorld,
    close_worlds,  # noqa: F401 - a fixture
    error_of,
    schedule_settings,
    seconds,
)

DAY_S = 86_400


@pytest.mark.rule("SCH-09")
def test_a_rate_begins_at_once_and_a_cron_expression_with_its_next_time() -> None:
    world = EventWorld()
    world.schedule("rate(10 minutes)", "a")
    world.schedule("cron(0 * * * ? *)", "b", Target={"Input": '"cron"'})
    world.run(3600)
    assert world.got[0] == (0.0, '"2026-01-01T00:00:00Z"')
    assert [when for when, text in world.got if text != '"cron"'] == [600.0 * n for n in range(7)]
    assert [when for when, text in world.got if text == '"cron"'] == [3600.0]


@pytest.mark.rule("SCH-09")
def test_start_and_end_dates_bound_what_recurs() -> None:
    at = seconds("2026-01-01T00:00:00+00:00")
    world = EventWorld()
    world.schedule("rate(10 minutes)", "future", StartDate=at + 700, EndDate=at + 1900)
    world.run(5000)
    assert world.times == [700.0, 1300.0, 1900.0]

    world = EventWorld()
    world.schedule("rate(10 minutes)", "past", StartDate=at - 200, EndDate=at + 1000)
    world.run(5000)
    assert world.times == [400.0, 1000.0]

    world = EventWorld()
    world.schedule("cron(0/10 * * * ? *)", StartDate=at + 1200, EndDate=at + 2400)
    world.run(5000)
    assert world.times == [1200.0, 1800.0, 2400.0]

    world = EventWorld()
    world.schedule("cron(0/10 * * * ? *)", StartDate=at + 1200.5)
    world.run(2000)
    assert world.times == [1800.0]


@pytest.mark.rule("SCH-09")
def test_a_one_time_schedule_fires_once_and_ignores_the_dates() -> None:
    at = seconds("2026-01-01T00:00:00+00:00")
    world = EventWorld()
    world.schedule("at(2026-01-01T01:00:05)", StartDate=at + 7200, EndDate=at + 9000)
    world.schedule("at(2025-12-31T23:59:59)", "gone")
    world.run(DAY_S)
    assert world.got == [(3605.0, '"2026-01-01T01:00:05Z"')]
    assert list(world.scheduler.group().schedules) == ["s", "gone"]


@pytest.mark.rule("SCH-09")
def test_after_completion_a_schedule_is_deleted_when_it_asks_for_that() -> None:
    at = seconds("2026-01-01T00:00:00+00:00")
    world = EventWorld()
    world.schedule("at(2026-01-01T00:01:00)", "once", ActionAfterCompletion="DELETE")
    world.schedule("rate(1 minute)", "bounded", EndDate=at + 120, ActionAfterCompletion="DELETE")
    world.schedule("rate(1 hour)", "endless", ActionAfterCompletion="DELETE")
    world.run(59)
    assert list(world.scheduler.group().schedules) == ["once", "bounded", "endless"]
    world.run(DAY_S)
    assert list(world.scheduler.group().schedules) == ["endless"]
    assert world.times[:6] == [0.0, 0.0, 60.0, 60.0, 120.0, 3600.0]


@pytest.mark.rule("SCH-09", "SCH-11")
def test_a_time_zone_moves_the_occurrences_with_its_clocks() -> None:
    world = EventWorld(start="2026-03-07T00:00:00+00:00")
    world.schedule("cron(30 2 * * ? *)", ScheduleExpressionTimezone="America/New_York")
    world.schedule("rate(1 day)", "real", StartDate=seconds("2026-03-07T14:00:00+00:00"), Target={"Input": '"rate"'})
    world.run(4 * DAY_S)
    assert world.payloads == [
        '"2026-03-07T07:30:00Z"',
        '"rate"',
        '"rate"',
        '"2026-03-09T06:30:00Z"',
        '"rate"',
        '"2026-03-10T06:30:00Z"',
        '"rate"',
    ]


@pytest.mark.rule("SCH-09")
def test_a_flexible_window_spreads_the_deliveries_and_repeats_with_the_seed() -> None:
    def run(seed: int) -> list[float]:
        world = EventWorld(seed=seed)
        window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
        world.schedule("rate(1 hour)", FlexibleTimeWindow=window)
        world.run(100 * 3600 - 1)
        assert world.payloads[1] == '"2026-01-01T01:00:00Z"'
        return [when % 3600 for when in world.times]

    late = run(1)
    assert len(late) == 100
    assert 0 <= min(late) < 100
    assert 800 < max(late) < 900
    assert late == run(1)
    assert late != run(2)


@pytest.mark.rule("SCH-12")
def test_disabled_schedules_miss_what_falls_into_that_time() -> None:
    world = EventWorld()
    world.schedule("rate(10 minutes)")

    def update(**settings: object) -> None:
        world.scheduler.update("s", schedule_settings("rate(10 minutes)", **settings))

    world.loop.call_at(900, lambda: update(State="DISABLED"))
    world.loop.call_at(2700, lambda: update(State="ENABLED"))
    world.loop.call_at(3000, lambda: update(State="ENABLED", Description="no other timing"))
    world.run(4000)
    assert world.times == [0.0, 600.0, 2700.0, 3300.0, 3900.0]


def test_what_waits_in_a_flexible_window_goes_with_its_schedule() -> None:
    world = EventWorld()
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1440}
    world.schedule("at(2026-01-01T00:00:00)", FlexibleTimeWindow=window)
    world.run(1)
    world.scheduler.delete("s")
    world.run(2 * DAY_S)
    assert world.got == []


@pytest.mark.rule("SCH-10")
def test_placeholders_are_filled_anew_for_each_attempt() -> None:
    world = EventWorld()
    names = ("schedule-arn", "scheduled-time", "execution-id", "attempt-number")
    text = json.dumps({name: f"<aws.scheduler.{name}>" for name in names})
    world.failures = [AwsError("TooManyRequestsException", "Rate Exceeded.", status=429)]
    world.schedule("at(2026-01-01T00:01:00)", Target={"Input": text})
    world.run(120)
    [(when, payload)] = world.got
    got = json.loads(payload)
    assert when == 61.0
    assert got == {
        "schedule-arn": "arn:aws:scheduler:us-east-1:123456789012:schedule/default/s",
        "scheduled-time": "2026-01-01T00:01:00Z",
        "execution-id": got["execution-id"],
        "attempt-number": "2",
    }
    assert len(got["execution-id"]) == 16


@pytest.mark.rule("SCH-10")
def test_without_input_a_target_gets_the_default_notification() -> None:
    world = EventWorld()
    world.queues.create("q")
    settings = schedule_settings("at(2026-01-01T19:14:33)", Target={"Arn": world.queues.arn_of("q")})
    del settings["Target"]["Input"]
    world.scheduler.create("omitted-input", settings)
    world.run(DAY_S)
    [message] = world.queues.get("q").messages()
    event = json.loads(message.body)
    arn = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/omitted-input"
    assert message.body == (
        f'{{"version":"0","id":"{event["id"]}","detail-type":"Scheduled Event","source":"aws.scheduler",'
        '"account":"123456789012","time":"2026-01-01T19:14:33Z","region":"us-east-1",'
        f'"resources":["{arn}"],"detail":"{{}}"}}'
    )


@pytest.mark.rule("SCH-09")
def test_a_target_that_is_missing_goes_to_the_dead_letter_queue_at_once() -> None:
    world = EventWorld()
    world.queues.create("dlq")
    target = {"Arn": world.queues.arn_of("nothing"), "DeadLetterConfig": {"Arn": world.queues.arn_of("dlq")}}
    world.schedule("at(2026-01-01T00:01:00)", Target=target)
    world.run(60)
    [message] = world.queues.get("dlq").messages()
    attributes = {name: value["StringValue"] for name, value in (message.attributes or {}).items()}
    assert message.body == '"2026-01-01T00:01:00Z"'
    assert attributes == {
        "ERROR_CODE": "AWS.SimpleQueueService.NonExistentQueue",
        "ERROR_MESSAGE": "The specified queue does not exist.",
        "EXECUTION_ID": attributes["EXECUTION_ID"],
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "0",
        "SCHEDULED_TIME": "2026-01-01T00:01:00Z",
        "SCHEDULE_ARN": "arn:aws:scheduler:us-east-1:123456789012:schedule/default/s",
        "TARGET_ARN": target["Arn"],
    }
    metrics = world.scheduler.group().metrics
    assert (metrics.attempts, metrics.errors, metrics.dead_lettered, metrics.dropped) == (1, 1, 1, 0)


@pytest.mark.rule("SCH-09")
def test_retries_end_with_the_policy_and_outlive_the_schedule() -> None:
    world = EventWorld()
    world.queues.create("dlq")
    world.failures = [AwsError("ServiceException", "Down.", status=500) for _ in range(9)]
    target = {"RetryPolicy": {"MaximumRetryAttempts": 3}, "DeadLetterConfig": {"Arn": world.queues.arn_of("dlq")}}
    world.schedule("at(2026-01-01T00:00:00)", ActionAfterCompletion="DELETE", Target=target)
    world.run(100)
    [message] = world.queues.get("dlq").messages()
    attributes = {name: value["StringValue"] for name, value in (message.attributes or {}).items()}
    assert world.scheduler.group().schedules == {}
    assert [(line["t"], line["kind"]) for line in world.log()] == [
        (0.0, "schedule.fire"),
        (0.0, "target.retry"),
        (1.0, "target.retry"),
        (3.0, "target.retry"),
        (7.0, "target.fail"),
    ]
    assert (attributes["EXHAUSTED_RETRY_CONDITION"], attributes["RETRY_ATTEMPTS"]) == ("MaximumRetryAttempts", "3")


@pytest.mark.rule("SCH-09")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ScheduleExpression": "cron(71 8 1 * ? *)"}, "Invalid Schedule Expression cron(71 8 1 * ? *)."),
        ({"ScheduleExpression": " rate(10 minutes)"}, "Invalid Schedule Expression  rate(10 minutes)."),
        ({"ScheduleExpressionTimezone": "Mars/Olympus"}, "Invalid Schedule Expression Timezone Mars/Olympus."),
        ({"StartDate": 1767225600.0 - 301}, "The StartDate you specify cannot be earlier than 5 minutes ago."),
        ({"EndDate": 1767225600.0 - 301}, "The EndDate you specify cannot be earlier than 5 minutes ago."),
        ({"Target": {"Input": "no JSON"}}, "The Input of a Lambda target must be JSON."),
    ],
)
def test_what_can_not_be_is_refused(settings: dict[str, object], message: str) -> None:
    world = EventWorld()
    wrong = {**schedule_settings("rate(1 minute)"), **settings}
    wrong["Target"] = schedule_settings("", Target=settings.get("Target", {}))["Target"]
    assert error_of(world.scheduler.create, "s", wrong) == ("ValidationException", message)
    assert world.scheduler.group().schedules == {}


def test_what_is_not_supported_says_so() -> None:
    world = EventWorld()
    for arn in ("arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "arn:aws:states:us-east-1:1:stateMachine:x"):
        code, message = error_of(world.scheduler.create, "s", schedule_settings("rate(1 minute)", Target={"Arn": arn}))
        assert code == "NotImplemented"
        assert message.endswith("only functions, queues and topics are supported in eventsim.")
