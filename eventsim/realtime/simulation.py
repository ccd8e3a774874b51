"""A simulation whose queues, streams and tables are behind an endpoint; functions and mappings are as ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from eventsim.errors import InputError
from eventsim.kernel.real_loop import unix_now_s
from eventsim.mappings.stream_shard import ShardState
from eventsim.realtime.arns import Arns
from eventsim.realtime.checkpoints import CheckpointedSource
from eventsim.realtime.destinations import RemoteDestinations
from eventsim.simulation import Simulation
from eventsim.sources.remote_patient import PatientQueueSource, PatientStreamApi
from eventsim.sources.remote_queue import LONG_POLL_S, RemoteQueueSource

if TYPE_CHECKING:
    from eventsim.cloud.remote import RemoteAccount
    from eventsim.cloud.remote_patience import Patience
    from eventsim.cloud.remote_resources import RemoteQueue, RemoteResources, RemoteStream
    from eventsim.destinations.deliver import Destinations
    from eventsim.functions.function import Function
    from eventsim.kernel.loop import VirtualEventLoop
    from eventsim.mappings.stream_lifecycle import StreamMapping
    from eventsim.realtime.state import State
    from eventsim.scenarios.model import MappingSpec, StreamMappingSpec
    from eventsim.scenarios.trigger_specs import RuleSpec, ScheduleSpec

EMULATOR_LONG_POLL_S = 2
"""Long polls of an endpoint with a URL: asking again costs nothing there, and the end of a run waits for the last."""


class RemoteSimulation(Simulation):
    """The functions and mappings of one scenario on *resources* of *account*."""

    def __init__(
        self,
        loop: VirtualEventLoop,
        account: RemoteAccount,
        resources: RemoteResources,
        patience: Patience,
        state: State,
        **options: Any,
    ) -> None:
        super().__init__(
            loop,
            start_time_s=unix_now_s() - loop.time(),
            account_id=account.account_id,
            region=account.region,
            **options,
        )
        self.account = account
        self.resources = resources
        self.patience = patience
        self.arns = Arns(resources, account.region, account.account_id)
        self.queue_sources: dict[str, PatientQueueSource] = {}
        self.stream_sources: dict[str, CheckpointedSource] = {}
        self.cloud_variables = lambda: account.variables
        self._state = state

    # -- mappings --------------------------------------------------------------------------------

    async def map_queue(self, spec: MappingSpec, function: Function) -> None:
        """Add a mapping from a queue."""
        queue = self.resources.queues[spec.queue]
        source = await self.queue_source(queue, spec.name)
        self.add_queue_mapping(spec.name, function, queue, spec.settings, source=source)

    async def queue_source(self, queue: RemoteQueue, name: str) -> PatientQueueSource:
        """What reads a queue for the mapping, or feed, *name*."""
        source = RemoteQueueSource(
            await self.account.client("sqs"), queue.url, lambda: queue.attributes.visibility_timeout_s, self.world.loop
        )
        long_poll_s = LONG_POLL_S if self.account.target.endpoint_url is None else EMULATOR_LONG_POLL_S
        patient = PatientQueueSource(
            source, self.patience, self.world.loop, name=f"queue {queue.name}", long_poll_s=long_poll_s
        )
        self.queue_sources[name] = patient
        return patient

    async def map_stream(self, spec: StreamMappingSpec, function: Function) -> StreamMapping:
        """Add a mapping from a stream or a table's stream; it goes on at its checkpoints."""
        from eventsim.sources.remote_kinesis import KinesisApi
        from eventsim.sources.remote_stream import RemoteStreamSource, StreamApi
        from eventsim.sources.remote_table import TableStreamApi

        stream: RemoteStream
        api: StreamApi
        if spec.kind == "stream":
            stream = self.resources.streams[spec.source]
            api = KinesisApi(await self.account.client("kinesis"), stream.arn, stream.retention_ms)
        else:
            stream = self.resources.table_streams[spec.source]
            api = TableStreamApi(await self.account.client("dynamodbstreams"), stream.arn)
        patient = PatientStreamApi(api, self.patience, f"{spec.kind} {spec.source}")
        source = CheckpointedSource(
            RemoteStreamSource(patient, self.world.clock, self.world.loop),
            self._state,
            identity=f"{stream.arn} {stream.created}".strip(),
            mapping=spec.name,
        )
        self.stream_sources[spec.name] = source
        return self.add_stream_mapping(spec.name, function, stream, spec.settings, source=source)

    def opens_shards(self) -> bool:
        """Whether a stream's mapping has not opened all its shards yet: until then LATEST is not fixed."""
        for name in self.stream_sources:
            mapping: Any = self.mappings[name]
            opening = ShardState.INITIALIZING in mapping.pollers.states.values()
            if mapping.polls and (opening or not mapping.pollers.checkpoints):
                return True
        return False

    def keep_checkpoints(self) -> None:
        """Write down how far the streams' mappings are."""
        for name, source in self.stream_sources.items():
            mapping: Any = self.mappings[name]
            source.keep(mapping)

    def unfinished_events(self) -> int:
        """How many asynchronous events have not come to their end."""
        return 0 if self._asynchronous is None else sum(self._asynchronous.unfinished.values())

    # -- schedules, which run here ----------------------------------------------------------------

    def local_rule(self, spec: RuleSpec, function: Function) -> RuleSpec:
        """A rule with a schedule whose target is the function as it is here."""
        return msgspec.structs.replace(spec, target={**spec.target, "Arn": function.arn})

    def local_schedule(self, spec: ScheduleSpec, function: Function) -> ScheduleSpec:
        """A schedule whose target is the function as it is here."""
        target = {**spec.settings["Target"], "Arn": function.arn}
        return msgspec.structs.replace(spec, settings={**spec.settings, "Target": target})

    # -- what is different here ------------------------------------------------------------------

    def destinations(self) -> Destinations:
        """What delivers records of failures, to the endpoint."""
        if self._destinations is None:
            self._destinations = RemoteDestinations(self.queues, self.account, self.resources, self.arns, self.patience)
        return self._destinations

    def _surroundings(self) -> dict[str, Any]:
        """A handler's AWS calls lead to the endpoint."""
        return {"cloud_variables": self.account.variables}

    def cloud(self) -> NoReturn:
        """There is none: InputError."""
        raise InputError("a run on a real endpoint has no embedded cloud")
