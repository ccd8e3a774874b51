"""From a scenario file to a `Scenario`: everything is checked and nothing is started."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventsim.quirks import NO_QUIRKS
from eventsim.scenarios.arns import ARNS
from eventsim.scenarios.cloudformation import TRIGGER_TYPES
from eventsim.scenarios.convert import MISSING, Field, Reading, Table, Unreadable, join, mapping, read_fields
from eventsim.scenarios.durations import instant, seconds
from eventsim.scenarios.events import check_mappings
from eventsim.scenarios.expectations import read_expectation
from eventsim.scenarios.functions import check_reservations, read_function
from eventsim.scenarios.lint import lint
from eventsim.scenarios.model import Scenario
from eventsim.scenarios.names import Names
from eventsim.scenarios.queues import read_queue
from eventsim.scenarios.redrive import check_redrive, circle_through
from eventsim.scenarios.state import State
from eventsim.scenarios.steps import read_steps
from eventsim.scenarios.values import integer_between, text
from eventsim.scenarios.yaml_nodes import Node, read_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.quirks import Quirks
    from eventsim.scenarios.convert import Converter
    from eventsim.scenarios.model import FunctionSpec, QueueSpec, Step
    from eventsim.scenarios.resources import StreamSpec, TableSpec

DEFAULT_START_S = 1767225600.0
"""2026-01-01T00:00:00Z."""

DEFAULT_ACCOUNT_CONCURRENCY = 1000


def load_scenario(path: str | Path, *, endless: bool = False) -> Scenario:
    """Read one scenario file; with *endless* schedules need no ``run_for``: it runs until it is stopped.

    Raises ScenarioError with all that is wrong with it, in the order of the places. Nothing is imported of the user's
    code; `eventsim.scenarios.handlers.check_handlers` looks at that without running it.
    """
    file = str(path)
    root, problems, warnings = read_document(Path(path), file)
    reading = Reading(file)
    reading.errors += problems
    reading.warnings += warnings
    folder = Path(path).parent
    names = _names(root)
    values = read_fields(reading, root, "", _table(names, folder), "a scenario")
    account = values.get("account", {}).get("ConcurrentExecutions", DEFAULT_ACCOUNT_CONCURRENCY)
    queues: dict[str, QueueSpec] = values.get("queues", {})
    functions: dict[str, FunctionSpec] = values.get("functions", {})
    streams: dict[str, StreamSpec] = values.get("streams", {})
    tables: dict[str, TableSpec] = values.get("tables", {})
    start_time_s: float = values.get("start_time", DEFAULT_START_S)
    _check_redrive(reading, queues)
    check_mappings(reading, functions, queues, tables, names=names, start_time_s=start_time_s)
    check_reservations(reading, functions.values(), account)
    steps = values.get("steps")
    topics, buckets = values.get("topics", {}), values.get("buckets", {})
    state = State(queues, functions, account, tables=tables)
    if streams or topics or buckets or any(function.is_asynchronous for function in functions.values()):
        from eventsim.scenarios.rehearsal import rehearse

        state.streams, state.topics = rehearse(
            reading,
            streams=streams,
            topics=topics,
            buckets=buckets,
            functions=functions,
            start_time_s=start_time_s,
            has_end=endless or "run_for" in values,
        )
    read = reading.attempt(lambda r, n, p: read_steps(r, n, p, names, state), steps, "steps") if steps else []
    lint(reading, functions.values(), queues)
    if "run_for" in values and read is not MISSING:
        _warn_of_late_steps(reading, read, values["run_for"])
    found_warnings = reading.finish()
    return Scenario(
        file=file,
        folder=folder,
        name=values.get("name", Path(path).stem),
        seed=values.get("seed", 0),
        start_time_s=start_time_s,
        run_for_s=values.get("run_for"),
        account_concurrency=account,
        queues=queues,
        streams=streams,
        tables=tables,
        buckets=buckets,
        topics=topics,
        functions=functions,
        steps=read,
        expect=values.get("expect"),
        quirks=values.get("quirks", NO_QUIRKS),
        warnings=found_warnings,
    )


def _table(names: Names, folder: Path) -> Table:
    return {
        "name": Field(text),
        "seed": Field(integer_between(0, 2**63 - 1)),
        "start_time": Field(instant),
        "run_for": Field(seconds),
        "account": Field(_account),
        "quirks": Field(_quirks),
        "queues": Field(_section(lambda r, name, node: read_queue(r, name, node, names))),
        "streams": Field(_section(_reader("streams", names))),
        "tables": Field(_section(_reader("tables", names))),
        "buckets": Field(_section(_reader("buckets", names))),
        "topics": Field(_section(_reader("topics", names))),
        "functions": Field(_section(lambda r, name, node: read_function(r, name, node, names, folder))),
        "steps": Field(_as_it_is),
        "expect": Field(lambda r, n, p: read_expectation(r, n, p, names)),
    }


def _reader(section: str, names: Names) -> Callable[[Reading, str, Node], Any]:
    """The reader of a section's resources, whose module is imported when the file has one."""

    def read_resource(reading: Reading, name: str, node: Node) -> Any:
        from eventsim.scenarios.source_sections import READERS

        return READERS[section](reading, name, node, names)

    return read_resource


