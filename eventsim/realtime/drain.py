"""The graceful end of a run on an endpoint: finish what runs, give back what was received and not processed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from eventsim.functions.invocations import Outcome
from eventsim.realtime.looking import wait_while

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.cloud.queues.message import Delivery
    from eventsim.realtime.feeders import Feeder
    from eventsim.realtime.options import Tell
    from eventsim.realtime.simulation import RemoteSimulation

DRAIN_S = 25.0
"""How long invocations that run may take to end: container platforms kill after 30 s."""

POLL_GRACE_S = 3.0
_LOOK_EVERY_S = 0.02


async def drain(simulation: RemoteSimulation, feeders: Sequence[Feeder], tell: Tell) -> None:
    """Stop all mappings, wait for their batches, and release the messages that no invocation had."""
    loop = simulation.world.loop
    for mapping in simulation.mappings.values():
        if mapping.polls:
            mapping.stop()
    sources = simulation.queue_sources.values()
    polls = [asyncio.ensure_future(source.finish_poll(POLL_GRACE_S)) for source in sources]
    until_s = loop.time() + DRAIN_S
    await wait_while(lambda: _works(simulation), every_s=_LOOK_EVERY_S, until_s=until_s)
    if polls:
        await asyncio.wait(polls)
    if _works(simulation):
        running = sum(function.metrics.concurrent for function in simulation.functions.values())
        tell(f"{running} invocations did not end within {DRAIN_S:g} s and are cut off; their records come back")
    for feeder in feeders:
        await feeder.finish()
    released = await _release(simulation)
    if released:
        tell(f"gave back {released} messages that were received and not processed")


def _works(simulation: RemoteSimulation) -> bool:
    return any(mapping.busy for mapping in simulation.mappings.values()) or any(
        function.metrics.concurrent for function in simulation.functions.values()
    )


async def _release(simulation: RemoteSimulation) -> int:
    processed = _processed(simulation)
    released = 0
    for source in simulation.queue_sources.values():
        left = [one for one in source.held.values() if one.receipt not in processed]
        if left:
            released += await source.release(left)
    return released


def _processed(simulation: RemoteSimulation) -> set[str]:
    """The receipts of messages that a finished invocation had: those that are left failed, and wait their timeout."""
    receipts: set[str] = set()
    for record in simulation.invocations:
        if record.outcome not in (None, Outcome.THROTTLE):
            batch: Any = record.batch
            deliveries: Sequence[Delivery] = getattr(batch, "deliveries", ())
            receipts.update(one.receipt for one in deliveries)
    return receipts
