"""SQS's metrics in CloudWatch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from eventsim import Simulation
from eventsim.cloud.queues.metrics import Minute, QueueMetrics

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
COUNTED = ["Sent", "Received", "Deleted"]


def sums(name: str, queue: str = "q", statistic: str = "Sum") -> dict[int, float]:
    """A metric of a queue by minute."""
    points = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName=name,
        Dimensions=[{"Name": "QueueName", "Value": queue}],
        StartTime=BEGAN - timedelta(minutes=1),
        EndTime=BEGAN + timedelta(hours=1),
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    return {int((one["Timestamp"] - BEGAN).total_seconds() // 60): one[statistic] for one in points}


@pytest.mark.rule("SQS-38")
def test_what_is_sent_received_and_deleted_counts_in_its_minute() -> None:
    with Simulation() as sim:
        queue = sim.queue("q", VisibilityTimeout=100)
        tries: list[Any] = []

        def handler(event: Any, context: Any) -> None:
            tries.append(event)
            if len(tries) == 1:
                raise ValueError

        sim.function("f", handler).on_queue(queue)
        queue.send("a")
        sim.run(for_s=130)
        queue.send("b")
        queue.send("c")
        sim.run(for_s=10)
        assert [sums(f"NumberOfMessages{name}") for name in COUNTED] == [
            {0: 1, 1: 0, 2: 2},
            {0: 1, 1: 1, 2: 2},
            {0: 0, 1: 1, 2: 2},
        ]
        assert sums("NumberOfMessagesSent", "other") == sums("ApproximateNumberOfGroups") == {}


@pytest.mark.rule("SQS-38")
def test_the_state_is_that_of_the_moment() -> None:
    with Simulation() as sim:
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        sqs.receive_message(QueueUrl=url)
        for delay_s in (0, 0, 300):
            sqs.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=delay_s)
        sim.run(for_s=65)
        sqs.receive_message(QueueUrl=url)
        names = [
            "NumberOfMessagesVisible",
            "NumberOfMessagesNotVisible",
            "NumberOfMessagesDelayed",
            "AgeOfOldestMessage",
        ]
        assert [sums(f"Approximate{name}", statistic="Maximum") for name in names] == [{1: 1}, {1: 1}, {1: 1}, {1: 65}]
        assert sums("NumberOfEmptyReceives") == {0: 1, 1: 0}
        listed = boto3.client("cloudwatch").list_metrics(Namespace="AWS/SQS")["Metrics"]
        assert len(listed) == 8
        assert {one["Dimensions"][0]["Value"] for one in listed} == {"q"}


def test_minutes_are_those_of_the_wall_clock() -> None:
    metrics = QueueMetrics(epoch_s=90.0)
    metrics.turn(0.0)
    metrics.sent = 1
    metrics.turn(29.0)
    metrics.sent = 2
    metrics.turn(30.0)
    metrics.turn(200.0)
    metrics.deleted = 5
    assert list(metrics.minutes()) == [Minute(60.0, 2, 0, 0, 0), Minute(240.0, 0, 0, 5, 0)]
