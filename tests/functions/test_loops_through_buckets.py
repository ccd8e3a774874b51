"""A function that writes to the bucket that triggers it."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim import Simulation


@pytest.mark.rule("S3-18", "FUN-17", "MET-22")
@pytest.mark.parametrize(("setting", "invocations", "dropped"), [("Terminate", 16, 1), ("Allow", 40, 0)])
def test_it_is_stopped_unless_loops_are_allowed(setting: str, invocations: int, dropped: int) -> None:
    import boto3

    written = []

    def handler(event: Any, context: Any) -> None:
        written.append(event["Records"][0]["s3"]["object"]["key"])
        if len(written) < 40:
            boto3.client("s3", region_name="us-east-1").put_object(Bucket="uploads", Key=str(len(written)), Body=b"x")

    with Simulation() as sim:
        bucket = sim.bucket("uploads")
        worker = sim.function("worker", handler, RecursiveLoop=setting)
        worker.on_bucket(bucket)
        boto3.client("s3", region_name="us-east-1").put_object(Bucket="uploads", Key="first", Body=b"x")
        sim.run()
        assert (len(written), worker.metrics["RecursiveInvocationsDropped"]) == (invocations, dropped)
