"""Schedules and the groups that hold them (SCH-09)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.cloud.eventbridge.delivery import DeliveryMetrics
from eventsim.cloud.eventbridge.errors import schedule_not_found

if TYPE_CHECKING:
    from random import Random

    from eventsim.cloud.schedules.runner import Running
    from eventsim.cloud.schedules.settings import ScheduleSettings


class Schedule:
    """One schedule; *running* is what lets it happen while it is enabled. Times are Unix seconds.

    *turn* counts its starts and stops, *token* is the ClientToken that made it.
    """

    __slots__ = ("arn", "created_s", "group", "modified_s", "name", "running", "settings", "stream", "token", "turn")

    def __init__(self, name: str, group: Group, settings: ScheduleSettings, stream: Random, now_s: float) -> None:
        self.name = name
        self.group = group
        self.arn = f"{group.arn.replace(':schedule-group/', ':schedule/')}/{name}"
        self.settings = settings
        self.stream = stream
        self.created_s = self.modified_s = now_s
        self.running: Running | None = None
        self.token: str | None = None
        self.turn = 0


class Group:
    """One schedule group: its schedules in the order of their creation, its tags, its metrics."""

    __slots__ = ("arn", "created_s", "metrics", "modified_s", "name", "schedules", "tags", "token")

    def __init__(self, name: str, arn: str, now_s: float) -> None:
        self.name = name
        self.arn = arn
        self.created_s = self.modified_s = now_s
        self.schedules: dict[str, Schedule] = {}
        self.token: str | None = None
        self.tags: dict[str, str] = {}
        self.metrics = DeliveryMetrics()

    def schedule(self, name: str) -> Schedule:
        """The schedule of that name; AwsError ResourceNotFoundException."""
        found = self.schedules.get(name)
        if found is None:
            raise schedule_not_found(name)
        return found
