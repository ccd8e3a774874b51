"""Warnings about settings that AWS advises against (SQS-22), and about patterns that nothing can match (FLT-05)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.cloud.queues.redrive import parse_redrive_policy
from eventsim.scenarios.convert import join
from eventsim.scenarios.model import MappingSpec
from eventsim.scenarios.queue_events import visibility_timeout_s

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventsim.patterns.record_documents import Source
    from eventsim.scenarios.convert import Reading
    from eventsim.scenarios.model import FunctionSpec, QueueSpec, StreamMappingSpec


def lint(reading: Reading, functions: Iterable[FunctionSpec], queues: Mapping[str, QueueSpec]) -> None:
    """Warn of sizes below AWS's advice for queues that functions read, and of scripts that wait in vain."""
    advised: set[str] = set()
    for function in functions:
        _lint_script(reading, function)
        mappings = [mapping for mapping in function.mappings if isinstance(mapping, MappingSpec)]
        for mapping in mappings:
            queue = queues.get(mapping.queue)
            if queue is None:
                continue
            _lint_visibility(reading, function, mapping, queue)
            if queue.name not in advised:
                advised.add(queue.name)
                _lint_receive_count(reading, queue)
        if mappings:
            _lint_reservation(reading, function)


def _lint_script(reading: Reading, function: FunctionSpec) -> None:
    """Its patterns name keys of the records that its mappings deliver; whatever else invokes it sends anything."""
    # An outcome that was refused is no Outcome.
    patterned = [(n, one) for n, one in enumerate(function.script or ()) if getattr(one, "pattern", None)]
    if not patterned or function.triggers or not function.mappings:
        return
    from eventsim.patterns.compile import OR
    from eventsim.patterns.record_documents import SHAPES

    sources = {_source_of(one) for one in function.mappings}
    known = list(dict.fromkeys(key for source in sorted(sources) for key in SHAPES[source].all_keys))
    for n, outcome in patterned:
        path = join(function.place.path, f"script[{n}].{outcome.kind}")
        for name in outcome.pattern or ():
            if name not in known and name != OR:
                message = f'no record of its mappings has the key "{name}"; their keys are {", ".join(known)}'
                reading.warn(reading.place(path), path, message)


def _source_of(mapping: MappingSpec | StreamMappingSpec) -> Source:
    if isinstance(mapping, MappingSpec):
        return "sqs"
    return "kinesis" if mapping.kind == "stream" else "dynamodb"


def _lint_visibility(reading: Reading, function: FunctionSpec, mapping: MappingSpec, queue: QueueSpec) -> None:
    timeout_s, window_s = function.settings.timeout_s, mapping.settings.maximum_batching_window_in_seconds
    advised_s, found_s = 6 * timeout_s + window_s, visibility_timeout_s(queue)
    if found_s < advised_s:
        path = join(queue.place.path, "VisibilityTimeout")
        window = f" and the window of {window_s} s" if window_s else ""
        reading.warn(
            reading.place(path),
            path,
            f"found {found_s} s for {mapping.name}; AWS advises at least {advised_s} s,"
            f" six times the function's Timeout of {timeout_s} s{window}",
        )


def _lint_receive_count(reading: Reading, queue: QueueSpec) -> None:
    policy = queue.attributes.get("RedrivePolicy")
    found = parse_redrive_policy(policy).max_receive_count if policy else None
    if found is not None and found < 5:
        path = join(queue.place.path, "RedrivePolicy.maxReceiveCount")
        message = f"found {found}; AWS advises at least 5, since throttled invocations use up receives too"
        reading.warn(reading.place(path), path, message)


def _lint_reservation(reading: Reading, function: FunctionSpec) -> None:
    """A reservation of 0 is a switch, not a size."""
    found = function.settings.reserved_concurrency
    if found is not None and 0 < found < 5:
        path = join(function.place.path, "ReservedConcurrentExecutions")
        message = (
            f"found {found}; AWS advises at least 5 for a function that reads a queue, which begins with 5 batches"
        )
        reading.warn(reading.place(path), path, message)
