"""What a simulation chooses where AWS publishes nothing, chosen in Python."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from eventsim import Simulation
from eventsim.quirks import NO_QUIRKS, Quirks
from tests.facade.building import accept, fail


def attempts(quirks: Any) -> list[float]:
    with Simulation(quirks=quirks) as sim:
        worker = sim.function("worker", fail)
        worker.invoke(InvocationType="Event")
        sim.run()
        return [one.at for one in worker.invocations]


@pytest.mark.parametrize(
    "quirks",
    [
        {"async_retry_s": [5, "1m"]},
        {"async_retry_s": (5.0, timedelta(minutes=1))},
        Quirks(async_retry_s=(5, 60)),
    ],
    ids=["as in a file", "as Python has them", "as a whole"],
)
@pytest.mark.rule("ASY-06")
def test_asynchronous_events_wait_as_chosen(quirks: Any) -> None:
    assert attempts(quirks) == [0, 5, 65]


def test_what_is_not_chosen_is_as_without() -> None:
    assert attempts({"shuffle": True}) == attempts({}) == attempts(None) == attempts(NO_QUIRKS) == [0, 60, 180]


@pytest.mark.rule("GEN-03", "SQS-36")
def test_a_queue_gives_messages_again_and_in_another_order_where_that_is_chosen() -> None:
    with Simulation(quirks={"shuffle": True, "duplicate_rate": 0.5}) as sim:
        orders, worker = sim.queue("orders"), sim.function("worker", accept)
        worker.on_queue(orders, BatchSize=1)
        for n in range(20):
            orders.send(n)
        sim.run()
        seen = [int(body) for one in worker.invocations for body in [one.event["Records"][0]["body"]]]
    assert set(seen) == set(range(20))
    assert len(seen) > 20
    assert list(dict.fromkeys(seen)) != list(range(20))
