"""Subscriptions of topics and notifications of buckets at an endpoint, those to feeder queues included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.cloud.remote_resources import RemoteResources
from eventsim.realtime.arns import Arns
from eventsim.realtime.feeds import feeds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from eventsim.cloud.remote import RemoteAccount
    from eventsim.realtime.lookup import Lookup
    from eventsim.scenarios.model import Scenario

    Made: TypeAlias = Callable[[str, str], bool]
    Note: TypeAlias = Callable[[str, str], None]


async def connect_topics(scenario: Scenario, account: RemoteAccount, lookup: Lookup, made: Made, note: Note) -> None:
    """Subscribe queues to topics, where one of both was made here; *note* is told what has to be removed again."""
    arns = Arns(RemoteResources(), account.region, account.account_id)
    for topic in scenario.topics.values():
        topic_arn = await lookup.topic(topic.name)
        for spec in topic.subscriptions:
            if spec.protocol == "sqs" and topic_arn is not None:
                name = spec.endpoint.rpartition(":")[2]
                if made("topic", topic.name) or made("queue", name):
                    arn = await _subscribe(account, topic_arn, arns.real(spec.endpoint), spec.attributes, arns)
                    if not made("topic", topic.name):
                        note("subscription", arn)
                    await _allow(account, lookup, name, topic_arn, "sns")
    for feed in feeds_of(scenario):
        if feed.kind == "topic" and made("queue", feed.queue):
            topic_arn = await lookup.topic(feed.origin)
            queue = await lookup.queue(feed.queue)
            if topic_arn is not None and queue is not None:
                arn = await _subscribe(account, topic_arn, queue.arn, feed.attributes, arns)
                if not made("topic", feed.origin):
                    note("subscription", arn)
                await _allow(account, lookup, feed.queue, topic_arn, "sns")


async def _subscribe(
    account: RemoteAccount, topic_arn: str, endpoint: str, attributes: Mapping[str, str], arns: Arns
) -> str:
    sns = await account.client("sns")
    answer = await sns.subscribe(
        TopicArn=topic_arn,
        Protocol="sqs",
        Endpoint=endpoint,
        Attributes={name: arns.in_text(value) for name, value in attributes.items()},
        ReturnSubscriptionArn=True,
    )
    subscription_arn: str = answer["SubscriptionArn"]
    return subscription_arn


async def connect_buckets(scenario: Scenario, account: RemoteAccount, lookup: Lookup, made: Made, note: Note) -> None:
    """Add the notifications of buckets that were made here, and of others those to queues that were."""
    arns = Arns(RemoteResources(), account.region, account.account_id)
    feeds = [feed for feed in feeds_of(scenario) if feed.kind == "bucket"]
    for bucket in scenario.buckets.values():
        wanted: dict[str, Any] = _in_api_form(arns.in_value(bucket.notifications))
        for feed in feeds:
            queue = await lookup.queue(feed.queue) if feed.origin == bucket.name else None
            if queue is not None:
                added = [_to_queue(one, queue.arn) for one in feed.configurations]
                wanted["QueueConfigurations"] = [*wanted.get("QueueConfigurations", ()), *added]
        to_queues = wanted.get("QueueConfigurations", [])
        if not made("bucket", bucket.name):
            to_queues = [one for one in to_queues if made("queue", one["QueueArn"].rpartition(":")[2])]
            wanted = {"QueueConfigurations": to_queues} if to_queues else {}
        if not wanted:
            continue
        for one in to_queues:
            await _allow(account, lookup, one["QueueArn"].rpartition(":")[2], f"arn:aws:s3:::{bucket.name}", "s3")
        await _add_notifications(account, bucket.name, wanted)
        if not made("bucket", bucket.name):
            note("notifications", bucket.name)


async def _add_notifications(account: RemoteAccount, bucket: str, wanted: Mapping[str, Any]) -> None:
    """Add to a bucket's notifications what is not there yet."""
    s3 = await account.client("s3")
    current = await s3.get_bucket_notification_configuration(Bucket=bucket)
    current.pop("ResponseMetadata", None)
    for name, value in wanted.items():
        if isinstance(value, list):
            mine = {one.get("QueueArn") or one.get("TopicArn") for one in value}
            others = [one for one in current.get(name, ()) if (one.get("QueueArn") or one.get("TopicArn")) not in mine]
            current[name] = [*others, *value]
        else:
            current[name] = value
    await s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=current)


async def remove_notifications(account: RemoteAccount, bucket: str, queue_names: set[str]) -> None:
    """Take the notifications to *queue_names* out of a bucket's configuration."""
    s3 = await account.client("s3")
    current = await s3.get_bucket_notification_configuration(Bucket=bucket)
    current.pop("ResponseMetadata", None)
    kept = [
        one for one in current.get("QueueConfigurations", ()) if one["QueueArn"].rpartition(":")[2] not in queue_names
    ]
    current["QueueConfigurations"] = kept
    if not kept:
        del current["QueueConfigurations"]
    await s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=current)


def _to_queue(configuration: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    """A function's configuration, as CloudFormation writes it, as one of the API for a queue."""
    return {"QueueArn": queue_arn, **_members(configuration)}


def _in_api_form(template: Mapping[str, Any]) -> dict[str, Any]:
    """A NotificationConfiguration of CloudFormation as the API takes it."""
    found: dict[str, Any] = {}
    for name, key, arn in (
        ("QueueConfigurations", "Queue", "QueueArn"),
        ("TopicConfigurations", "Topic", "TopicArn"),
    ):
        if template.get(name):
            found[name] = [{arn: one[key], **_members(one)} for one in template[name]]
    if template.get("EventBridgeConfiguration"):
        found["EventBridgeConfiguration"] = {}
    return found


def _members(configuration: Mapping[str, Any]) -> dict[str, Any]:
    rules = configuration.get("Filter", {}).get("S3Key", {}).get("Rules")
    event = configuration["Event"]
    members: dict[str, Any] = {"Events": [event] if isinstance(event, str) else list(event)}
    return members | ({"Filter": {"Key": {"FilterRules": rules}}} if rules else {})


async def _allow(account: RemoteAccount, lookup: Lookup, queue_name: str, source_arn: str, service: str) -> None:
    """Let a topic or bucket send to a queue; a policy that is there stays, and gets one statement more."""
    queue = await lookup.queue(queue_name)
    if queue is None:
        return
    sqs = await account.client("sqs")
    answer = await sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["Policy"])
    text = answer.get("Attributes", {}).get("Policy")
    policy: Any = msgspec.json.decode(text) if text else {"Version": "2012-10-17", "Statement": []}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }
    if statement not in policy["Statement"]:
        policy["Statement"].append(statement)
        await sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": msgspec.json.encode(policy).decode()})
