"""What the tests of the cloud's entrances share: a router over moto and a fake engine, with a clock to set."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eventsim.cloud.boto import BotoHook
from eventsim.cloud.moto import Moto
from eventsim.cloud.requests import AwsRequest, AwsResponse, current_function
from eventsim.cloud.router import Router
from eventsim.kernel.clock import Clock
from eventsim.kernel.faults import Faults
from eventsim.kernel.greenlets import Greenlets
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from eventsim.kernel.faults import Rule


class Cloud:
    """One simulated cloud whose time the test sets, or a loop tells."""

    def __init__(self, seed: int = 1, rules: Sequence[Rule] = ()) -> None:
        self.now_s = 0.0
        self.time: Callable[[], float] = lambda: self.now_s
        self.clock = Clock(self._loop_time)
        self.seeds = Seeds(seed)
        self.trace = Trace(self.clock)
        self.moto = Moto(self.clock, self.seeds)
        self.router = Router(
            trace=self.trace, faults=Faults(rules, seeds=self.seeds, trace=self.trace), fallback=self.moto
        )
        self.hook = BotoHook(self.router, seeds=self.seeds)

    def _loop_time(self) -> float:
        return self.time()

    def log(self) -> list[dict[str, Any]]:
        """The trace without numbers and times."""
        return [{key: one for key, one in line.items() if key not in ("n", "t")} for line in self.trace.events()]


@contextmanager
def boto_cloud(seed: int = 1, rules: Sequence[Rule] = ()) -> Iterator[Cloud]:
    """A cloud that boto3 talks to."""
    cloud = Cloud(seed, rules)
    cloud.moto.start()
    cloud.hook.install()
    try:
        yield cloud
    finally:
        cloud.hook.remove()
        cloud.moto.stop()


class Recorder:
    """An endpoint that answers everything alike and remembers what came."""

    def __init__(self, status: int = 200, body: bytes = b"{}") -> None:
        self.requests: list[AwsRequest] = []
        self._answer = status, body

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        self.requests.append(request)
        status, body = self._answer
        return AwsResponse(status, {}, body)


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise AssertionError("it waits")


def create_table(name: str = "accounts", client: Any = None) -> str:
    import boto3

    answer = (client or boto3.client("dynamodb")).create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return str(answer["TableDescription"]["TableArn"])


class OnLoop:
    """A virtual loop that runs handlers in greenlets."""

    def __init__(self, cloud: Cloud) -> None:
        self.loop = VirtualEventLoop()
        self.greenlets = Greenlets(self.loop)
        self._cloud = cloud

    def call(self, *handlers: Callable[[], Any], timeout_s: float = 900.0) -> list[Any]:
        """Run handlers concurrently, the cloud's time being the loop's."""

        async def one(fn: Callable[[], Any]) -> Any:
            current_function.set("worker")
            return await self.greenlets.call(fn, deadline_s=self.loop.time() + timeout_s)

        async def main() -> list[Any]:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(fn)) for fn in handlers]
            return [task.result() for task in tasks]

        self._cloud.time = self.loop.time
        return self.loop.run_until_complete(main())
