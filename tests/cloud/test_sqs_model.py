"""The operations, parameters and errors of SQS, compared with its own model."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest

from eventsim.cloud.sqs.parameters import OPERATIONS
from eventsim.cloud.sqs.service import OPERATION_METHODS
from eventsim.errors import AwsError
from tests.cloud.sqs_service import URL, Sqs, missing


def sqs_model() -> dict[str, Any]:
    packed = Path(botocore.__file__).parent / "data/sqs/2012-11-05/service-2.json.gz"
    model: dict[str, Any] = json.loads(gzip.decompress(packed.read_bytes()))
    return model


def members_of(model: dict[str, Any], shape: str) -> dict[str, Any]:
    """Members and whether each must be given, entries of batches included."""
    structure = model["shapes"][shape]
    found: dict[str, Any] = {}
    for name, member in structure["members"].items():
        target = model["shapes"][member["shape"]]
        kind: Any = target["type"]
        if name == "Entries":
            kind = members_of(model, target["member"]["shape"])
        found[("!" if name in structure.get("required", ()) else "") + name] = kind
    return found


def plain(members: dict[str, Any]) -> dict[str, Any]:
    types = {"strings": "list", "string map": "map"}
    return {name: plain(kind) if isinstance(kind, dict) else types.get(kind, kind) for name, kind in members.items()}


def test_every_operation_and_parameter_of_the_model_is_known() -> None:
    model = sqs_model()
    expected = {name: members_of(model, op["input"]["shape"]) for name, op in model["operations"].items()}
    ours = {name: plain(members) for name, members in OPERATIONS.items()}
    change = ours["ChangeMessageVisibilityBatch"]["!Entries"]
    change["VisibilityTimeout"] = change.pop("!VisibilityTimeout")  # there is no sense in leaving it out
    assert ours == expected
    assert {*OPERATION_METHODS, "ReceiveMessage"} == set(OPERATIONS)


def test_every_error_code_is_the_model_s_or_one_of_the_general_ones(sqs: Sqs) -> None:
    from eventsim.cloud.queues import errors

    made = [
        errors.queue_does_not_exist(),
        errors.queue_name_exists("x"),
        errors.queue_deleted_recently(),
        errors.purge_in_progress("x"),
        errors.receipt_is_invalid("x"),
        errors.over_limit("x"),
        errors.invalid_address("x"),
        errors.invalid_attribute_name("x"),
        errors.invalid_attribute_value("x"),
        errors.invalid_message_contents(),
        errors.resource_not_found("x"),
        errors.unsupported_operation("x"),
        *(
            errors.batch_error(code, "x")
            for code in (
                "EmptyBatchRequest",
                "TooManyEntriesInBatchRequest",
                "BatchEntryIdsNotDistinct",
                "InvalidBatchEntryId",
                "BatchRequestTooLong",
            )
        ),
    ]
    exceptions = {name for name, shape in sqs_model()["shapes"].items() if shape.get("exception")}
    assert {error.code for error in made} <= exceptions


# --- parameters ---


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"QueueUrl": 1, "MessageBody": "x"}, "NUMBER_VALUE can not be converted to a String"),
        ({"QueueUrl": URL, "MessageBody": 1.5}, "DECIMAL_VALUE can not be converted to a String"),
        ({"QueueUrl": URL, "MessageBody": True}, "TRUE_VALUE can not be converted to a String"),
        ({"QueueUrl": URL, "MessageBody": ["x"]}, "Start of list found where not expected."),
        ({"QueueUrl": URL, "MessageBody": {}}, "Start of structure or map found where not expected."),
        ({"QueueUrl": URL, "MessageBody": "x", "DelaySeconds": "1"}, "STRING_VALUE can not be converted to a Integer"),
        ({"QueueUrl": URL, "MessageBody": "x", "DelaySeconds": False}, "FALSE_VALUE can not be converted to a Integer"),
        ({"QueueUrl": URL, "MessageBody": "x", "MessageAttributes": []}, "Start of list found where not expected."),
    ],
)
def test_a_wrong_type_is_refused(sqs: Sqs, params: dict[str, Any], text: str) -> None:
    assert sqs.refused("SendMessage", **params) == ("SerializationException", None, text)


def test_what_is_missing_or_unknown_is_named(sqs: Sqs) -> None:
    assert sqs.refused("SendMessage", MessageBody="x") == missing("QueueUrl")
    assert sqs.refused("SendMessage", QueueUrl=URL) == missing("MessageBody")
    assert sqs.refused("SendMessage", QueueUrl=URL, MessageBody="") == missing("MessageBody")
    assert sqs.refused("SendMessage", QueueUrl=URL, MessageBody=None) == missing("MessageBody")
    assert sqs.refused("CreateQueue") == missing("QueueName")
    code, query_code, text = sqs.refused("SendMessage", QueueUrl=URL, MessageBody="x", MessageGroupID="g")
    assert (code, query_code) == ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation")
    assert "MessageGroupID" in text
    assert sqs.refused("FlyToTheMoon")[0] == "UnsupportedOperation"


def test_a_request_that_is_no_object_is_refused(sqs: Sqs) -> None:
    with pytest.raises(AwsError, match="SerializationException"):
        sqs.loop.run_until_complete(sqs.service.handle("ListQueues", []))  # type: ignore[arg-type]
