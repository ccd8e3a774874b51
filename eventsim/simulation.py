"""One simulation: the parts of a run, put together, run until nothing is left to happen."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from eventsim.cloud.queues.registry import Queues
from eventsim.functions.concurrency import AccountConcurrency
from eventsim.functions.durations import ZERO
from eventsim.functions.function import Function
from eventsim.invokers.owned import OwnedInvokers
from eventsim.kernel.clock import DEFAULT_EPOCH_S, Clock
from eventsim.kernel.collector import quiet_collector
from eventsim.kernel.faults import Faults
from eventsim.kernel.run_end import RunEnd
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.tasks import Tasks
from eventsim.kernel.trace import Trace
from eventsim.kernel.world import World
from eventsim.mappings.queue_lifecycle import map_queue
from eventsim.quirks import NO_QUIRKS
from eventsim.sources.services import Services

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from eventsim.cloud.cloudwatch.metrics import MetricSource
    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.embedded import EmbeddedCloud
    from eventsim.cloud.kinesis.consumers import Consumer
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.queues.queue import Queue
    from eventsim.cloud.remote_resources import RemoteQueue, RemoteStream
    from eventsim.control.service import LambdaService
    from eventsim.destinations.deliver import Destinations
    from eventsim.functions.durations import Duration
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.functions.settings import FunctionSettings
    from eventsim.invokers.base import Invoker
    from eventsim.kernel.faults import Rule
    from eventsim.kernel.greenlets import Greenlets
    from eventsim.kernel.loop import VirtualEventLoop
    from eventsim.mappings.asynchronous import AsyncInvoker
    from eventsim.mappings.lifecycle import EventSourceMapping
    from eventsim.mappings.queue_lifecycle import QueueMapping
    from eventsim.mappings.settings import QueueMappingSettings
    from eventsim.mappings.stream_lifecycle import StreamMapping
    from eventsim.mappings.stream_settings import StreamMappingSettings
    from eventsim.quirks import Quirks
    from eventsim.sources.queue import QueueSource
    from eventsim.sources.stream import StreamSource

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"


class Simulation:
    """One simulated account in one region, on one virtual loop.

    *loop* is the loop that the run happens on, *start_time_s* the Unix time of its start. *trace* gets the trace's
    bytes as they are made; without *keep_trace* they are not kept in memory. *faults* are rules for what is delayed,
    fails or is lost; see `eventsim.kernel.faults`.
    """

    def __init__(
        self,
        loop: VirtualEventLoop,
        *,
        seed: int = 0,
        start_time_s: float = DEFAULT_EPOCH_S,
        account_concurrency: int = 1000,
        trace: BinaryIO | None = None,
        keep_trace: bool = True,
        account_id: str = ACCOUNT_ID,
        region: str = REGION,
        quirks: Quirks = NO_QUIRKS,
        faults: Sequence[Rule] = (),
    ) -> None:
        clock = Clock(loop.time, start_time_s, real=loop.real)
        seeds = Seeds(seed)
        lines = Trace(clock, sink=trace, keep=keep_trace, on_line=loop.progress if loop.real else None)
        self.seed = seed
        self.world = World(
            loop=loop,
            clock=clock,
            seeds=seeds,
            trace=lines,
            tasks=Tasks(self._failed),
            faults=Faults(faults, seeds=seeds, trace=lines),
            quirks=quirks,
        )
        loop.progress_made = lambda: self.world.trace.count
        self.queues = Queues(
            clock,
            self.world.seeds,
            lambda: loop,
            trace=self.world.trace,
            account_id=account_id,
            region=region,
            shuffle=quirks.shuffle,
        )
        self.services = Services(self.queues, self.world, self.asynchronous, self.lambda_service, self._metrics)
        self.functions: dict[str, Function] = {}
        self.mappings: dict[str, EventSourceMapping[Any]] = {}
        self.invocations: list[InvocationRecord] = []
        self.account_concurrency = account_concurrency
        self._account = AccountConcurrency(account_concurrency)
        self.echoes_output = False  # whether the process's own output also gets what Python handlers print
        self._run_end = RunEnd(loop)
        self._cloud: EmbeddedCloud | None = None
        self._destinations: Destinations | None = None
        self._asynchronous: AsyncInvoker | None = None
        self._greenlets: Greenlets | None = None
        self._invokers = OwnedInvokers(self._lead_here)
        self.cloud_variables: Callable[[], Mapping[str, str]] | None = None
        self._lambda: LambdaService | None = None
        self._begun: set[str] = set()

    # -- the parts -------------------------------------------------------------------------------

    def add_function(
        self,
        settings: FunctionSettings,
        invoker: Invoker,
        *,
        takes: Duration = ZERO,
        cold_start: Duration = ZERO,
    ) -> Function:
        """Add a function that *invoker* runs."""
        function = Function(
            settings,
            invoker,
            self.world,
            self._account,
            arn=f"arn:aws:lambda:{self.queues.region}:{self.queues.account_id}:function:{settings.name}",
            takes=takes,
            cold_start=cold_start,
            log=self.invocations,
        )
        self.functions[settings.name] = function
        self.take_over(invoker, settings)
        return function

    def take_over(self, invoker: Invoker, settings: FunctionSettings) -> None:
        """Tell an *invoker* what it has to know, and close it at the end."""
        self._invokers.add(invoker, settings.environment)

    def add_queue_mapping(
        self,
        name: str,
        function: Function,
        queue: Queue | RemoteQueue,
        settings: QueueMappingSettings,
        *,
        source: QueueSource | None = None,
    ) -> QueueMapping:
        """Add a mapping from *queue* to *function*; it polls once the run begins.

        *source* reads the queue in place of the engine itself; a queue of an endpoint needs one.
        """
        self.mappings[name] = mapping = map_queue(name, function, queue, settings, world=self.world, source=source)
        return mapping

    def add_stream_mapping(
        self,
        name: str,
        function: Function,
        stream: KinesisStream | Consumer | TableStream | RemoteStream,
        settings: StreamMappingSettings,
        *,
        source: StreamSource | None = None,
    ) -> StreamMapping:
        """Add a mapping from *stream*, or from a consumer of one, to *function*; it reads once the run begins.

        *source* reads the stream in place of the engine itself. Raises `eventsim.errors.AwsError` for filters and
        destinations that can't be, InputError for a consumer that another mapping reads through.
        """
        from eventsim.mappings.stream_lifecycle import check_consumer, map_stream

        check_consumer(name, stream.arn, self.mappings.values())
        if (settings.on_failure or "").startswith("arn:aws:s3:"):
            self.cloud()  # it has to be open while the run lasts
        self.mappings[name] = mapping = map_stream(
            name, function, stream, settings, destinations=self.destinations(), world=self.world, source=source
        )
        return mapping

    def remove_function(self, name: str) -> None:
        """Forget a function: nothing of it begins any more, and what it reserves is free again."""
        function = self.functions.pop(name)
        function.retire()

    def created(self, mapping: EventSourceMapping[Any]) -> None:
        """*mapping* begins by itself, at the end of its transition (ESM-12)."""
        self._begun.add(mapping.name)

    def remove_mapping(self, name: str) -> None:
        """Forget a mapping that reads no more."""
        del self.mappings[name]
        self._begun.discard(name)

    def destinations(self) -> Destinations:
        """What delivers records of failures."""
        if self._destinations is None:
            from eventsim.destinations.deliver import Destinations

            self._destinations = Destinations(
                self.queues,
                router=lambda: self.cloud().inside,
                topics=self.services.topics,
                put_event=self._put_event,
            )
        return self._destinations

    def _put_event(self, event: Mapping[str, Any], bus_arn: str) -> str:
        return self.services.bus.publish(event, bus_arn)

    def asynchronous(self) -> AsyncInvoker:
        """What queues asynchronous invocations."""
        if self._asynchronous is None:
            from eventsim.mappings.asynchronous import AsyncInvoker
            from eventsim.mappings.asynchronous_retries import timing_of

            destinations = self.destinations()
            self._asynchronous = AsyncInvoker(
                self.world,
                self.functions,
                destinations,
                region=self.queues.region,
                account_id=self.queues.account_id,
                timing=timing_of(self.world.quirks),
                propagation_s=self.world.quirks.config_propagation_s,
            )
            destinations.invoke = partial(self._asynchronous.enqueue, source="destination")
        return self._asynchronous

    @property
    def made_asynchronous(self) -> AsyncInvoker | None:
        """What queues asynchronous invocations, if anything needed it."""
        return self._asynchronous

    def python_invoker(
        self, handler: str | Callable[..., Any], code_folder: Path | None, variables: dict[str, str]
    ) -> Invoker:
        """What runs a Python handler, whose AWS calls reach this simulation, or its endpoint, during the run."""
        from eventsim.invokers.python import PythonInvoker
        from eventsim.kernel.greenlets import Greenlets

        greenlets = self._greenlets = self._greenlets or Greenlets(self.world.loop)
        return PythonInvoker(
            handler,
            clock=self.world.clock,
            greenlets=lambda: greenlets,
            code_folder=code_folder,
            variables=variables,
            **self._surroundings(),
        )

    def _surroundings(self) -> dict[str, Any]:
        """What of a handler's surroundings depends on where its AWS calls lead, for `PythonInvoker`."""
        return {"gate": self.cloud().gate, "echo": lambda: self.echoes_output}

    def _lead_here(self) -> Callable[[], Mapping[str, str]]:
        """What leads SDKs in other processes to their cloud: `cloud_variables`, or else the embedded cloud's door."""
        return self.cloud_variables or self.cloud().door_variables

    def lambda_service(self) -> LambdaService:
        """What carries out the operations of Lambda's API."""
        if self._lambda is None:
            from eventsim.control.service import LambdaService

            self._lambda = LambdaService(self)
        return self._lambda

    def cloud(self) -> EmbeddedCloud:
        """The embedded cloud behind the AWS clients of this process; made when it is first needed."""
        if self._cloud is None:
            from eventsim.cloud.embedded import EmbeddedCloud

            self._cloud = EmbeddedCloud(self.services, self.world)
        return self._cloud

    def _metrics(self) -> MetricSource:
        from eventsim.mappings.cloudwatch import LambdaMetrics

        return LambdaMetrics(self.functions, self.mappings, self.invocations, self._account, self.world.clock)

    @property
    def made_cloud(self) -> EmbeddedCloud | None:
        """The embedded cloud if anything needed it."""
        return self._cloud

    # -- the run ---------------------------------------------------------------------------------

    async def run(self, *, for_s: float | None = None, on_begin: Callable[[], Any] | None = None) -> None:
        """Run until idle, or for exactly *for_s* virtual seconds; *on_begin* is called before the mappings begin.

        Raises what a part of the simulation raised: a bug of ours, not a failure of a function.
        """
        with self._open_cloud(), self.in_progress():
            try:
                await self.go_on(for_s=for_s, on_begin=on_begin)
            finally:
                await self.end()

    def go_on(
        self,
        *,
        for_s: float | None = None,
        until: Callable[[], object] | None = None,
        on_begin: Callable[[], Any] | None = None,
    ) -> asyncio.Future[None]:
        """What completes when the loop has run until idle, for exactly *for_s* seconds, or until *until()* is true.

        *until* is asked at the end of each instant. What was added since the last time begins now; nothing is stopped
        at the end, so the next call goes on from there. *on_begin* is called at once. `in_progress` is to be entered
        while the loop runs. The future fails with what a part of the simulation, or *until*, raised.
        """
        loop = self.world.loop
        ended = self._run_end.new()
        loop.call_at_step(loop.time(), (), self._begin)
        if on_begin is not None:
            on_begin()
        self._run_end.arm(for_s, until)
        return ended

    async def end(self) -> None:
        """End everything that is under way, what handlers left behind too, and begin nothing more."""
        self._run_end.disarm()
        self.queues.settle()
        for mapping in self.mappings.values():
            mapping.close()
        if self._asynchronous is not None:
            self._asynchronous.close()
        self._begun.clear()
        await self.world.tasks.cancel_all()
        if self._greenlets is not None:
            self._greenlets.close()
        if self._lambda is not None:
            self._lambda.close()
        await self._invokers.close()
        self.world.trace.flush()

    @contextmanager
    def in_progress(self) -> Iterator[None]:
        """What is in place while the loop runs: few collections, handlers' threads held back, the process in UTC."""
        with quiet_collector():
            if self._cloud is None:
                yield
                return
            from eventsim.invokers.wall_clock import utc_zone

            with self._cloud.gate.closed(self.world.loop), utc_zone():
                yield

    @contextmanager
    def _open_cloud(self) -> Iterator[None]:
        with nullcontext() if self._cloud is None else self._cloud.open():
            yield

    def _begin(self) -> None:
        if self._asynchronous is not None:
            self._asynchronous.begin()
        for mapping in self.mappings.values():
            if mapping.name not in self._begun:
                self._begun.add(mapping.name)
                mapping.begin()

    @property
    def idle(self) -> bool:
        """Whether nothing would have happened any more at the end of the last run."""
        return self._run_end.idle

    @idle.setter
    def idle(self, value: bool) -> None:
        self._run_end.idle = value

    def call_when_settled(self, callback: Callable[[], object]) -> None:
        """Call *callback* once all that falls due at this instant has happened; the run does not end before."""
        self._run_end.call_when_settled(callback)

    def at_rest(self) -> bool:
        """Whether nothing would ever happen again, but for the end of a run of given length."""
        return self._run_end.at_rest()

    def _failed(self, _name: str, error: BaseException) -> None:
        self._run_end.fail(error)
