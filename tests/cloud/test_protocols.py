from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from eventsim.cloud.protocols import JsonService, encode_error, error_code
from eventsim.cloud.requests import AwsRequest, identify
from eventsim.cloud.waiting import without_waiting
from eventsim.errors import AwsError
from tests.cloud.simulated import at_once

URL = "https://sqs.us-east-1.amazonaws.com/"
QUEUE_URL = f"{URL}123456789012/orders"
JSON = {"Content-Type": "application/x-amz-json-1.0"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class Engine:
    """Answers what it was told to and remembers what it was asked."""

    def __init__(self, result: dict[str, Any] | AwsError) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._result = result

    async def handle(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, params))
        if isinstance(self._result, AwsError):
            raise self._result
        return self._result


MISSING = AwsError(
    "QueueDoesNotExist", "There is no <such> queue.", query_code="AWS.SimpleQueueService.NonExistentQueue"
)


def json_request(operation: str, body: bytes) -> AwsRequest:
    return identify("POST", URL, {**JSON, "X-Amz-Target": f"AmazonSQS.{operation}"}, body)


def form_request(action: str, url: str = URL, **fields: str) -> AwsRequest:
    return identify("POST", url, FORM, urlencode({"Action": action, "Version": "2012-11-05", **fields}).encode())


def test_a_json_request_reaches_the_engine_as_a_dict_and_its_result_goes_back_as_json() -> None:
    engine = Engine({"MessageId": "m", "MD5OfMessageBody": "5d"})
    answer = at_once(JsonService(engine).handle_request(json_request("SendMessage", b'{"MessageBody":"h\xc3\xa9"}')))
    assert engine.calls == [("SendMessage", {"MessageBody": "hé"})]
    assert (answer.status, answer.headers, answer.body) == (
        200,
        {"content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "00000000-0000-0000-0000-000000000001"},
        b'{"MessageId":"m","MD5OfMessageBody":"5d"}',
    )


def test_an_engines_error_is_answered_with_aws_code_status_and_text() -> None:
    answer = at_once(JsonService(Engine(MISSING)).handle_request(json_request("GetQueueUrl", b"{}")))
    assert answer.status == 400
    assert answer.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert msgspec.json.decode(answer.body) == {
        "__type": "com.amazonaws.sqs#QueueDoesNotExist",
        "message": "There is no <such> queue.",
    }
    assert error_code(answer) == "QueueDoesNotExist"


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff"])
def test_a_body_that_is_no_json_object_is_a_serialization_exception(body: bytes) -> None:
    engine = Engine({})
    answer = at_once(JsonService(engine).handle_request(json_request("SendMessage", body)))
    assert (answer.status, error_code(answer), engine.calls) == (400, "SerializationException", [])


def test_an_empty_body_means_no_parameters() -> None:
    engine = Engine({})
    at_once(JsonService(engine).handle_request(json_request("ListQueues", b"")))
    assert engine.calls == [("ListQueues", {})]


@pytest.mark.parametrize(
    ("fields", "params"),
    [
        (
            {"QueueUrl": QUEUE_URL, "MessageBody": "a&b", "DelaySeconds": "3"},
            {"QueueUrl": QUEUE_URL, "MessageBody": "a&b", "DelaySeconds": 3},
        ),
        (
            {"AttributeName.1": "All", "MaxNumberOfMessages": "10"},
            {"AttributeNames": ["All"], "MaxNumberOfMessages": 10},
        ),
        ({"Attribute.1.Name": "DelaySeconds", "Attribute.1.Value": "5"}, {"Attributes": {"DelaySeconds": "5"}}),
        ({"Tag.1.Key": "team", "Tag.1.Value": "a"}, {"Tags": {"team": "a"}}),
        (
            {
                f"DeleteMessageBatchRequestEntry.{n}.{key}": f"{key}{n}"
                for n in (1, 2, 10)
                for key in ("Id", "ReceiptHandle")
            },
            {"Entries": [{"Id": f"Id{n}", "ReceiptHandle": f"ReceiptHandle{n}"} for n in (1, 2, 10)]},
        ),
        (
            {
                "MessageAttribute.1.Name": "kind",
                "MessageAttribute.1.Value.DataType": "String",
                "MessageAttribute.1.Value.StringValue": "x",
            },
            {"MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}}},
        ),
    ],
)
def test_form_fields_become_the_parameters_of_the_json_protocol(fields: dict[str, str], params: dict[str, Any]) -> None:
    engine = Engine({})
    at_once(JsonService(engine).handle_request(form_request("AnyOperation", **fields)))
    assert engine.calls == [("AnyOperation", params)]


def test_a_form_sent_to_the_queues_own_url_is_about_that_queue() -> None:
    engine = Engine({})
    at_once(JsonService(engine).handle_request(form_request("PurgeQueue", url=QUEUE_URL)))
    assert engine.calls == [("PurgeQueue", {"QueueUrl": QUEUE_URL})]


def test_a_form_number_that_is_none_is_refused() -> None:
    answer = at_once(JsonService(Engine({})).handle_request(form_request("SendMessage", DelaySeconds="soon")))
    assert (answer.status, error_code(answer)) == (400, "MalformedInput")


def test_query_results_are_xml() -> None:
    message = {
        "MessageId": "m",
        "Body": "<b>",
        "Attributes": {"SentTimestamp": "1"},
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}},
    }
    answer = at_once(JsonService(Engine({"Messages": [message]})).handle_request(form_request("ReceiveMessage")))
    assert answer.body.decode() == (
        '<ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ReceiveMessageResult><Message>'
        "<MessageId>m</MessageId><Body>&lt;b&gt;</Body>"
        "<Attribute><Name>SentTimestamp</Name><Value>1</Value></Attribute>"
        "<MessageAttribute><Name>kind</Name><Value><DataType>String</DataType><StringValue>x</StringValue></Value>"
        "</MessageAttribute></Message></ReceiveMessageResult><ResponseMetadata>"
        "<RequestId>00000000-0000-0000-0000-000000000001</RequestId></ResponseMetadata></ReceiveMessageResponse>"
    )


