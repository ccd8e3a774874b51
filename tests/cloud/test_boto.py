from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError

from tests.cloud.simulated import Cloud, OnLoop, create_table

EARLY = boto3.Session(aws_access_key_id="real", aws_secret_access_key="real", region_name="eu-west-1").client(
    "dynamodb"
)


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


@pytest.mark.rule("GEN-02")
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
        (
            "logs",
            "put_subscription_filter",
            {"logGroupName": "g", "filterName": "f", "filterPattern": "", "destinationArn": "a"},
            r"\(NotImplemented\) .* logs PutSubscriptionFilter: CloudWatch Logs does not",
        ),
        (
            "pipes",
            "create_pipe",
            {"Name": "p", "Source": "a", "Target": "b", "RoleArn": "arn:aws:iam::123456789012:role/r"},
            "pipes CreatePipe: EventBridge Pipes is not",
        ),
        ("cloudformation", "create_stack", {"StackName": "s", "TemplateBody": "AWS::SNS::Topic"}, "stacks with this"),
        ("braket", "get_job", {"jobArn": "a"}, r"\(NotImplemented\) .* is not simulated: moto lacks it"),
    ],
)
def test_what_is_not_supported_says_so_once(
    cloud: Cloud, service: str, operation: str, params: dict[str, Any], says: str
) -> None:
    with pytest.raises(ClientError, match=says):
        getattr(boto3.client(service), operation)(**params)
    assert [line["status"] for line in cloud.log()] == [501]


def test_odd_keys_and_bodies_of_s3_come_back_as_they_went(cloud: Cloud) -> None:
    client = boto3.client("s3")
    client.create_bucket(Bucket="orders")
    keys = ["//x/../y ", "a b/ü+c%20", "form", "ordinary/"]
    for key in keys:
        client.put_object(
            Bucket="orders",
            Key=key,
            Body=b"a=1&b=2",
            ContentType="application/x-www-form-urlencoded",
            Metadata={"my_key": "v"},
        )
    pages = client.get_paginator("list_objects_v2").paginate(Bucket="orders", PaginationConfig={"PageSize": 3})
    found = [client.get_object(Bucket="orders", Key=key) for key in keys]
    assert sorted(one["Key"] for page in pages for one in page["Contents"]) == sorted(keys)
    assert [(one["Body"].read(), one["Metadata"]) for one in found] == [(b"a=1&b=2", {"my_key": "v"})] * 4
    assert client.get_object(Bucket="orders", Key="form", Range="bytes=4-6")["Body"].read() == b"b=2"
    assert list(client.get_object(Bucket="orders", Key="form")["Body"].iter_lines()) == [b"a=1&b=2"]


def test_services_of_every_protocol_answer(cloud: Cloud) -> None:
    sns, kms, logs = boto3.client("sns"), boto3.client("kms"), boto3.client("logs")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    logs.create_log_group(logGroupName="g")
    boto3.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")
    boto3.client("cloudwatch").put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0}])
    boto3.client("events").put_rule(Name="r", EventPattern='{"source": ["a"]}')
    found = (
        len(sns.publish(TopicArn=topic, Message="ü&<")["MessageId"]),
        kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"])["Plaintext"],
        [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]],
        [one["RoleName"] for one in boto3.client("iam").list_roles()["Roles"]],
        [one["MetricName"] for one in boto3.client("cloudwatch").list_metrics()["Metrics"]],
        boto3.client("events").put_events(Entries=[{"Source": "a", "DetailType": "d", "Detail": "{}"}])[
            "FailedEntryCount"
        ],
        boto3.client("scheduler").list_schedules()["Schedules"],
    )
    assert found == (36, b"p", ["g"], ["role"], ["m"], 0, [])
