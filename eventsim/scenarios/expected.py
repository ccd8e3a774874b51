"""What a scenario expects, read and checked: made by `eventsim.scenarios.expectations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from eventsim.scenarios.comparisons import Comparison, Matcher
    from eventsim.scenarios.places import Place


class QueueExpectation(Struct, frozen=True, kw_only=True):
    """What a queue must hold: *counts* by visible, in_flight, delayed; *bodies* and *messages* in order of arrival."""

    counts: dict[str, Comparison] = field(default_factory=dict)
    bodies: list[Comparison] | None = None
    messages: list[Matcher] | None = None


class BucketExpectation(Struct, frozen=True, kw_only=True):
    """What a bucket must hold: *objects* in the order of their keys, exactly as many, or their *number*."""

    objects: list[Matcher] | None = None
    number: Comparison | None = None


class Expectation(Struct, frozen=True, kw_only=True):
    """What must hold, keyed as the result is; *path* (``expect`` or ``steps[3].expect``) begins failures' paths.

    *functions* and *mappings*: by name, then metric. *invocations*: by function, in the order they started, exactly
    as many as listed; each entry by the keys of a result's invocation, and ``records``, their number. *places* finds
    a path's place in the file.
    """

    path: str = "expect"
    queues: dict[str, QueueExpectation] = field(default_factory=dict)
    buckets: dict[str, BucketExpectation] = field(default_factory=dict)
    functions: dict[str, dict[str, Matcher]] = field(default_factory=dict)
    mappings: dict[str, dict[str, Matcher]] = field(default_factory=dict)
    invocations: dict[str, list[dict[str, Matcher]]] = field(default_factory=dict)
    virtual_time: Comparison | None = None
    idle: bool | None = None
    places: dict[str, Place] = field(default_factory=dict)
