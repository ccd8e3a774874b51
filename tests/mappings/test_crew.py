"""Workers that take turns at leading."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.functions.durations import Fixed
from eventsim.mappings.crew import Crew
from tests.simulation.building import add_function, add_mapping, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from eventsim.simulation import Simulation

Log = list[tuple[Any, ...]]


class Work:
    """Pieces that a crew finds: (when it is there, how long it takes), in order."""

    def __init__(self, simulation: Simulation, *pieces: tuple[float, float]) -> None:
        self.loop = simulation.world.loop
        self.pieces = list(pieces)
        self.log: Log = []
        self.leading = 0
        self.crew: Crew[float] = Crew(simulation.world, "crew", self.lead, self.serve)

    async def lead(self) -> float:
        assert self.leading == 0
        self.leading += 1
        try:
            if not self.pieces:
                await self.loop.create_future()
            at_s, takes_s = self.pieces[0]
            await asyncio.sleep(at_s - self.loop.time())
            self.pieces.pop(0)
            return takes_s
        finally:
            self.leading -= 1

    async def serve(self, takes_s: float) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.log.append((self.loop.time(), task.get_name()))
        if takes_s:
            await asyncio.sleep(takes_s)


def work(*pieces: tuple[float, float], meanwhile: Callable[[Work], Awaitable[object]] | None = None) -> Log:
    """What the crew did, until nothing is left."""
    made: list[Work] = []

    def build(simulation: Simulation) -> None:
        made.append(Work(simulation, *pieces))
        simulation.world.loop.call_at(0.0, made[0].crew.start)
        if meanwhile is not None:
            simulation.world.tasks.start(_all_of(meanwhile(made[0])), "meanwhile")

    run(build)
    return made[0].log


async def _all_of(awaitable: Awaitable[object]) -> None:
    await awaitable


@pytest.mark.rule("SQS-16")
def test_work_that_takes_no_time_is_done_by_one_worker() -> None:
    assert work(*[(0, 0)] * 4) == [(0, "crew worker 1")] * 4


def test_there_are_as_many_workers_as_there_is_work_at_one_time() -> None:
    assert work((0, 5), (0, 5), (1, 5), (7, 1), (7, 1)) == [
        (0, "crew worker 1"), (0, "crew worker 2"), (1, "crew worker 3"), (7, "crew worker 4"), (7, "crew worker 3"),
    ]  # fmt: skip


@pytest.mark.rule("ESM-23")
def test_stopping_ends_the_search_and_lets_what_is_in_work_be_finished() -> None:
    ends: Log = []

    async def stop(made: Work) -> None:
        await asyncio.sleep(3)
        made.crew.stop()
        assert not made.crew.working
        await asyncio.sleep(4)
        ends.append((made.loop.time(), made.leading, len(made.pieces)))

    assert work((0, 5), (2, 5), (4, 5), meanwhile=stop) == [(0, "crew worker 1"), (2, "crew worker 2")]
    assert ends == [(7, 0, 1)]


@pytest.mark.rule("ESM-23")
def test_a_crew_that_is_started_again_goes_on() -> None:
    async def pause(made: Work) -> None:
        await asyncio.sleep(3)
        made.crew.stop()
        await asyncio.sleep(7)
        made.crew.start()

    log = work((0, 1), (4, 1), (11, 1), meanwhile=pause)
    assert [at_s for at_s, _ in log] == [0, 10, 11]


def test_a_failure_of_the_search_ends_the_run() -> None:
    def build(simulation: Simulation) -> None:
        async def lead() -> float:
            await asyncio.sleep(1)
            raise LookupError("nothing there")

        async def serve(_: float) -> None: ...

        simulation.world.loop.call_at(0.0, Crew(simulation.world, "crew", lead, serve).start)

    with pytest.raises(LookupError, match="nothing there"):
        run(build)


@pytest.mark.rule("SQS-16", "SQS-19")
@pytest.mark.parametrize("name", ["q", "q.fifo"])
def test_after_an_end_that_cut_everything_off_another_run_begins_anew(name: str) -> None:
    def build(simulation: Simulation) -> None:
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if name.endswith(".fifo") else {}
        queue = simulation.queues.create(name, {"VisibilityTimeout": "30", **fifo})
        function = add_function(simulation, takes=Fixed(10.0), timeout_s=20)
        add_mapping(simulation, function, name, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
        for n in range(5):
            queue.send(str(n), group_id=f"g{n % 3}")

    async def main(simulation: Simulation) -> None:
        await simulation.run(for_s=15)
        await simulation.run()

    simulation = run(build, main=main)
    ended = [(one.at_s, one.ended_s) for one in simulation.invocations]
    assert ended[:4] == [(0, 10), (0, 10), (10, None), (10, None)]
    assert simulation.queues.get(name).messages() == []
    assert max(at_s for at_s, _ in ended) < 100
    assert simulation.functions["f"].metrics.concurrent == 0
