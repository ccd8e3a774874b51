"""Simulations inside hypothesis's examples."""

from __future__ import annotations

from typing import Any

import boto3
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eventsim import Simulation


def test_what_a_handler_says_to_hypothesis_reaches_it() -> None:
    answered: list[Any] = []

    @settings(deadline=None, database=None, max_examples=10)
    @given(total=st.integers(0, 9), later=st.data())
    def example(total: int, later: st.DataObject) -> None:
        def handler(event: Any, context: Any) -> int:
            assume(total != 3)
            return later.draw(st.integers(total, total + 1))

        with Simulation() as sim:
            answered.append(sim.function("f", handler).invoke().response - total)

    example()
    assert set(answered) <= {0, 1}
    assert answered


def ids(seed: int) -> list[Any]:
    """Ids of many kinds, as one example sees them."""
    with Simulation(seed=seed) as sim:
        queue = sim.queue("q")
        sim.table("orders", partition_key="id", StreamSpecification={"StreamViewType": "KEYS_ONLY"})
        worker = sim.function("f", lambda event, context: context.log_stream_name)
        mapping = worker.on_queue(queue)
        made = [queue.send("x"), sim.topic("t").publish("m"), sim.stream("s").put("x", PartitionKey="k")]
        sim.run()
        sim.bucket("photos")
        s3, secrets, states = (boto3.client(name) for name in ("s3", "secretsmanager", "stepfunctions"))
        s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
        definition = '{"StartAt": "a", "States": {"a": {"Type": "Pass", "End": true}}}'
        machine = states.create_state_machine(
            name="m", definition=definition, roleArn="arn:aws:iam::123456789012:role/r"
        )
        return [
            *map(repr, made),
            repr(mapping),
            [(one.request_id, one.response, one.record_ids) for one in worker.invocations],
            s3.put_object(Bucket="photos", Key="k", Body=b"y"),
            s3.create_multipart_upload(Bucket="photos", Key="m")["UploadId"],
            secrets.create_secret(Name="n", SecretString="x"),
            states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"],
            boto3.client("dynamodb").describe_table(TableName="orders")["Table"],
            boto3.client("kms").create_key()["KeyMetadata"],
            boto3.client("sts").get_session_token()["Credentials"],
            sim.result.trace_sha256,
        ]


def test_the_ids_of_an_example_depend_on_its_seed_and_nothing_that_was_before() -> None:
    first = ids(1)
    assert [ids(2) == first, ids(1) == first] == [False, True]