def test_query_batches_name_their_entries_after_the_operation() -> None:
    result = {"Successful": [{"Id": "a"}], "Failed": [{"Id": "b", "SenderFault": True}]}
    answer = at_once(JsonService(Engine(result)).handle_request(form_request("DeleteMessageBatch")))
    assert (
        "<DeleteMessageBatchResultEntry><Id>a</Id></DeleteMessageBatchResultEntry>"
        "<BatchResultErrorEntry><Id>b</Id><SenderFault>true</SenderFault></BatchResultErrorEntry>"
    ) in answer.body.decode()


def test_query_errors_have_the_older_code() -> None:
    answer = at_once(JsonService(Engine(MISSING)).handle_request(form_request("GetQueueUrl")))
    assert (answer.status, error_code(answer)) == (400, "AWS.SimpleQueueService.NonExistentQueue")
    assert "<Message>There is no &lt;such&gt; queue.</Message>" in answer.body.decode()


@pytest.mark.parametrize(
    "request_",
    [
        identify("POST", "https://events.us-east-1.amazonaws.com/", {"X-Amz-Target": "AWSEvents.PutTargets"}, b""),
        identify("POST", "https://sns.us-east-1.amazonaws.com/", FORM, b"Action=Publish"),
        identify("GET", "https://b.s3.amazonaws.com/k", {}, b""),
        identify("GET", "https://route53.amazonaws.com/2013-04-01/hostedzone", {}, b""),
        identify("GET", "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions", {}, b""),
    ],
)
def test_an_error_is_told_in_the_dialect_of_the_request(request_: AwsRequest) -> None:
    answer = encode_error(request_, AwsError("Some<Code>".replace("<Code>", "Thing"), "why & how", status=418), "id")
    assert (answer.status, error_code(answer)) == (418, "SomeThing")


@pytest.mark.parametrize(
    "request_", [json_request("ReceiveMessage", b'{"WaitTimeSeconds":20}'), form_request("ReceiveMessage")]
)
def test_a_caller_that_can_not_wait_polls_for_0_s(request_: AwsRequest) -> None:
    engine = Engine({})
    at_once(JsonService(engine).handle_request(without_waiting(request_)))
    assert engine.calls == [("ReceiveMessage", {"WaitTimeSeconds": 0})]


def test_other_requests_are_left_alone() -> None:
    before = json_request("SendMessage", b'{"MessageBody": "x"}')
    assert without_waiting(before).body == b'{"MessageBody": "x"}'
