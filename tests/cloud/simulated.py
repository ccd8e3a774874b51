"""What the tests of the cloud's entrances share: a router over moto and a fake engine, with a clock to set."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eventsim.cloud.boto import BotoHook
from eventsim.cloud.moto import Moto
from eventsim.cloud.requests import AwsRequest, AwsResponse
from eventsim.cloud.router import Router
from eventsim.kernel.clock import Clock
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator


class Cloud:
    """One simulated cloud whose time the test sets, or a loop tells."""

    def __init__(self, seed: int = 1) -> None:
        self.now_s = 0.0
        self.time: Callable[[], float] = lambda: self.now_s
        self.clock = Clock(self._loop_time)
        self.seeds = Seeds(seed)
        self.trace = Trace(self.clock)
        self.moto = Moto(self.clock, self.seeds)
        self.router = Router(trace=self.trace, fallback=self.moto)
        self.hook = BotoHook(self.router, seeds=self.seeds)

    def _loop_time(self) -> float:
        return self.time()

    def log(self) -> list[dict[str, Any]]:
        """The trace without numbers and times."""
        return [{key: one for key, one in line.items() if key not in ("n", "t")} for line in self.trace.events()]


@contextmanager
def boto_cloud(seed: int = 1) -> Iterator[Cloud]:
    """A cloud that boto3 talks to."""
    cloud = Cloud(seed)
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
