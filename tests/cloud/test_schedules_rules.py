"""Schedules of rules on the loop."""

from __future__ import annotations

import json
import time

import pytest

from eventsim.cloud.eventbridge import RuleSettings
from eventsim.kernel.loop import VirtualEventLoop
from tests.cloud.eventbridge_world import (
    FUNCTION,
    EventWorld,
    close_worlds,  # noqa: F401 - a fixture
    error_of,
)

DAY_S = 86_400


@pytest.mark.rule("SCH-01", "SCH-02", "SCH-05")
def test_a_rate_fires_one_period_after_its_creation_and_sends_the_scheduled_event() -> None:
    world = EventWorld()
    arn = world.rule("nightly", schedule="rate(5 minutes)")
    world.run(899)
    first = json.loads(world.payloads[0])
    assert world.times == [300.0, 600.0]
    assert first == {
        "version": "0",
        "id": first["id"],
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-01-01T00:05:00Z",
        "region": "us-east-1",
        "resources": [arn],
        "detail": {},
    }
    assert list(first) == [
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail",
    ]  # fmt: skip
    assert arn == "arn:aws:events:us-east-1:123456789012:rule/nightly"
    assert world.log() == [
        {"t": 300.0, "kind": "schedule.fire", "rule": "nightly"},
        {"t": 300.0, "kind": "target.deliver", "rule": "nightly", "target": "1", "to": "worker", "attempt": 1},
        {"t": 600.0, "kind": "schedule.fire", "rule": "nightly"},
        {"t": 600.0, "kind": "target.deliver", "rule": "nightly", "target": "1", "to": "worker", "attempt": 1},
    ]


@pytest.mark.rule("SCH-02")
def test_a_week_of_every_minute_is_10080_events_and_costs_little() -> None:
    world = EventWorld()
    world.rule(schedule="rate(1 minute)")
    before = time.process_time()
    world.run(7 * DAY_S)
    spent = time.process_time() - before
    assert world.times == [60.0 * n for n in range(1, 10_081)]
    assert world.loop.jumps <= 10_081
    assert spent < 3.0


@pytest.mark.rule("SCH-03", "SCH-05")
def test_a_nightly_schedule_fires_seven_times_a_week_at_second_0() -> None:
    world = EventWorld(start="2026-01-01T00:00:30+00:00")
    world.rule(schedule="cron(0 3 * * ? *)")
    world.run(7 * DAY_S)
    assert world.times == [3 * 3600 - 30 + DAY_S * n for n in range(7)]


@pytest.mark.rule("SCH-05")
def test_events_come_late_by_up_to_the_jitter_and_say_their_time_all_the_same() -> None:
    world = EventWorld(jitter_s=59)
    world.rule(schedule="rate(2 minutes)")
    world.run(3600)
    late = [when % 120 for when in world.times]
    assert len(set(late)) > 10
    assert max(late) <= 59
    assert [json.loads(payload)["time"][14:] for payload in world.payloads[:3]] == ["02:00Z", "04:00Z", "06:00Z"]
    again = EventWorld(jitter_s=59)
    again.rule(schedule="rate(2 minutes)")
    again.run(3600)
    assert again.trace.sha256() == world.trace.sha256()


@pytest.mark.rule("SCH-01")
def test_a_constant_input_replaces_the_event() -> None:
    world = EventWorld()
    world.rule(schedule="rate(1 minute)", targets=[{"Id": "1", "Arn": FUNCTION, "Input": '{"job": 1}'}])
    world.run(60)
    assert world.got == [(60.0, '{"job": 1}')]


@pytest.mark.rule("SCH-12")
def test_a_disabled_rule_never_fires_and_catches_nothing_up() -> None:
    world = EventWorld()
    world.rule("off", schedule="rate(1 minute)", state="DISABLED")
    world.rule("paused", schedule="rate(10 minutes)")
    world.loop.call_at(1500, lambda: world.bridge.set_state("paused", enabled=False))
    world.loop.call_at(3000, lambda: world.bridge.set_state("paused", enabled=True))
    world.run(4300)
    assert world.times == [600.0, 1200.0, 3600.0, 4200.0]


@pytest.mark.rule("SCH-02")
def test_the_same_expression_again_keeps_the_beat_and_another_starts_anew() -> None:
    world = EventWorld()
    world.rule(schedule="rate(10 minutes)")
    put = world.bridge.put_rule
    world.loop.call_at(900, lambda: put("r", RuleSettings(schedule="rate(10 minutes)", description="the same")))
    world.loop.call_at(1300, lambda: put("r", RuleSettings(schedule="rate(20 minutes)")))
    world.run(3800)
    assert world.times == [600.0, 1200.0, 2500.0, 3700.0]


def test_a_deleted_rule_fires_no_more() -> None:
    world = EventWorld()
    world.rule(schedule="rate(1 minute)")
    world.bridge.remove_targets("r", ["1"])
    world.bridge.delete_rule("r")
    world.run(600)
    assert (world.times, world.log()) == ([], [])


@pytest.mark.rule("SCH-01", "SCH-08")
def test_a_scheduled_event_reaches_its_own_rule_once_and_others_by_their_patterns() -> None:
    world = EventWorld()
    world.rule("watch", pattern={"source": ["aws.events"]}, targets=[{"Id": "w", "Arn": FUNCTION, "Input": '"w"'}])
    world.rule("both", schedule="rate(1 minute)", pattern={"source": ["x", "aws.events"]})
    world.run(60)
    assert [line["kind"] for line in world.log()] == ["schedule.fire", "rule.match", "target.deliver", "target.deliver"]
    assert world.payloads[0] == '"w"'
    assert len(world.payloads) == 2


@pytest.mark.rule("SCH-03", "SCH-05")
def test_the_errors_are_awss() -> None:
    world = EventWorld()
    world.bridge.create_bus("other")
    put = world.bridge.put_rule
    assert error_of(put, "r", RuleSettings(schedule="cron(0 0 * * * *)")) == (
        "ValidationException",
        "Parameter ScheduleExpression is not valid.",
    )
    assert error_of(put, "r", RuleSettings(schedule="rate(1 minute)"), "other") == (
        "ValidationException",
        "ScheduleExpression is supported only on the default event bus.",
    )
    assert error_of(put, "r", RuleSettings()) == (
        "ValidationException",
        "Parameter(s) EventPattern or ScheduleExpression must be specified.",
    )
    assert [bus.rules for bus in world.bridge] == [{}, {}]


def test_a_schedule_keeps_the_loop_from_idling_and_one_without_a_future_does_not() -> None:
    def idle(world: EventWorld) -> bool:
        seen: list[bool] = []

        async def main() -> None:
            done = world.loop.create_future()

            def look() -> None:
                seen.append(world.loop.at_rest())
                done.set_result(None)

            world.loop.call_when_settled(look)
            await done

        world.loop.run_until_complete(main())
        return seen[0]

    assert isinstance(EventWorld().loop, VirtualEventLoop)
    lasting, past, off = EventWorld(), EventWorld(), EventWorld()
    lasting.rule(schedule="cron(0 0 1 1 ? 2199)")
    past.rule(schedule="cron(0 0 1 1 ? 2025)")
    off.rule(schedule="rate(1 minute)", state="DISABLED")
    assert [idle(lasting), idle(past), idle(off)] == [False, True, True]
