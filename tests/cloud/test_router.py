from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from eventsim.cloud.protocols import error_code
from eventsim.cloud.requests import AwsRequest, current_function
from eventsim.cloud.router import Router
from eventsim.kernel.clock import Clock
from eventsim.kernel.faults import DROP_RESPONSE, FAIL, Faults, ResponseLostError, delay
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.trace import Trace
from tests.cloud.simulated import Recorder, at_once

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
SCOPE = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host"}


def signed(service: str) -> dict[str, str]:
    return {"Authorization": SCOPE["Authorization"].format(service)}


def json_request(target: str, **params: Any) -> AwsRequest:
    return Router().identify("POST", "http://localhost/", {"X-Amz-Target": target}, msgspec.json.encode(params))


def form_request(service: str, action: str, **fields: str) -> AwsRequest:
    body = urlencode({"Action": action, "Version": "1", **fields}).encode()
    return Router().identify("POST", f"https://{service}.us-east-1.amazonaws.com/", FORM, body)


@pytest.mark.parametrize(
    ("method", "url", "headers", "body", "expected"),
    [
        (
            "POST",
            "https://sqs.us-east-1.amazonaws.com/",
            {"X-Amz-Target": b"AmazonSQS.SendMessage"},
            b"",
            ("sqs", "SendMessage"),
        ),
        ("POST", "http://localhost:4566/", {"X-Amz-Target": "AmazonSSM.GetParameter"}, b"", ("ssm", "GetParameter")),
        (
            "POST",
            "https://1.ddb.us-east-1.amazonaws.com/",
            {"x-amz-target": "DynamoDB_20120810.GetItem"},
            b"",
            ("dynamodb", "GetItem"),
        ),
        (
            "POST",
            "https://streams.dynamodb.us-east-1.amazonaws.com/",
            {**signed("dynamodb"), "X-Amz-Target": "DynamoDBStreams_20120810.GetRecords"},
            b"",
            ("dynamodbstreams", "GetRecords"),
        ),
        (
            "POST",
            "https://sts.amazonaws.com/",
            FORM,
            b"Action=GetCallerIdentity&Version=1",
            ("sts", "GetCallerIdentity"),
        ),
        ("POST", "http://localhost:4566/", {**FORM, **signed("sns")}, b"Action=Publish", ("sns", "Publish")),
        (
            "POST",
            "https://monitoring.us-east-1.amazonaws.com/service/G/operation/PutMetricData",
            {"smithy-protocol": "rpc-v2-cbor"},
            b"",
            ("monitoring", "PutMetricData"),
        ),
        ("PUT", "https://orders.s3.amazonaws.com/a/b.txt", {}, b"", ("s3", "PutObject")),
        ("PUT", "https://s3.eu-west-1.amazonaws.com/orders", {}, b"", ("s3", "CreateBucket")),
        ("PUT", "https://orders.s3.amazonaws.com/k?partNumber=1&uploadId=u", {}, b"", ("s3", "UploadPart")),
        ("PUT", "https://orders.s3.amazonaws.com/k", {"x-amz-copy-source": "a/b"}, b"", ("s3", "CopyObject")),
        ("GET", "https://orders.s3.dualstack.us-east-1.amazonaws.com/?list-type=2", {}, b"", ("s3", "ListObjectsV2")),
        ("GET", "http://127.0.0.1:4566/orders/k", signed("s3"), b"", ("s3", "GetObject")),
        (
            "POST",
            "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/f/invocations",
            {},
            b"",
            ("lambda", "Invoke"),
        ),
        (
            "GET",
            "https://lambda.us-east-1.amazonaws.com/2015-03-31/event-source-mappings/",
            {},
            b"",
            ("lambda", "ListEventSourceMappings"),
        ),
        ("GET", "http://169.254.169.254/latest/meta-data/iam/", {}, b"", ("metadata", None)),
        ("GET", "http://[fd00:ec2::254]/latest", {}, b"", ("metadata", None)),
        ("POST", "https://unheard-of.us-east-1.amazonaws.com/x", {}, b"", ("unheard-of", None)),
    ],
)
def test_a_request_tells_its_service_and_operation(
    method: str, url: str, headers: dict[str, str | bytes], body: bytes, expected: tuple[str, str | None]
) -> None:
    found = Router().identify(method, url, headers, body)
    assert (found.service, found.operation) == expected


