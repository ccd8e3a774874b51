"""What the tests of EventBridge and of schedules share: both engines on a virtual loop, and what comes out of them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from botocore.exceptions import ClientError

from eventsim.cloud.eventbridge import EventBridge, Outlets, RuleSettings, queue_outlet
from eventsim.cloud.eventbridge.service import NAMESPACE, EventsService
from eventsim.cloud.protocols import JsonService
from eventsim.cloud.queues.registry import Queues
from eventsim.cloud.router import Router
from eventsim.cloud.schedules.scheduler import Scheduler
from eventsim.cloud.schedules.service import SchedulerEndpoint
from eventsim.cloud.session import open_client
from eventsim.cloud.topics import Topics
from eventsim.errors import AwsError
from eventsim.events.sns import sns_event
from eventsim.kernel.clock import Clock
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

INVALID = "ValidationException"
PATTERN = '{"source": ["shop"]}'
ENTRY = {"Source": "shop", "DetailType": "order", "Detail": '{"n": 1}'}

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:worker"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"
ROLE = "arn:aws:iam::123456789012:role/scheduler"


_open: list[EventWorld] = []


@pytest.fixture(autouse=True)
def close_worlds() -> Iterator[None]:
    """Close the loops of a test; it holds in each file that imports it."""
    yield
    while _open:
        _open.pop().loop.close()


class EventWorld:
    """An account with queues; functions and topics note what they get as (virtual second, payload)."""

    def __init__(self, *, seed: int = 1, start: str = "2026-01-01T00:00:00+00:00", **options: Any) -> None:
        self.loop = VirtualEventLoop()
        _open.append(self)
        self.clock = Clock(self.loop.time, seconds(start))
        self.trace = Trace(self.clock)
        seeds = Seeds(seed)
        self.queues = Queues(self.clock, seeds, lambda: self.loop)
        self.topics = Topics(
            self.clock,
            seeds,
            lambda: self.loop,
            self.queues,
            make_event=sns_event,
            deliver_to_function=lambda arn, event, trace_header: self._deliver(arn, json.dumps(event)),
        )
        self.got: list[tuple[float, str]] = []
        self.failures: list[AwsError] = []  # what the function answers, one by one
        self.function: Callable[[str, str], None] = self._invoke
        outlets = Outlets(
            to_function=self._deliver,
            to_queue=queue_outlet(self.queues),
            to_topic=lambda arn, message: self.topics.by_arn(arn).publish(message),
        )
        self.bridge = EventBridge(self.clock, seeds, lambda: self.loop, outlets, trace=self.trace, **options)
        self.scheduler = Scheduler(self.clock, seeds, lambda: self.loop, outlets, trace=self.trace)
        self.router = Router()
        self.events = JsonService(EventsService(self.bridge), namespace=NAMESPACE)
        self.router.mount("events", self.events)
        self.endpoint = SchedulerEndpoint(self.scheduler)
        self.router.mount("scheduler", self.endpoint)

    def _deliver(self, arn: str, payload: str) -> None:
        self.function(arn, payload)

    def _invoke(self, _arn: str, payload: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.got.append((self.loop.time(), payload))

    # --- shorthands ---

    def rule(self, name: str = "r", *, targets: list[dict[str, Any]] | None = None, **settings: Any) -> str:
        """A rule with targets, by default the function; *settings* are those of RuleSettings, and bus."""
        bus = settings.pop("bus", None)
        if isinstance(settings.get("pattern"), dict):
            settings["pattern"] = json.dumps(settings["pattern"])
        made = self.bridge.put_rule(name, RuleSettings(**settings), bus)
        self.bridge.put_targets(name, targets or [{"Id": "1", "Arn": FUNCTION}], bus)
        return made.arn

    def schedule(self, expression: str, name: str = "s", **settings: Any) -> None:
        """A schedule of EventBridge Scheduler that invokes the function with its scheduled time."""
        self.scheduler.create(name, schedule_settings(expression, **settings))

    def run(self, for_s: float) -> None:
        """Let time pass, and what falls due at its end happen."""

        async def main() -> None:
            await asyncio.sleep(for_s)
            settled = self.loop.create_future()
            self.loop.call_when_settled(lambda: settled.set_result(None))
            await settled

        self.loop.run_until_complete(main())

    def ask(self, service: str, main: Callable[[Any], Coroutine[Any, Any, Any]], **config: Any) -> Any:
        """Run *main* with a client of *service*."""

        async def opened() -> Any:
            async with open_client(self.router, service, **config) as client:
                return await main(client)

        return anyio.run(opened, backend="asyncio", backend_options={"loop_factory": lambda: self.loop})

    # --- what happened ---

    @property
    def times(self) -> list[float]:
        """When the function was invoked."""
        return [when for when, _ in self.got]

    @property
    def payloads(self) -> list[str]:
        """With what the function was invoked."""
        return [payload for _, payload in self.got]

    def log(self) -> list[dict[str, Any]]:
        """The trace without numbers and ids."""
        return [{key: one for key, one in line.items() if key not in ("n", "event")} for line in self.trace.events()]


def schedule_settings(expression: str, **settings: Any) -> dict[str, Any]:
    """The members of CreateSchedule."""
    target = {"Arn": FUNCTION, "RoleArn": ROLE, "Input": '"<aws.scheduler.scheduled-time>"'}
    return {
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        **settings,
        "Target": target | settings.get("Target", {}),
    }


def seconds(text: str) -> float:
    """A time in ISO 8601 as Unix seconds."""
    return datetime.fromisoformat(text).timestamp()


def shown(wall_s: float | None) -> str | None:
    """Unix seconds as text, in UTC."""
    return None if wall_s is None else datetime.fromtimestamp(wall_s, UTC).strftime("%Y-%m-%d %H:%M")


def error_of(call: Callable[..., object], *args: Any, **options: Any) -> tuple[str, str]:
    """The code and the message of the AwsError that a call raises."""
    try:
        call(*args, **options)
    except AwsError as error:
        return error.code, error.message
    raise AssertionError("it raises nothing")


async def answer_of(call: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """What a client's call answers, without its metadata."""
    answer = await call
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return answer


async def refusal_of(call: Awaitable[Any]) -> tuple[str, str, int]:
    """The code, the message and the status of the error that a client's call raises."""
    with pytest.raises(ClientError) as caught:
        await call
    found = caught.value.response
    return found["Error"]["Code"], found["Error"]["Message"], found["ResponseMetadata"]["HTTPStatusCode"]
