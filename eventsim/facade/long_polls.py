"""A long poll of the test itself: it waits in virtual time, and the simulation goes on meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.cloud.waiting import asks_to_wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.requests import AwsRequest, AwsResponse
    from eventsim.facade.driver import Driver
    from eventsim.simulation import Simulation as Core


def answering(core: Core, driver: Driver) -> Callable[[AwsRequest], AwsResponse]:
    """What answers requests from outside of handlers.

    All are answered at once, but for a long poll from the thread of the simulation while that is not running.
    """
    cloud = core.cloud()

    def answer(request: AwsRequest) -> AwsResponse:
        if request.thread or driver.busy or not asks_to_wait(request, core.queues):
            return cloud.hook.send_at_once(request)
        return driver.wait(cloud.router.send(request), "a long poll")

    return answer
