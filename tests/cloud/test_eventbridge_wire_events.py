"""Events that are put through clients of EventBridge."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import boto3
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
from tests.cloud.simulated import boto_cloud


@pytest.mark.rule("SCH-08")
def test_put_events_answers_each_entry() -> None:
    world = EventWorld()
    world.rule(pattern={"source": ["shop"]})

    async def main(events: Any) -> dict[str, Any]:
        entries = [
            ENTRY,
            {"DetailType": "order", "Detail": "{}"},
            {"Source": "shop", "Detail": "{}"},
            {"Source": "shop", "DetailType": "order"},
            {**ENTRY, "Detail": "{"},
            {**ENTRY, "Detail": "[]"},
            {**ENTRY, "Source": "aws.s3"},
            {**ENTRY, "EventBusName": "nothing"},
            {**ENTRY, "Time": datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), "Resources": ["a", "b"]},
        ]
        return await answer_of(events.put_events(Entries=entries))

    answer = world.ask("events", main)
    results = [result.get("ErrorMessage") for result in answer["Entries"]]
    missing = "Parameter {0} is not valid. Reason: {0} is a required argument."
    assert results == [
        None,
        missing.format("Source"),
        missing.format("DetailType"),
        missing.format("Detail"),
        "Detail is malformed.",
        "Detail is malformed.",
        "Not authorized for the source.",
        None,
        None,
    ]
    assert [result.get("ErrorCode") for result in answer["Entries"]][1:7] == [
        "InvalidArgument", "InvalidArgument", "InvalidArgument", "MalformedDetail", "MalformedDetail",
        "NotAuthorizedForSourceException",
    ]  # fmt: skip
    assert answer["FailedEntryCount"] == 6
    first, last = map(json.loads, world.payloads)
    assert [first["id"], last["id"]] == [answer["Entries"][0]["EventId"], answer["Entries"][8]["EventId"]]
    assert (first["time"], first["resources"]) == ("2026-01-01T00:00:00Z", [])
    assert (last["time"], last["resources"]) == ("2020-01-02T03:04:05Z", ["a", "b"])


@pytest.mark.rule("SCH-08")
def test_a_request_of_put_events_has_up_to_10_entries_of_1_mb_together() -> None:
    world = EventWorld()

    async def main(events: Any) -> None:
        async def refused(entries: list[dict[str, Any]]) -> tuple[str, str, int]:
            return await refusal_of(events.put_events(Entries=entries))

        code, message, _ = await refused([ENTRY] * 11)
        shown = (
            'PutEventsRequestEntry(time=null, source=shop, resources=null, detailType=order, detail={"n": 1}, '
            "eventBusName=null, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)"
        )
        assert (code, message) == (
            INVALID,
            (
                f"1 validation error detected: Value '[{', '.join([shown] * 11)}]' at 'entries' failed to satisfy "
                "constraint: Member must have length less than or equal to 10"
            ),
        )
        assert (await refused([]))[1].endswith("Member must have length greater than or equal to 1")
        spare = 1_048_576 - len("shop") - len("order") - len('{"a":""}')
        fits, too_large = (
            {**ENTRY, "Detail": json.dumps({"a": "x" * size}, separators=(",", ":"))} for size in (spare - 1, spare)
        )
        assert (await events.put_events(Entries=[fits]))["FailedEntryCount"] == 0
        over = (INVALID, "Total size of the entries in the request is over the limit.", 400)
        assert await refused([too_large]) == over
        assert await refused([{**fits, "Time": 0}]) == over
        assert await refused([fits, {"Source": "x"}]) == over

    world.ask("events", main, parameter_validation=False)


@pytest.mark.rule("SCH-08")
def test_test_event_pattern() -> None:
    world = EventWorld()

    async def main(events: Any) -> None:
        event = json.dumps({"source": "shop", "detail": {"n": 1}})

        async def result(pattern: str) -> bool:
            answer = await events.test_event_pattern(EventPattern=pattern, Event=event)
            return bool(answer["Result"])

        assert await result(PATTERN)
        assert not await result('{"detail": {"n": [2]}}')
        wrong = events.test_event_pattern(EventPattern="{}", Event=event)
        assert (await refusal_of(wrong))[0] == "InvalidEventPatternException"
        assert (await refusal_of(events.test_event_pattern(EventPattern=PATTERN, Event="x")))[:2] == (
            INVALID,
            "Parameter Event is not valid.",
        )

    world.ask("events", main)


@pytest.mark.rule("SCH-02")
def test_a_schedule_that_a_client_makes_fires_while_the_client_lives() -> None:
    world = EventWorld()

    async def main(events: Any) -> None:
        await asyncio.sleep(30)
        await events.put_rule(Name="r", ScheduleExpression="rate(1 minute)")
        await events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": FUNCTION}])
        await asyncio.sleep(150)

    world.ask("events", main)
    assert world.times == [90.0, 150.0]


def test_handlers_put_events_through_boto3() -> None:
    world = EventWorld()
    world.rule(pattern={"source": ["shop"]})
    with boto_cloud() as cloud:
        cloud.router.mount("events", world.events)
        answer = boto3.client("events", region_name="us-east-1").put_events(Entries=[ENTRY])
    assert answer["FailedEntryCount"] == 0
    assert json.loads(world.payloads[0])["detail"] == {"n": 1}
