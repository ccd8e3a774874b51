"""SNS and SQS behind one router, for aiobotocore clients in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from botocore.exceptions import ClientError

from eventsim.cloud.queues.registry import Queues
from eventsim.cloud.router import Router
from eventsim.cloud.session import open_client
from eventsim.cloud.sns import SnsEndpoint, SnsService
from eventsim.cloud.topics import Topics
from eventsim.errors import AwsError
from eventsim.events.sns import sns_event
from eventsim.kernel.clock import Clock
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

RECORDED = "expected_event_or_destination_record"


class Cloud:
    """SNS and queues behind a router, on a virtual loop of its own."""

    def __init__(self) -> None:
        self.loop = VirtualEventLoop()
        clock, seeds = Clock(self.loop.time), Seeds(1)
        self.trace = Trace(clock)
        self.queues = Queues(clock, seeds, lambda: self.loop)
        self.events: list[tuple[float, str, dict[str, Any]]] = []
        self.outages = 0
        self.topics = Topics(
            clock,
            seeds,
            lambda: self.loop,
            self.queues,
            make_event=sns_event,
            deliver_to_function=self._deliver,
            trace=self.trace,
        )
        self.router = Router(trace=self.trace)
        self.router.mount("sns", SnsEndpoint(SnsService(self.topics)))

    def _deliver(self, arn: str, event: dict[str, Any], *, trace_header: str | None = None) -> None:
        if self.outages:
            self.outages -= 1
            raise AwsError("ServiceException", "down", status=500)
        self.events.append((self.loop.time(), arn, event))

    def run(self, main: Callable[[Any], Awaitable[Any]], **config: Any) -> Any:
        """Run *main* with a client."""

        async def opened() -> Any:
            async with open_client(self.router, "sns", **config) as sns:
                return await main(sns)

        options = {"loop_factory": lambda: self.loop}
        return anyio.run(opened, backend="asyncio", backend_options=options)


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    answer.pop("ResponseMetadata")
    return answer


async def error_of(call: Awaitable[Any]) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        await call
    response = caught.value.response
    assert response["Error"]["Type"] == "Sender"
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]
