"""What invokes a function by the clock or for an event of EventBridge: rules and schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.facade.given import names_of, read_given
from eventsim.facade.handle import Handle
from eventsim.facade.keywords import text_of
from eventsim.facade.words import counted, shortened
from eventsim.functions.names import unqualified
from eventsim.scenarios.function_events import trigger, trigger_properties
from eventsim.scenarios.places import Place
from eventsim.scenarios.trigger_specs import RuleSpec, ScheduleSpec
from eventsim.scenarios.wiring import create_schedule, put_rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.eventbridge.rules import Rule as RuleEngine
    from eventsim.cloud.schedules.groups import Schedule as ScheduleEngine
    from eventsim.facade.scope import Scope
    from eventsim.functions.function import Function
    from eventsim.simulation import Simulation as Core


class Rule(Handle):
    """A rule of EventBridge's default bus: a schedule, or a pattern of events."""

    _engine: RuleEngine

    @property
    def matched(self) -> int:
        """How many events, its schedule's included, it was triggered by."""
        return self._engine.matched

    def disable(self) -> None:
        """Trigger nothing from now on; what a schedule misses is not made up for (SCH-12)."""
        self._scope.writable().services.bus.set_state(self.name, enabled=False)

    def enable(self) -> None:
        """Trigger again; a schedule counts from now (SCH-02)."""
        self._scope.writable().services.bus.set_state(self.name, enabled=True)

    def __repr__(self) -> str:
        settings = self._engine.settings
        what = settings.schedule or shortened(settings.pattern or "")
        state = "" if self._engine.enabled else ", disabled"
        return f"<Rule {self.name}: {what}{state}, matched {counted(self.matched, 'event')}>"


class Schedule(Handle):
    """A schedule of EventBridge Scheduler."""

    _engine: ScheduleEngine

    def delete(self) -> None:
        """Delete it."""
        self._scope.writable().services.scheduler.delete(self.name)

    def __repr__(self) -> str:
        return f"<Schedule {self.name}: {self._engine.settings.given['ScheduleExpression']}>"


def add_rule(scope: Scope, function: Function, kind: str, given: Mapping[str, Any]) -> Rule:
    """Make a rule from an event of the Type Schedule or EventBridgeRule (SCH-01 to SCH-08)."""
    core = scope.writable()
    bus = core.services.bus
    spec = _spec(core, function, kind, given, bus.bus().rules)
    assert isinstance(spec, RuleSpec)
    put_rule(bus, spec)
    return Rule(scope, bus.bus().rule(spec.name))


def add_schedule(scope: Scope, function: Function, given: Mapping[str, Any]) -> Schedule:
    """Make a schedule from an event of the Type ScheduleV2 (SCH-09 to SCH-12)."""
    core = scope.writable()
    scheduler = core.services.scheduler
    spec = _spec(core, function, "ScheduleV2", given, scheduler.group("default").schedules)
    assert isinstance(spec, ScheduleSpec)
    create_schedule(scheduler, spec)
    return Schedule(scope, scheduler.group("default").schedule(spec.name))


def _spec(core: Core, function: Function, kind: str, given: Mapping[str, Any], known: Mapping[str, object]) -> Any:
    names, path = names_of(core), f"{function.name}.{kind}"
    if given.get("Input") is not None:
        given = {**given, "Input": text_of(given["Input"], f"{path}.Input")}
    properties = read_given(given, path, lambda r, node: trigger_properties(r, node, path, kind, names))
    made = trigger(_free_name(function.name, kind, known), kind, properties, Place(0, 0, path))
    if function.published_alias is None:
        return made
    from eventsim.scenarios.deployments import through_alias

    return through_alias(made, unqualified(function.arn), function.published_alias)


def _free_name(function: str, kind: str, known: Mapping[str, object]) -> str:
    """FUNCTION/EVENT, whose rule is then FUNCTION-EVENT, which no other is."""
    event = "event" if kind == "EventBridgeRule" else "schedule"
    taken = [name for name in known if name.startswith(f"{function}-{event}")]
    return f"{function}/{event}-{len(taken) + 1}" if taken else f"{function}/{event}"
