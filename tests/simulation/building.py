"""Small simulations, put together in Python with the function's code in the test."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from eventsim.functions.durations import ZERO
from eventsim.functions.settings import FunctionSettings
from eventsim.invokers.base import Invocation, InvocationResult
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.mappings.settings import read_queue_mapping
from eventsim.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from eventsim.functions.durations import Duration
    from eventsim.functions.function import Function
    from eventsim.mappings.queue_lifecycle import QueueMapping


class Answers:
    """An invoker: *answer* says what each invocation comes to, None for a plain success."""

    def __init__(self, answer: Callable[[Invocation], InvocationResult | None] = lambda _: None) -> None:
        self._answer = answer

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        return self._answer(invocation) or InvocationResult()


def failed(message: str = "boom") -> InvocationResult:
    """What comes back of code that raised."""
    return InvocationResult(error={"errorMessage": message, "errorType": "ValueError"})


def add_function(
    simulation: Simulation,
    answer: Callable[[Invocation], InvocationResult | None] = lambda _: None,
    *,
    name: str = "f",
    takes: Duration = ZERO,
    cold_start: Duration = ZERO,
    **settings: Any,
) -> Function:
    """A function by its settings in snake_case."""
    return simulation.add_function(
        FunctionSettings(name=name, **settings), Answers(answer), takes=takes, cold_start=cold_start
    )


def add_mapping(simulation: Simulation, function: Function, queue: str, **properties: Any) -> QueueMapping:
    """A mapping FUNCTION/QUEUE by AWS's names of its settings."""
    return simulation.add_queue_mapping(
        f"{function.name}/{queue}", function, simulation.queues.get(queue), read_queue_mapping(properties)
    )


def run(
    build: Callable[[Simulation], object],
    *,
    seed: int = 0,
    for_s: float | None = None,
    account_concurrency: int = 1000,
    main: Callable[[Simulation], Awaitable[object]] | None = None,
) -> Simulation:
    """Build a simulation on a virtual loop and run it, by itself or by *main*."""

    async def whole() -> Simulation:
        loop: Any = asyncio.get_running_loop()
        simulation = Simulation(loop, seed=seed, account_concurrency=account_concurrency)
        build(simulation)
        await (simulation.run(for_s=for_s) if main is None else main(simulation))
        return simulation

    with asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
        return runner.run(whole())
