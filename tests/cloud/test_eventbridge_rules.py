"""Buses, rules and their patterns: which events reach whom."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eventsim.cloud.eventbridge import RuleSettings
from eventsim.cloud.notifications.changes import Happening, ObjectChange, Origin
from eventsim.events.s3 import s3_bus_event
from tests.cloud.eventbridge_world import (
    FUNCTION,
    EventWorld,
    close_worlds,  # noqa: F401 - a fixture
    error_of,
)

ORDER: dict[str, Any] = {"source": "shop", "detail-type": "order", "detail": {"state": "paid", "total": 12}}


def put(world: EventWorld, bus: str | None = None, **members: Any) -> str:
    return world.bridge.publish({**ORDER, **members}, bus)


@pytest.mark.rule("SCH-08")
def test_an_event_reaches_each_rule_that_matches_and_each_of_its_targets_once() -> None:
    world = EventWorld()
    world.rule("all", pattern={"source": ["shop"]})
    two = [{"Id": name, "Arn": FUNCTION, "Input": f'"{name}"'} for name in ("x", "y")]
    world.rule("paid", pattern={"detail": {"state": ["paid"], "total": [{"numeric": [">", 10]}]}}, targets=two)
    world.rule("other", pattern={"detail": {"state": ["open"]}})
    event_id = put(world)
    assert json.loads(world.payloads[0])["id"] == event_id
    assert world.payloads[1:] == ['"x"', '"y"']
    assert [line["rule"] for line in world.log() if line["kind"] == "rule.match"] == ["all", "paid"]
    assert world.log()[0] == {"t": 0.0, "kind": "rule.match", "rule": "all", "bus": "default"}
    assert [rule.matched for rule in world.bridge.bus().rules.values()] == [1, 1, 0]


@pytest.mark.rule("SCH-08")
def test_the_envelope_is_complete_and_in_awss_order() -> None:
    world = EventWorld(account_id="111122223333", region="eu-central-1")
    world.rule(pattern={"source": ["shop"]})
    event_id = put(world)
    assert world.payloads == [
        (
            f'{{"version":"0","id":"{event_id}","detail-type":"order","source":"shop","account":"111122223333",'
            '"time":"2026-01-01T00:00:00Z","region":"eu-central-1","resources":[],"detail":{"state":"paid","total":12}}'
        )
    ]


@pytest.mark.rule("SCH-08")
@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"account": ["123456789012"]}, True),
        ({"account": ["999999999999"]}, False),
        ({"detail-type": ["order"], "region": ["us-east-1"]}, True),
        ({"time": [{"prefix": "2026-01-01"}]}, True),
        ({"resources": ["a"]}, False),
        ({"detail": {"refund": [{"exists": False}]}}, True),
        ({"detail": {"state": [{"anything-but": ["paid"]}]}}, False),
        ({"$or": [{"source": ["none"]}, {"detail": {"total": [12]}}]}, True),
        ({"detail": {"state": [{"wildcard": "p*d"}]}}, True),
        ({"detail": {"state": [{"equals-ignore-case": "PAID"}]}}, True),
    ],
)
def test_patterns_see_the_whole_envelope(pattern: dict[str, Any], *, matches: bool) -> None:
    world = EventWorld()
    world.rule(pattern=pattern)
    put(world)
    assert len(world.got) == matches


@pytest.mark.rule("SCH-12")
def test_a_disabled_rule_delivers_nothing() -> None:
    world = EventWorld()
    world.rule(pattern={"source": ["shop"]}, state="DISABLED")
    put(world)
    world.bridge.set_state("r", enabled=True)
    put(world)
    world.bridge.set_state("r", enabled=False)
    put(world)
    assert len(world.got) == 1


def test_each_bus_has_its_own_rules() -> None:
    world = EventWorld()
    orders = world.bridge.create_bus("orders")
    arn = world.rule(bus="orders", pattern={"source": ["shop"]}, targets=[{"Id": "o", "Arn": FUNCTION, "Input": "1"}])
    world.rule(pattern={"source": ["shop"]}, targets=[{"Id": "d", "Arn": FUNCTION, "Input": "0"}])
    put(world, "orders")
    put(world, orders.arn)
    put(world, "default")
    put(world, world.bridge.bus().arn)
    assert world.payloads == ["1", "1", "0", "0"]
    assert arn == "arn:aws:events:us-east-1:123456789012:rule/orders/r"
    missing = ("ResourceNotFoundException", "Event bus nothing does not exist.")
    assert error_of(put, world, "nothing") == missing
    assert error_of(put, world, orders.arn.replace("orders", "nothing")) == missing
    foreign = orders.arn.replace("123456789012", "999999999999")
    assert error_of(put, world, foreign) == ("ResourceNotFoundException", "Event bus orders does not exist.")


@pytest.mark.rule("SCH-08")
def test_an_entry_for_a_bus_that_is_not_there_is_taken_and_lost() -> None:
    world = EventWorld()
    world.rule(pattern={"source": ["shop"]})
    assert len(world.bridge.accept(ORDER, "{}", None, "nothing")) == 36
    assert world.got == []


@pytest.mark.rule("SCH-08", "S3-17")
def test_an_event_of_s3_keeps_its_id_and_matches_by_bucket() -> None:
    world = EventWorld()
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["uploads"]}}}
    world.rule(pattern=pattern)
    event = s3_bus_event(uploaded("uploads"), "17793124-05d4-b198-2fde-7ededc63b103")
    assert world.bridge.publish(event) == event["id"]
    world.bridge.publish(s3_bus_event(uploaded("other"), "17793124-05d4-b198-2fde-7ededc63b104"))
    [payload] = world.payloads
    assert json.loads(payload) == event
    assert list(json.loads(payload)) == list(event)


def test_numbers_arrive_as_they_were_written() -> None:
    world = EventWorld()
    world.rule(pattern={"source": ["shop"]})
    detail = '{ "a": 1.50, "b": 1e3, "c": 12345678901234567890.123 }'
    world.bridge.accept(ORDER, detail, None, None)
    assert world.payloads[0].endswith('"detail":{"a":1.50,"b":1e3,"c":12345678901234567890.123}}')


@pytest.mark.rule("SCH-08")
def test_a_rule_put_again_has_only_its_new_settings_and_keeps_its_targets() -> None:
    world = EventWorld()
    world.rule(pattern={"source": ["shop"]}, description="first")
    world.bridge.put_rule("r", RuleSettings(pattern='{"source": ["x"]}'))
    put(world)
    put(world, source="x")
    rule = world.bridge.bus().rule("r")
    assert (len(world.got), rule.settings.description, list(rule.targets)) == (1, None, ["1"])


@pytest.mark.rule("SCH-08")
@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ('{"source": [{"unknown": "a"}]}', "Unrecognized match type unknown"),
        ('{"source": "shop"}', None),
        ("not JSON", None),
        ("[]", None),
    ],
)
def test_a_pattern_that_is_none_is_refused_and_changes_nothing(pattern: str, reason: str | None) -> None:
    world = EventWorld()
    world.rule(pattern={"source": ["shop"]})
    code, message = error_of(world.bridge.put_rule, "r", RuleSettings(pattern=pattern))
    assert code == "InvalidEventPatternException"
    assert message.startswith(f"Event pattern is not valid. Reason: {reason or ''}")
    put(world)
    assert len(world.got) == 1


def test_buses_and_rules_that_are_in_use_stay() -> None:
    world = EventWorld()
    bridge = world.bridge
    bridge.create_bus("orders")
    world.rule(bus="orders", pattern={"source": ["shop"]})
    invalid = "ValidationException"
    assert error_of(bridge.create_bus, "orders") == (
        "ResourceAlreadyExistsException",
        "Event bus orders already exists.",
    )
    assert error_of(bridge.create_bus, "a/b") == (invalid, "Event bus name must not contain '/'.")
    assert error_of(bridge.delete_bus, "default") == (invalid, "Cannot delete event bus default.")
    assert error_of(bridge.delete_bus, "orders") == (invalid, "EventBus can't be deleted since it has rules.")
    assert error_of(bridge.delete_rule, "r", "orders") == (invalid, "Rule can't be deleted since it has targets.")
    bridge.remove_targets("r", ["1", "unknown"], "orders")
    bridge.delete_rule("r", "orders")
    bridge.delete_rule("r", "orders")
    bridge.delete_bus("orders")
    bridge.delete_bus("orders")
    assert [bus.name for bus in bridge] == ["default"]


def test_what_is_missing_is_named() -> None:
    world = EventWorld()
    no_rule = ("ResourceNotFoundException", "Rule r does not exist on EventBus default.")
    assert error_of(world.bridge.put_targets, "r", []) == no_rule
    assert error_of(world.bridge.remove_targets, "r", ["1"]) == no_rule
    assert error_of(world.bridge.set_state, "r", enabled=True) == no_rule
    assert error_of(world.bridge.delete_rule, "r", "x") == (
        "ResourceNotFoundException",
        "Event bus x does not exist.",
    )


def test_a_rule_has_five_targets_at_most_and_one_of_the_same_id_is_replaced() -> None:
    world = EventWorld()
    five = [{"Id": str(number), "Arn": FUNCTION} for number in range(5)]
    world.rule(pattern={"source": ["shop"]}, targets=five)
    world.bridge.put_targets("r", [{"Id": "3", "Arn": FUNCTION, "Input": "3"}])
    assert error_of(world.bridge.put_targets, "r", [{"Id": "5", "Arn": FUNCTION}]) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )
    put(world)
    assert len(world.payloads) == 5
    assert world.payloads[3] == "3"


def test_a_target_may_change_the_rules_it_hears_of() -> None:
    world = EventWorld()
    world.rule(pattern={"source": ["shop"]})

    def remove(_arn: str, payload: str) -> None:
        world.got.append((0.0, payload))
        world.bridge.remove_targets("r", ["1"])
        world.bridge.delete_rule("r")
        world.rule("again", pattern={"source": ["shop"]})

    world.function = remove
    put(world)
    assert len(world.got) == 1
    assert list(world.bridge.bus().rules) == ["again"]


def uploaded(bucket: str) -> ObjectChange:
    return ObjectChange(
        happening=Happening(event="s3:ObjectCreated:Put", key="a b.txt", size_bytes=5, etag="b1946a"),
        bucket=bucket,
        account_id="123456789012",
        region="us-east-1",
        owner_id="A3NL1KOZZKEXAMPLE",
        time_ms=1767225600007,
        sequencer="0055AED6DCD90281E5",
        origin=Origin(
            request_id="C3D13FE58DE4C810",
            host_id="FMyUVURIY8",
            principal_id="AWS:AIDAJDPLRKLG7UEXAMPLE",
            requester="123456789012",
            source_ip="127.0.0.1",
        ),
    )
