"""The ``steps`` section: one action each, at instants worked out from the file alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.scenarios.actions import read_invoke, read_redrive
from eventsim.scenarios.convert import Field, Reading, Table, Unreadable, items, join, mapping, read_fields
from eventsim.scenarios.durations import seconds
from eventsim.scenarios.expectations import read_expectation
from eventsim.scenarios.model import ExpectStep, Step
from eventsim.scenarios.places import Place
from eventsim.scenarios.sends import read_send
from eventsim.scenarios.updates import read_update

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Converter
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.state import State
    from eventsim.scenarios.yaml_nodes import Node


def read_steps(reading: Reading, node: Node, path: str, names: Names, state: State) -> list[Step]:
    """The steps in file order, each with the instant of its start; a step that can't be read keeps its time."""
    if node.value is None:
        return []
    steps = _Steps(reading, names, state)
    read = []
    for index, item in enumerate(items(reading, node, path)):
        reading.places[f"{path}[{index}]"] = (item.line, item.column)
        try:
            read.append(steps.read(item, f"{path}[{index}]", index))
        except Unreadable:
            continue
    return read


class _Steps:
    """Reads one step after the other and keeps where in time they have come to."""

    def __init__(self, reading: Reading, names: Names, state: State) -> None:
        self.reading = reading
        self.latest_s = 0.0
        self.previous_s = 0.0
        self.actions: Table = {
            "send": Field(lambda r, n, p: read_send(r, n, p, names, state)),
            "put": Field(self.feeding("put", names, state)),
            "write": Field(self.feeding("write", names, state)),
            "upload": Field(self.feeding("upload", names, state)),
            "delete_object": Field(self.feeding("delete_object", names, state)),
            "publish": Field(self.feeding("publish", names, state)),
            "invoke": Field(lambda r, n, p: read_invoke(r, n, p, names)),
            "replay": Field(self.feeding("replay", names, state)),
            "update": Field(lambda r, n, p: read_update(r, n, p, names, state)),
            "reshard": Field(self.feeding("reshard", names, state)),
            "redrive": Field(lambda r, n, p: read_redrive(r, n, p, names, state)),
            "expect": Field(lambda r, n, p: ExpectStep(expectation=read_expectation(r, n, p, names))),
        }
        self.table: Table = {"at": Field(seconds), "after": Field(seconds), **self.actions}

    @staticmethod
    def feeding(action: str, names: Names, state: State) -> Converter:
        """The reader of a step that feeds another source than a queue; its module is imported when there is one."""

        def read_action(reading: Reading, node: Node, path: str) -> Any:
            from eventsim.scenarios.source_actions import READERS

            return READERS[action](reading, node, path, names, state)

        return read_action

    def read(self, node: Node, path: str, index: int) -> Step:
        """One step; its errors are noted."""
        members = mapping(self.reading, node, path)
        errors = len(self.reading.errors)
        values = read_fields(self.reading, node, path, self.table, "a step")
        start_s = self.start_s(node, path, values)
        if "at" in members and "after" in members:
            self.reading.error(node.keys["after"], join(path, "after"), "found at and after, expected one of them")
        given = [key for key in members if key in self.actions]
        if len(given) > 1 or (not given and len(self.reading.errors) == errors):
            found = " and ".join(given) or "none"
            allowed = ", ".join(self.actions)
            self.reading.refuse(node, path, f"found {found}, expected exactly one action; allowed: {allowed}")
        if not given or given[0] not in values:
            raise Unreadable
        step = Step(index=index, at_s=start_s, action=values[given[0]], place=Place(node.line, node.column, path))
        self.previous_s = step.last_at_s
        return step

    def start_s(self, node: Node, path: str, values: dict[str, Any]) -> float:
        """When a step starts: at a given time, some time after the last item of the step before, or with that."""
        if "at" in values and values["at"] < self.latest_s:
            self.reading.error(
                node.value["at"],
                join(path, "at"),
                f"found {values['at']:g} s, before an earlier step's {self.latest_s:g} s: steps stand in order of time",
            )
        start_s: float = values["at"] if "at" in values else round(self.previous_s + values.get("after", 0.0), 9)
        self.latest_s = max(self.latest_s, start_s)
        self.previous_s = start_s
        return start_s
