"""EventBridge Scheduler as SDKs reach it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests.cloud.eventbridge_world import (
    FUNCTION,
    ROLE,
    EventWorld,
    answer_of,
    close_worlds,  # noqa: F401 - a fixture
    refusal_of,
)
from tests.cloud.simulated import boto_cloud

INVALID = "ValidationException"
GROUP_ARN = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/"
SCHEDULE_ARN = "arn:aws:scheduler:us-east-1:123456789012:schedule/"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS: dict[str, Any] = {
    "Name": "s",
    "ScheduleExpression": "rate(1 hour)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": FUNCTION, "RoleArn": ROLE},
}


@pytest.mark.rule("SCH-09")
def test_a_schedule_is_shown_with_its_defaults() -> None:
    world = EventWorld()

    async def main(scheduler: Any) -> None:
        created = await answer_of(scheduler.create_schedule(**SETTINGS))
        assert created == {"ScheduleArn": f"{SCHEDULE_ARN}default/s"}
        await asyncio.sleep(60)
        assert await answer_of(scheduler.get_schedule(Name="s")) == {
            **SETTINGS,
            "Arn": f"{SCHEDULE_ARN}default/s",
            "GroupName": "default",
            "CreationDate": NOW,
            "LastModificationDate": NOW,
            "ScheduleExpressionTimezone": "UTC",
            "State": "ENABLED",
            "ActionAfterCompletion": "NONE",
            "Target": {
                **SETTINGS["Target"],
                "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
            },
        }

    world.ask("scheduler", main)


@pytest.mark.rule("SCH-09")
def test_an_update_replaces_everything() -> None:
    world = EventWorld()
    full = {
        **SETTINGS,
        "ScheduleExpression": "cron(0 3 * * ? *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "StartDate": NOW + timedelta(days=1),
        "EndDate": NOW + timedelta(days=9, milliseconds=500),
        "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        "State": "DISABLED",
        "ActionAfterCompletion": "DELETE",
        "Description": "nightly",
        "Target": {
            **SETTINGS["Target"],
            "Input": '{"job": 1}',
            "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0},
            "DeadLetterConfig": {"Arn": world.queues.arn_of("dlq")},
        },
    }

    async def main(scheduler: Any) -> None:
        await scheduler.create_schedule_group(Name="jobs")
        await scheduler.create_schedule(**full, GroupName="jobs")
        shown = await answer_of(scheduler.get_schedule(Name="s", GroupName="jobs"))
        assert {name: shown[name] for name in full} == full
        await asyncio.sleep(60)
        updated = await answer_of(scheduler.update_schedule(**SETTINGS, GroupName="jobs"))
        assert updated == {"ScheduleArn": f"{SCHEDULE_ARN}jobs/s"}
        shown = await answer_of(scheduler.get_schedule(Name="s", GroupName="jobs"))
        assert shown["LastModificationDate"] - shown["CreationDate"] == timedelta(seconds=60)
        assert (shown["State"], shown["ScheduleExpressionTimezone"]) == ("ENABLED", "UTC")
        assert {"Description", "StartDate", "EndDate"} & shown.keys() == set()
        assert "Input" not in shown["Target"]

    world.ask("scheduler", main)


@pytest.mark.rule("SCH-09")
def test_what_is_there_and_what_is_not() -> None:
    world = EventWorld()

    async def main(scheduler: Any) -> None:
        await scheduler.create_schedule(**SETTINGS, ClientToken="t1")
        again = await answer_of(scheduler.create_schedule(**SETTINGS, ClientToken="t1"))
        assert again == {"ScheduleArn": f"{SCHEDULE_ARN}default/s"}
        exists = ("ConflictException", "Schedule s already exists.", 409)
        assert await refusal_of(scheduler.create_schedule(**SETTINGS, ClientToken="t2")) == exists
        assert await refusal_of(scheduler.create_schedule(**SETTINGS)) == exists
        missing = ("ResourceNotFoundException", "Schedule x does not exist.", 404)
        assert await refusal_of(scheduler.get_schedule(Name="x")) == missing
        assert await refusal_of(scheduler.update_schedule(**{**SETTINGS, "Name": "x"})) == missing
        assert await refusal_of(scheduler.delete_schedule(Name="x")) == missing
        no_group = ("ResourceNotFoundException", "Schedule group g does not exist.", 404)
        assert await refusal_of(scheduler.create_schedule(**SETTINGS, GroupName="g")) == no_group
        assert await refusal_of(scheduler.get_schedule(Name="s", GroupName="g")) == no_group
        await scheduler.delete_schedule(Name="s")
        assert (await refusal_of(scheduler.get_schedule(Name="s")))[0] == "ResourceNotFoundException"

    world.ask("scheduler", main)


@pytest.mark.rule("SCH-09")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ScheduleExpression": "rate(10 seconds)"}, "Invalid Schedule Expression rate(10 seconds)."),
        ({"ScheduleExpression": "at(2021-12-31)"}, "Invalid Schedule Expression at(2021-12-31)."),
        ({"ScheduleExpressionTimezone": "CET/x"}, "Invalid Schedule Expression Timezone CET/x."),
        (
            {"Name": "a b"},
            (
                "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+"
            ),
        ),
        (
            {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1441}},
            (
                "1 validation error detected: Value '1441' at 'flexibleTimeWindow.maximumWindowInMinutes' failed to "
                "satisfy constraint: Member must have value less than or equal to 1440"
            ),
        ),
        (
            {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
            "MaximumWindowInMinutes must be given for the FlexibleTimeWindow mode FLEXIBLE, and only then.",
        ),
        (
            {"Target": {"Arn": FUNCTION}},
            (
                "1 validation error detected: Value null at 'target.roleArn' failed to satisfy constraint: "
                "Member must not be null"
            ),
        ),
        (
            {"StartDate": NOW + timedelta(days=2), "EndDate": NOW + timedelta(days=1)},
            "The EndDate you specify must come after the StartDate.",
        ),
        ({"Target": {**SETTINGS["Target"], "Arn": "worker"}}, "Provided Arn is not in correct format: worker."),
        (
            {"Target": {**SETTINGS["Target"], "Arn": "arn:aws:sqs:us-east-1:123456789012:q.fifo"}},
            "The SqsParameters must be specified for a FIFO queue.",
        ),
        (
            {"Target": {**SETTINGS["Target"], "Input": f'"{"x" * 262_144}"'}},
            "The Input of a target can have at most 262144 bytes.",
        ),
    ],
)
def test_what_can_not_be_is_refused(change: dict[str, Any], message: str) -> None:
    world = EventWorld()

    async def main(scheduler: Any) -> None:
        refused = await refusal_of(scheduler.create_schedule(**{**SETTINGS, **change}))
        assert refused == (INVALID, message, 400)
        assert (await scheduler.list_schedules())["Schedules"] == []

    world.ask("scheduler", main, parameter_validation=False)


@pytest.mark.rule("SCH-09", "SCH-10")
def test_limits_can_be_reached() -> None:
    world = EventWorld()
    longest = f'"{"x" * (262_144 - 2)}"'

    async def main(scheduler: Any) -> None:
        start = NOW - timedelta(minutes=5)
        target = {**SETTINGS["Target"], "Input": longest}
        await scheduler.create_schedule(**{**SETTINGS, "Name": "s" * 64, "StartDate": start, "Target": target})
        await asyncio.sleep(3300)

    world.ask("scheduler", main)
    assert world.got == [(3300.0, longest)]


def test_schedules_are_listed_by_group_prefix_and_state_in_pages() -> None:
    world = EventWorld()

    async def main(scheduler: Any) -> None:
        await scheduler.create_schedule_group(Name="jobs")
        for number in range(3):
            await scheduler.create_schedule(**{**SETTINGS, "Name": f"s{number}"})
        await scheduler.create_schedule(**{**SETTINGS, "Name": "off", "State": "DISABLED"}, GroupName="jobs")

        async def names(**query: Any) -> tuple[list[str], str | None]:
            answer = await answer_of(scheduler.list_schedules(**query))
            return [one["Name"] for one in answer["Schedules"]], answer.get("NextToken")

        assert await names() == (["s0", "s1", "s2", "off"], None)
        assert await names(GroupName="jobs") == (["off"], None)
        assert await names(State="ENABLED", NamePrefix="s1") == (["s1"], None)
        first, token = await names(MaxResults=3)
        assert first == ["s0", "s1", "s2"]
        assert await names(MaxResults=3, NextToken=token) == (["off"], None)
        [off] = (await scheduler.list_schedules(GroupName="jobs"))["Schedules"]
        assert off == {
            "Arn": f"{SCHEDULE_ARN}jobs/off",
            "Name": "off",
            "GroupName": "jobs",
            "State": "DISABLED",
            "CreationDate": NOW,
            "LastModificationDate": NOW,
            "Target": {"Arn": FUNCTION},
        }

    world.ask("scheduler", main)


def test_the_life_of_a_group() -> None:
    world = EventWorld()

    async def main(scheduler: Any) -> None:
        created = await answer_of(scheduler.create_schedule_group(Name="jobs", Tags=[{"Key": "k", "Value": "v"}]))
        assert created == {"ScheduleGroupArn": f"{GROUP_ARN}jobs"}
        assert await refusal_of(scheduler.create_schedule_group(Name="jobs")) == (
            "ConflictException",
            "Schedule group jobs already exists.",
            409,
        )
        jobs = {
            "Arn": f"{GROUP_ARN}jobs",
            "Name": "jobs",
            "State": "ACTIVE",
            "CreationDate": NOW,
            "LastModificationDate": NOW,
        }
        assert await answer_of(scheduler.get_schedule_group(Name="jobs")) == jobs
        groups = (await scheduler.list_schedule_groups())["ScheduleGroups"]
        assert [group["Name"] for group in groups] == ["default", "jobs"]
        assert (await scheduler.list_schedule_groups(NamePrefix="j"))["ScheduleGroups"] == [jobs]

        tags = {"ResourceArn": f"{GROUP_ARN}jobs"}
        await scheduler.tag_resource(**tags, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        await scheduler.untag_resource(**tags, TagKeys=["k", "a"])
        assert (await scheduler.list_tags_for_resource(**tags))["Tags"] == [{"Key": "b", "Value": "2"}]

        await scheduler.create_schedule(**SETTINGS, GroupName="jobs")
        await scheduler.delete_schedule_group(Name="jobs")
        missing = ("ResourceNotFoundException", "Schedule group jobs does not exist.", 404)
        assert await refusal_of(scheduler.get_schedule_group(Name="jobs")) == missing
        assert await refusal_of(scheduler.delete_schedule_group(Name="jobs")) == missing
        assert await refusal_of(scheduler.list_tags_for_resource(**tags)) == missing
        assert (await refusal_of(scheduler.delete_schedule_group(Name="default")))[0] == INVALID
        await asyncio.sleep(7200)

    world.ask("scheduler", main)
    assert world.times == []


@pytest.mark.rule("SCH-09", "SCH-10")
def test_a_schedule_that_a_client_makes_fires_while_the_client_lives() -> None:
    world = EventWorld()

    async def main(scheduler: Any) -> None:
        target = {**SETTINGS["Target"], "Input": '"<aws.scheduler.scheduled-time>"'}
        once = {"ScheduleExpression": "at(2026-01-01T02:00:00)", "ScheduleExpressionTimezone": "Europe/Berlin"}
        await scheduler.create_schedule(**{**SETTINGS, **once, "Target": target})
        await asyncio.sleep(7200)

    world.ask("scheduler", main)
    assert world.got == [(3600.0, '"2026-01-01T01:00:00Z"')]


def test_what_is_not_supported_says_so() -> None:
    world = EventWorld()

    async def main(scheduler: Any) -> None:
        target = {**SETTINGS["Target"], "KinesisParameters": {"PartitionKey": "a"}}
        code, message, status = await refusal_of(scheduler.create_schedule(**{**SETTINGS, "Target": target}))
        assert (code, status) == ("NotImplemented", 501)
        assert message.startswith("Found the parameter target.KinesisParameters; only Arn, RoleArn, Input,")

    world.ask("scheduler", main)


def test_values_outside_the_model_are_refused() -> None:
    world = EventWorld()

    async def main(scheduler: Any) -> None:
        assert (await refusal_of(scheduler.list_schedules(MaxResults="x")))[0] == "SerializationException"
        assert await refusal_of(scheduler.list_schedules(MaxResults=101)) == (
            INVALID,
            (
                "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: "
                "Member must have value less than or equal to 100"
            ),
            400,
        )
        assert (await refusal_of(scheduler.create_schedule(**{**SETTINGS, "Name": "t", "State": 1})))[0] == (
            "SerializationException"
        )

    world.ask("scheduler", main, parameter_validation=False)


def test_handlers_make_schedules_through_boto3() -> None:
    world = EventWorld()
    with boto_cloud() as cloud:
        cloud.router.mount("scheduler", world.endpoint)
        client = boto3.client("scheduler", region_name="us-east-1")
        client.create_schedule(**SETTINGS)
        assert client.get_schedule(Name="s")["CreationDate"] == NOW
    assert list(world.scheduler.group().schedules) == ["s"]
