from __future__ import annotations

import datetime as dt
import importlib
import os
import random
import subprocess
import sys
import time
import uuid
from typing import Any

import boto3
import msgspec
import pytest

from eventsim.cloud.moto import Moto
from eventsim.cloud.moto_clock import COUNTERS
from eventsim.cloud.requests import AwsRequest, identify
from eventsim.errors import AwsError
from eventsim.kernel.clock import Clock
from eventsim.kernel.seeds import Seeds
from tests.cloud.simulated import boto_cloud

TABLE: dict[str, Any] = {
    "TableName": "accounts",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
TARGETS = {
    "dynamodb": "DynamoDB_20120810",
    "ssm": "AmazonSSM",
    "secretsmanager": "secretsmanager",
    "kms": "TrentService",
}


class Started:
    """A Moto at a time that the test sets."""

    def __init__(self, seed: int = 1) -> None:
        self.now_s = 0.0
        self.moto = Moto(Clock(lambda: self.now_s), Seeds(seed))
        self.moto.start()

    def json(self, service: str, operation: str, region: str = "us-east-1", **params: Any) -> Any:
        answer = self.moto.send(json_request(service, operation, region, **params))
        assert answer.status == 200, answer.body
        return msgspec.json.decode(answer.body)

    def raw(self, method: str, url: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        answer = self.moto.send(identify(method, url, headers, body))
        return answer.status, answer.body


def json_request(service: str, operation: str, region: str = "us-east-1", **params: Any) -> AwsRequest:
    headers = {"X-Amz-Target": f"{TARGETS[service]}.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    return identify("POST", f"https://{service}.{region}.amazonaws.com/", headers, msgspec.json.encode(params))


@pytest.fixture
def started() -> Any:
    found = Started()
    yield found
    found.moto.stop()


CLOCKS: list[tuple[str, str, Any]] = [
    ("moto.core.utils", "datetime", dt),
    ("moto.cloudwatch.models", "datetime", dt.datetime),
    ("moto.dynamodb.models.table_export", "uuid4", uuid.uuid4),
    ("moto.ec2.models.reserved_instances", "random", random),
    ("moto.firehose.models", "time", time.time),
    ("moto.kms.utils", "os", os),
    ("moto.rds.models", "uuid", uuid),
    ("moto.secretsmanager.models", "time", time),
]


def test_the_names_in_moto_that_stand_for_clock_and_chance_are_exchanged_for_its_work_alone(started: Started) -> None:
    before = [getattr(importlib.import_module(module), name) for module, name, _ in CLOCKS]
    assert all(one is real or one.__name__ == real.__name__ for one, (_, _, real) in zip(before, CLOCKS, strict=True))
    with started.moto.inside():
        for module, name, real in CLOCKS:
            assert getattr(sys.modules[module], name) is not real, f"{module}.{name}"
    assert [getattr(sys.modules[module], name) for module, name, _ in CLOCKS] == before


def test_the_names_of_what_moto_counts_are_what_they_were() -> None:
    for module, owner, name in COUNTERS:
        assert isinstance(getattr(getattr(importlib.import_module(module), owner), name), int)


def test_services_that_read_the_clock_themselves_and_counts_of_the_process_repeat() -> None:
    def story() -> list[Any]:
        with boto_cloud(seed=1):
            made = [
                boto3.client("apigateway").create_rest_api(name="a"),
                boto3.client("efs").create_file_system(),
                boto3.client("athena").list_work_groups()["WorkGroups"],
                boto3.client("rds").create_db_parameter_group(
                    DBParameterGroupName="g", DBParameterGroupFamily="postgres16", Description="d"
                ),
            ]
            logs = boto3.client("logs")
            logs.create_log_group(logGroupName="g")
            logs.create_log_stream(logGroupName="g", logStreamName="s")
            event = {"timestamp": 1_767_225_600_000, "message": "m"}
            logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[event])
            return [*made, logs.filter_log_events(logGroupName="g")["events"]]

    first = story()
    assert first[0]["createdDate"] == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert first[-1][0]["eventId"] == "0"
    assert story() == first


def test_the_private_names_of_motos_state_are_there() -> None:
    base = importlib.import_module("moto.core.base_backend")
    assert isinstance(base.BackendDict._instances, list)
    assert hasattr(importlib.import_module("moto.s3.models").s3_backends, "bucket_accounts")
    assert hasattr(importlib.import_module("moto.organizations.models").organizations_backends, "master_accounts")
    assert isinstance(importlib.import_module("moto.s3.models").FakeKey.instances_tracked, list)
    known = {"BackendDict", "S3BackendDict", "OrganizationsBackendDict"}
    assert {one.__name__ for one in [base.BackendDict, *base.BackendDict.__subclasses__()]} <= known


def test_ids_of_moto_all_come_from_its_own_generator() -> None:
    generator = importlib.import_module("moto.moto_api._internal").mock_random
    before = generator.getstate()
    vars(generator).update(random=lambda: 0.5, getrandbits=lambda bits: 1)
    try:
        drawn = str(generator.uuid4()), generator.get_random_hex(2), generator.choice("abcd"), generator.randint(0, 9)
        assert drawn == ("00000000-0000-4000-8000-000000000001", "11", "b", 1)
    finally:
        del vars(generator)["random"], vars(generator)["getrandbits"]
    assert generator.getstate() == before


@pytest.mark.rule("GEN-02")
def test_timestamps_are_virtual(started: Started) -> None:
    started.now_s = 90.25
    created = started.json("dynamodb", "CreateTable", **TABLE)["TableDescription"]["CreationDateTime"]
    started.json("ssm", "PutParameter", Name="a", Value="v", Type="String")
    parameter = started.json("ssm", "GetParameter", Name="a")["Parameter"]["LastModifiedDate"]
    started.json("secretsmanager", "CreateSecret", Name="s", SecretString="x")
    secret = started.json("secretsmanager", "DescribeSecret", SecretId="s")["CreatedDate"]
    started.raw("PUT", "https://orders.s3.amazonaws.com/")
    _, buckets = started.raw("GET", "https://s3.amazonaws.com/")
    assert (created, parameter, int(secret)) == (1767225690.25, 1767225690.25, 1767225690)
    assert b"<CreationDate>2026-01-01T00:01:30" in buckets


def test_the_clock_of_everybody_else_is_left_alone(started: Started) -> None:
    started.json("dynamodb", "CreateTable", **TABLE)
    started.json("secretsmanager", "CreateSecret", Name="s", SecretString="x")
    utils = importlib.import_module("moto.core.utils")
    secrets = importlib.import_module("moto.secretsmanager.models")
    assert utils.datetime is dt
    assert secrets.time is time


def test_requests_for_every_region_meet_in_one(started: Started) -> None:
    started.json("dynamodb", "CreateTable", region="eu-west-1", **TABLE)
    assert started.json("dynamodb", "ListTables")["TableNames"] == ["accounts"]
    arn = started.json("dynamodb", "DescribeTable", region="ap-south-1", TableName="accounts")["Table"]["TableArn"]
    assert arn == "arn:aws:dynamodb:us-east-1:123456789012:table/accounts"


def test_the_machines_account_does_not_matter(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "999999999999")
    arn = started.json("dynamodb", "CreateTable", **TABLE)["TableDescription"]["TableArn"]
    assert (arn.split(":")[4], os.environ["MOTO_ACCOUNT_ID"]) == ("123456789012", "999999999999")


def test_s3_is_served_in_virtual_host_path_and_custom_endpoint_style(started: Started) -> None:
    signed: dict[str, Any] = {"Authorization": "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request"}
    started.raw("PUT", "https://s3.us-east-1.amazonaws.com/orders")
    started.raw("PUT", "https://orders.s3.amazonaws.com/a%20b/%C3%BC%2Bc", b"body")
    assert started.raw("GET", "https://s3.eu-west-1.amazonaws.com/orders/a%20b/%C3%BC%2Bc", **signed) == (200, b"body")
    assert started.raw("GET", "http://localhost:4566/orders/a%20b/%C3%BC%2Bc", **signed) == (200, b"body")


def test_what_moto_lacks_is_answered_by_name() -> None:
    started = Started()
    with pytest.raises(AwsError, match="dynamodb DescribeGlobalTable is not simulated") as caught:
        started.moto.send(json_request("dynamodb", "DescribeGlobalTable", GlobalTableName="x"))
    assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)
    with pytest.raises(AwsError, match="GET https://braket"):
        started.raw("GET", "https://braket.us-east-1.amazonaws.com/no/such/path")
    started.moto.stop()


def test_services_that_share_a_host_are_told_apart_by_their_paths(started: Started) -> None:
    signed: dict[str, Any] = {"Authorization": "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/ses/aws4_request"}
    host = "https://email.us-east-1.amazonaws.com"
    started.raw("POST", f"{host}/v2/email/identities", b'{"EmailIdentity":"a@example.com"}', **signed)
    form = {**signed, "Content-Type": "application/x-www-form-urlencoded"}
    assert started.raw("POST", f"{host}/", b"Action=GetSendQuota&Version=2010-12-01", **form)[0] == 200
    status, body = started.raw("GET", f"{host}/v2/email/identities/a@example.com", **signed)
    assert (status, b'"IdentityType"' in body) == (200, True)


def test_an_exception_inside_moto_is_an_internal_failure(monkeypatch: pytest.MonkeyPatch, started: Started) -> None:
    def broken(*_: object) -> None:
        raise KeyError("StreamViewType")

    handler = importlib.import_module("moto.dynamodb.responses").DynamoHandler
    monkeypatch.setattr(handler, "put_item", broken)
    started.json("dynamodb", "CreateTable", **TABLE)
    with pytest.raises(AwsError, match="dynamodb PutItem failed inside moto: KeyError: 'StreamViewType'") as caught:
        started.moto.send(json_request("dynamodb", "PutItem", TableName="accounts", Item={"id": {"S": "a"}}))
    assert (caught.value.code, caught.value.status) == ("InternalFailure", 501)
    assert started.json("dynamodb", "ListTables")["TableNames"] == ["accounts"]


def test_two_simulations_share_nothing_one_after_the_other_or_at_once() -> None:
    first = Started()
    first.json("dynamodb", "CreateTable", **TABLE)
    first.raw("PUT", "https://orders.s3.amazonaws.com/")
    second = Started()
    assert second.json("dynamodb", "ListTables")["TableNames"] == []
    assert second.raw("PUT", "https://orders.s3.amazonaws.com/")[0] == 200
    assert first.json("dynamodb", "ListTables")["TableNames"] == ["accounts"]
    first.moto.stop()
    second.moto.stop()
    third = Started()
    assert third.json("dynamodb", "ListTables")["TableNames"] == []
    assert third.raw("HEAD", "https://orders.s3.amazonaws.com/")[0] == 404
    third.moto.stop()


def test_objects_are_released_at_the_end(started: Started) -> None:
    tracked = importlib.import_module("moto.s3.models").FakeKey.instances_tracked
    before = len(tracked)
    started.raw("PUT", "https://orders.s3.amazonaws.com/")
    started.raw("PUT", "https://orders.s3.amazonaws.com/k", b"x" * 100)
    key = tracked[-1]
    started.moto.stop()
    assert (len(tracked), key.disposed) == (before, True)


def test_a_moto_starts_once_and_serves_only_while_it_runs() -> None:
    started = Started()
    with pytest.raises(RuntimeError, match="running already"):
        started.moto.start()
    started.moto.stop()
    with pytest.raises(RuntimeError, match="not running"):
        started.json("dynamodb", "ListTables")


VERSIONED = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


def work(started: Started) -> list[Any]:
    """What a handler may see of ids, drawn by several parts of moto."""
    started.raw("PUT", "https://orders.s3.amazonaws.com/")
    started.raw(
        "PUT",
        "https://orders.s3.amazonaws.com/?versioning",
        VERSIONED,
    )
    form: dict[str, Any] = {"Content-Type": "application/x-www-form-urlencoded"}
    found = [
        started.json("dynamodb", "CreateTable", **TABLE, SSESpecification={"Enabled": True}),
        started.json(
            "dynamodb", "PutItem", TableName="accounts", Item={"id": {"S": "a"}, "s": {"SS": ["b", "a", "c"]}}
        ),
        started.json("dynamodb", "Scan", TableName="accounts"),
        started.json("secretsmanager", "CreateSecret", Name="s", SecretString="x", Tags=[{"Key": "b", "Value": "c"}]),
        started.json("secretsmanager", "GetRandomPassword"),
        started.json("kms", "CreateKey")["KeyMetadata"]["KeyId"],
        started.json("kms", "GenerateRandom", NumberOfBytes=16),
        started.raw("POST", "https://orders.s3.amazonaws.com/big?uploads"),
        started.raw("PUT", "https://orders.s3.amazonaws.com/k?tagging", b"<Tagging><TagSet/></Tagging>"),
        started.raw("POST", "https://sts.amazonaws.com/", b"Action=GetSessionToken&Version=2011-06-15", **form),
        started.raw("POST", "https://sns.us-east-1.amazonaws.com/", b"Action=CreateTopic&Name=t", **form),
        started.raw("POST", "https://iam.amazonaws.com/", b"Action=CreateUser&UserName=u&Version=2010-05-08", **form),
    ]
    return [repr(one) for one in found]


@pytest.mark.rule("GEN-04")
def test_ids_depend_on_the_seed_alone() -> None:
    first, second, other = Started(7), Started(7), Started(8)
    assert work(first) == work(second) != work(other)
    for one in (first, second, other):
        one.moto.stop()


@pytest.mark.rule("GEN-04")
def test_answers_are_the_same_in_every_process() -> None:
    code = "from tests.cloud.test_moto import Started, work; s = Started(3); print(work(s)); s.moto.stop()"
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(answers) == 1
