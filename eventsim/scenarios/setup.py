"""The resources that a scenario declares beside queues and functions, made before its run begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.cloud.at_once import at_once
from eventsim.scenarios.streams import create_stream
from eventsim.scenarios.trigger_specs import NotificationSpec, RuleSpec, ScheduleSpec, SubscriptionSpec
from eventsim.scenarios.wiring import (
    create_schedule,
    create_topic,
    notification_template,
    put_rule,
    subscribe,
    triggers_of,
)

if TYPE_CHECKING:
    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.scenarios.model import Scenario, StreamMappingSpec
    from eventsim.scenarios.resources import TableSpec
    from eventsim.simulation import Simulation


def add_sources(simulation: Simulation, scenario: Scenario) -> None:
    """Make them in the file's order, before the functions that read them."""
    for stream in scenario.streams.values():
        create_stream(simulation.services.streams, stream)
    if scenario.tables or scenario.buckets:
        simulation.cloud().begin()
    for table in scenario.tables.values():
        add_table(simulation, table)
    for topic in scenario.topics.values():
        create_topic(simulation.services.topics, topic)
    for bucket in scenario.buckets.values():
        simulation.cloud().buckets.create(bucket.name, versioning=bucket.versioning)


def add_triggers(simulation: Simulation, scenario: Scenario) -> None:
    """Make what invokes the functions without mappings; notifications last, since they send test events (S3-04)."""
    services, functions = simulation.services, scenario.functions
    for function in functions.values():
        if function.event_invoke is not None:
            alias = None if function.deployment is None else function.deployment.alias
            simulation.asynchronous().configure(function.name, function.event_invoke, alias)
        if function.dead_letter_arn is not None:
            simulation.asynchronous().set_dead_letter(function.name, function.dead_letter_arn)
    for topic in scenario.topics.values():
        for subscription in topic.subscriptions:
            subscribe(services.topics, subscription)
    for subscription in triggers_of(functions, SubscriptionSpec):
        subscribe(services.topics, subscription)
    for rule in triggers_of(functions, RuleSpec):
        put_rule(services.bus, rule)
    for schedule in triggers_of(functions, ScheduleSpec):
        create_schedule(services.scheduler, schedule)
    for bucket in scenario.buckets.values():
        template = notification_template(bucket, triggers_of(functions, NotificationSpec))
        if template:
            at_once(simulation.cloud().s3.configure(bucket.name, template), f"bucket {bucket.name}")


def stream_of(simulation: Simulation, spec: StreamMappingSpec) -> KinesisStream | TableStream:
    """What a mapping reads: the stream, or that of the table."""
    if spec.kind == "stream":
        return simulation.services.streams.get(spec.source)
    found = simulation.cloud().tables.streams.of_table(spec.source)
    assert found is not None, "a table without a stream was refused"
    return found


def add_table(simulation: Simulation, spec: TableSpec) -> None:
    """Make a table; AwsError as CreateTable answers."""
    from eventsim.cloud.dynamodb.calls import write_now

    router = simulation.cloud().inside
    write_now(router, "CreateTable", spec.request)
    if spec.ttl_attribute is not None:
        specification = {"AttributeName": spec.ttl_attribute, "Enabled": True}
        write_now(router, "UpdateTimeToLive", {"TableName": spec.name, "TimeToLiveSpecification": specification})
