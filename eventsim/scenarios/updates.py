"""The step ``update``: settings changed during the run, checked as if made at that point (CON-05, ESM-17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.functions.settings import check_function, check_reserved
from eventsim.mappings.common_settings import IMMUTABLE
from eventsim.mappings.settings import QueueMappingSettings, check_queue_mapping
from eventsim.scenarios.cloudformation import STREAM_TYPES
from eventsim.scenarios.convert import Field, Later, Reading, Refused, Table, Unreadable, join, mapping, read_whole
from eventsim.scenarios.deployment_settings import alias_change, provisioned
from eventsim.scenarios.event_settings import one_spelling
from eventsim.scenarios.model import MappingSpec, UpdateStep
from eventsim.scenarios.queue_events import QUEUE_PROPERTIES, QUEUE_REFUSED
from eventsim.scenarios.queues import attribute_table
from eventsim.scenarios.redrive import check_redrive
from eventsim.scenarios.values import boolean, integer

if TYPE_CHECKING:
    from eventsim.errors import AwsError
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.state import State
    from eventsim.scenarios.yaml_nodes import Node

TARGETS = ("function", "mapping", "queue")


def read_update(reading: Reading, node: Node, path: str, names: Names, state: State) -> UpdateStep:
    """One update; *state* is changed as the run will be."""
    given = [target for target in TARGETS if target in mapping(reading, node, path)]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        reading.refuse(node, path, f"found {found}, expected exactly one of {', '.join(TARGETS)}")
    if given[0] == "function":
        return _function(reading, node, path, names, state)
    if given[0] == "mapping":
        return _mapping(reading, node, path, names, state)
    return _queue(reading, node, path, names, state)


def _function(reading: Reading, node: Node, path: str, names: Names, state: State) -> UpdateStep:
    table: Table = {
        "function": Field(names.one("function")),
        "ReservedConcurrentExecutions": Field(_reservation),
        "Timeout": Field(integer),
        "MemorySize": Field(integer),
        "publish": Field(boolean),
        "alias": Field(alias_change),
        "ProvisionedConcurrencyConfig": Field(_nullable(provisioned)),
        "Environment": Later("a change of Environment"),
        "Handler": Later("a change of Handler"),
        "CodeUri": Later("a change of CodeUri"),
    }
    changes = read_whole(reading, node, path, table, "the update of a function")
    name = _target(reading, node, path, changes, "function")
    spec = state.function_specs.get(name)
    if "ProvisionedConcurrencyConfig" in changes and spec is not None and spec.deployment is None:
        at = join(path, "ProvisionedConcurrencyConfig")
        message = f"found ProvisionedConcurrencyConfig, but {name} has no AutoPublishAlias to give it to"
        reading.error(reading.place(at), at, message)
    before = state.functions.get(name)
    state.change_function(name, changes)
    settings = state.functions.get(name)
    if settings is not None:
        failed = [(member, error) for member, error in check_function(settings) if member in changes]
        reserved = [function.reserved_concurrency for function in state.functions.values()]
        if changes.get("ReservedConcurrentExecutions") and (
            error := check_reserved(reserved, state.account_concurrency)
        ):
            failed.append(("ReservedConcurrentExecutions", error))
        for member, error in failed:
            reading.error(reading.place(join(path, member)), join(path, member), str(error))
        if failed and before is not None:
            state.functions[name] = before
    return UpdateStep(target="function", name=name, changes=changes)


def _mapping(reading: Reading, node: Node, path: str, names: Names, state: State) -> UpdateStep:
    given = names.one("mapping")(reading, mapping(reading, node, path)["mapping"], join(path, "mapping"))
    kind = names.mapping_types.get(given)
    streams = kind in STREAM_TYPES
    properties, refused = _stream_settings(str(kind), names) if streams else (QUEUE_PROPERTIES, QUEUE_REFUSED)
    table: Table = {
        "mapping": Field(names.one("mapping")),
        **{key: Field(_nullable(field.read)) for key, field in properties.items() if isinstance(field, Field)},
        **refused,
        "FunctionName": Later("another function for a mapping"),
        **{key: Refused(f"found {key}, which an update can't change") for key in (*IMMUTABLE, "Queue", "Stream")},
    }
    changes = one_spelling(read_whole(reading, node, path, table, "the update of a mapping"))
    name = _target(reading, node, path, changes, "mapping")
    before = state.mappings.get(name)
    state.change_mapping(name, changes)
    refused_members = _refused(name, names, state)
    for member, error in refused_members:
        at = join(path, member) if member.split(".")[0] in changes else path
        reading.error(reading.place(at), at, str(error))
    if refused_members and before is not None:  # what Lambda refuses changes nothing (ESM-17)
        state.mappings[name] = before
    return UpdateStep(target="mapping", name=name, changes=changes)


def _stream_settings(kind: str, names: Names) -> tuple[Table, Table]:
    from eventsim.scenarios.stream_events import STREAM_REFUSED, stream_changes

    return stream_changes(kind, names), STREAM_REFUSED


def _refused(name: str, names: Names, state: State) -> list[tuple[str, AwsError]]:
    """What Lambda would refuse of a mapping's settings as they are now."""
    settings, spec = state.mappings.get(name), state.specs.get(name)
    if settings is None or spec is None:  # the mapping was refused itself
        return []
    if isinstance(spec, MappingSpec):
        assert isinstance(settings, QueueMappingSettings)
        fifo = spec.queue.endswith(".fifo")
        return check_queue_mapping(settings, fifo=fifo, visibility_timeout_s=None, function_timeout_s=None)
    from eventsim.mappings.stream_settings import StreamMappingSettings, check_stream_mapping
    from eventsim.scenarios.stream_events import source_arn

    assert isinstance(settings, StreamMappingSettings)
    return check_stream_mapping(settings, source_arn=source_arn(spec, names), now_s=None)


def _queue(reading: Reading, node: Node, path: str, names: Names, state: State) -> UpdateStep:
    name = names.one("queue")(reading, mapping(reading, node, path)["queue"], join(path, "queue"))
    table: Table = {
        "queue": Field(names.one("queue")),
        **attribute_table(names, fifo=name.endswith(".fifo")),
        "FifoQueue": Refused("found FifoQueue, which an update can't change"),
    }
    changes = read_whole(reading, node, path, table, "the update of a queue")
    _target(reading, node, path, changes, "queue")
    before = dict(state.queues.get(name, {}))
    state.change_queue(name, changes)
    if "RedrivePolicy" in changes and (message := check_redrive(name, state.queues)):
        at = join(path, "RedrivePolicy")
        reading.error(reading.place(join(at, "deadLetterTargetArn")), at, message)
        state.queues[name] = before
    return UpdateStep(target="queue", name=name, changes=changes)


def _target(reading: Reading, node: Node, path: str, changes: dict[str, Any], target: str) -> str:
    name: str = changes.pop(target)
    if not changes:
        reading.error(node, path, f"found no change, expected settings of the {target} {name!r} with their new values")
        raise Unreadable
    return name


def _reservation(reading: Reading, node: Node, path: str) -> int | None:
    """A reservation; nothing gives it back to the pool."""
    return None if node.value is None else integer(reading, node, path)


def _nullable(read: Any) -> Any:
    def read_or_none(reading: Reading, node: Node, path: str) -> Any:
        return None if node.value is None else read(reading, node, path)

    return read_or_none
