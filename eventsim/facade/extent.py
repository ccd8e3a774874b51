"""What a simulation has beside queues and functions, and whether that lets it ever become idle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError
from eventsim.facade.words import counted

if TYPE_CHECKING:
    from eventsim.simulation import Simulation as Core


def other_parts(core: Core) -> list[str]:
    """The streams, tables, buckets and topics, counted; nothing is made for it that nobody asked for."""
    services, cloud = vars(core.services), core.made_cloud
    counts = {
        "stream": len(services.get("streams", ())),
        "table": len(list(cloud.tables)) if cloud is not None and cloud.has_tables else 0,
        "bucket": len(cloud.buckets.names()) if cloud is not None and cloud.has_buckets else 0,
        "topic": len(services.get("topics", ())),
    }
    return [counted(count, noun) for noun, count in counts.items() if count]


def check_end(core: Core) -> None:
    """InputError for a run until idle where a schedule goes on for ever."""
    for name in _endless(vars(core.services)):
        raise InputError(
            f"{name} goes on for ever, so this never becomes idle: run(for_s=...), run(until=...), or disable it"
        )


def _endless(services: dict[str, Any]) -> list[str]:
    rules = [rule for bus in services.get("bus", ()) for rule in bus.rules.values()]
    found = [f"the rule {rule.name} ({rule.settings.schedule})" for rule in rules if rule.running is not None]
    for group in services.get("scheduler", ()):
        for schedule in group.schedules.values():
            given = schedule.settings.given
            once = given["ScheduleExpression"].startswith("at(")
            if schedule.running is not None and not once and schedule.settings.end_s is None:
                found.append(f"the schedule {schedule.name} ({given['ScheduleExpression']})")
    return found