def test_a_presigned_url_names_its_service() -> None:
    url = "https://example.com/orders/k?X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"
    assert Router().identify("GET", url, {}, b"").service == "s3"


def test_a_mounted_service_goes_to_its_endpoint_and_all_others_to_the_fallback() -> None:
    queue, rest = Recorder(), Recorder()
    router = Router(fallback=rest)
    router.mount("sqs", queue)
    at_once(router.send(json_request("AmazonSQS.ListQueues")))
    at_once(router.send(json_request("DynamoDB_20120810.ListTables")))
    assert [one.operation for one in queue.requests] == ["ListQueues"]
    assert [one.operation for one in rest.requests] == ["ListTables"]


def test_every_answer_is_traced_without_its_bodies() -> None:
    trace = Trace(Clock(lambda: 1.5))
    router = Router(trace=trace, fallback=Recorder())
    router.mount("sqs", Recorder(400, b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"secret"}'))
    token = current_function.set("worker")
    at_once(router.send(json_request("AmazonSQS.GetQueueUrl", QueueName="secret")))
    current_function.reset(token)
    unnamed = json_request("DynamoDB_20120810.GetItem")
    unnamed.thread = True
    at_once(router.send(unnamed))
    assert list(trace.lines()) == [
        (
            b'{"n":1,"t":1.5,"kind":"aws.request","service":"sqs","operation":"GetQueueUrl","function":"worker",'
            b'"status":400,"error":"QueueDoesNotExist"}'
        ),
        b'{"n":2,"t":1.5,"kind":"aws.request","service":"dynamodb","operation":"GetItem","status":200,"thread":true}',
    ]


def test_metadata_addresses_answer_404_and_leave_no_trace() -> None:
    trace = Trace(Clock(lambda: 0.0))
    router = Router(trace=trace, fallback=Recorder())
    answer = at_once(router.send(router.identify("PUT", "http://169.254.169.254/latest/api/token", {}, b"")))
    assert (answer.status, answer.body, trace.count) == (404, b"", 0)


def test_a_request_passes_one_named_fault_point() -> None:
    seen: list[Any] = []
    faults = Faults([lambda point, facts, _: seen.append((point, dict(facts)))], seeds=Seeds(1))
    at_once(Router(fallback=Recorder(), faults=faults).send(json_request("AmazonSQS.ListQueues")))
    assert seen == [("aws.request", {"service": "sqs", "operation": "ListQueues"})]


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (json_request("AmazonSQS.SendMessage"), "InternalFailure"),
        (json_request("DynamoDB_20120810.PutItem"), "InternalServerError"),
        (form_request("sns", "Publish"), "InternalError"),
        (Router().identify("PUT", "https://orders.s3.amazonaws.com/k", {}, b""), "InternalError"),
    ],
)
def test_a_request_that_fails_has_no_effect_and_the_services_own_error(request_: AwsRequest, says: str) -> None:
    rest, trace = Recorder(), Trace(Clock(lambda: 0.0))
    router = Router(fallback=rest, faults=Faults([lambda *_: FAIL], seeds=Seeds(1), trace=trace), trace=trace)
    answer = at_once(router.send(request_))
    assert (rest.requests, answer.status, error_code(answer)) == ([], 500, says)
    told = [(line["kind"], line.get("error")) for line in trace.events()]
    assert told == [("fault.inject", None), ("aws.request", says)]


