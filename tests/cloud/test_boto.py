from __future__ import annotations

import asyncio
import io
import os
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from moto import mock_aws

from eventsim.cloud.boto import BotoHook
from eventsim.cloud.protocols import JsonService
from eventsim.cloud.requests import current_function
from eventsim.kernel.greenlets import Greenlets, install_clock_functions, uninstall_clock_functions
from eventsim.kernel.loop import VirtualEventLoop
from tests.cloud.simulated import Cloud, boto_cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

EARLY = boto3.Session(aws_access_key_id="real", aws_secret_access_key="real", region_name="eu-west-1").client(
    "dynamodb"
)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with boto_cloud() as found:
        yield found


def create_table(name: str = "accounts", client: Any = None) -> str:
    answer = (client or boto3.client("dynamodb")).create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return str(answer["TableDescription"]["TableArn"])


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """What users' handlers do: a bit of everything."""
    table = boto3.resource("dynamodb").Table("accounts")
    table.put_item(Item={"id": event["id"], "total": 5})
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="orders")
    s3.put_object(Bucket="orders", Key="a b/ü+c", Body=b"hello")
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name="limit", Value="3", Type="String")
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="token", SecretString="x")
    return {
        "account": boto3.client("sts").get_caller_identity()["Account"],
        "total": int(table.get_item(Key={"id": event["id"]})["Item"]["total"]),
        "body": s3.get_object(Bucket="orders", Key="a b/ü+c")["Body"].read().decode(),
        "keys": [one["Key"] for one in s3.list_objects_v2(Bucket="orders")["Contents"]],
        "limit": ssm.get_parameter(Name="limit")["Parameter"]["Value"],
        "secret": secrets.get_secret_value(SecretId="token")["SecretString"],
    }


RESULT = {"account": "123456789012", "total": 5, "body": "hello", "keys": ["a b/ü+c"], "limit": "3", "secret": "x"}


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


@pytest.fixture
def on_loop(cloud: Cloud) -> Iterator[OnLoop]:
    install_clock_functions()
    found = OnLoop(cloud)
    yield found
    found.greenlets.close()
    found.loop.close()
    uninstall_clock_functions()


def test_a_handlers_boto3_reaches_the_simulated_cloud(cloud: Cloud) -> None:
    create_table()
    assert handler({"id": "a"}, None) == RESULT
    assert {line["status"] for line in cloud.log()} == {200}


def test_a_handler_in_a_greenlet_does_too_and_its_calls_bear_its_name(cloud: Cloud, on_loop: OnLoop) -> None:
    create_table()
    before = cloud.trace.count
    assert on_loop.call(lambda: handler({"id": "a"}, None)) == [RESULT]
    assert [(line["function"], line["service"], line["operation"]) for line in cloud.log()[before:]] == [
        ("worker", "dynamodb", "PutItem"),
        ("worker", "s3", "CreateBucket"),
        ("worker", "s3", "PutObject"),
        ("worker", "ssm", "PutParameter"),
        ("worker", "secretsmanager", "CreateSecret"),
        ("worker", "sts", "GetCallerIdentity"),
        ("worker", "dynamodb", "GetItem"),
        ("worker", "s3", "GetObject"),
        ("worker", "s3", "ListObjectsV2"),
        ("worker", "ssm", "GetParameter"),
        ("worker", "secretsmanager", "GetSecretValue"),
    ]


def test_timestamps_in_answers_are_virtual(cloud: Cloud) -> None:
    create_table()
    cloud.now_s = 90.0
    client = boto3.client("s3")
    client.create_bucket(Bucket="orders")
    client.put_object(Bucket="orders", Key="k", Body=b"")
    found = client.head_object(Bucket="orders", Key="k")["LastModified"]
    created = boto3.client("dynamodb").describe_table(TableName="accounts")["Table"]["CreationDateTime"]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert (created, found) == (start, start.replace(minute=1, second=30))


def test_a_client_made_before_reaches_the_one_region(cloud: Cloud) -> None:
    arn = create_table(client=EARLY)
    assert arn == "arn:aws:dynamodb:us-east-1:123456789012:table/accounts"
    assert boto3.client("dynamodb").list_tables()["TableNames"] == ["accounts"]
    assert len(cloud.log()) == 2


