"""The shard engine and SDK clients of the same engine: both adapters give a mapping the same deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.cloud.session import open_client
from eventsim.functions.durations import Fixed
from eventsim.mappings.stream_settings import read_stream_mapping
from eventsim.sources.embedded_stream import source_of
from eventsim.sources.parking import KINESIS_PACE
from eventsim.sources.remote_kinesis import KinesisApi
from eventsim.sources.remote_stream import Answer, RemoteCursor, RemoteStreamSource
from eventsim.sources.remote_table import TableStreamApi
from eventsim.sources.shards import ShardInfo
from eventsim.sources.stream import OLDEST, Position, Start, after_number
from tests.mappings.streaming import NAME, REPORTS, Do, Lab, Put, fails_with, names, returns, texts
from tests.simulation.building import add_function, failed, run

if TYPE_CHECKING:
    from eventsim.invokers.base import Invocation, InvocationResult
    from eventsim.simulation import Simulation

PATTERN: dict[str, Any] = {"FilterCriteria": {"Filters": [{"Pattern": '{"partitionKey": [{"prefix": "b"}]}'}]}}


class Case(msgspec.Struct, kw_only=True):
    """One scenario: the mapping, the function, and what happens when."""

    mapping: dict[str, Any] = {}
    answer: Any = lambda _: None
    takes_s: float = 0.25
    shards: int = 1
    steps: list[Any]
    deliveries: int
    for_s: float = 70


def split(lab: Lab) -> None:
    lab.stream.split(lab.stream.open_shards[0], 1 << 127)


def reshard(lab: Lab) -> None:
    lab.stream.scale(3)


def gather(invocation: Invocation) -> InvocationResult:
    event = invocation.event
    event["state"].setdefault("seen", []).extend(texts(event))
    return returns({"state": event["state"]})


KEYED = [f"key-{n}/{n}" for n in range(12)]
CASES = {
    "plain": Case(steps=[Put(0.5, "a", "b"), Put(1.2, "c"), Put(40.7, "d")], deliveries=3),
    "before the start": Case(steps=[Put(0, "a", "b")], deliveries=1),
    "batches": Case(mapping={"BatchSize": 3}, steps=[Put(0.5, *map(str, range(10)))], deliveries=4),
    "window": Case(
        mapping={"MaximumBatchingWindowInSeconds": 5}, steps=[Put(0.5, "a"), Put(3.5, "b"), Put(20, "c")], deliveries=2
    ),
    "latest": Case(mapping={"StartingPosition": "LATEST"}, steps=[Put(0.5, "a"), Put(9, "b")], deliveries=2),
    "timestamp": Case(
        mapping={"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1767225600.0, "Enabled": False},
        steps=[Put(0, "a"), Do(5, lambda lab: lab.update(Enabled=True)), Put(6.5, "b")],
        deliveries=2,
    ),
    "bisect": Case(
        mapping={"BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 1},
        answer=fails_with("3"),
        steps=[Put(0.1, *"12345")],
        deliveries=6,
    ),
    "partial": Case(
        mapping={**REPORTS, "MaximumRetryAttempts": 2}, answer=names("c"), steps=[Put(0.1, *"abcd")], deliveries=4
    ),
    "filter": Case(mapping=PATTERN, steps=[Put(0.5, "a/1", "b/2"), Put(1.5, "a/3"), Put(2.5, "b/4")], deliveries=2),
    "lanes": Case(mapping={"ParallelizationFactor": 4, "BatchSize": 2}, steps=[Put(0.5, *KEYED)], deliveries=6),
    "tumbling": Case(
        mapping={"TumblingWindowInSeconds": 30},
        answer=gather,
        steps=[Put(1.5, "a"), Put(20.5, "b"), Put(31, "c")],
        deliveries=5,
        for_s=190,
    ),
    "split": Case(steps=[Put(0.5, *KEYED), Do(5.5, split), Put(5.5, *KEYED), Put(9.2, *KEYED)], deliveries=5),
    "reshard": Case(
        shards=2, steps=[Put(0.5, *KEYED), Do(5.5, reshard), Put(6.5, *KEYED)], answer=lambda _: None, deliveries=5
    ),
    "pause": Case(
        steps=[
            Put(0.5, "a"),
            Do(3, lambda lab: lab.update(Enabled=False)),
            Put(5, "b"),
            Do(10, lambda lab: lab.update(Enabled=True)),
            Put(15.5, "c"),
        ],
        deliveries=3,
    ),
    "long pause": Case(
        mapping={"StartingPosition": "LATEST", "Enabled": False},
        steps=[
            Put(0, "missed"),
            Do(2, lambda lab: lab.update(Enabled=True)),
            Do(5, lambda lab: lab.update(Enabled=False)),
            Put(50, "b"),
            Do(1_000, lambda lab: lab.update(Enabled=True)),
            Put(1_002, "c"),
        ],
        deliveries=2,
        for_s=1_010,
    ),
    "slow": Case(steps=[Put(0.5, "a"), Put(2, "b")], takes_s=400, deliveries=2, for_s=900),
    "retries": Case(
        mapping={"MaximumRecordAgeInSeconds": 60}, answer=lambda _: failed(), steps=[Put(0.5, "a")], deliveries=7
    ),
}


def run_case(case: Case, *, remote: bool) -> Lab:
    """Run one case through one of the adapters; LATEST begins behind what was there at the start."""
    lab = Lab()

    def build(simulation: Simulation) -> None:
        lab.simulation = simulation
        lab.stream = simulation.services.streams.create("clicks", case.shards)
        lab.dead = simulation.queues.create("dead")
        add_function(simulation, case.answer, takes=Fixed(case.takes_s), timeout_s=900)
        for place, step in enumerate(case.steps):
            if step.at_s:
                simulation.world.loop.call_at_step(step.at_s, (place,), lambda step=step: step(lab))  # type: ignore[misc]
            else:
                step(lab)

    async def main(simulation: Simulation) -> None:
        loop = simulation.world.loop
        if remote:
            async with open_client(simulation.cloud().router, "kinesis") as client:
                api = KinesisApi(client, lab.stream.arn)
                await go(simulation, RemoteStreamSource(api, simulation.world.clock, loop))
        else:
            await go(simulation, source_of(lab.stream, loop))

    async def go(simulation: Simulation, source: Any) -> None:
        given = {"StartingPosition": "TRIM_HORIZON", **case.mapping}
        given["DestinationConfig"] = {"OnFailure": {"Destination": lab.dead.arn}}
        settings, function = read_stream_mapping(given), simulation.functions["f"]
        lab.mapping = simulation.add_stream_mapping(NAME, function, lab.stream, settings, source=source)
        await simulation.run(for_s=case.for_s)

    run(build, seed=4, main=main)
    return lab


def deliveries(lab: Lab) -> list[dict[str, Any]]:
    """Everything of each invocation, its event included; shards of one instant in the order of their ids."""
    found = [
        {
            "at": round(one.at_s, 6),
            "ended": one.ended_s and round(one.ended_s, 6),
            "attempt": one.attempt,
            "outcome": one.outcome and one.outcome.value,
            "event": event,
        }
        for one, event in zip(lab.simulation.invocations, lab.events, strict=True)
    ]
    return sorted(found, key=lambda one: (one["at"], shard_of(one["event"])))


def shard_of(event: Any) -> str:
    return event["Records"][0]["eventID"].split(":")[0] if event["Records"] else ""


@pytest.mark.rule("KIN-03", "KIN-04", "KIN-05", "KIN-08", "STR-01", "STR-02", "STR-03")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_both_adapters_give_the_same_deliveries(case: Case) -> None:
    embedded, remote = run_case(case, remote=False), run_case(case, remote=True)
    assert deliveries(remote) == deliveries(embedded)
    assert len(deliveries(embedded)) == case.deliveries
    assert remote.mapping.metrics.to_json() == embedded.mapping.metrics.to_json()
    assert remote.checkpoints == embedded.checkpoints
    assert [one["KinesisBatchInfo"] for one in remote.documents] == [
        one["KinesisBatchInfo"] for one in embedded.documents
    ]


# -- an endpoint that fails ----------------------------------------------------------------------


class Endpoint:
    """A shard with three records, whose calls fail as the test says."""

    pace = KINESIS_PACE
    retention_ms = 86_400_000

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.starts: list[Start] = []
        self.listed = True

    def _fail(self) -> None:
        from botocore.exceptions import ClientError

        if self.failures and (code := self.failures.pop(0)):
            raise ClientError({"Error": {"Code": code, "Message": code}}, "GetRecords")

    async def shards(self) -> list[ShardInfo]:
        self._fail()
        return [ShardInfo("s")] if self.listed else []

    async def iterator(self, shard_id: str, start: Start) -> str:
        self._fail()
        self.starts.append(start)
        return "0"

    async def records(self, iterator: str) -> Answer:
        from eventsim.cloud.shards.record import Record

        self._fail()
        n = int(iterator)
        return Answer([Record(str(n), "k", "", n)], 1, str(n + 1), behind=n < 2)


def read(endpoint: Endpoint, *failures: str, start: Start = OLDEST, reads: int = 1) -> tuple[Any, ...]:
    """What reads give one after the other: sequence numbers, and whether the shard has ended."""
    from eventsim.kernel.clock import Clock
    from tests.cloud.simulated import at_once

    endpoint.failures = list(failures)
    cursor = RemoteCursor(endpoint, "s", start, Clock(lambda: 7.0))
    at_once(cursor.prepare())
    pages = [at_once(cursor.read()) for _ in range(reads)]
    told = [[record.sequence_number for record in page.records] or page.ended for page in pages]
    return told, cursor.place


@pytest.mark.rule("ESM-25", "KIN-03")
@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "AccessDeniedException", "InternalFailure"])
def test_an_error_is_an_empty_poll_and_the_place_is_kept(code: str) -> None:
    endpoint = Endpoint()
    assert read(endpoint, "", "", code, reads=3) == ([["0"], False, ["1"]], after_number("1"))
    assert endpoint.starts == [OLDEST]


@pytest.mark.rule("KIN-04")
def test_an_iterator_that_expired_is_renewed_at_the_last_record() -> None:
    endpoint = Endpoint()
    assert read(endpoint, "", "", "ExpiredIteratorException", reads=2)[0] == [["0"], ["0"]]
    assert endpoint.starts == [OLDEST, after_number("0")]


@pytest.mark.rule("DDB-02", "KIN-07")
def test_a_checkpoint_that_was_trimmed_goes_on_at_the_horizon() -> None:
    endpoint = Endpoint()
    assert read(endpoint, "TrimmedDataAccessException", start=after_number("5"))[0] == [["0"]]
    assert endpoint.starts == [OLDEST]


@pytest.mark.rule("STR-02")
def test_latest_is_kept_as_a_time_until_a_record_is_read() -> None:
    endpoint = Endpoint()
    latest = Start(Position.LATEST)
    told, place = read(endpoint, "", *["ExpiredIteratorException", "", "ExpiredIteratorException"], start=latest)
    since = Start(Position.AT_TIMESTAMP, timestamp_ms=1_767_225_607_000)
    assert (told, place, endpoint.starts) == ([False], since, [latest, since])


@pytest.mark.rule("STR-01", "ESM-25")
def test_a_shard_that_is_no_longer_listed_has_ended() -> None:
    endpoint = Endpoint()
    endpoint.listed = False
    assert read(endpoint, *["ResourceNotFoundException"] * 3)[0] == [True]
    endpoint.listed = True
    assert read(endpoint, *["ResourceNotFoundException"] * 3)[0] == [False]
    assert read(endpoint, *["ResourceNotFoundException"] * 4)[0] == [False]


# -- tables --------------------------------------------------------------------------------------


def run_table(*, remote: bool, **properties: Any) -> Any:
    """Writes to a table whose stream a mapping reads through one of the adapters."""
    from eventsim.cloud.session import call

    made: dict[str, Any] = {}

    async def main(simulation: Simulation) -> None:
        cloud, loop = simulation.cloud(), simulation.world.loop
        with simulation._open_cloud():
            answer = await call(cloud.router, "dynamodb", "CreateTable", TABLE)
            stream = cloud.tables.streams.by_arn(answer["TableDescription"]["LatestStreamArn"])
            async with open_client(cloud.router, "dynamodbstreams") as client:
                if remote:
                    source: Any = RemoteStreamSource(TableStreamApi(client, stream.arn), simulation.world.clock, loop)
                else:
                    source = source_of(stream, loop)
                given = {"StartingPosition": "TRIM_HORIZON", **properties}
                settings, function = read_stream_mapping(given), simulation.functions["f"]
                simulation.add_stream_mapping("f/t", function, stream, settings, source=source)
                simulation.world.tasks.start(write(cloud, loop), "writer")
                with simulation.in_progress():
                    await simulation.go_on(for_s=20)
                await simulation.end()

    async def write(cloud: Any, loop: Any) -> None:
        import asyncio

        for n in range(6):
            await asyncio.sleep(0.6)
            item = {"id": {"S": f"k{n % 3}"}, "n": {"N": str(n)}, "raw": {"B": b"\0\1"}}
            await call(cloud.router, "dynamodb", "PutItem", {"TableName": "t", "Item": item})
        await call(cloud.router, "dynamodb", "DeleteItem", {"TableName": "t", "Key": {"id": {"S": "k0"}}})

    made["simulation"] = run(lambda simulation: add_function(simulation, takes=Fixed(0.3)), seed=4, main=main)
    return made["simulation"]


TABLE: dict[str, Any] = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


@pytest.mark.rule("DDB-05", "DDB-07", "DDB-10")
@pytest.mark.parametrize("properties", [{}, {"ParallelizationFactor": 3}, {"StartingPosition": "LATEST"}])
def test_both_adapters_read_a_tables_changes_alike(properties: dict[str, Any]) -> None:
    found = []
    for remote in (False, True):
        simulation = run_table(remote=remote, **properties)
        events = [(one.at_s, one.batch.event()) for one in simulation.invocations]
        found.append((events, simulation.mappings["f/t"].metrics.to_json()))
    assert found[0] == found[1]
    names = [record["eventName"] for _, event in found[0][0] for record in event["Records"]]
    assert (sorted(names), len(names)) == (sorted(["INSERT"] * 3 + ["MODIFY"] * 3 + ["REMOVE"]), 7)
