"""The trace: one JSON line for each thing that happens, in virtual time. It is what a run produces.

Checkers, metrics, reports and replay read it; its hash says whether two runs were the same.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventsim.kernel.clock import Clock

KINDS: dict[str, str] = {
    # what the scenario does
    "step.send": "a step put a message on a queue",
    "step.put": "a step put records on a stream",
    "step.write": "a step wrote to a table",
    "step.upload": "a step put or deleted an object",
    "step.publish": "a step published to a topic",
    "step.invoke": "a step invoked a function",
    "step.replay": "a step replayed a captured event",
    "step.update": "a step changed settings",
    "step.reshard": "a step split or merged shards",
    "step.redrive": "a step started a message move task",
    "step.expect": "an expectation in the middle was looked at",
    # from a source to a batch
    "poll.receive": "a poller got records",
    "record.filter": "filter criteria rejected a record",
    "record.discard": "a record is given up: its retries or its age are used up",
    "batch.close": "a batch is complete and will be invoked",
    "batch.partial": "the function named records of the batch that failed",
    "batch.fail": "the whole batch failed",
    "batch.retry": "a batch will be tried again",
    "batch.bisect": "a failed batch was cut in two",
    "shard.state": "a shard's consumer changed its state",
    "shard.checkpoint": "a shard's position moved on",
    # the function
    "invoke.start": "an invocation began",
    "invoke.end": "an invocation ended",
    "invoke.missing": "a mapping's function, or its version or alias, was not there to be invoked",
    "function.throttle": "an invocation was refused: no concurrency was free",
    "function.loop": "an invocation was refused: the function ran too often in one chain of requests",
    "function.provision": "a version or an alias was given provisioned concurrency, or lost it",
    "version.publish": "a version of a function was published",
    "alias.route": "an alias leads to another version, or to two",
    "environment.start": "an execution environment began with a cold start",
    "environment.end": "an execution environment was given up",
    "async.enqueue": "an asynchronous event was accepted",
    "async.retry": "an asynchronous event will be tried again",
    "async.drop": "an asynchronous event was given up",
    "destination.deliver": "a record of an invocation went to a destination or dead-letter queue",
    "thread.call": "a thread of a handler called AWS: the order within that handler is not seeded",
    "log.line": "a handler logged a line",
    # the cloud
    "queue.delete": "messages were deleted from a queue",
    "queue.purge": "a queue was emptied",
    "queue.expire": "a message outlived its queue's retention period",
    "queue.redrive": "a queue moved a message to its dead-letter queue",
    "queue.move": "a message move task moved a message",
    "topic.deliver": "a topic delivered a message to a subscription, or filtered it out, put it off or gave it up",
    "bucket.notify": "a bucket told a destination of a change, or tried it with a test event",
    "rule.match": "an event matched the pattern of a rule",
    "schedule.fire": "a schedule's time came",
    "target.deliver": "a target of a rule or a schedule took what it got",
    "target.retry": "a target of a rule or a schedule failed and will be tried again",
    "target.fail": "a target of a rule or a schedule was given up: dead-lettered where the line says so, else dropped",
    "shard.expire": "records outlived their stream's retention period",
    "table.expire": "an item outlived the time that it named and was deleted",
    "aws.request": "a handler's AWS request was answered",
    "fault.inject": "a rule for faults delayed a call, failed it, or lost its answer",
    # event source mappings
    "mapping.state": "a mapping changed its state",
    "mapping.concurrency": "a mapping changed how many batches it works on at once",
}
"""The closed list of kinds; a new one needs only its line here."""

_encoder = msgspec.json.Encoder()
_BLOCK = 1024  # lines that are hashed and written together


def _check(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not a kind of trace line: add it to KINDS in eventsim/kernel/trace.py")


@cache
def _shape(kind: str, fields: tuple[str, ...]) -> Callable[..., object]:
    """A type whose instances are encoded as lines of *kind* with these fields."""
    _check(kind)
    return msgspec.defstruct("Line", ["n", "t", "kind", *fields], gc=False)


class Trace:
    """An append-only record of one run.

    A line is ``{"n", "t", "kind", ...}``: *n* counts from 1, *t* is virtual seconds rounded to microseconds.
    *sink* gets the bytes block by block, and what is left at `flush`; without *keep*, `lines` and `events` have
    only the block that is not yet written. *on_line* is called after each line, `on_block` after each 1,024.
    """

    __slots__ = (
        "_blocks",
        "_full_at",
        "_hash",
        "_keep",
        "_now",
        "_now_s",
        "_on_line",
        "_open",
        "_sink",
        "_t",
        "count",
        "on_block",
    )

    def __init__(
        self,
        clock: Clock,
        sink: BinaryIO | None = None,
        keep: bool = True,
        on_line: Callable[[], None] | None = None,
    ) -> None:
        self.count = 0
        self.on_block: Callable[[], object] | None = None
        self._now_s = clock.now_s
        self._sink = sink
        self._keep = keep
        self._on_line = on_line
        self._hash = sha256()
        self._blocks: list[bytes] = []
        self._open: list[object] = []  # the lines since the last block, which are encoded together
        self._full_at = _BLOCK
        self._now = -1.0
        self._t = 0.0

    def add(self, kind: str, /, **fields: object) -> None:
        """Write one line; raises ValueError for a *kind* that `KINDS` lacks, TypeError for what JSON can't hold."""
        _check(kind)
        if self._now_s() != self._now:
            self._read_clock()
        line = _encoder.encode({"n": self.count + 1, "t": self._t, "kind": kind, **fields})
        self._open.append(msgspec.Raw(line))
        self.count += 1
        if self.count >= self._full_at:
            self._block_is_full()
        if self._on_line is not None:
            self._on_line()

    def writer(self, kind: str, *fields: str) -> Callable[..., None]:
        """`add` for a line that is written often: what this returns takes the values of *fields*, in their order.

        They have to be what JSON can hold, and stay as they are: a block is encoded as a whole.
        """
        shape, now_s, append, on_line = _shape(kind, fields), self._now_s, self._open.append, self._on_line

        def add(*values: object) -> None:
            if now_s() != self._now:
                self._read_clock()
            count = self.count = self.count + 1
            append(shape(count, self._t, kind, *values))
            if count >= self._full_at:
                self._block_is_full()

        if on_line is None:
            return add

        def add_and_tell(*values: object) -> None:
            add(*values)
            on_line()

        return add_and_tell

    def _read_clock(self) -> None:
        self._now = self._now_s()
        self._t = round(self._now, 6)

    def _block_is_full(self) -> None:
        self._full_at += _BLOCK
        self._close_block()
        if self.on_block is not None:
            self.on_block()

    def sha256(self) -> str:
        """The hash of every line so far, in hexadecimal: that of the bytes that *sink* has after `flush`."""
        whole = self._hash.copy()
        whole.update(_encoder.encode_lines(self._open))
        return whole.hexdigest()

    def flush(self) -> None:
        """Write what is left to the sink, and have it do the same."""
        self._close_block()
        if self._sink is not None:
            self._sink.flush()

    def lines(self) -> Iterator[bytes]:
        """The lines, oldest first, without their line ends."""
        for block in [*self._blocks, _encoder.encode_lines(self._open)]:
            yield from block.splitlines()

    def events(self) -> Iterator[dict[str, Any]]:
        """The lines, oldest first, as dicts."""
        return map(msgspec.json.Decoder(dict[str, Any]).decode, self.lines())

    def _close_block(self) -> None:
        block = _encoder.encode_lines(self._open)
        self._open.clear()
        self._hash.update(block)
        if self._keep and block:
            self._blocks.append(block)
        if self._sink is not None:
            self._sink.write(block)
