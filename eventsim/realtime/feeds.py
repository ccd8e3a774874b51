"""Which queues stand between an endpoint's topics and buckets and the functions that they invoke."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from eventsim.errors import Problem, ScenarioError
from eventsim.scenarios.model import ReplayStep
from eventsim.scenarios.trigger_specs import NotificationSpec, RuleSpec, ScheduleSpec, SubscriptionSpec

if TYPE_CHECKING:
    from eventsim.scenarios.model import Scenario

_LONGEST_NAME = 80
ATTRIBUTES = {"VisibilityTimeout": "120", "ReceiveMessageWaitTimeSeconds": "0"}


class Feed(NamedTuple):
    """A queue that collects the events of one topic or bucket for one function.

    *kind* is ``topic`` or ``bucket``, *origin* its name. *attributes* are the subscription's, *configurations* the
    LambdaConfigurations that the function's event asks for.
    """

    queue: str
    function: str
    kind: str
    origin: str
    attributes: dict[str, str]
    configurations: tuple[dict[str, Any], ...] = ()


def feeds_of(scenario: Scenario) -> list[Feed]:
    """The feeder queues of a scenario, one for each function and topic or bucket."""
    found: dict[str, Feed] = {}
    for function in scenario.functions.values():
        for trigger in function.triggers:
            if isinstance(trigger, SubscriptionSpec):
                name = feeder_name(function.name, "topic", trigger.topic)
                found[name] = Feed(name, function.name, "topic", trigger.topic, trigger.attributes)
            elif isinstance(trigger, NotificationSpec):
                name = feeder_name(function.name, "bucket", trigger.bucket)
                before = found[name].configurations if name in found else ()
                both = (*before, *trigger.configurations)
                found[name] = Feed(name, function.name, "bucket", trigger.bucket, {}, both)
    return list(found.values())


def feeder_name(function: str, kind: str, origin: str) -> str:
    """The name of a feeder queue: the same in every process, and one that SQS takes."""
    name = f"eventsim-{function}-{kind}-{origin}".replace(".", "-")
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}-{sha256(name.encode()).hexdigest()[:8]}"


def check_supported(scenario: Scenario) -> None:
    """ScenarioError for what a scenario asks of an endpoint that is not possible there."""
    problems: list[Problem] = []

    def refuse(place: Any, text: str) -> None:
        problems.append(Problem(scenario.file, place.line, place.column, place.path, text))

    for function in scenario.functions.values():
        config = function.event_invoke
        ends = [] if config is None else [config.on_success, config.on_failure]
        if any(arn is not None and ":events:" in arn for arn in ends):
            refuse(function.place, "an event bus as a destination is not possible on a real endpoint: name a queue")
        for trigger in function.triggers:
            if isinstance(trigger, RuleSpec) and trigger.pattern is not None:
                refuse(
                    trigger.place,
                    "a rule with an event pattern is not possible on a real endpoint: have the rule send to a queue, "
                    "and map that queue",
                )
            elif isinstance(trigger, RuleSpec | ScheduleSpec) and _has_dead_letters(trigger):
                refuse(trigger.place, "DeadLetterConfig of a schedule is not possible on a real endpoint: leave it out")
    for step in scenario.steps:
        if isinstance(step.action, ReplayStep) and step.action.to == "source":
            refuse(step.place, "a replay to: source is not possible on a real endpoint: replay to: function")
    if problems:
        raise ScenarioError(problems)


def _has_dead_letters(trigger: RuleSpec | ScheduleSpec) -> bool:
    target = trigger.target if isinstance(trigger, RuleSpec) else trigger.settings.get("Target", {})
    return bool(target.get("DeadLetterConfig"))
