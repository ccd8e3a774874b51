"""CloudWatch's metrics over boto3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from eventsim import Simulation
from eventsim.cloud.cloudwatch.statistics import in_periods, percentile
from eventsim.invokers.base import InvocationResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.invokers.base import Invocation

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class Scripted:
    """Takes as long as the event says, and fails where it says so."""

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        event = invocation.event
        record = event["Records"][0] if "Records" in event else event
        failed = {"errorType": "E", "errorMessage": "no"} if "bad" in str(record.get("body", record)) else None
        return InvocationResult(error=failed, takes_s=0.25)


@pytest.fixture
def sim() -> Iterator[Simulation]:
    with Simulation() as opened:
        yield opened


@pytest.fixture
def cloudwatch(sim: Simulation) -> Any:
    import boto3

    return boto3.client("cloudwatch", region_name="us-east-1")


def statistics(cloudwatch: Any, name: str, statistic: str, **dimensions: str) -> dict[int, float]:
    """One statistic of a metric of Lambda by minute."""
    kind = "ExtendedStatistics" if statistic.startswith("p") else "Statistics"
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=BEGAN,
        EndTime=BEGAN + timedelta(hours=1),
        Period=60,
        **{kind: [statistic]},
    )["Datapoints"]
    return {
        int((point["Timestamp"] - BEGAN).total_seconds() // 60): (
            point["ExtendedStatistics"][statistic] if kind == "ExtendedStatistics" else point[statistic]
        )
        for point in points
    }


def queried(cloudwatch: Any, queries: list[dict[str, Any]], **parameters: Any) -> dict[str, list[float]]:
    found = cloudwatch.get_metric_data(
        MetricDataQueries=queries, StartTime=BEGAN, EndTime=BEGAN + timedelta(hours=1), **parameters
    )
    return {one["Id"]: one["Values"] for one in found["MetricDataResults"]}


def total(name: str, id_: str, function: str) -> dict[str, Any]:
    pairs = [{"Name": "FunctionName", "Value": function}]
    metric = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": pairs}
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}


@pytest.mark.rule("MET-01", "MET-02", "MET-03", "MET-04", "MET-05", "MET-06", "MET-07")
def test_a_functions_metrics_by_the_minute(sim: Simulation, cloudwatch: Any) -> None:
    queue = sim.queue("orders", VisibilityTimeout=70)
    sim.function("worker", Scripted(), Timeout=10, ReservedConcurrentExecutions=2).on_queue(queue, BatchSize=1)
    for body in ("a", "b", "bad"):
        queue.send(body)
    sim.run(for_s=100)
    shown = {
        name: statistics(cloudwatch, name, statistic, FunctionName="worker")
        for name, statistic in (
            ("Invocations", "Sum"),
            ("Errors", "Sum"),
            ("Duration", "Average"),
            ("ConcurrentExecutions", "Maximum"),
        )
    }
    assert shown == {
        "Invocations": {0: 3, 1: 1},
        "Errors": {0: 1, 1: 1},
        "Duration": {0: 250, 1: 250},
        "ConcurrentExecutions": {0: 2, 1: 1},
    }
    assert statistics(cloudwatch, "Throttles", "Sum", FunctionName="worker")[0] >= 1
    assert statistics(cloudwatch, "Errors", "Average", FunctionName="worker")[1] == 1
    assert statistics(cloudwatch, "Invocations", "Sum") == {0: 3, 1: 1}
    assert statistics(cloudwatch, "Duration", "p99", FunctionName="worker") == {0: 250, 1: 250}
    assert statistics(cloudwatch, "Invocations", "Sum", FunctionName="nobody") == {}


@pytest.mark.rule("MET-01")
def test_what_was_asked_for_and_what_was_run_have_dimensions_of_their_own(sim: Simulation, cloudwatch: Any) -> None:
    worker = sim.function("worker", Scripted(), AutoPublishAlias="live")
    worker.invoke({})
    worker.invoke({}, Qualifier="live")
    worker.invoke({}, Qualifier="live")
    sums = [
        statistics(cloudwatch, "Invocations", "Sum", FunctionName="worker", **more)
        for more in (
            {},
            {"Resource": "worker"},
            {"Resource": "worker:live"},
            {"Resource": "worker:live", "ExecutedVersion": "1"},
            {"Resource": "worker:1"},
        )
    ]
    assert sums == [{0: 3}, {0: 1}, {0: 2}, {0: 2}, {}]
    found = cloudwatch.list_metrics(Namespace="AWS/Lambda", MetricName="Invocations")["Metrics"]
    assert [[one["Value"] for one in metric["Dimensions"]] for metric in found] == [
        [],
        ["worker"],
        ["worker", "worker"],
        ["worker", "worker:live"],
        ["1", "worker", "worker:live"],
    ]


@pytest.mark.rule("MET-12", "MET-13", "MET-14", "MET-15", "MET-16", "MET-17", "MET-20")
def test_a_mapping_sends_its_counts_only_where_it_is_asked_to(sim: Simulation, cloudwatch: Any) -> None:
    queue, silent = sim.queue("orders", VisibilityTimeout=70), sim.queue("silent")
    worker = sim.function("worker", Scripted())
    pattern = {"Filters": [{"Pattern": '{"body": ["a", "bad"]}'}]}
    mapping = worker.on_queue(queue, BatchSize=1, FilterCriteria=pattern, MetricsConfig={"Metrics": ["EventCount"]})
    other = worker.on_queue(silent)
    for body in ("a", "b", "bad"):
        queue.send(body)
    silent.send("a")
    sim.run(for_s=100)
    sums = {
        name: statistics(cloudwatch, name, "Sum", EventSourceMappingUUID=mapping.uuid)
        for name in (
            "PolledEventCount",
            "FilteredOutEventCount",
            "InvokedEventCount",
            "FailedInvokeEventCount",
            "DeletedEventCount",
            "DroppedEventCount",
        )
    }
    assert sums == {
        "PolledEventCount": {0: 3, 1: 1},
        "FilteredOutEventCount": {0: 1},
        "InvokedEventCount": {0: 2, 1: 1},
        "FailedInvokeEventCount": {0: 1, 1: 1},
        "DeletedEventCount": {0: 2},
        "DroppedEventCount": {},
    }
    assert statistics(cloudwatch, "PolledEventCount", "Sum", EventSourceMappingUUID=other.uuid) == {}
    assert other.metrics["PolledEventCount"] == 1


@pytest.mark.rule("MET-12")
def test_a_mapping_can_begin_and_stop_to_send(sim: Simulation, cloudwatch: Any) -> None:
    queue = sim.queue("orders")
    mapping = sim.function("worker", Scripted()).on_queue(queue)
    counts = []
    for metrics in ([], ["EventCount"], []):
        mapping.update(MetricsConfig={"Metrics": metrics})
        sim.run(for_s=60)
        queue.send("a")
        sim.run(for_s=1)
        counts.append(
            sum(statistics(cloudwatch, "PolledEventCount", "Sum", EventSourceMappingUUID=mapping.uuid).values())
        )
    assert (counts, mapping.metrics["PolledEventCount"]) == ([0, 1, 1], 3)


@pytest.mark.rule("MET-21", "SQS-18")
def test_provisioned_pollers_are_counted(sim: Simulation, cloudwatch: Any) -> None:
    queue = sim.queue("orders")
    mapping = sim.function("worker", Scripted()).on_queue(queue, ProvisionedPollerConfig={"MinimumPollers": 3})
    queue.send("a")
    sim.run(for_s=5)
    assert statistics(cloudwatch, "ProvisionedPollers", "Maximum", EventSourceMappingUUID=mapping.uuid) == {0: 3}


@pytest.mark.rule("MET-10", "MET-11")
def test_asynchronous_events_are_received_aged_and_dropped(sim: Simulation, cloudwatch: Any) -> None:
    worker = sim.function("worker", Scripted(), EventInvokeConfig={"MaximumRetryAttempts": 1})
    worker.invoke({"n": 1}, InvocationType="Event")
    worker.invoke({"n": "bad"}, InvocationType="Event")
    sim.run()
    shown = {
        name: statistics(cloudwatch, name, statistic, FunctionName="worker")
        for name, statistic in (
            ("AsyncEventsReceived", "Sum"),
            ("AsyncEventAge", "Maximum"),
            ("AsyncEventsDropped", "SampleCount"),
        )
    }
    assert shown["AsyncEventsReceived"] == {0: 2}
    assert set(shown["AsyncEventAge"]) == {0, 1}
    assert shown["AsyncEventAge"][0] == 0
    assert shown["AsyncEventAge"][1] >= 60_000
    assert shown["AsyncEventsDropped"] == {0: 1, 1: 1}
    assert statistics(cloudwatch, "AsyncEventsDropped", "Sum", FunctionName="worker") == {0: 0, 1: 1}
    assert statistics(cloudwatch, "DeadLetterErrors", "Sum", FunctionName="worker") == {}


@pytest.mark.rule("MET-08")
def test_provisioned_concurrency_has_its_own_metrics(sim: Simulation, cloudwatch: Any) -> None:
    config = {"ProvisionedConcurrentExecutions": 4}
    worker = sim.function("worker", Scripted(), AutoPublishAlias="live", ProvisionedConcurrencyConfig=config)
    queue = sim.queue("orders")
    worker.on_queue(queue, BatchSize=1)
    for _ in range(5):
        queue.send("a")
    sim.run()
    at = {"FunctionName": "worker", "Resource": "worker:live"}
    assert [
        statistics(cloudwatch, name, statistic, **at)
        for name, statistic in (
            ("ProvisionedConcurrencyInvocations", "Sum"),
            ("ProvisionedConcurrencySpilloverInvocations", "Sum"),
            ("ProvisionedConcurrentExecutions", "Maximum"),
            ("ProvisionedConcurrencyUtilization", "Maximum"),
        )
    ] == [{0: 4}, {0: 1}, {0: 4}, {0: 1.0}]


@pytest.mark.rule("MET-07")
def test_the_account_has_claimed_what_is_reserved_and_what_runs_without(sim: Simulation, cloudwatch: Any) -> None:
    sim.function("reserved", Scripted(), ReservedConcurrentExecutions=30).invoke({})
    sim.function("shared", Scripted()).invoke({})
    assert statistics(cloudwatch, "UnreservedConcurrentExecutions", "Maximum") == {0: 1}
    assert statistics(cloudwatch, "ClaimedAccountConcurrency", "Maximum") == {0: 31}


@pytest.mark.rule("MET-09")
def test_the_age_of_a_streams_batches_is_the_functions(sim: Simulation, cloudwatch: Any) -> None:
    stream = sim.stream("clicks")
    sim.function("worker", Scripted()).on_stream(stream, StartingPosition="TRIM_HORIZON", BatchSize=1)
    stream.put({"n": 1}, partition_key="a")
    stream.put({"n": 2}, partition_key="a")
    sim.run()
    age_ms = statistics(cloudwatch, "IteratorAge", "Maximum", FunctionName="worker")
    assert age_ms == {0: sim.mappings["worker/clicks"].metrics["IteratorAge"]["max"]}
    assert age_ms[0] > 0


@pytest.mark.rule("MET-01")
def test_several_queries_and_arithmetic_in_one_request(sim: Simulation, cloudwatch: Any) -> None:
    worker = sim.function("worker", Scripted())
    for event in ({}, {"bad": 1}, {}, {}):
        worker.invoke(event)
    queries = [
        total("Invocations", "all", "worker"),
        {**total("Errors", "failed", "worker"), "ReturnData": False},
        {"Id": "rate", "Expression": "100 * failed / all", "Label": "error rate"},
        {"Id": "both", "Expression": "SUM([failed, all])"},
        {"Id": "filled", "Expression": "FILL(all, 0) - -1"},
    ]
    assert queried(cloudwatch, queries) == {"all": [4], "rate": [25], "both": [5], "filled": [5]}


@pytest.mark.parametrize("expression", ["nobody / 2", "__import__('os')", "SEARCH('x')", "1 + 1", "all +"])
def test_an_expression_that_is_none_is_refused(sim: Simulation, cloudwatch: Any, expression: str) -> None:
    from botocore.exceptions import ClientError

    sim.function("worker", Scripted()).invoke({})
    queries = [total("Invocations", "all", "worker"), {"Id": "x", "Expression": expression}]
    with pytest.raises(ClientError, match="xpression"):
        queried(cloudwatch, queries)


def test_own_metrics_are_kept_and_read_back(sim: Simulation, cloudwatch: Any) -> None:
    dimension = [{"Name": "Shop", "Value": "a"}]
    cloudwatch.put_metric_data(
        Namespace="Shop",
        MetricData=[
            {"MetricName": "Sales", "Dimensions": dimension, "Value": 2.0, "Unit": "Count"},
            {"MetricName": "Sales", "Dimensions": dimension, "Values": [1.0, 5.0], "Counts": [2.0, 1.0]},
            {
                "MetricName": "Sales",
                "Dimensions": dimension,
                "Timestamp": BEGAN + timedelta(minutes=3),
                "StatisticValues": {"SampleCount": 3, "Sum": 9, "Minimum": 1, "Maximum": 5},
            },
        ],
    )
    metric = {"Namespace": "Shop", "MetricName": "Sales", "Dimensions": dimension}
    queries = [
        {"Id": name.lower(), "MetricStat": {"Metric": metric, "Period": 60, "Stat": name}}
        for name in ("Sum", "SampleCount", "Minimum", "Maximum", "p50")
    ]
    assert queried(cloudwatch, queries, ScanBy="TimestampAscending") == {
        "sum": [9, 9],
        "samplecount": [4, 3],
        "minimum": [1, 1],
        "maximum": [5, 5],
        "p50": [1.5, 3],
    }
    assert cloudwatch.list_metrics(Namespace="Shop")["Metrics"] == [metric]
    assert sim.now_s == 0


def test_nobody_puts_metrics_in_awss_name(cloudwatch: Any) -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError, match="Namespace is invalid"):
        cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=[{"MetricName": "Invocations", "Value": 1.0}])


def test_alarms_are_stored(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    assert [one["AlarmName"] for one in cloudwatch.describe_alarms()["MetricAlarms"]] == ["errors"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"Period": 7}, "Period"),
        ({"StartTime": BEGAN, "EndTime": BEGAN}, "must be less than"),
        ({"Statistics": ["Sum"], "ExtendedStatistics": ["tm99"]}, "tm99"),
    ],
)
def test_what_cloudwatch_refuses(sim: Simulation, cloudwatch: Any, parameters: dict[str, Any], message: str) -> None:
    from botocore.exceptions import ClientError

    sim.function("worker", Scripted()).invoke({})
    given = {
        "StartTime": BEGAN,
        "EndTime": BEGAN + timedelta(hours=1),
        "Period": 60,
        "Statistics": ["Sum"],
        **parameters,
    }
    with pytest.raises(ClientError, match=message):
        cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Invocations",
            Dimensions=[{"Name": "FunctionName", "Value": "worker"}],
            **given,
        )


@pytest.mark.rule("MET-01")
def test_periods_begin_with_the_minute_of_the_start_and_values_count_at_theirs() -> None:
    samples = [(59.0, 1.0), (60.0, 2.0), (119.9, 3.0), (185.0, 4.0), (240.0, 5.0)]
    assert in_periods(samples, 61.0, 240.0, 60) == {60.0: [2.0, 3.0], 180.0: [4.0]}
    assert in_periods(samples, 0.0, 300.0, 120) == {0.0: [1.0, 2.0, 3.0], 120.0: [4.0], 240.0: [5.0]}


def test_percentiles_lie_between_the_values() -> None:
    assert [percentile([1.0, 2.0, 3.0, 4.0], one) for one in (0, 50, 100)] == [1.0, 2.5, 4.0]


def test_older_sdks_speak_the_query_protocol(sim: Simulation) -> None:
    import urllib.parse

    sim.function("worker", Scripted()).invoke({})
    fields = {
        "Action": "GetMetricStatistics",
        "Namespace": "AWS/Lambda",
        "MetricName": "Invocations",
        "Dimensions.member.1.Name": "FunctionName",
        "Dimensions.member.1.Value": "worker",
        "StartTime": "2026-01-01T00:00:00Z",
        "EndTime": "2026-01-01T01:00:00Z",
        "Period": "60",
        "Statistics.member.1": "Sum",
    }
    router = sim.core.cloud().inside
    request = router.identify(
        "POST",
        "https://monitoring.us-east-1.amazonaws.com/",
        {"content-type": "application/x-www-form-urlencoded"},
        urllib.parse.urlencode(fields).encode(),
    )
    sending = router.send(request)
    with pytest.raises(StopIteration) as answered:
        sending.send(None)
    text = answered.value.value.body.decode()
    assert "<Datapoints><member><Timestamp>2026-01-01T00:00:00Z</Timestamp>" in text
    assert "<Sum>1.0</Sum><Unit>Count</Unit>" in text
