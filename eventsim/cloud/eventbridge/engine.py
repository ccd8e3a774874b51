"""The EventBridge engine: buses, rules, and what becomes of an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.eventbridge.delivery import Deliveries
from eventsim.cloud.eventbridge.envelopes import SCHEDULED_EVENT, Event, make_text
from eventsim.cloud.eventbridge.errors import bus_exists, bus_not_found, too_many_targets, validation
from eventsim.cloud.eventbridge.retries import DEFAULT_BACKOFF, Backoff, Failure
from eventsim.cloud.eventbridge.rules import (
    DEFAULT_BUS,
    DISABLED,
    ENABLED,
    Bus,
    Rule,
    RuleParcel,
    RuleSettings,
    parse_settings,
)
from eventsim.cloud.eventbridge.targets import Target, parse_target
from eventsim.cloud.schedules.runner import Runner, occurrences_after
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from eventsim.cloud.eventbridge.outlets import Outlets
    from eventsim.cloud.queues.waiters import Timers
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.seeds import Seeds
    from eventsim.kernel.trace import Trace

MOST_TARGETS: Final = 5
INVALID_JSON: Final = Failure("INVALID_JSON", "INVALID_JSON", "Invalid input for target.")
_encode: Final = msgspec.json.Encoder().encode


class EventBridge:
    """The event buses of one account and region; the default one is always there.

    *timers* gives the event loop for schedules and for deliveries that are tried again. *jitter_s* is the most whole
    seconds, 0 to 59, by which a schedule's event may come after its time (SCH-05). *trace* gets ``schedule.fire``,
    ``rule.match`` and the lines of `Deliveries`. Ids come from a random stream of their own.
    """

    def __init__(
        self,
        clock: Clock,
        seeds: Seeds,
        timers: Callable[[], Timers],
        outlets: Outlets,
        *,
        trace: Trace | None = None,
        account_id: str = "123456789012",
        region: str = "us-east-1",
        jitter_s: int = 0,
        backoff: Backoff = DEFAULT_BACKOFF,
    ) -> None:
        if not 0 <= jitter_s <= 59:
            raise ValueError(f"found the jitter {jitter_s} s; allowed: 0 to 59 whole seconds")
        self.account_id = account_id
        self.region = region
        self._clock = clock
        self._trace = trace
        self._ids = seeds.stream("events:ids")
        self._jitter = seeds.stream("events:jitter")
        self._jitter_s = jitter_s
        self._runner = Runner(clock, timers)
        self._trace_fire = None if trace is None else trace.writer("schedule.fire", "rule", "event")
        self._deliveries = Deliveries(
            clock, timers, outlets, stream=seeds.stream("events:retries"), backoff=backoff, trace=trace
        )
        self._buses: dict[str, Bus] = {}
        self._default = self._add_bus(DEFAULT_BUS, {})

    def __iter__(self) -> Iterator[Bus]:
        return iter(tuple(self._buses.values()))

    # --- buses ---

    def create_bus(self, name: str, settings: Mapping[str, Any] | None = None) -> Bus:
        """A new bus; *settings* are the other members of CreateEventBus. AwsError when there is one of that name."""
        if name in self._buses:
            raise bus_exists(name)
        if "/" in name:
            raise validation("Event bus name must not contain '/'.")
        return self._add_bus(name, dict(settings or {}))

    def delete_bus(self, name: str) -> None:
        """Delete a bus that has no rules; one that is not there is gone already. AwsError for the default bus."""
        if name == DEFAULT_BUS:
            raise validation("Cannot delete event bus default.")
        bus = self._buses.get(name)
        if bus is not None and bus.rules:
            raise validation("EventBus can't be deleted since it has rules.")
        self._buses.pop(name, None)

    def bus(self, name_or_arn: str | None = None) -> Bus:
        """The bus of that name or ARN, by default the default bus; AwsError ResourceNotFoundException."""
        found = self.find_bus(name_or_arn)
        if found is None:
            raise bus_not_found((name_or_arn or "").rpartition("/")[2])
        return found

    def find_bus(self, name_or_arn: str | None) -> Bus | None:
        """As `bus`, None where there is none."""
        if name_or_arn is None:
            return self._default
        bus = self._buses.get(name_or_arn.rpartition("/")[2])
        return bus if bus is not None and name_or_arn in (bus.name, bus.arn) else None

    def _add_bus(self, name: str, settings: dict[str, Any]) -> Bus:
        arn = f"arn:aws:events:{self.region}:{self.account_id}:event-bus/{name}"
        bus = self._buses[name] = Bus(name, arn, self._clock.wall_s(), settings)
        return bus

    # --- rules ---

    def put_rule(self, name: str, settings: RuleSettings, bus: str | None = None) -> Rule:
        """Make a rule or replace all its settings; its targets stay.

        An enabled schedule counts from now (SCH-02), unless the rule was enabled with the same expression before.
        AwsError ValidationException or InvalidEventPatternException leaves everything as it was.
        """
        home = self.bus(bus)
        pattern, expression = parse_settings(settings, home.name)
        rule = home.rules.get(name)
        if rule is None:
            place = name if home is self._default else f"{home.name}/{name}"
            rule = home.rules[name] = Rule(name, f"arn:aws:events:{self.region}:{self.account_id}:rule/{place}", home)
        goes_on = rule.enabled and rule.settings.schedule == settings.schedule
        rule.settings, rule.pattern, rule.expression = settings, pattern, expression
        self._schedule(rule, goes_on=goes_on)
        return rule

    def set_state(self, name: str, *, enabled: bool, bus: str | None = None) -> None:
        """Enable or disable a rule; what a schedule missed meanwhile is not made up for (SCH-12)."""
        rule = self.bus(bus).rule(name)
        if rule.enabled == enabled:
            return
        rule.settings = msgspec.structs.replace(rule.settings, state=ENABLED if enabled else DISABLED)
        self._schedule(rule, goes_on=False)

    def delete_rule(self, name: str, bus: str | None = None) -> None:
        """Delete a rule without targets; one that is not there is gone already."""
        home = self.bus(bus)
        rule = home.rules.get(name)
        if rule is None:
            return
        if rule.targets:
            raise validation("Rule can't be deleted since it has targets.")
        self._stop(rule)
        del home.rules[name]

    def put_targets(self, name: str, targets: Sequence[Mapping[str, Any]], bus: str | None = None) -> None:
        """Add targets to a rule, or replace those of the same id; each is PutTargets' member of that name.

        AwsError LimitExceededException for more than five, ValidationException for one that can't be.
        """
        rule = self.bus(bus).rule(name)
        parsed = {target.id: target for target in map(parse_target, targets)}
        if len(rule.targets | parsed) > MOST_TARGETS:
            raise too_many_targets()
        rule.targets |= parsed

    def remove_targets(self, name: str, ids: Iterable[str], bus: str | None = None) -> None:
        """Take targets from a rule; those that it lacks are gone already."""
        rule = self.bus(bus).rule(name)
        for target_id in ids:
            rule.targets.pop(target_id, None)

    # --- schedules ---

    def _schedule(self, rule: Rule, *, goes_on: bool) -> None:
        if rule.running is not None and goes_on and rule.enabled:
            return
        self._stop(rule)
        if rule.enabled and rule.expression is not None:
            occurrences = occurrences_after(rule.expression, self._clock.wall_s())
            rule.running = self._runner.start(occurrences, lambda when_s: self._due(rule, when_s))

    def _stop(self, rule: Rule) -> None:
        if rule.running is not None:
            rule.running.stop()
            rule.running = None

    def _due(self, rule: Rule, when_s: float) -> None:
        late_s = self._jitter.randint(0, self._jitter_s) if self._jitter_s else 0
        if late_s:
            self._runner.call_at(when_s + late_s, self._fire, rule, when_s)
        else:
            self._fire(rule, when_s)

    def _fire(self, rule: Rule, when_s: float) -> None:
        if rule.running is None:
            return  # disabled or deleted in the seconds that the event was late
        event = self._make_event(
            {"source": "aws.events", "detail-type": SCHEDULED_EVENT, "resources": [rule.arn]}, "{}", when_s
        )
        if self._trace_fire is not None:
            self._trace_fire(rule.name, event.id)
        self._route(self._default, event, scheduled=rule)

    # --- events ---

    def publish(self, event: Mapping[str, Any], bus: str | None = None) -> str:
        """Let an AWS service's event happen; the answer is its id.

        *event* is an envelope; of ``id``, ``account``, ``time``, ``region``, ``resources`` and ``detail`` it gets what
        it lacks. AwsError ResourceNotFoundException when there is no such bus.
        """
        home = self.bus(bus)
        made = self._make_event(event, _encode(event.get("detail", {})).decode(), None)
        self._route(home, made)
        return made.id

    def accept(self, envelope: Mapping[str, Any], detail: str, time_s: float | None, bus: str | None) -> str:
        """Take one entry of PutEvents, checked, its *detail* as JSON text; on a bus that is not there it is lost."""
        made = self._make_event(envelope, detail, time_s)
        home = self.find_bus(bus)
        if home is not None:
            self._route(home, made)
        return made.id

    def _make_event(self, envelope: Mapping[str, Any], detail: str, time_s: float | None) -> Event:
        event_id = envelope.get("id") or draw_uuid(self._ids)
        text = make_text(
            event_id=event_id,
            detail_type=envelope["detail-type"],
            source=envelope["source"],
            account_id=envelope.get("account", self.account_id),
            time=envelope.get("time"),
            time_s=self._clock.wall_s() if time_s is None else time_s,
            region=envelope.get("region", self.region),
            resources=envelope.get("resources", ()),
            detail=detail,
        )
        return Event(event_id, text, self._clock.wall_ms())

    def _route(self, bus: Bus, event: Event, scheduled: Rule | None = None) -> None:
        """Hand an event to the rules it matches; the rule whose schedule made it gets it whatever its pattern says."""
        for rule in tuple(bus.rules.values()):
            if rule is not scheduled:
                if not rule.enabled or rule.pattern is None or not rule.pattern.matches(event.document):
                    continue
                if self._trace is not None:
                    self._trace.add("rule.match", rule=rule.name, bus=bus.name, event=event.id)
            rule.matched += 1
            for target in tuple(rule.targets.values()):
                self._deliver(rule, target, event)

    def _deliver(self, rule: Rule, target: Target, event: Event) -> None:
        body, is_json = target.payload(event, rule.name, rule.arn)
        parcel = RuleParcel(rule, target, event.id, body)
        if is_json:
            self._deliveries.send(parcel)
        else:
            self._deliveries.refuse(parcel, INVALID_JSON, body)
