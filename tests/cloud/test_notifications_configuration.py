"""Putting and reading a bucket's notification configuration."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim.cloud.notifications.configuration import NotificationConfiguration
from eventsim.cloud.notifications.errors import S3Error
from eventsim.errors import AwsError, InputError
from tests.cloud.buckets import CREATED, FUNCTION, REFUSED, TOPIC, Buckets, configure, read, refused


def missing(arn: str) -> str:
    return arn.rpartition(":")[0] + ":missing"


@pytest.mark.rule("S3-01", "S3-06", "S3-19")
def test_a_configuration_is_replaced_and_shown_as_recorded(capture: Any, buckets: Buckets) -> None:
    recorded = capture("s3q_test_notifications_with_filter")["expected_event_or_destination_record"]
    arn = buckets.inbox.arn

    def ours(name: str) -> Any:
        section = recorded[name]["QueueConfigurations"]
        for one in section:
            one["QueueArn"] = arn
            if one["Id"].startswith("<"):
                del one["Id"]
        return {"QueueConfigurations": section}

    async def test(s3: Any) -> None:
        assert await read(s3) == recorded["config_empty"]
        put = s3.put_bucket_notification_configuration
        for name in ("config", "config_updated", "config_updated_filter"):
            wanted = ours(name)
            await put(Bucket="uploads", NotificationConfiguration=wanted)
            found = await read(s3)
            if name == "config":
                assert len(found["QueueConfigurations"][0].pop("Id")) == 48
            assert found == wanted
        await put(Bucket="uploads", NotificationConfiguration={})
        assert await read(s3) == {}
        assert buckets.s3.configuration("uploads") == NotificationConfiguration()

    buckets.run(test)


@pytest.mark.rule("S3-06")
def test_an_empty_suffix_is_legal_and_shown_as_recorded(capture: Any, buckets: Buckets) -> None:
    recorded = capture("s3q_test_filter_rules_empty_value")["expected_event_or_destination_record"]

    async def test(s3: Any) -> None:
        await configure(
            s3, "QueueConfigurations", QueueArn=buckets.inbox.arn, events=("s3:ObjectCreated:*",), suffix=""
        )
        (found,) = (await read(s3))["QueueConfigurations"]
        (expected,) = recorded["bucket_notification_configuration"]["QueueConfigurations"]
        assert found | {"Id": "", "QueueArn": ""} == expected | {"Id": "", "QueueArn": ""}
        await s3.put_object(Bucket="uploads", Key="k", Body=b"1")

    buckets.run(test)
    assert buckets.s3.counts.delivered == 1


@pytest.mark.rule("S3-01")
def test_every_kind_is_shown_with_its_names_escaped(buckets: Buckets) -> None:
    wanted = {
        "TopicConfigurations": [{"Id": "<a&b>", "TopicArn": TOPIC, "Events": ["s3:ObjectCreated:Put"]}],
        "LambdaFunctionConfigurations": [
            {
                "Id": "f",
                "LambdaFunctionArn": FUNCTION,
                "Events": ["s3:ObjectRemoved:*", "s3:ObjectAcl:Put"],
                "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "<&> "}]}},
            }
        ],
        "EventBridgeConfiguration": {},
    }

    async def test(s3: Any) -> None:
        await s3.put_bucket_notification_configuration(Bucket="uploads", NotificationConfiguration=wanted)
        assert await read(s3) == wanted

    buckets.run(test)


@pytest.mark.rule("S3-04")
def test_queues_and_topics_get_a_test_event_and_functions_do_not(buckets: Buckets) -> None:
    async def test(s3: Any) -> Any:
        entries = [
            {"QueueArn": buckets.inbox.arn, "Events": [event]} for event in ("s3:ObjectCreated:*", "s3:ObjectRemoved:*")
        ]
        answer = await s3.put_bucket_notification_configuration(
            Bucket="uploads",
            NotificationConfiguration={
                "QueueConfigurations": entries,
                "TopicConfigurations": [{"TopicArn": TOPIC, "Events": ["s3:ObjectTagging:*"]}],
                "LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectAcl:Put"]}],
                "EventBridgeConfiguration": {},
            },
        )
        return answer["ResponseMetadata"]

    answer = buckets.run(test)
    (body,) = buckets.read()
    assert body == {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": "2026-01-01T00:00:00.000Z",
        "Bucket": "uploads",
        "RequestId": answer["RequestId"],
        "HostId": answer["HostId"],
    }
    assert [(topic, subject) for topic, _, subject in buckets.topic_messages] == [(TOPIC, "Amazon S3 Notification")]
    assert (buckets.invocations, buckets.bus_events) == ([], [])


@pytest.mark.rule("S3-03")
def test_destinations_that_are_not_there_are_named_and_nothing_is_changed(buckets: Buckets) -> None:
    queue, function = missing(buckets.inbox.arn), missing(FUNCTION)

    async def test(s3: Any) -> None:
        await buckets.watch(s3)
        before = await read(s3)
        buckets.refusal = AwsError("NotFound", "Topic does not exist", status=404)
        put = s3.put_bucket_notification_configuration
        status, error = await refused(
            put,
            Bucket="uploads",
            NotificationConfiguration={
                "TopicConfigurations": [{"TopicArn": TOPIC, "Events": ["s3:ObjectTagging:*"]}],
                "QueueConfigurations": [{"QueueArn": queue, "Events": CREATED}],
                "LambdaFunctionConfigurations": [{"LambdaFunctionArn": function, "Events": ["s3:ObjectAcl:Put"]}],
            },
        )
        assert (status, error) == (
            400,
            {
                "Code": "InvalidArgument",
                "Message": REFUSED,
                "ArgumentName1": TOPIC,
                "ArgumentValue1": "The destination topic does not exist",
                "ArgumentName2": queue,
                "ArgumentValue2": "The destination queue does not exist",
                "ArgumentName3": f"{function}, null",
                "ArgumentValue3": f"Not authorized to invoke function [{function}]",
            },
        )
        assert await read(s3) == before
        wanted = {"QueueConfigurations": [{"Id": "x", "QueueArn": queue, "Events": CREATED}]}
        await put(Bucket="uploads", NotificationConfiguration=wanted, SkipDestinationValidation=True)
        assert await read(s3) == wanted

    buckets.run(test)
    assert [one.get("error") for one in buckets.notified()] == [None, "NotFound", "QueueDoesNotExist"]


@pytest.mark.rule("S3-03")
def test_a_bucket_that_is_not_there_is_named_as_recorded(capture: Any, buckets: Buckets) -> None:
    recorded = capture("s3s_test_bucket_not_exist")["expected_event_or_destination_record"]["bucket_not_exists"]
    expected = recorded["Error"] | {"BucketName": "nowhere"}

    async def test(s3: Any) -> None:
        configuration = {"TopicConfigurations": [{"TopicArn": TOPIC, "Events": CREATED}]}
        put = s3.put_bucket_notification_configuration
        assert await refused(put, Bucket="nowhere", NotificationConfiguration=configuration) == (404, expected)
        assert await refused(s3.get_bucket_notification_configuration, Bucket="nowhere") == (404, expected)
        with pytest.raises(S3Error, match="NoSuchBucket"):
            await buckets.s3.configure("nowhere", {})

    buckets.run(test)
    assert buckets.topic_messages == []


@pytest.mark.rule("S3-02", "S3-03", "S3-07")
def test_a_configuration_that_can_not_be_is_refused_over_the_wire(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        async def error(*entries: dict[str, Any]) -> str:
            _, found = await refused(
                s3.put_bucket_notification_configuration,
                Bucket="uploads",
                NotificationConfiguration={"QueueConfigurations": list(entries)},
            )
            return f"{found['Code']}: {found['Message']}"

        queue: dict[str, Any] = {"QueueArn": buckets.inbox.arn}
        both = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
        assert await error({**queue, "Events": CREATED}, {**queue, "Events": CREATED}) == f"InvalidArgument: {both}"
        fifo = "InvalidArgument: FIFO SQS queues are not supported."
        assert await error({"QueueArn": buckets.inbox.arn + ".fifo", "Events": CREATED}) == fifo
        malformed = "The XML you provided was not well-formed or did not validate against our published schema"
        assert await error({**queue, "Events": []}) == f"MalformedXML: {malformed}"
        assert await error({**queue, "Events": CREATED, "Filter": {}}) == f"MalformedXML: {malformed}"

    buckets.run(test)
    assert (buckets.read(), buckets.s3.configuration("uploads")) == ([], NotificationConfiguration())


@pytest.mark.rule("S3-01")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<NotificationConfiguration>",
        b"<Other/>",
        b"<NotificationConfiguration><StreamConfiguration/></NotificationConfiguration>",
        b"<NotificationConfiguration><QueueConfiguration><Q/></QueueConfiguration></NotificationConfiguration>",
    ],
)
def test_what_is_no_configuration_is_malformed(body: bytes, buckets: Buckets) -> None:
    async def test(_: Any) -> Any:
        router = buckets.cloud.router
        return await router.send(router.identify("PUT", "https://uploads.s3.amazonaws.com/?notification", {}, body))

    answer = buckets.run(test)
    assert (answer.status, b"<Code>MalformedXML</Code>" in answer.body) == (400, True)
    assert answer.headers["x-amz-request-id"].encode() in answer.body


def test_somebody_elses_bucket_is_denied(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        owner = {"Bucket": "uploads", "ExpectedBucketOwner": "999999999999"}
        status, error = await refused(s3.get_bucket_notification_configuration, **owner)
        assert (status, error["Code"]) == (403, "AccessDenied")
        put = s3.put_bucket_notification_configuration
        assert (await refused(put, **owner, NotificationConfiguration={}))[0] == 403

    buckets.run(test)


def test_a_deleted_bucket_takes_its_configuration_along(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await buckets.watch(s3)
        with pytest.raises(ClientError):
            await s3.delete_bucket(Bucket="nowhere")
        assert buckets.s3.configuration("uploads")
        await s3.delete_bucket(Bucket="uploads")
        await s3.create_bucket(Bucket="uploads")
        assert await read(s3) == {}
        await s3.put_object(Bucket="uploads", Key="k", Body=b"1")

    buckets.run(test)
    assert buckets.read() == []


# --- from CloudFormation ---


@pytest.mark.rule("S3-01", "S3-04")
def test_cloudformations_configuration_is_taken_too(buckets: Buckets) -> None:
    rules = [{"Name": "prefix", "Value": "img/"}, {"Name": "SUFFIX", "Value": ".jpg"}]
    template = {
        "QueueConfigurations": [
            {"Event": "s3:ObjectCreated:*", "Queue": buckets.inbox.arn, "Filter": {"S3Key": {"Rules": rules}}}
        ],
        "LambdaConfigurations": [{"Event": "s3:ObjectRemoved:Delete", "Function": FUNCTION}],
        "TopicConfigurations": [{"Event": "s3:ObjectAcl:Put", "Topic": TOPIC}],
        "EventBridgeConfiguration": {"EventBridgeEnabled": True},
    }

    async def test(s3: Any) -> None:
        await buckets.s3.configure("uploads", template)
        assert [one["Event"] for one in buckets.read()] == ["s3:TestEvent"]
        found = await read(s3)
        for section in found.values():
            for one in section if isinstance(section, list) else ():
                assert len(one.pop("Id")) == 48
        shown = [{"Name": "Prefix", "Value": "img/"}, {"Name": "Suffix", "Value": ".jpg"}]
        assert found == {
            "QueueConfigurations": [
                {
                    "QueueArn": buckets.inbox.arn,
                    "Events": CREATED,
                    "Filter": {"Key": {"FilterRules": shown}},
                }
            ],
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectRemoved:Delete"]}],
            "TopicConfigurations": [{"TopicArn": TOPIC, "Events": ["s3:ObjectAcl:Put"]}],
            "EventBridgeConfiguration": {},
        }
        await buckets.s3.configure("uploads", {"EventBridgeConfiguration": {"EventBridgeEnabled": False}})
        assert await read(s3) == {}
        with pytest.raises(AwsError, match=REFUSED):
            await buckets.s3.configure(
                "uploads", {"LambdaConfigurations": [{"Event": "s3:ObjectAcl:Put", "Function": missing(FUNCTION)}]}
            )

    buckets.run(test)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ([], r"NotificationConfiguration: found \[\], but it must be a mapping with EventBridgeConfiguration, Lambda"),
        ({"Queues": []}, "NotificationConfiguration: 'Queues' is not known here; use EventBridgeConfiguration, L"),
        ({"QueueConfigurations": {}}, "QueueConfigurations: found {}, but it must be a list"),
        ({"QueueConfigurations": [{"Event": "x"}]}, r"QueueConfigurations\[0\]: 'Queue' is missing"),
        (
            {"LambdaConfigurations": [{"Event": ["x"], "Function": "f"}]},
            r"LambdaConfigurations\[0\].Event: found \['x'\], but it must be a string",
        ),
        (
            {"TopicConfigurations": [{"Event": "x", "Topic": "t", "Filter": {"S3Key": {"Rules": [{"Name": "a"}]}}}]},
            r"TopicConfigurations\[0\].Filter.S3Key.Rules\[0\]: 'Value' is missing",
        ),
        (
            {"TopicConfigurations": [{"Event": "x", "Topic": "t", "Filter": {"Key": {}}}]},
            r"TopicConfigurations\[0\].Filter: 'Key' is not known here; use S3Key",
        ),
        (
            {"EventBridgeConfiguration": {"EventBridgeEnabled": "yes"}},
            "EventBridgeEnabled: found 'yes', but it must be t",
        ),
    ],
)
def test_what_cloudformation_would_not_take_is_explained(template: Any, text: str, buckets: Buckets) -> None:
    async def test(_: Any) -> None:
        with pytest.raises(InputError, match=text):
            await buckets.s3.configure("uploads", template)

    buckets.run(test)
