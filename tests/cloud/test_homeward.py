from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from eventsim.cloud.homeward import homeward
from eventsim.cloud.requests import AwsRequest, identify

HOME = ("us-east-1", "123456789012")
SCOPE = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/{}/{}/aws4_request, SignedHeaders=host"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def arn(service: str, name: str, *, region: str = "us-east-1", account: str = "123456789012") -> str:
    return f"arn:aws:{service}:{region}:{account}:{name}"


def abroad(service: str, name: str) -> str:
    return arn(service, name, region="eu-west-1")


def request(
    service: str,
    body: bytes,
    *,
    headers: dict[str, str] | None = None,
    region: str = "eu-west-1",
    method: str = "POST",
    path: str = "/",
) -> AwsRequest:
    signed = {"Authorization": SCOPE.format(region, service), **(headers or {})}
    return identify(method, f"https://{service}.{region}.amazonaws.com{path}", signed, body)


def sent(target: str, given: dict[str, Any], *, region: str = "eu-west-1") -> dict[str, Any]:
    """What arrives of the parameters of an operation of a JSON service."""
    one = request("any", json.dumps(given).encode(), headers={"X-Amz-Target": target}, region=region)
    found: dict[str, Any] = json.loads(homeward(one, *HOME).body)
    return found


def test_arns_of_the_clients_own_region_name_what_is_here_at_any_depth() -> None:
    targets = [{"Id": "1", "Arn": abroad("sqs", "orders"), "DeadLetterConfig": {"Arn": abroad("sqs", "dlq")}}]
    assert sent("AWSEvents.PutTargets", {"Rule": "paid", "Targets": targets}) == {
        "Rule": "paid",
        "Targets": [{"Id": "1", "Arn": arn("sqs", "orders"), "DeadLetterConfig": {"Arn": arn("sqs", "dlq")}}],
    }


def test_a_redrive_policy_is_json_in_a_string() -> None:
    policy = {"deadLetterTargetArn": abroad("sqs", "dlq"), "maxReceiveCount": "3"}
    given = {"QueueName": "orders", "Attributes": {"RedrivePolicy": json.dumps(policy)}}
    found = sent("AmazonSQS.CreateQueue", given)
    assert json.loads(found["Attributes"]["RedrivePolicy"]) == {**policy, "deadLetterTargetArn": arn("sqs", "dlq")}


@pytest.mark.parametrize(
    ("target", "given"),
    [
        ("AmazonSQS.SendMessage", {"QueueUrl": "orders", "MessageBody": abroad("sns", "alerts")}),
        ("DynamoDB_20120810.PutItem", {"TableName": "accounts", "Item": {"topicArn": {"S": abroad("sns", "alerts")}}}),
        ("AmazonSSM.PutParameter", {"Name": "topic", "Value": abroad("sns", "alerts")}),
        ("AWSEvents.PutEvents", {"Entries": [{"Detail": "{}", "Resources": [abroad("sns", "alerts")]}]}),
    ],
)
def test_what_merely_passes_through_stays_as_it_is(target: str, given: dict[str, Any]) -> None:
    assert sent(target, given) == given


@pytest.mark.parametrize("name", [arn("sns", "alerts", region="ap-south-1"), arn("sns", "alerts", account="1" * 12)])
def test_other_regions_and_accounts_are_left_to_be_refused(name: str) -> None:
    assert sent("AWSEvents.PutTargets", {"Arn": name}) == {"Arn": name}
    assert sent("AWSEvents.PutTargets", {"Arn": name}, region="us-east-1") == {"Arn": name}


def test_an_emulators_account_is_the_callers_own() -> None:
    body = json.dumps({"QueueUrl": "http://localhost:4566/000000000000/orders"}).encode()
    one = identify("POST", "http://localhost:4566/", {"X-Amz-Target": "AmazonSQS.PurgeQueue"}, body)
    assert json.loads(homeward(one, *HOME).body) == {"QueueUrl": "http://localhost:4566/123456789012/orders"}
    name = arn("sqs", "orders", account="0" * 12)
    assert sent("AmazonSQS.ListMessageMoveTasks", {"SourceArn": name}) == {"SourceArn": arn("sqs", "orders")}


def test_a_region_may_be_known_by_others_names_too() -> None:
    one = request("sns", b'{"TopicArn":"%s"}' % arn("sns", "alerts", region="eu-north-1").encode(), region="us-east-1")
    assert homeward(one, *HOME, known_as={"eu-north-1"}).body == b'{"TopicArn":"%s"}' % arn("sns", "alerts").encode()


def test_forms_keep_their_messages() -> None:
    given = {"Action": "Publish", "TopicArn": abroad("sns", "alerts"), "Message": abroad("sns", "alerts")}
    one = homeward(request("sns", urlencode(given).encode(), headers=FORM), *HOME)
    assert dict(parse_qsl(one.body.decode())) == {**given, "TopicArn": arn("sns", "alerts")}


def test_a_forms_redrive_policy_is_known_by_its_content() -> None:
    value = json.dumps({"deadLetterTargetArn": abroad("sqs", "dlq")})
    fields = {"AttributeName": "RedrivePolicy", "AttributeValue": value}
    one = homeward(request("sns", urlencode(fields).encode(), headers=FORM), *HOME)
    found = dict(parse_qsl(one.body.decode()))["AttributeValue"]
    assert json.loads(found) == {"deadLetterTargetArn": arn("sqs", "dlq")}


def test_a_function_may_be_named_in_the_path_and_its_payload_is_its_own() -> None:
    payload = json.dumps({"topicArn": abroad("sns", "alerts")}).encode()
    path = "/2015-03-31/functions/{}/invocations"
    name = abroad("lambda", "function:worker").replace(":", "%3A")
    one = homeward(request("lambda", payload, path=path.format(name)), *HOME)
    assert one.body == payload
    home = arn("lambda", "function:worker").replace(":", "%3A")
    assert one.url == f"https://lambda.eu-west-1.amazonaws.com{path.format(home)}"


def test_of_s3_only_the_notifications_name_anything() -> None:
    name = abroad("sqs", "orders").encode()
    body = b"<NotificationConfiguration><QueueConfiguration><Queue>%s</Queue></QueueConfiguration>" % name
    configured = homeward(request("s3", body, method="PUT", path="/uploads?notification"), *HOME)
    assert configured.body == body.replace(b"eu-west-1", b"us-east-1")
    stored = homeward(request("s3", name, method="PUT", path=f"/uploads/{name.decode()}"), *HOME)
    assert stored.body == name
    assert stored.url.endswith(name.decode())


@pytest.mark.parametrize("body", [b"", b"{", b'{"TopicArn": "arn:aws:sns:eu-west-1', b"\xff000000000000"])
def test_a_body_that_can_not_be_read_is_left_to_who_answers(body: bytes) -> None:
    assert homeward(request("sns", body), *HOME).body == body
