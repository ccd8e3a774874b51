"""A long poll or Invoke of the test itself: it waits in virtual time, and the simulation goes on meanwhile."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from eventsim.cloud.waiting import asks_to_wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.requests import AwsRequest, AwsResponse
    from eventsim.facade.driver import Driver
    from eventsim.simulation import Simulation as Core

    Begin = Callable[[], Callable[[], object] | None]


def answering(core: Core, driver: Driver, begin: Begin) -> Callable[[AwsRequest], AwsResponse]:
    """What answers requests from outside of handlers.

    All are answered at once, but for a long poll or Invoke from the thread of the simulation while that is not running.
    *begin* gives what sets the timers of a scenario's steps, the first time that time passes.
    """
    cloud = core.cloud()

    def answer(request: AwsRequest) -> AwsResponse:
        if request.thread or driver.busy or not asks_to_wait(request, core.queues):
            return cloud.hook.send_at_once(request)
        what = "a long poll" if request.service == "sqs" else "an Invoke"
        return driver.wait(cloud.router.send(request), what, on_begin=begin())

    return answer


def passing(core: Core, driver: Driver, begin: Begin) -> Callable[[float], bool]:
    """What lets virtual time pass while a client of the test itself pauses before it tries again; False if it can't."""
    home = threading.get_ident()

    def let_pass(seconds: float) -> bool:
        if threading.get_ident() != home or driver.busy or driver.shared:
            return False
        driver.run(lambda: core.go_on(for_s=seconds, on_begin=begin()))
        return True

    return let_pass