def test_sessions_and_plain_botocore_clients_reach_it_too(cloud: Cloud) -> None:
    create_table()
    names = [
        boto3.Session(region_name="ap-south-1").client("dynamodb").list_tables()["TableNames"],
        botocore.session.get_session().create_client("dynamodb").list_tables()["TableNames"],
        boto3.client("dynamodb", endpoint_url="http://localhost:4566").list_tables()["TableNames"],
    ]
    assert names == [["accounts"]] * 3
    assert len(cloud.log()) == 4


def test_a_bucket_in_another_region_can_be_made(cloud: Cloud) -> None:
    client = boto3.client("s3", region_name="eu-west-1")
    client.create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    boto3.client("s3").put_object(Bucket="orders", Key="k", Body=b"x")
    assert client.get_object(Bucket="orders", Key="k")["Body"].read() == b"x"


def test_errors_are_the_clients_own_exceptions(cloud: Cloud) -> None:
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    s3.create_bucket(Bucket="orders")
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.describe_table(TableName="accounts")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="orders", Key="k")
    with pytest.raises(ClientError, match="Not Found"):
        s3.head_object(Bucket="orders", Key="k")


@pytest.mark.parametrize(
    ("service", "operation", "params", "says"),
    [
        ("lambda", "invoke", {"FunctionName": "f"}, r"\(NotImplemented\) .* lambda Invoke: Lambda's API is not"),
        ("lambda", "create_event_source_mapping", {"FunctionName": "f"}, "lambda CreateEventSourceMapping"),
        ("sns", "subscribe", {"TopicArn": "t", "Protocol": "sqs"}, r"sns Subscribe \(Protocol sqs\)"),
        ("s3", "put_bucket_notification_configuration", {"Bucket": "abc", "NotificationConfiguration": {}}, "S3 event"),
        ("events", "put_targets", {"Rule": "r", "Targets": [{"Id": "1", "Arn": "a"}]}, "events PutTargets"),
        ("braket", "get_job", {"jobArn": "a"}, r"\(NotImplemented\) .* is not simulated: moto lacks it"),
    ],
)
def test_what_is_not_supported_says_so_once(
    cloud: Cloud, service: str, operation: str, params: dict[str, Any], says: str
) -> None:
    with pytest.raises(ClientError, match=says):
        getattr(boto3.client(service), operation)(**params)
    assert [line["status"] for line in cloud.log()] == [501]


