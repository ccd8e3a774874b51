"""EventBridge's operations by name, in the shapes of its JSON protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.eventbridge.entries import check_count, put_entries
from eventsim.cloud.eventbridge.errors import not_supported, validation
from eventsim.cloud.eventbridge.members import check_members
from eventsim.cloud.eventbridge.pages import take_page
from eventsim.cloud.eventbridge.parameters import OPERATIONS
from eventsim.cloud.eventbridge.rules import ENABLED, RuleSettings, parse_pattern, refuse_partner
from eventsim.errors import AwsError
from eventsim.patterns.json_numbers import decode_object

if TYPE_CHECKING:
    from eventsim.cloud.eventbridge.engine import EventBridge
    from eventsim.cloud.eventbridge.rules import Bus, Rule

Json = dict[str, Any]
NAMESPACE: Final = "com.amazonaws.events"


class EventsService:
    """The operations of the service ``events``; mounted behind ``JsonService(service, namespace=NAMESPACE)``."""

    def __init__(self, engine: EventBridge) -> None:
        self._engine = engine

    async def handle(self, operation: str, params: Json) -> Json:
        """Answer one request; AwsError is EventBridge's own answer, NotImplemented what is not supported here."""
        shape = OPERATIONS.get(operation)
        if shape is None:
            raise not_supported(f"events {operation} is not supported")
        given = check_members(shape, params)
        answer: Json = getattr(self, METHODS[operation])(given)
        return answer

    # --- buses ---

    def _create_event_bus(self, given: Json) -> Json:
        if "EventSourceName" in given:
            refuse_partner(given["Name"])
        tags = given.pop("Tags", [])
        settings = {name: value for name, value in given.items() if name != "Name"}
        bus = self._engine.create_bus(given["Name"], settings)
        bus.tags.update(_tags(tags))
        return {"EventBusArn": bus.arn, **settings}

    def _delete_event_bus(self, given: Json) -> Json:
        self._engine.delete_bus(given["Name"])
        return {}

    def _describe_event_bus(self, given: Json) -> Json:
        bus = self._engine.bus(given.get("Name"))
        return {**show_bus(bus), **bus.settings}

    def _list_event_buses(self, given: Json) -> Json:
        prefix = given.get("NamePrefix", "")
        buses = {bus.name: bus for bus in self._engine if bus.name.startswith(prefix)}
        page, more = take_page(buses, given.get("Limit"), given.get("NextToken"))
        return {"EventBuses": [show_bus(bus) for bus in page], **more}

    # --- rules ---

    def _put_rule(self, given: Json) -> Json:
        is_new = given["Name"] not in self._engine.bus(given.get("EventBusName")).rules
        settings = RuleSettings(
            pattern=given.get("EventPattern"),
            schedule=given.get("ScheduleExpression"),
            state=given.get("State", ENABLED),
            description=given.get("Description"),
            role_arn=given.get("RoleArn"),
        )
        rule = self._engine.put_rule(given["Name"], settings, given.get("EventBusName"))
        if is_new:
            rule.tags.update(_tags(given.get("Tags", [])))
        return {"RuleArn": rule.arn}

    def _delete_rule(self, given: Json) -> Json:
        self._engine.delete_rule(given["Name"], given.get("EventBusName"))
        return {}

    def _describe_rule(self, given: Json) -> Json:
        rule = self._engine.bus(given.get("EventBusName")).rule(given["Name"])
        return {**show_rule(rule), "CreatedBy": self._engine.account_id}

    def _disable_rule(self, given: Json) -> Json:
        self._engine.set_state(given["Name"], enabled=False, bus=given.get("EventBusName"))
        return {}

    def _enable_rule(self, given: Json) -> Json:
        self._engine.set_state(given["Name"], enabled=True, bus=given.get("EventBusName"))
        return {}

    def _list_rules(self, given: Json) -> Json:
        bus, prefix = self._engine.bus(given.get("EventBusName")), given.get("NamePrefix", "")
        rules = {name: rule for name, rule in bus.rules.items() if name.startswith(prefix)}
        page, more = take_page(rules, given.get("Limit"), given.get("NextToken"))
        return {"Rules": [show_rule(rule) for rule in page], **more}

    def _list_rule_names_by_target(self, given: Json) -> Json:
        bus, arn = self._engine.bus(given.get("EventBusName")), given["TargetArn"]
        names = {name: name for name, rule in bus.rules.items() if any(one.arn == arn for one in rule.targets.values())}
        page, more = take_page(names, given.get("Limit"), given.get("NextToken"))
        return {"RuleNames": page, **more}

    # --- targets ---

    def _put_targets(self, given: Json) -> Json:
        self._engine.put_targets(given["Rule"], given["Targets"], given.get("EventBusName"))
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def _remove_targets(self, given: Json) -> Json:
        self._engine.remove_targets(given["Rule"], given["Ids"], given.get("EventBusName"))
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def _list_targets_by_rule(self, given: Json) -> Json:
        rule = self._engine.bus(given.get("EventBusName")).rule(given["Rule"])
        page, more = take_page(rule.targets, given.get("Limit"), given.get("NextToken"))
        return {"Targets": [target.given for target in page], **more}

    # --- events ---

    def _put_events(self, given: Json) -> Json:
        check_count(given["Entries"])
        return put_entries(self._engine, given["Entries"])

    def _test_event_pattern(self, given: Json) -> Json:
        pattern, event = parse_pattern(given["EventPattern"]), decode_object(given["Event"])
        if event is None:
            raise validation("Parameter Event is not valid.")
        return {"Result": pattern.matches(event)}

    # --- tags ---

    def _tag_resource(self, given: Json) -> Json:
        self._tagged(given["ResourceARN"]).update(_tags(given["Tags"]))
        return {}

    def _untag_resource(self, given: Json) -> Json:
        tags = self._tagged(given["ResourceARN"])
        for key in given["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _list_tags_for_resource(self, given: Json) -> Json:
        tags = self._tagged(given["ResourceARN"])
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tagged(self, arn: str) -> dict[str, str]:
        for bus in self._engine:
            if bus.arn == arn:
                return bus.tags
            for rule in bus.rules.values():
                if rule.arn == arn:
                    return rule.tags
        raise AwsError("ResourceNotFoundException", f"Resource {arn} does not exist.")


METHODS: Final = {
    "CreateEventBus": "_create_event_bus",
    "DeleteEventBus": "_delete_event_bus",
    "DeleteRule": "_delete_rule",
    "DescribeEventBus": "_describe_event_bus",
    "DescribeRule": "_describe_rule",
    "DisableRule": "_disable_rule",
    "EnableRule": "_enable_rule",
    "ListEventBuses": "_list_event_buses",
    "ListRuleNamesByTarget": "_list_rule_names_by_target",
    "ListRules": "_list_rules",
    "ListTagsForResource": "_list_tags_for_resource",
    "ListTargetsByRule": "_list_targets_by_rule",
    "PutEvents": "_put_events",
    "PutRule": "_put_rule",
    "PutTargets": "_put_targets",
    "RemoveTargets": "_remove_targets",
    "TagResource": "_tag_resource",
    "TestEventPattern": "_test_event_pattern",
    "UntagResource": "_untag_resource",
}


def show_bus(bus: Bus) -> Json:
    """A bus as DescribeEventBus and ListEventBuses show it."""
    shown = {"Name": bus.name, "Arn": bus.arn, "CreationTime": bus.created_s, "LastModifiedTime": bus.modified_s}
    description = bus.settings.get("Description")
    return shown if description is None else {**shown, "Description": description}


def show_rule(rule: Rule) -> Json:
    """A rule as DescribeRule and ListRules show it."""
    settings = rule.settings
    shown = {
        "Name": rule.name,
        "Arn": rule.arn,
        "EventPattern": settings.pattern,
        "ScheduleExpression": settings.schedule,
        "State": settings.state,
        "Description": settings.description,
        "RoleArn": settings.role_arn,
        "EventBusName": rule.bus.name,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
