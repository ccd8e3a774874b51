"""The step ``replay``: captured events for a function, or their records for the sources they came from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import InputError
from eventsim.scenarios.convert import Field, Reading, Table, Unreadable, join, read_whole, shown
from eventsim.scenarios.model import ReplayStep, Step
from eventsim.scenarios.places import Place
from eventsim.scenarios.replay_targets import Targets
from eventsim.scenarios.values import integer_between, one_of, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventsim.fixtures.read import Captured
    from eventsim.fixtures.to_source import Kind
    from eventsim.scenarios.model import Scenario
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.state import State
    from eventsim.scenarios.yaml_nodes import Node

SOURCES: tuple[Kind, ...] = ("queue", "stream", "table", "bucket", "topic")
MOST_PROBLEMS = 20


def read_replay(reading: Reading, node: Node, path: str, names: Names, state: State) -> ReplayStep:
    """One replay; its file is read to its end now, so that what is wrong with it is told before anything runs."""
    table: Table = {
        "fixture": Field(_fixture, required=True),
        "to": Field(one_of("function", "source"), required=True),
        "function": Field(names.one("function")),
        **{kind: Field(names.one(kind)) for kind in SOURCES},
        "InvocationType": Field(one_of("RequestResponse", "Event")),
        "batch_size": Field(integer_between(1, 10_000)),
        "speed": Field(_speed),
    }
    values = read_whole(reading, node, path, table, "replay")
    to = values["to"]
    given = [kind for kind in SOURCES if kind in values]
    for key in given if to == "function" else [*given[1:], *_MEANT_FOR_FUNCTIONS]:
        if key in values:
            reading.refuse(node.keys[key], join(path, key), f"found {key} in a replay to a {to}")
    step = ReplayStep(
        files=[values["fixture"]],
        to=to,
        function=values.get("function"),
        invocation_type=values.get("InvocationType", "RequestResponse"),
        batch_size=values.get("batch_size"),
        speed=values.get("speed"),
    )
    targets = Targets(names.by_kind, state.function_specs)
    at = join(path, "fixture")
    problems: list[InputError] = []
    planned = plan(step, targets, problems.append, only={given[0]: values[given[0]]} if given else None)
    for problem in problems[:MOST_PROBLEMS]:
        reading.error(reading.place(at), at, str(problem).replace(f"{values['fixture']}", node.value["fixture"].value))
    if len(problems) > MOST_PROBLEMS:
        reading.error(reading.place(at), at, f"and {len(problems) - MOST_PROBLEMS} more problems")
    if problems:
        raise Unreadable
    return planned


def plan(
    step: ReplayStep,
    targets: Targets,
    tell: Callable[[InputError], None],
    *,
    only: dict[str, str] | None = None,
) -> ReplayStep:
    """The step with every event's target found and its length in time; *tell* gets what is wrong with any.

    *only* is the one kind of resource that records may go back into, with its name.
    """
    from eventsim.fixtures.read import read_fixture
    from eventsim.fixtures.replay_times import event_time_ms

    found: dict[str, str] = {}
    wrong: set[str] = set()
    first_ms, last_ms = None, None
    for file in step.files:
        for one in read_fixture(Path(file), on_error=tell):
            if (fault := one.fault) is not None:
                tell(fault)
                continue
            time_ms = event_time_ms(one.event, one.detected.source)
            if time_ms is not None:
                first_ms = time_ms if first_ms is None else first_ms
                last_ms = time_ms if last_ms is None else max(last_ms, time_ms)
            try:
                _find(step, one, targets, found, only)
            except InputError as error:
                if str(error) not in wrong:
                    wrong.add(str(error))
                    tell(InputError(f"{_place(one)}: {error}"))
    lasts_s = 0.0
    if step.speed is not None and first_ms is not None and last_ms is not None:
        lasts_s = (last_ms - first_ms) / 1000 / step.speed
    return msgspec.structs.replace(step, targets=found, lasts_s=lasts_s)


def _find(
    step: ReplayStep, one: Captured, targets: Targets, found: dict[str, str], only: dict[str, str] | None
) -> None:
    from eventsim.fixtures.to_source import KINDS, returned_records

    source = one.detected.source
    if step.to == "function":
        if step.function is None:
            key = target_key(one)
            if key not in found:
                kind, _, name = key.partition(":")
                found[key] = targets.function(kind, name)
        return
    for record in returned_records(one):
        key = f"{record.kind}:{record.name or ''}"
        if key in found:
            continue
        if only is not None and record.kind not in only:
            raise InputError(
                f"found an event of {source}, which goes back into a {KINDS[source]}, not a {next(iter(only))}"
            )
        found[key] = only[record.kind] if only is not None else targets.source(record.kind, record.name)


def target_key(one: Captured) -> str:
    """``KIND:NAME`` of the resource that an event comes from, as far as its first record says."""
    from eventsim.fixtures.to_source import KINDS, returned_records

    source = one.detected.source
    try:
        first = next(returned_records(one), None)
    except InputError:
        return f"{KINDS.get(source, source)}:"
    return f"{KINDS.get(source, source)}:" if first is None else f"{first.kind}:{first.name or ''}"


def with_replays(scenario: Scenario, files: Sequence[str], speed: float | None) -> tuple[Scenario, list[InputError]]:
    """The scenario with one more step at its start: the records of *files* go back into its sources.

    What can't be read or put back is told in the list, and left out. Raises InputError when nothing is left.
    """
    by_kind: dict[str, list[str]] = {kind: list(getattr(scenario, f"{kind}s")) for kind in SOURCES}
    targets = Targets(by_kind, scenario.functions)
    errors: list[InputError] = []
    step = plan(ReplayStep(files=list(files), to="source", speed=speed, lenient=True), targets, errors.append)
    if not step.targets:
        raise InputError("\n".join(map(str, errors)) or f"found no event in {', '.join(files)}")
    last = Step(index=len(scenario.steps), at_s=0.0, action=step, place=Place(0, 0, "replay"))
    return msgspec.structs.replace(scenario, steps=[*scenario.steps, last]), errors


def _place(one: Captured) -> str:
    line = "" if one.line is None else f":{one.line}"
    return f"{one.file}{line}{'' if one.index is None else f'[{one.index}]'}"


def _fixture(reading: Reading, node: Node, path: str) -> str:
    """A file in the scenario's folder, as it can be opened from here."""
    given = text(reading, node, path)
    folder = Path(reading.file).parent
    inside = os.path.realpath(folder)
    real = os.path.realpath(folder / given)
    if os.path.isabs(given) or os.path.commonpath([inside, real]) != inside:
        reading.refuse(node, path, f"found {given!r}, expected a file in the scenario's folder, or below it")
    if not os.path.isfile(real):
        what = "which is a folder" if os.path.isdir(real) else f"and there is no such file in {folder}"
        reading.refuse(node, path, f"found {given!r}, {what}")
    return str(folder / given)


def _speed(reading: Reading, node: Node, path: str) -> float:
    value: Any = node.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        reading.refuse(node, path, f"found {shown(node)}, expected how many times as fast, as in 1 or 0.5")
    return float(value)


_MEANT_FOR_FUNCTIONS = ("function", "InvocationType", "batch_size")
