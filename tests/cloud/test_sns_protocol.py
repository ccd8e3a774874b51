"""SNS's query protocol by the byte: what comes in and what goes out."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from eventsim.cloud.requests import identify
from eventsim.cloud.sns import SnsEndpoint, SnsService
from eventsim.cloud.sns.protocol import read_form
from tests.cloud.simulated import at_once
from tests.cloud.topics_account import Account


def ask(endpoint: SnsEndpoint, **fields: str) -> tuple[int, str]:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = urlencode({"Version": "2010-03-31", **fields}).encode()
    request = identify("POST", "https://sns.us-east-1.amazonaws.com/", headers, body)
    response = at_once(endpoint.handle_request(request))
    assert response.headers["content-type"] == "text/xml"
    return response.status, response.body.decode()


def test_lists_and_maps_come_in_numbered_fields() -> None:
    fields = {
        "Action": "Publish",
        "Version": "2010-03-31",
        "Message": "a=b & c",
        "Empty": "",
        "MessageAttributes.entry.2.Name": "second",
        "MessageAttributes.entry.2.Value.DataType": "Number",
        "MessageAttributes.entry.1.Name": "first.member",
        "MessageAttributes.entry.1.Value.StringValue": "x",
        "Attributes.entry.1.key": "member",
        "Attributes.entry.1.value": "entry",
        "Tags.member.10.Key": "ten",
        "Tags.member.9.Key": "nine",
        "Odd": "text",
        "Odd.member.1": "both",
    }
    assert read_form(urlencode(fields).encode()) == {
        "Message": "a=b & c",
        "Empty": "",
        "MessageAttributes": {"first.member": {"StringValue": "x"}, "second": {"DataType": "Number"}},
        "Attributes": {"member": "entry"},
        "Tags": [{"Key": "nine"}, {"Key": "ten"}],
        "Odd": "text",
    }


def test_answers_are_xml() -> None:
    endpoint = SnsEndpoint(SnsService(Account().topics))
    arn = "arn:aws:sns:us-east-1:123456789012:t"
    start = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
    assert ask(endpoint, Action="CreateTopic", Name="t") == (
        200,
        (
            f"<CreateTopicResponse {start}<CreateTopicResult><TopicArn>{arn}</TopicArn></CreateTopicResult>"
            "<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000001</RequestId></ResponseMetadata>"
            "</CreateTopicResponse>"
        ),
    )
    assert ask(endpoint, Action="ListTopics") == (
        200,
        (
            f"<ListTopicsResponse {start}<ListTopicsResult><Topics><member><TopicArn>{arn}</TopicArn></member></Topics>"
            "</ListTopicsResult><ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000002</RequestId>"
            "</ResponseMetadata></ListTopicsResponse>"
        ),
    )
    assert ask(endpoint, Action="GetTopicAttributes", TopicArn=arn + "<") == (
        404,
        (
            f"<ErrorResponse {start}<Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist"
            "</Message></Error><RequestId>00000000-0000-0000-0000-000000000003</RequestId></ErrorResponse>"
        ),
    )
    assert (
        "<entry><key>DisplayName</key><value></value></entry>"
        in ask(endpoint, Action="GetTopicAttributes", TopicArn=arn)[1]
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"Action": "Nonsense"}, "sns Nonsense: this operation is not supported in eventsim."),
        ({"Action": "Publish", "Message.member.1": "x"}, "Message Reason: found list, it must be a string"),
        (
            {"Action": "TagResource", "ResourceArn": "x", "Tags": "x"},
            "Tags Reason: found str, it must be a list of structures",
        ),
        (
            {"Action": "TagResource", "ResourceArn": "x", "Tags.member.1": "x"},
            "Tags Reason: found str in it, it must be a list of structures",
        ),
        (
            {"Action": "PublishBatch", "TopicArn": "x", "PublishBatchRequestEntries.member.1.Id": "x"},
            "An ARN must have",
        ),
    ],
)
def test_malformed_requests_are_answered(fields: dict[str, str], text: str) -> None:
    endpoint = SnsEndpoint(SnsService(Account().topics))
    status, body = ask(endpoint, **fields)
    assert 400 <= status <= 501
    assert text in body


def test_malformed_members_of_an_existing_topic_are_answered() -> None:
    account = Account()
    arn = account.topic("t").arn
    endpoint = SnsEndpoint(SnsService(account.topics))
    label = {"TopicArn": arn, "Label": "l"}
    queue = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": "x"}
    cases = [
        {"Action": "TagResource", "ResourceArn": arn, "Tags.member.1": "x"},
        {"Action": "TagResource", "ResourceArn": arn, "Tags.member.1.Value": "x"},
        {"Action": "UntagResource", "ResourceArn": arn, "TagKeys.member.1.x": "x"},
        {"Action": "PublishBatch", "TopicArn": arn, "PublishBatchRequestEntries.member.1": "x"},
        {"Action": "PublishBatch", "TopicArn": arn, "PublishBatchRequestEntries.member.1.Message": "x"},
        {"Action": "AddPermission", **label, "AWSAccountId.member.1.x": "1", "ActionName.member.1": "Publish"},
        {"Action": "Publish", "TopicArn": arn, "Message": "x", "MessageAttributes.entry.1": "x"},
        {"Action": "Subscribe", **queue, "Attributes.entry.1.key": "FilterPolicy"},
    ]  # fmt: skip
    assert [ask(endpoint, **case)[0] for case in cases] == [400, 400, 400, 400, 400, 400, 200, 400]