def test_a_failure_of_moto_is_retried_in_virtual_time_with_seeded_jitter(
    cloud: Cloud, on_loop: OnLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    def called() -> str:
        with pytest.raises(ClientError) as caught:
            boto3.client("ssm").get_parameter(Name="x")
        return str(caught.value.response["Error"]["Code"])

    monkeypatch.setattr(import_module("moto.ssm.responses").SimpleSystemManagerResponse, "get_parameter", broken)
    assert on_loop.call(called) == ["InternalFailure"]
    rolls = random.Random("1:botocore")
    waits, at_s = [rolls.random() * 2**n for n in range(4)], [0.0]
    for wait_s in waits:
        at_s.append(at_s[-1] + wait_s)
    assert [(line["t"], line["status"]) for line in cloud.trace.events()] == [(round(one, 6), 500) for one in at_s]


def test_idempotency_tokens_are_seeded() -> None:
    def drawn(seed: int) -> str:
        with boto_cloud(seed):
            return str(boto3.client("secretsmanager").create_secret(Name="s", SecretString="x")["VersionId"])

    assert drawn(1) == drawn(1) != drawn(2)


def test_transfers_stay_in_the_callers_thread(cloud: Cloud, on_loop: OnLoop) -> None:
    def transfer() -> tuple[int, int]:
        client = boto3.client("s3")
        client.create_bucket(Bucket="orders")
        client.upload_fileobj(io.BytesIO(bytes(20_000_000)), "orders", "big")
        out = io.BytesIO()
        client.download_fileobj("orders", "big", out)
        return len(out.getvalue()), threading.active_count()

    threads = threading.active_count()
    assert on_loop.call(transfer) == [(20_000_000, threads)]
    assert [line["operation"] for line in cloud.log()] == [
        "CreateBucket",
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPart",
        "UploadPart",
        "CompleteMultipartUpload",
        "HeadObject",
        "GetObject",
        "GetObject",
        "GetObject",
    ]
    assert not [line for line in cloud.log() if "thread" in line]


def test_threads_of_a_handler_call_at_once_and_are_marked(cloud: Cloud, on_loop: OnLoop) -> None:
    create_table()
    client = boto3.client("dynamodb")

    def add(_: int) -> None:
        client.update_item(
            TableName="accounts",
            Key={"id": {"S": "a"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    def threaded() -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add, range(20)))

    on_loop.call(threaded, threaded)
    assert client.get_item(TableName="accounts", Key={"id": {"S": "a"}})["Item"]["n"] == {"N": "40"}
    assert [line.get("thread") for line in cloud.log() if line["operation"] == "UpdateItem"] == [True] * 40


def test_handlers_interleave_where_they_sleep(cloud: Cloud, on_loop: OnLoop) -> None:
    create_table()
    client = boto3.client("dynamodb")

    def worker(name: str, pause_s: float) -> Callable[[], None]:
        def work() -> None:
            for _ in range(2):
                time.sleep(pause_s)
                client.put_item(TableName="accounts", Item={"id": {"S": name}})

        return work

    before = cloud.trace.count
    on_loop.call(worker("a", 3.0), worker("b", 2.0))
    assert [line["t"] for line in list(cloud.trace.events())[before:]] == [2.0, 3.0, 4.0, 6.0]


def test_an_asyncio_program_in_a_handler_may_use_aiobotocore(cloud: Cloud, on_loop: OnLoop) -> None:
    from aiobotocore.session import get_session

    create_table()

    async def inner() -> Any:
        async with get_session().create_client("dynamodb") as client:
            return (await client.list_tables())["TableNames"]

    assert on_loop.call(lambda: asyncio.run(inner())) == [["accounts"]]
    assert cloud.log()[-1] == {
        "kind": "aws.request",
        "service": "dynamodb",
        "operation": "ListTables",
        "function": "worker",
        "status": 200,
    }


def test_an_asynchronous_handler_may_use_both(cloud: Cloud, on_loop: OnLoop) -> None:
    from aiobotocore.session import get_session

    create_table()

    async def main() -> Any:
        async with get_session().create_client("dynamodb") as client:
            names = (await client.list_tables())["TableNames"]
        return names + boto3.client("dynamodb").list_tables()["TableNames"]

    assert on_loop.loop.run_until_complete(main()) == ["accounts", "accounts"]


def test_a_call_that_would_have_to_wait_outside_a_handler_says_so(cloud: Cloud) -> None:
    class Waiting:
        async def handle(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
            await Pause()
            return {}

    class Pause:
        def __await__(self) -> Generator[None]:
            yield

    cloud.router.mount("sqs", JsonService(Waiting()))
    client = boto3.client("sqs", config=boto3.session.Config(retries={"total_max_attempts": 1}))
    with pytest.raises(ClientError, match="has to wait in virtual time"):
        client.list_queues()


def test_metadata_addresses_are_refused_without_network(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"):
        monkeypatch.delenv(name)
    assert botocore.session.get_session().get_credentials() is None
    assert cloud.log() == []


def test_the_environment_is_the_simulations_and_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://localhost:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setenv("AWS_ACCOUNT_ID", "999999999999")
    before = dict(os.environ)
    with boto_cloud():
        session = boto3.Session()
        credentials = session.get_credentials()
        assert credentials is not None
        assert (session.region_name, session.profile_name, credentials.access_key) == (
            "us-east-1",
            "default",
            "AKIAEVENTSIM00000000",
        )
        assert {name for name in os.environ if name.startswith("AWS_")} == {
            "AWS_ACCESS_KEY_ID",
            "AWS_ACCOUNT_ID",
            "AWS_CONFIG_FILE",
            "AWS_DEFAULT_REGION",
            "AWS_EC2_METADATA_DISABLED",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_SHARED_CREDENTIALS_FILE",
        }
    assert dict(os.environ) == before


PATCHED = [
    ("aiobotocore.httpsession", "AIOHTTPSession.send"),
    ("aiobotocore.httpxsession", "HttpxSession.send"),
    ("boto3.s3.transfer", "TransferConfig.DEFAULTS"),
    ("botocore.handlers", "uuid"),
    ("botocore.httpsession", "URLLib3Session.send"),
    ("botocore.retries.standard", "ExponentialBackoff.delay_amount"),
    ("botocore.retryhandler", "random"),
    ("botocore.session", "create_loader"),
    ("moto.core.botocore_stubber", "BotocoreStubber.__call__"),
]


def everything() -> list[Any]:
    found: list[Any] = [list(sys.meta_path), boto3.DEFAULT_SESSION, dict(os.environ)]
    for module, path in PATCHED:
        one: Any = import_module(module)
        for name in path.split("."):
            one = getattr(one, name)
        found.append(dict(one) if isinstance(one, dict) else one)
    return found


def test_the_names_that_are_patched_exist_and_are_put_back() -> None:
    before = everything()
    with boto_cloud() as cloud:
        during = everything()
        assert [one for one, (first, second) in enumerate(zip(before, during, strict=True)) if first == second] == [1]
        cloud.hook.remove()
        assert everything() == before
        cloud.hook.install()
    assert everything() == before


def test_the_default_session_of_before_is_neither_used_nor_lost() -> None:
    boto3.setup_default_session(region_name="eu-west-1", aws_access_key_id="real", aws_secret_access_key="real")
    before = boto3.DEFAULT_SESSION
    with boto_cloud():
        assert boto3.client("sts").meta.region_name == "us-east-1"
        assert boto3.DEFAULT_SESSION is not before
    assert boto3.DEFAULT_SESSION is before
    boto3.DEFAULT_SESSION = None


def test_sessions_share_what_was_read_of_botocores_data(cloud: Cloud) -> None:
    loaders = [boto3.Session()._session.get_component("data_loader") for _ in range(3)]
    assert loaders[0] is loaders[1] is loaders[2]
    paths = loaders[0].search_paths
    assert len(paths) == len(set(paths))


def test_only_one_simulation_at_a_time_has_boto3(cloud: Cloud) -> None:
    other = BotoHook(Cloud().router)
    with pytest.raises(RuntimeError, match="already talks to another simulation"):
        other.install()
    other.remove()
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []


def test_mock_aws_around_keeps_its_own_state() -> None:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        create_table("mocked", client)
        with boto_cloud() as cloud:
            assert client.list_tables()["TableNames"] == []
            create_table("simulated", client)
            assert boto3.client("dynamodb").list_tables()["TableNames"] == ["simulated"]
            assert [line["operation"] for line in cloud.log()] == ["ListTables", "CreateTable", "ListTables"]
        assert client.list_tables()["TableNames"] == ["mocked"]
        assert boto3.client("dynamodb", region_name="us-east-1").list_tables()["TableNames"] == ["mocked"]


def test_mock_aws_inside_changes_nothing() -> None:
    with boto_cloud():
        create_table("simulated")
        with mock_aws():
            assert boto3.client("dynamodb").list_tables()["TableNames"] == ["simulated"]
        assert boto3.client("dynamodb").list_tables()["TableNames"] == ["simulated"]


def test_mock_aws_works_after_a_simulation_and_before_the_next() -> None:
    for _ in range(2):
        with boto_cloud():
            create_table("simulated")
        with mock_aws():
            client = boto3.client("dynamodb", region_name="us-east-1")
            assert client.list_tables()["TableNames"] == []
            created = client.describe_limits()["ResponseMetadata"]["HTTPHeaders"]
            create_table("mocked", client)
            assert client.list_tables()["TableNames"] == ["mocked"]
            assert "2026-01-01" not in str(created)


def test_removing_twice_is_harmless() -> None:
    with boto_cloud() as cloud:
        cloud.hook.remove()
    assert URLLib3Session.send.__module__ == "botocore.httpsession"
