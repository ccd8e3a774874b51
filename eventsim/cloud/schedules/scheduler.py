"""EventBridge Scheduler: schedules in groups, each with one target (SCH-09 to SCH-12)."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from eventsim.cloud.eventbridge.delivery import Deliveries
from eventsim.cloud.eventbridge.errors import (
    group_exists,
    group_not_found,
    schedule_exists,
    validation,
)
from eventsim.cloud.eventbridge.retries import DEFAULT_BACKOFF, Backoff
from eventsim.cloud.schedules.groups import Group, Schedule
from eventsim.cloud.schedules.payloads import ScheduleParcel
from eventsim.cloud.schedules.rate import Once, Rate
from eventsim.cloud.schedules.runner import Runner
from eventsim.cloud.schedules.settings import DEFAULT_GROUP, ScheduleSettings, parse_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from eventsim.cloud.eventbridge.outlets import Outlets
    from eventsim.cloud.queues.waiters import Timers
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.seeds import Seeds
    from eventsim.kernel.trace import Trace


class Scheduler:
    """The schedules of one account and region; the group ``default`` is always there.

    *timers* gives the event loop. *trace* gets ``schedule.fire`` and the lines of `Deliveries`. What is left to chance,
    ids and the moments within flexible time windows, comes from one random stream per schedule.
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
        backoff: Backoff = DEFAULT_BACKOFF,
    ) -> None:
        self.account_id = account_id
        self.region = region
        self._clock = clock
        self._seeds = seeds
        self._trace = trace
        self._runner = Runner(clock, timers)
        self._deliveries = Deliveries(
            clock, timers, outlets, stream=seeds.stream("scheduler:retries"), backoff=backoff, trace=trace
        )
        self._groups: dict[str, Group] = {}
        self.create_group(DEFAULT_GROUP)

    def __iter__(self) -> Iterator[Group]:
        return iter(tuple(self._groups.values()))

    # --- groups ---

    def create_group(self, name: str, token: str | None = None) -> Group:
        """A new group, or the one made with the same *token*; AwsError ConflictException for a name in use."""
        existing = self._groups.get(name)
        if existing is not None:
            if token is None or token != existing.token:
                raise group_exists(name)
            return existing
        arn = f"arn:aws:scheduler:{self.region}:{self.account_id}:schedule-group/{name}"
        group = self._groups[name] = Group(name, arn, self._clock.wall_s())
        group.token = token
        return group

    def delete_group(self, name: str) -> None:
        """Delete a group with its schedules, at once; AwsError for one that is not there and for the default one."""
        group = self.group(name)
        if name == DEFAULT_GROUP:
            raise validation("The default schedule group can't be deleted.")
        for schedule in tuple(group.schedules.values()):
            self._remove(schedule)
        del self._groups[name]

    def group(self, name: str = DEFAULT_GROUP) -> Group:
        """The group of that name; AwsError ResourceNotFoundException."""
        found = self._groups.get(name)
        if found is None:
            raise group_not_found(name)
        return found

    # --- schedules ---

    def create(self, name: str, settings: Mapping[str, Any], group: str = DEFAULT_GROUP) -> Schedule:
        """A new schedule, by the members of CreateSchedule; it counts from now when it is enabled.

        The same ClientToken again is the same call again. AwsError ValidationException, NotImplemented,
        ConflictException, or ResourceNotFoundException for its group.
        """
        home = self.group(group)
        token = settings.get("ClientToken")
        existing = home.schedules.get(name)
        if existing is not None:
            if token is None or token != existing.token:
                raise schedule_exists(name)
            return existing
        now_s = self._clock.wall_s()
        stream = self._seeds.stream(f"scheduler:{group}/{name}")
        schedule = home.schedules[name] = Schedule(name, home, parse_settings(settings, now_s), stream, now_s)
        schedule.token = token
        self._start(schedule)
        return schedule

    def update(self, name: str, settings: Mapping[str, Any], group: str = DEFAULT_GROUP) -> Schedule:
        """Replace all settings of a schedule; it counts from now, unless its timing is what it was."""
        schedule = self.group(group).schedule(name)
        before, after = schedule.settings, parse_settings(settings, self._clock.wall_s())
        schedule.settings = after
        schedule.modified_s = self._clock.wall_s()
        if not after.has_timing_of(before):
            self._stop(schedule)
            self._start(schedule)
        return schedule

    def delete(self, name: str, group: str = DEFAULT_GROUP) -> None:
        """Delete a schedule; AwsError ResourceNotFoundException."""
        self._remove(self.group(group).schedule(name))

    def _remove(self, schedule: Schedule) -> None:
        self._stop(schedule)
        del schedule.group.schedules[schedule.name]

    # --- occurrences ---

    def _start(self, schedule: Schedule) -> None:
        if schedule.settings.enabled:
            turn = schedule.turn
            occurrences = occurrences_of(schedule.settings, self._clock.wall_s())
            schedule.running = self._runner.start(occurrences, lambda when_s: self._due(schedule, turn, when_s))

    def _stop(self, schedule: Schedule) -> None:
        schedule.turn += 1
        if schedule.running is not None:
            schedule.running.stop()
            schedule.running = None

    def _due(self, schedule: Schedule, turn: int, when_s: float) -> None:
        window_s = schedule.settings.window_s
        late_s = schedule.stream.randrange(window_s) if window_s else 0
        if late_s:
            self._runner.call_at(when_s + late_s, self._fire, schedule, turn, when_s)
        else:
            self._fire(schedule, turn, when_s)

    def _fire(self, schedule: Schedule, turn: int, when_s: float) -> None:
        if schedule.turn != turn:
            return  # changed, disabled or deleted within the flexible time window
        if self._trace is not None:
            self._trace.add("schedule.fire", schedule=schedule.name, group=schedule.group.name)
        settings = schedule.settings
        if settings.delete_after and is_last(settings, when_s):
            self._remove(schedule)
        self._deliveries.send(
            ScheduleParcel(
                schedule.name,
                schedule.arn,
                settings.target,
                scheduled_s=when_s,
                stream=schedule.stream,
                metrics=schedule.group.metrics,
            )
        )


def occurrences_of(settings: ScheduleSettings, now_s: float) -> Iterator[float]:
    """The occurrences of a schedule that is enabled at *now_s*, all in Unix seconds (SCH-09).

    A rate begins at its StartDate, without one at once; it counts from there. StartDate and EndDate belong to what
    they limit, and mean nothing to a one-time schedule.
    """
    expression, start_s, end_s = settings.expression, settings.start_s, settings.end_s
    if isinstance(expression, Once):
        if expression.when_s is not None and expression.when_s >= now_s:
            yield float(expression.when_s)
        return
    since_s = now_s if start_s is None else start_s
    when: float | None
    if isinstance(expression, Rate):
        when = since_s if since_s >= now_s else expression.next_after(now_s, since_s)
    else:
        # A cron expression can name the StartDate itself, and not the moment of its creation.
        when = expression.next_after(ceil(start_s) - 1 if start_s is not None and start_s > now_s else now_s)
    while when is not None and (end_s is None or when <= end_s):
        yield when
        when = expression.next_after(when, since_s)


def is_last(settings: ScheduleSettings, when_s: float) -> bool:
    """Whether a schedule has no occurrence after the one at *when_s*."""
    if isinstance(settings.expression, Once):
        return True
    following = settings.expression.next_after(when_s, settings.start_s if settings.start_s is not None else when_s)
    return following is None or (settings.end_s is not None and following > settings.end_s)
