"""What an endpoint's queues and buckets hold at one moment, in the form in which the simulation's own are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.queues.message import Counts
from eventsim.cloud.remote_errors import MISSING
from eventsim.scenarios.observe import LISTED_MAX, queue_messages
from eventsim.sources.remote_queue import RemoteQueueSource

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from eventsim.cloud.queues.message import Message
    from eventsim.realtime.simulation import RemoteSimulation
    from eventsim.scenarios.expected import Expectation

_PEEK_LEASE_S = 30
_COUNTS = {
    "visible": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}


class ObservedQueue:
    """A queue as it was: its counts, and its messages where somebody wanted them."""

    def __init__(self, counts: Counts, messages: list[Message] | None) -> None:
        self._counts = counts
        self._messages = messages

    def counts(self) -> Counts:
        """How many messages it held."""
        return self._counts

    def messages(self) -> list[Message]:
        """The messages, in the order in which they were received."""
        return self._messages or []

    def to_json(self) -> dict[str, Any]:
        """As a result shows it."""
        counts = self._counts
        shown: dict[str, Any] = {"visible": counts.visible, "in_flight": counts.in_flight, "delayed": counts.delayed}
        if self._messages is not None:
            as_queue: Any = self
            shown["messages"] = queue_messages(as_queue, LISTED_MAX)
        return shown


class Observed:
    """An endpoint and a run's own counts at one moment: what expectations are judged by.

    It stands in for the simulation; buckets are looked at through `cloud`, as there.
    """

    def __init__(
        self,
        simulation: RemoteSimulation,
        queues: Mapping[str, ObservedQueue],
        buckets: Mapping[str, list[dict[str, str]]],
    ) -> None:
        self.functions = simulation.functions
        self.mappings = simulation.mappings
        self.invocations = simulation.invocations
        self.queues = _ByName(queues)
        self.buckets = _Objects(buckets)

    def cloud(self) -> Observed:
        """What has the buckets."""
        return self


class _ByName:
    def __init__(self, queues: Mapping[str, ObservedQueue]) -> None:
        self.found = queues

    def get(self, name: str) -> ObservedQueue:
        """One of them."""
        return self.found[name]


class _Objects:
    def __init__(self, buckets: Mapping[str, list[dict[str, str]]]) -> None:
        self.found = buckets

    def objects(self, name: str) -> list[dict[str, str]]:
        """Those of one bucket."""
        return self.found[name]


async def observe(simulation: RemoteSimulation, expectation: Expectation | None, *, everything: bool) -> Observed:
    """Look at what *expectation* is about, or at *everything* that a result shows."""
    queues: dict[str, ObservedQueue] = {}
    for name in _queues_to_see(simulation, expectation, everything=everything):
        wanted = expectation.queues.get(name) if expectation is not None else None
        peeks = everything if wanted is None else wanted.bodies is not None or wanted.messages is not None
        queues[name] = await _queue(simulation, name, peeks=peeks and not _is_read(simulation, name))
    buckets = {}
    for name in sorted(simulation.resources.buckets):
        if everything or (expectation is not None and name in expectation.buckets):
            buckets[name] = await _objects(simulation, name)
    return Observed(simulation, queues, buckets)


def _queues_to_see(
    simulation: RemoteSimulation, expectation: Expectation | None, *, everything: bool
) -> Collection[str]:
    if everything:
        return [name for name in simulation.resources.queues if not name.startswith("eventsim-")]
    return [] if expectation is None else list(expectation.queues)


def _is_read(simulation: RemoteSimulation, name: str) -> bool:
    arn = simulation.resources.queues[name].arn
    return any(mapping.target.arn == arn for mapping in simulation.mappings.values())


async def counts_of(simulation: RemoteSimulation, name: str) -> Counts:
    """A queue's approximate counts."""
    sqs = await simulation.account.client("sqs")
    url = simulation.resources.queues[name].url
    answer = await simulation.patience.call(
        lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[*_COUNTS.values(), "VisibilityTimeout"]),
        f"queue {name}",
        unwelcome=MISSING,
    )
    found = answer.get("Attributes", {})
    if "VisibilityTimeout" in found:
        simulation.resources.queues[name].attributes.visibility_timeout_s = int(found["VisibilityTimeout"])
    return Counts(**{ours: int(found.get(theirs, 0)) for ours, theirs in _COUNTS.items()})


async def _queue(simulation: RemoteSimulation, name: str, *, peeks: bool) -> ObservedQueue:
    counts = await counts_of(simulation, name)
    return ObservedQueue(counts, await _peek(simulation, name) if peeks else None)


async def _peek(simulation: RemoteSimulation, name: str) -> list[Message]:
    """Receive what is visible and give it all back; each message's receive count goes up by one."""
    queue, loop = simulation.resources.queues[name], simulation.world.loop
    source = RemoteQueueSource(await simulation.account.client("sqs"), queue.url, _PEEK_LEASE_S, loop)
    held: list[Any] = []
    try:
        while len(held) < LISTED_MAX:
            some = await source.receive_once(10, lambda: _PEEK_LEASE_S, 0)
            if not some:
                break
            held += some
    finally:
        if held:
            await source.change_visibility(held, 0)
    return [delivery.message for delivery in held]


async def _objects(simulation: RemoteSimulation, bucket: str) -> list[dict[str, str]]:
    s3 = await simulation.account.client("s3")
    answer = await s3.list_objects_v2(Bucket=bucket, MaxKeys=LISTED_MAX)
    found = []
    for one in answer.get("Contents", ()):
        body = (await s3.get_object(Bucket=bucket, Key=one["Key"]))["Body"]
        found.append({"Key": one["Key"], "Body": (await body.read()).decode(errors="backslashreplace")})
    return found