def _section(read: Callable[[Reading, str, Node], Any]) -> Converter:
    """A converter for a section: a mapping of names to resources."""

    def read_section(reading: Reading, node: Node, path: str) -> dict[str, Any]:
        resources = {}
        for name, member in mapping(reading, node, path).items():
            reading.places[join(path, name)] = (member.line, member.column)
            try:
                resources[name] = read(reading, name, member)
            except Unreadable:
                continue
        return resources

    return read_section


def _account(reading: Reading, node: Node, path: str) -> dict[str, int]:
    return read_fields(reading, node, path, {"ConcurrentExecutions": Field(integer_between(1, 1_000_000))}, "account")


def _quirks(reading: Reading, node: Node, path: str) -> Quirks:
    from eventsim.scenarios.quirks import read_quirks

    return read_quirks(reading, node, path)


def _as_it_is(_reading: Reading, node: Node, _path: str) -> Node:
    """The steps come after everything that they name."""
    return node


def _names(root: Node) -> Names:
    """Every name declared, so that one broken resource does not make all that name it broken too."""

    def members(node: Node | None) -> dict[str, Node]:
        return node.value if node is not None and isinstance(node.value, dict) else {}

    types = {
        f"{name}/{event}": getattr(members(member).get("Type"), "value", None)
        for name, node in members(root.value.get("functions")).items()
        for event, member in members(members(node).get("Events")).items()
    }
    mapping_types = {name: kind for name, kind in types.items() if kind not in TRIGGER_TYPES}
    by_kind = {kind: members(root.value.get(f"{kind}s")) for kind in ARNS}
    return Names(by_kind, mapping_types=mapping_types, stream_label=_stream_label(root.value.get("start_time")))


def _stream_label(start_time: Node | None) -> str:
    """The label of every stream that a table has from the start: the time of its creation (DDB-01)."""
    start_s = MISSING if start_time is None else Reading("").attempt(instant, start_time, "")
    start_ms = round((float(start_s) if isinstance(start_s, float) else DEFAULT_START_S) * 1000)
    whole, milliseconds = divmod(start_ms, 1000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}"


def _warn_of_late_steps(reading: Reading, steps: list[Step], run_for_s: float) -> None:
    for step in steps:
        if step.last_at_s > run_for_s:
            message = f"found a step that goes on to {step.last_at_s:g} s, but run_for ends the run at {run_for_s:g} s"
            reading.warn(reading.place(step.place.path), step.place.path, message)


def _check_redrive(reading: Reading, queues: dict[str, QueueSpec]) -> None:
    attributes = {name: queue.attributes for name, queue in queues.items()}
    told: set[str] = set()
    for name, queue in queues.items():
        if name not in told and (message := check_redrive(name, attributes)):
            told.update(circle_through(name, attributes))
            path = join(queue.place.path, "RedrivePolicy.deadLetterTargetArn")
            reading.error(reading.place(path), path, message)
