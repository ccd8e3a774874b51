"""A simulation in a unittest.TestCase, as the how-to pages show it."""

from __future__ import annotations

import unittest

from eventsim import Simulation
from tests.facade.building import poisoned


class PoisonTest(unittest.TestCase):
    def setUp(self) -> None:
        self.sim = self.enterContext(Simulation(seed=1, name=self.id()))
        self.orders, self.dlq, self.worker = poisoned(self.sim)

    def test_it_reaches_the_dead_letter_queue(self) -> None:
        self.orders.send("a")
        self.sim.run()
        assert self.dlq.bodies == ["a"]

    def test_nothing_of_another_test_is_there(self) -> None:
        assert (self.orders.bodies, self.sim.now_s) == ([], 0)


class AsynchronousPoisonTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.sim = self.enterContext(Simulation(seed=1, name=self.id()))
        self.orders, self.dlq, self.worker = poisoned(self.sim)

    async def test_it_reaches_the_dead_letter_queue(self) -> None:
        self.orders.send("a")
        await self.sim.run_async()
        assert self.dlq.bodies == ["a"]