def test_a_request_whose_answer_is_lost_has_its_effect() -> None:
    rest = Recorder()
    router = Router(fallback=rest, faults=Faults([lambda *_: DROP_RESPONSE], seeds=Seeds(1)))
    with pytest.raises(ResponseLostError, match="sqs ListQueues"):
        at_once(router.send(json_request("AmazonSQS.ListQueues")))
    assert len(rest.requests) == 1


def test_a_caller_that_can_not_wait_is_not_delayed() -> None:
    router = Router(fallback=Recorder(), faults=Faults([lambda *_: delay(1)], seeds=Seeds(1)))
    assert at_once(router.send(json_request("AmazonSQS.ListQueues"), waits=False)).status == 200


def test_without_a_fallback_an_unknown_service_is_refused() -> None:
    answer = at_once(Router().send(json_request("DynamoDB_20120810.ListTables")))
    assert (answer.status, msgspec.json.decode(answer.body)) == (
        501,
        {"__type": "NotImplemented", "message": "Nothing answers for the service 'dynamodb' here."},
    )


TYPES_WITH_ENGINES = [
    "AWS::Events::Rule",
    "AWS::Kinesis::Stream",
    "AWS::Lambda::Function",
    "AWS::Logs::SubscriptionFilter",
    "AWS::Pipes::Pipe",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::Scheduler::Schedule",
    "AWS::Serverless::Function",
]


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (json_request("Logs_20140328.PutSubscriptionFilter"), "logs PutSubscriptionFilter"),
        (
            json_request("Firehose_20150804.CreateDeliveryStream", KinesisStreamSourceConfiguration={}),
            "firehose CreateDeliveryStream (KinesisStreamSourceConfiguration)",
        ),
        (Router().identify("POST", "https://pipes.us-east-1.amazonaws.com/v1/pipes/p", {}, b"{}"), "pipes CreatePipe"),
        *(
            (form_request("cloudformation", "CreateStack", TemplateBody=f"Type: {one}"), one)
            for one in TYPES_WITH_ENGINES
        ),
        (form_request("cloudformation", "UpdateStack", TemplateBody="NotificationConfiguration:"), "(NotificationConf"),
        (form_request("cloudformation", "CreateChangeSet", TemplateURL="https://x"), "TemplateURL"),
    ],
)
def test_what_moto_would_accept_in_vain_is_refused_and_never_passed_on(request_: AwsRequest, named: str) -> None:
    rest = Recorder()
    answer = at_once(Router(fallback=rest).send(request_))
    assert answer.status == 501
    assert b"NotImplemented" in answer.body + answer.headers.get("x-amzn-errortype", "").encode()
    assert named in answer.body.decode()
    assert rest.requests == []


@pytest.mark.parametrize(
    "request_",
    [
        json_request("Firehose_20150804.CreateDeliveryStream", S3DestinationConfiguration={}),
        form_request("cloudformation", "CreateStack", TemplateBody='{"Type": "AWS::DynamoDB::Table"}'),
        form_request("cloudformation", "CreateStack", TemplateBody="Transform: AWS::Serverless-2016-10-31"),
        form_request("cloudformation", "DeleteStack", StackName="s"),
    ],
)
def test_what_moto_carries_out_passes(request_: AwsRequest) -> None:
    rest = Recorder()
    at_once(Router(fallback=rest).send(request_))
    assert rest.requests == [request_]


def test_what_a_client_changes_in_the_shared_model_does_not_matter() -> None:
    from eventsim.cloud import operations
    from eventsim.cloud.boto_loader import shared_loader

    http = shared_loader().load_service_model("s3", "service-2")["operations"]["CreateBucket"]["http"]
    before = http["requestUri"]
    for changed in ("", "/"):
        http["requestUri"] = changed
        operations._routes.cache_clear()
        assert operations.rest_operation("s3", "PUT", "/orders/", {}, {}) == "CreateBucket"
    http["requestUri"] = before
    operations._routes.cache_clear()
