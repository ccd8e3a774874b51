from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.kernel.clock import Clock
from eventsim.kernel.faults import DROP_RESPONSE, FAIL, PASS, Faults, Verdict, delay
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

FACTS = {"queue": "orders"}


def sometimes(_point: str, _facts: Mapping[str, object], chance: Random) -> Verdict | None:
    return FAIL if chance.random() < 0.5 else None


def test_without_rules_everything_passes() -> None:
    faults = Faults(seeds=Seeds(1))
    assert (faults.active, faults.decide("queue.receive", FACTS)) == (False, PASS)


def test_the_first_rule_that_does_not_let_a_call_pass_decides() -> None:
    rules = [lambda *_: None, lambda *_: PASS, lambda *_: DROP_RESPONSE, lambda *_: FAIL]
    assert Faults(rules, seeds=Seeds(1)).decide("queue.receive", FACTS) == DROP_RESPONSE


def test_a_rule_sees_the_point_and_its_facts() -> None:
    seen = []
    Faults([lambda point, facts, _: seen.append((point, facts))], seeds=Seeds(1)).decide("queue.receive", FACTS)
    assert seen == [("queue.receive", FACTS)]


def test_each_rule_draws_by_the_seed_from_a_stream_of_its_own() -> None:
    def verdicts(seed: int, *before: object) -> list[str]:
        faults = Faults(
            [*([lambda _p, _f, chance: chance.random() and None] * len(before)), sometimes], seeds=Seeds(seed)
        )
        return [faults.decide("invoke", {}).name for _ in range(20)]

    assert verdicts(1) == verdicts(1) != verdicts(2)
    assert set(verdicts(1)) == {"PASS", "FAIL"}


def test_a_delay_is_waited_for_in_virtual_time_and_passes() -> None:
    loop = VirtualEventLoop()
    trace = Trace(Clock(loop.time))
    faults = Faults([lambda *_: delay(2.5)], seeds=Seeds(1), trace=trace)
    assert loop.run_until_complete(faults.reach("queue.receive", FACTS)) == PASS
    assert loop.run_until_complete(faults.reach("queue.receive", FACTS, waits=False)) == PASS
    assert loop.time() == 2.5
    loop.close()
    assert list(trace.lines()) == [
        b'{"n":1,"t":0.0,"kind":"fault.inject","point":"queue.receive","verdict":"DELAY","queue":"orders"}'
    ]


def test_once_healed_everything_passes() -> None:
    faults = Faults([lambda *_: FAIL], seeds=Seeds(1))
    assert faults.decide("invoke", {}) == FAIL
    faults.heal()
    assert faults.decide("invoke", {}) == PASS
