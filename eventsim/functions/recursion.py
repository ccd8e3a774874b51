"""Chains of requests that go round: how often a function ran in one, kept in the trace header (FUN-17).

Lambda gives an invocation its header, the SDK in the handler sends it along with every request, and SQS, SNS, S3 and
Lambda keep it with what they were given. So the next invocation knows which functions have run before it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote
from zlib import crc32

from eventsim.errors import AwsError
from eventsim.functions.names import unqualified

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from eventsim.kernel.clock import Clock

THRESHOLD: Final = 16
"""How many times a function runs in one chain; AWS says about as many."""


class RecursiveLoop(StrEnum):
    """What becomes of a function that is part of a loop."""

    TERMINATE = "Terminate"
    ALLOW = "Allow"


class Chain(NamedTuple):
    """What one invocation came from: the trace's *root*, "" for a new one, and how often functions ran, by key."""

    root: str
    runs: dict[str, int]

    def through(self, key: str) -> Chain:
        """The chain with one more run of a function."""
        return Chain(self.root, {**self.runs, key: self.runs.get(key, 0) + 1})


def function_key(function_arn: str) -> str:
    """What stands for a function in a header, all its versions alike: eight hexadecimal digits."""
    return f"{crc32(unqualified(function_arn).encode()):08x}"


def chain_of(headers: Iterable[str | None]) -> Chain:
    """The chain that requests with these trace headers make together.

    A batch has several: it is as far round as the one that is furthest. Headers that say nothing of the kind, such as a
    caller's own, begin a chain of their root.
    """
    root = ""
    runs: dict[str, int] = {}
    for header in headers:
        if header:
            fields = _fields(header)
            root = root or fields.get("Root", "")
            for key, count in _lineage(fields.get("Lineage", "")):
                runs[key] = max(count, runs.get(key, 0))
    return Chain(root, runs)


def trace_header(chain: Chain, clock: Clock, ids: Random) -> str:
    """The chain as a header, with an id of its own for this invocation, and one for the trace where it begins here."""
    root = chain.root or new_root(clock, ids)
    lineage = "|".join(f"{key}:{count}" for key, count in chain.runs.items())
    ends = f";Lineage={lineage}" if lineage else ""
    return f"Root={root};Parent={ids.getrandbits(64):016x};Sampled=0{ends}"


def new_root(clock: Clock, ids: Random) -> str:
    """The id of a new trace."""
    return f"1-{int(clock.wall_s()):08x}-{ids.getrandbits(96):024x}"


def root_of(header: str | None) -> str | None:
    """A header that says only to which trace *header* belongs: an event's attempts share it."""
    return None if header is None else f"Root={_fields(header).get('Root', '')}"


def recursive_invocation() -> AwsError:
    """Lambda's answer to a request that would go on with a loop."""
    return AwsError(
        "RecursiveInvocationException",
        "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources "
        "and stopped your function's invocation.",
    )


def _fields(header: str) -> dict[str, str]:
    """``Root=1-…;Parent=…`` by name; SDKs send it percent-encoded."""
    return dict(part.strip().partition("=")[::2] for part in unquote(header).split(";"))


def _lineage(text: str) -> Iterable[tuple[str, int]]:
    for entry in text.split("|"):
        key, _, count = entry.rpartition(":")
        if key and count.isdecimal():
            yield key, int(count)


class LoopDetector:
    """Counts one function's runs and stops it at the *threshold*, unless its setting allows loops."""

    __slots__ = ("_at_s", "_begins", "_clock", "_first_run", "_ids", "_key", "threshold")

    def __init__(self, function_arn: str, clock: Clock, ids: Random) -> None:
        self.threshold = THRESHOLD
        self._key = function_key(function_arn)
        self._first_run = f"Sampled=0;Lineage={self._key}:1"
        self._clock = clock
        self._ids = ids
        self._at_s = -1.0
        self._begins = ""

    def follow(self, headers: Sequence[str | None], setting: RecursiveLoop) -> str:
        """The trace header of the next invocation; AwsError RecursiveInvocationException when it must not be."""
        if not any(headers):
            return self._first()
        chain = chain_of(headers)
        if setting is RecursiveLoop.TERMINATE and chain.runs.get(self._key, 0) >= self.threshold:
            raise recursive_invocation()
        return self._through(chain)

    def _first(self) -> str:
        """What `trace_header` gives where a chain begins: most invocations do, and many at one instant."""
        now_s = self._clock.now_s()
        if now_s != self._at_s:
            self._at_s = now_s
            self._begins = f"Root=1-{int(self._clock.wall_s()):08x}-"
        digits = (
            self._ids.getrandbits(160).to_bytes(20, "big").hex()
        )  # the root's 96 bits are drawn first: the low ones
        return f"{self._begins}{digits[16:]};Parent={digits[:16]};{self._first_run}"

    def was_stopped(self, headers: Iterable[str | None], setting: RecursiveLoop) -> bool:
        """Whether the chain came here once more after the function had been stopped in it."""
        return setting is RecursiveLoop.TERMINATE and chain_of(headers).runs.get(self._key, 0) > self.threshold

    def onward(self, headers: Iterable[str | None]) -> str:
        """The trace header of what Lambda itself sends on after such an invocation, run or not."""
        return self._through(chain_of(headers))

    def _through(self, chain: Chain) -> str:
        return trace_header(chain.through(self._key), self._clock, self._ids)
