"""The one seam where a seeded rule may delay, fail or lose what the simulation does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from eventsim.kernel.seeds import Seeds
    from eventsim.kernel.trace import Trace


class Verdict(msgspec.Struct, frozen=True):
    """What becomes of a call at a named point; *delay_s* is set for DELAY.

    With DROP_RESPONSE the effect happens, and the caller never learns.
    """

    name: Literal["PASS", "DELAY", "FAIL", "DROP_RESPONSE"]
    delay_s: float = 0.0


PASS = Verdict("PASS")
FAIL = Verdict("FAIL")
DROP_RESPONSE = Verdict("DROP_RESPONSE")


def delay(delay_s: float) -> Verdict:
    """The call happens *delay_s* seconds later."""
    return Verdict("DELAY", delay_s)


Rule: TypeAlias = Callable[[str, Mapping[str, object], "Random"], Verdict | None]
"""Takes a point, its facts and the rule's own chance; None and PASS leave the call to the rules behind it."""


class ResponseLostError(ConnectionError):
    """The connection broke after the request had its effect."""


class Faults:
    """Rules at the points that every source call, AWS request and invocation passes.

    The points are ``queue.receive``, ``queue.delete``, ``queue.backlog``, ``stream.shards``, ``stream.open``,
    ``stream.page``, ``aws.request`` and ``invoke``. Whoever is made while there are no rules never asks. Each verdict
    but PASS is traced as ``fault.inject``.
    """

    __slots__ = ("_rules", "_trace", "active")

    def __init__(self, rules: Sequence[Rule] = (), *, seeds: Seeds, trace: Trace | None = None) -> None:
        self._rules = [(rule, seeds.stream(f"fault:{number}")) for number, rule in enumerate(rules)]
        self._trace = trace
        self.active = bool(self._rules)

    def decide(self, point: str, facts: Mapping[str, object]) -> Verdict:
        """The verdict at *point*: that of the first rule that does not let the call pass."""
        for rule, chance in self._rules:
            verdict = rule(point, facts, chance)
            if verdict is not None and verdict.name != "PASS":
                return verdict
        return PASS

    async def reach(self, point: str, facts: Mapping[str, object], *, waits: bool = True) -> Verdict:
        """PASS, FAIL or DROP_RESPONSE, for the caller to carry out; a delay is over when this returns.

        Without *waits* a call that is to be delayed passes at once.
        """
        verdict = self.decide(point, facts)
        if verdict.name == "PASS" or (verdict.name == "DELAY" and not waits):
            return PASS
        if self._trace is not None:
            self._trace.add("fault.inject", point=point, verdict=verdict.name, **facts)
        if verdict.name != "DELAY":
            return verdict
        await asyncio.sleep(verdict.delay_s)
        return PASS

    def heal(self) -> None:
        """Let everything pass from now on."""
        self._rules.clear()
