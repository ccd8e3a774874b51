"""Versions, aliases and provisioned concurrency from Python."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim import AwsError, InputError, Simulation


def handler(event: Any, context: Any) -> str:
    print("version", context.function_version)  # noqa: T201 - what a handler may do
    return str(context.invoked_function_arn.rpartition("worker")[2])


@pytest.mark.rule("FUN-13", "FUN-14", "FUN-15", "CON-09")
def test_whatever_brings_events_invokes_the_alias() -> None:
    with Simulation() as sim:
        queue, topic = sim.queue("orders"), sim.topic("alerts")
        config = {"ProvisionedConcurrentExecutions": 1}
        worker = sim.function("worker", handler, AutoPublishAlias="live", ProvisionedConcurrencyConfig=config)
        worker.on_queue(queue)
        worker.on_topic(topic)
        worker.on_schedule("rate(1 minute)")
        queue.send("a")
        topic.publish("b")
        sim.run(for_s=60)
        assert [(one.qualifier, one.version, one.cold_start, one.response) for one in worker.invocations] == [
            ("live", "1", False, ":live")
        ] * 3


@pytest.mark.rule("FUN-14", "FUN-15")
def test_versions_are_published_and_aliases_moved() -> None:
    with Simulation() as sim:
        worker = sim.function("worker", handler)
        assert [worker.publish(), worker.publish()] == ["1", "1"]
        worker.update(MemorySize=512)
        assert worker.publish("bigger") == "2"
        worker.alias("live", 1)
        assert worker.invoke(Qualifier="live").version == "1"
        worker.alias("live", weights={2: 1.0})
        assert worker.invoke(Qualifier="live").version == "2"
        worker.alias("live", 2, weights={})
        worker.provision("live", 3)
        sim.run(for_s=1)
        assert worker.invoke(Qualifier="live").version == "2"
        assert worker.invoke().qualifier == "$LATEST"


@pytest.mark.rule("FUN-15", "FUN-16")
def test_a_qualifier_that_is_not_there_is_lambdas_error() -> None:
    with Simulation() as sim:
        worker = sim.function("worker", handler)
        with pytest.raises(AwsError, match=r"ResourceNotFoundException: Function not found: .*:worker:nope$"):
            worker.invoke(Qualifier="nope")
        with pytest.raises(AwsError, match="ResourceNotFoundException"):
            worker.invoke(Qualifier="nope", InvocationType="Event")
        assert worker.invocations == []


@pytest.mark.rule("FUN-14")
def test_a_version_goes_on_with_the_environment_variables_of_its_moment() -> None:
    def shows(event: Any, context: Any) -> str | None:
        import os

        return os.environ.get("STAGE")

    with Simulation() as sim:
        worker = sim.function("worker", shows, Environment={"Variables": {"STAGE": "one"}})
        worker.publish()
        worker.update(Environment={"Variables": {"STAGE": "two"}})
        assert [worker.invoke(Qualifier="1").response, worker.invoke().response] == ["one", "two"]


@pytest.mark.rule("FUN-18", "CON-09")
def test_code_is_told_how_its_environment_was_started() -> None:
    def shows(event: Any, context: Any) -> str:
        import os

        return os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]

    with Simulation() as sim:
        config = {"ProvisionedConcurrentExecutions": 1}
        worker = sim.function("worker", shows, AutoPublishAlias="live", ProvisionedConcurrencyConfig=config)
        assert worker.invoke(Qualifier="live").response == "provisioned-concurrency"
        assert worker.invoke().response == "on-demand"


def test_settings_that_need_the_alias_need_the_alias() -> None:
    with Simulation() as sim:
        with pytest.raises(InputError, match="without AutoPublishAlias"):
            sim.function("w", handler, ProvisionedConcurrencyConfig={"ProvisionedConcurrentExecutions": 1})
        with pytest.raises(AwsError, match="UnreservedConcurrentExecution"):
            sim.function(
                "w",
                handler,
                AutoPublishAlias="live",
                ProvisionedConcurrencyConfig={"ProvisionedConcurrentExecutions": 950},
            )
        assert "w" not in sim.functions


def test_what_a_handler_printed_is_with_its_invocation() -> None:
    with Simulation() as sim:
        worker = sim.function("worker", handler)
        worker.invoke()
        worker.invoke()
        assert [one.logs for one in worker.invocations] == ["version $LATEST\n"] * 2
