"""EventBridge as SDKs reach it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.cloud.eventbridge_world import (
    ENTRY,
    FUNCTION,
    INVALID,
    PATTERN,
    EventWorld,
    answer_of,
    close_worlds,  # noqa: F401 - a fixture
    refusal_of,
)

BUS_ARN = "arn:aws:events:us-east-1:123456789012:event-bus/"
RULE_ARN = "arn:aws:events:us-east-1:123456789012:rule/"


@pytest.mark.rule("SCH-03", "SCH-08")
def test_the_life_of_a_rule() -> None:
    world = EventWorld()

    async def main(events: Any) -> None:
        assert await answer_of(events.put_rule(Name="r", EventPattern=PATTERN, Tags=[{"Key": "k", "Value": "v"}])) == {
            "RuleArn": f"{RULE_ARN}r"
        }
        assert await answer_of(events.describe_rule(Name="r")) == {
            "Name": "r",
            "Arn": f"{RULE_ARN}r",
            "EventPattern": PATTERN,
            "State": "ENABLED",
            "EventBusName": "default",
            "CreatedBy": "123456789012",
        }
        await events.put_rule(
            Name="r",
            ScheduleExpression="rate(5 minutes)",
            State="DISABLED",
            Description="d",
            RoleArn="arn:aws:iam::1:r",
        )
        shown = {
            "Name": "r",
            "Arn": f"{RULE_ARN}r",
            "ScheduleExpression": "rate(5 minutes)",
            "State": "DISABLED",
            "Description": "d",
            "RoleArn": "arn:aws:iam::1:r",
            "EventBusName": "default",
        }
        assert await answer_of(events.list_rules()) == {"Rules": [shown]}
        await events.enable_rule(Name="r")
        assert (await events.describe_rule(Name="r"))["State"] == "ENABLED"
        await events.disable_rule(Name="r")
        assert (await events.describe_rule(Name="r"))["State"] == "DISABLED"
        assert await answer_of(events.list_tags_for_resource(ResourceARN=f"{RULE_ARN}r")) == {
            "Tags": [{"Key": "k", "Value": "v"}]
        }
        await events.delete_rule(Name="r")
        await events.delete_rule(Name="r")
        assert await refusal_of(events.describe_rule(Name="r")) == (
            "ResourceNotFoundException",
            "Rule r does not exist on EventBus default.",
            400,
        )

    world.ask("events", main)


@pytest.mark.rule("SCH-03", "SCH-05", "SCH-08")
def test_the_errors_of_put_rule() -> None:
    world = EventWorld()

    async def main(events: Any) -> None:
        put = events.put_rule
        await events.create_event_bus(Name="b")
        assert await refusal_of(put(Name="r", ScheduleExpression="rate(1 minutes)")) == (
            INVALID,
            "Parameter ScheduleExpression is not valid.",
            400,
        )
        assert await refusal_of(put(Name="r", ScheduleExpression="rate(1 minute)", EventBusName="b")) == (
            INVALID,
            "ScheduleExpression is supported only on the default event bus.",
            400,
        )
        assert await refusal_of(put(Name="r")) == (
            INVALID,
            "Parameter(s) EventPattern or ScheduleExpression must be specified.",
            400,
        )
        assert await refusal_of(put(Name="r", EventPattern='{"source": [{"unknown": "a"}]}')) == (
            "InvalidEventPatternException",
            "Event pattern is not valid. Reason: Unrecognized match type unknown",
            400,
        )
        assert await refusal_of(put(Name="a b", EventPattern=PATTERN)) == (
            INVALID,
            (
                r"1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+"
            ),
            400,
        )
        assert await refusal_of(put(Name="r", EventPattern="x" * 4097)) == (
            INVALID,
            (
                f"1 validation error detected: Value '{'x' * 4097}' at 'eventPattern' failed to satisfy constraint: "
                "Member must have length less than or equal to 4096"
            ),
            400,
        )
        assert await refusal_of(put(Name="r", EventPattern=PATTERN, State="ON")) == (
            INVALID,
            (
                "1 validation error detected: Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy "
                "enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]"
            ),
            400,
        )
        assert await refusal_of(put(Name="r", EventPattern=PATTERN, EventBusName="x")) == (
            "ResourceNotFoundException",
            "Event bus x does not exist.",
            400,
        )
        assert await refusal_of(put(EventPattern=PATTERN)) == (
            INVALID,
            "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
            400,
        )
        assert (await refusal_of(put(Name=5, EventPattern=PATTERN)))[0] == "SerializationException"
        assert (await events.list_rules())["Rules"] == []

    world.ask("events", main, parameter_validation=False)


@pytest.mark.rule("SCH-06", "SCH-07")
def test_targets_are_listed_as_they_were_put() -> None:
    world = EventWorld()
    full = {
        "Id": "a",
        "Arn": FUNCTION,
        "InputTransformer": {"InputPathsMap": {"x": "$.detail.x"}, "InputTemplate": '{"x": <x>}'},
        "RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
        "DeadLetterConfig": {"Arn": world.queues.arn_of("dlq")},
    }
    path = {"Id": "b", "Arn": FUNCTION, "InputPath": "$.detail", "RoleArn": "arn:aws:iam::1:r"}

    async def main(events: Any) -> None:
        await events.put_rule(Name="r", EventPattern=PATTERN)
        put = await answer_of(events.put_targets(Rule="r", Targets=[path, full]))
        assert put == {"FailedEntryCount": 0, "FailedEntries": []}
        assert await answer_of(events.list_targets_by_rule(Rule="r")) == {"Targets": [full, path]}
        assert await answer_of(events.list_rule_names_by_target(TargetArn=FUNCTION)) == {"RuleNames": ["r"]}
        assert await answer_of(events.list_rule_names_by_target(TargetArn="arn:x")) == {"RuleNames": []}
        assert (await refusal_of(events.delete_rule(Name="r")))[1] == "Rule can't be deleted since it has targets."
        removed = await answer_of(events.remove_targets(Rule="r", Ids=["a", "unknown"]))
        assert removed == {"FailedEntryCount": 0, "FailedEntries": []}
        assert await answer_of(events.list_targets_by_rule(Rule="r")) == {"Targets": [path]}

    world.ask("events", main)


@pytest.mark.rule("SCH-06")
def test_the_errors_of_put_targets() -> None:
    world = EventWorld()

    async def main(events: Any) -> None:
        await events.put_rule(Name="r", EventPattern=PATTERN)

        async def refused(**target: Any) -> tuple[str, str, int]:
            return await refusal_of(events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": FUNCTION, **target}]))

        detected = "1 validation error detected: Value"
        at = "failed to satisfy constraint: Member must"
        assert await refused(Id="a b") == (
            INVALID,
            rf"{detected} 'a b' at 'targets.1.member.id' {at} satisfy regular expression pattern: [\.\-_A-Za-z0-9]+",
            400,
        )
        assert await refused(
            InputTransformer={"InputPathsMap": {"bad.key": "$.detail.text"}, "InputTemplate": "1"}
        ) == (
            INVALID,
            (
                f"{detected} '{{bad.key=$.detail.text}}' at 'targets.1.member.inputTransformer.inputPathsMap' failed "
                "to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal "
                "to 256, Member must have length greater than or equal to 1, "
                r"Member must satisfy regular expression pattern: [A-Za-z0-9\_\-]+]"
            ),
            400,
        )
        assert await refused(RetryPolicy={"MaximumRetryAttempts": 186, "MaximumEventAgeInSeconds": 59}) == (
            INVALID,
            (
                f"2 validation errors detected: Value '186' at 'targets.1.member.retryPolicy.maximumRetryAttempts' "
                f"{at} have value less than or equal to 185; Value '59' at "
                f"'targets.1.member.retryPolicy.maximumEventAgeInSeconds' {at} have value greater than or equal to 60"
            ),
            400,
        )
        code, message, status = await refused(KinesisParameters={"PartitionKeyPath": "$"})
        assert (code, status) == ("NotImplemented", 501)
        assert message.startswith("Found the parameter targets.1.member.KinesisParameters; only Id, Arn,")
        six = [{"Id": str(number), "Arn": FUNCTION} for number in range(6)]
        assert (await refusal_of(events.put_targets(Rule="r", Targets=six)))[0] == "LimitExceededException"
        assert (await refusal_of(events.put_targets(Rule="x", Targets=six)))[0] == "ResourceNotFoundException"
        assert (await events.list_targets_by_rule(Rule="r"))["Targets"] == []

    world.ask("events", main, parameter_validation=False)


def test_the_life_of_a_bus() -> None:
    world = EventWorld()

    async def main(events: Any) -> None:
        created = await answer_of(
            events.create_event_bus(Name="orders", Description="d", Tags=[{"Key": "k", "Value": "v"}])
        )
        assert created == {"EventBusArn": f"{BUS_ARN}orders", "Description": "d"}
        await asyncio.sleep(5)
        when = datetime(2026, 1, 1, tzinfo=UTC)
        default = {"Name": "default", "Arn": f"{BUS_ARN}default", "CreationTime": when, "LastModifiedTime": when}
        orders = {**default, "Name": "orders", "Arn": f"{BUS_ARN}orders", "Description": "d"}
        assert await answer_of(events.describe_event_bus()) == default
        assert await answer_of(events.describe_event_bus(Name="orders")) == orders
        assert await answer_of(events.describe_event_bus(Name=f"{BUS_ARN}orders")) == orders
        assert await answer_of(events.list_event_buses()) == {"EventBuses": [default, orders]}
        assert await answer_of(events.list_event_buses(NamePrefix="o")) == {"EventBuses": [orders]}
        assert await refusal_of(events.create_event_bus(Name="orders")) == (
            "ResourceAlreadyExistsException",
            "Event bus orders already exists.",
            400,
        )
        assert (await refusal_of(events.delete_event_bus(Name="default")))[1] == "Cannot delete event bus default."
        partner = events.create_event_bus(Name="aws.partner/x", EventSourceName="aws.partner/x")
        assert (await refusal_of(partner))[0] == "NotImplemented"
        await events.delete_event_bus(Name="orders")
        await events.delete_event_bus(Name="orders")
        assert await refusal_of(events.describe_event_bus(Name="orders")) == (
            "ResourceNotFoundException",
            "Event bus orders does not exist.",
            400,
        )

    world.ask("events", main)


def test_tags_of_rules_and_buses() -> None:
    world = EventWorld()

    async def main(events: Any) -> None:
        await events.put_rule(Name="r", EventPattern=PATTERN)
        for arn in (f"{RULE_ARN}r", f"{BUS_ARN}default"):
            await events.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
            await events.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "3"}])
            await events.untag_resource(ResourceARN=arn, TagKeys=["a", "x"])
            tags = await answer_of(events.list_tags_for_resource(ResourceARN=arn))
            assert tags == {"Tags": [{"Key": "b", "Value": "3"}]}
        await events.put_rule(Name="r", EventPattern=PATTERN, Tags=[{"Key": "ignored", "Value": "x"}])
        tags = await answer_of(events.list_tags_for_resource(ResourceARN=f"{RULE_ARN}r"))
        assert tags == {"Tags": [{"Key": "b", "Value": "3"}]}
        missing = await refusal_of(events.list_tags_for_resource(ResourceARN=f"{RULE_ARN}x"))
        assert missing[0] == "ResourceNotFoundException"

    world.ask("events", main)


def test_lists_come_in_pages_and_by_prefix() -> None:
    world = EventWorld()

    async def main(events: Any) -> None:
        for number in range(5):
            await events.put_rule(Name=f"r{number}", EventPattern=PATTERN)
        await events.put_rule(Name="other", EventPattern=PATTERN)
        names: list[list[str]] = []
        token: dict[str, str] = {}
        while True:
            page = await events.list_rules(NamePrefix="r", Limit=2, **token)
            names.append([rule["Name"] for rule in page["Rules"]])
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert names == [["r0", "r1"], ["r2", "r3"], ["r4"]]
        assert await refusal_of(events.list_rules(NextToken="!")) == (INVALID, "Parameter NextToken is not valid.", 400)

    world.ask("events", main)


def test_what_is_not_supported_says_so() -> None:
    world = EventWorld()

    async def main(events: Any) -> None:
        archive = events.create_archive(ArchiveName="a", EventSourceArn=f"{BUS_ARN}default")
        assert await refusal_of(archive) == (
            "NotImplemented",
            "events CreateArchive is not supported in eventsim.",
            501,
        )
        traced = events.put_events(Entries=[{**ENTRY, "TraceHeader": "Root=1"}])
        assert (await refusal_of(traced))[1].startswith("Found the parameter entries.1.member.TraceHeader; only Time,")

    world.ask("events", main)
