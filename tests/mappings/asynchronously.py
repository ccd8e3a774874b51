"""Small simulations of asynchronous invocation, and what they left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.functions.durations import ZERO, Fixed
from eventsim.functions.event_invoke_settings import read_event_invoke_config
from tests.simulation.building import add_function, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.functions.function import Function
    from eventsim.invokers.base import Invocation, InvocationResult
    from eventsim.simulation import Simulation

    Answer = Callable[[Invocation], InvocationResult | None]

UNHANDLED = {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}

SQS = "arn:aws:sqs:us-east-1:123456789012:"
SNS = "arn:aws:sns:us-east-1:123456789012:"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"


class Case:
    """A simulation in the making: function f with queues ok, bad and dead."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.asynchronous = simulation.asynchronous()
        for name in ("ok", "bad", "dead"):
            simulation.queues.create(name)

    def function(
        self, answer: Answer = lambda _: None, *, name: str = "f", takes: float = 0.0, **settings: Any
    ) -> Function:
        """A function by its settings in snake_case."""
        duration = Fixed(takes) if takes else ZERO
        return add_function(self.simulation, answer, name=name, takes=duration, **settings)

    def configure(self, function: str = "f", *, success: str = "", failure: str = "", **properties: Any) -> None:
        """Set the function's event invoke configuration; destinations by name of the queue or by ARN."""
        both = {"OnSuccess": success, "OnFailure": failure}
        given = {member: {"Destination": arn_of(target)} for member, target in both.items() if target}
        config = read_event_invoke_config({**properties, "DestinationConfig": given})
        self.asynchronous.configure(function, config)

    def dead_letter(self, target: str = "dead", function: str = "f") -> None:
        """Give the function a dead-letter queue, by name of the queue or by ARN."""
        self.asynchronous.set_dead_letter(function, arn_of(target))

    def at(self, when_s: float, callback: Callable[..., object], *args: Any) -> None:
        """Call *callback* at a time of the run."""
        self.simulation.world.loop.call_at(when_s, callback, *args)

    def send(self, event: Any = None, *, function: str = "f", at_s: float = 0.0) -> None:
        """Queue an event for the function at a time of the run."""
        self.at(at_s, self.asynchronous.enqueue, function, {} if event is None else event)

    def occupy(self, function: str = "f", *, at_s: float = 0.0) -> None:
        """Call the function synchronously at a time of the run, before events of that instant are tried."""
        world, one = self.simulation.world, self.simulation.functions[function]
        self.at(at_s, lambda: world.tasks.start(one.invoke({}, request_id="sync"), "sync"))


def played(build: Callable[[Case], object], *, for_s: float | None = None, seed: int = 0) -> Simulation:
    """The simulation that *build* prepared, run to its end."""
    return run(lambda simulation: build(Case(simulation)), for_s=for_s, seed=seed)


def arn_of(target: str) -> str:
    """The ARN of the queue of that name; an ARN is one already."""
    return target if target.startswith("arn:") else SQS + target


def attempts(simulation: Simulation, function: str = "f") -> list[tuple[Any, ...]]:
    """(at, attempt, outcome) of each asynchronous invocation, throttled ones too."""
    return [
        (one.at_s, one.attempt, one.outcome and one.outcome.value)
        for one in simulation.invocations
        if one.function == function and one.invocation_type == "Event"
    ]


def records(simulation: Simulation, queue: str) -> list[Any]:
    """The records that a queue got, decoded."""
    return [msgspec.json.decode(message.body) for message in simulation.queues.get(queue).messages()]


def contexts(simulation: Simulation, queue: str) -> list[tuple[Any, ...]]:
    """(seconds since the start, condition, invoke count, response context) of the records that a queue got."""
    start_ms = int(simulation.world.clock.epoch_s * 1000)
    return [
        (
            (message.sent_ms - start_ms) / 1000,
            found["requestContext"]["condition"],
            found["requestContext"]["approximateInvokeCount"],
            found.get("responseContext"),
        )
        for message, found in zip(simulation.queues.get(queue).messages(), records(simulation, queue), strict=True)
    ]


def counts(simulation: Simulation, *names: str, function: str = "f") -> list[Any]:
    """Some of the function's metrics."""
    shown = simulation.functions[function].metrics.to_json()
    return [shown[name] for name in names]


def told(simulation: Simulation, *kinds: str) -> list[tuple[Any, ...]]:
    """(t, kind) of the trace lines of these kinds."""
    return [(line["t"], line["kind"]) for line in simulation.world.trace.events() if line["kind"] in kinds]


def lines(simulation: Simulation, kind: str) -> list[dict[str, Any]]:
    """The trace lines of a kind."""
    return [line for line in simulation.world.trace.events() if line["kind"] == kind]
