"""Functions made through boto3, and answers in the form of the recordings."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROLE = "arn:aws:iam::123456789012:role/worker"
ECHO = "def handler(event, context):\n    return event\n"
NOTHING = "def handler(event, context):\n    pass\n"


def zipped(files: Mapping[str, str]) -> bytes:
    """A zip file of texts by their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return out.getvalue()


def create(name: str = "f", code: str = NOTHING, **members: Any) -> dict[str, Any]:
    """A Python function whose handler is ``app.handler`` of *code*; what CreateFunction answers."""
    given = {
        "FunctionName": name,
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": {"ZipFile": zipped({"app.py": code})},
        **members,
    }
    return shown(boto3.client("lambda").create_function(**given))


def queue(name: str = "q", **attributes: str) -> tuple[str, str]:
    """A queue's URL and ARN."""
    sqs = boto3.client("sqs")
    url: str = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, arn


def table_stream(name: str = "t") -> str:
    """The ARN of a new table's stream."""
    made = boto3.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    arn: str = made["TableDescription"]["LatestStreamArn"]
    return arn


def kinesis_stream(name: str = "s") -> str:
    """The ARN of a new stream."""
    client = boto3.client("kinesis")
    client.create_stream(StreamName=name, ShardCount=1)
    arn: str = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    return arn


def shown(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without its metadata; a payload is read, and decoded where it is JSON."""
    plain = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    if hasattr(plain.get("Payload"), "read"):
        plain["Payload"] = plain["Payload"].read().decode()
    return plain


def refused(call: Callable[..., Any], **members: Any) -> dict[str, Any]:
    """The parsed error that *call* raises, without its metadata."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    return shown(caught.value.response)


def as_recorded(answer: Any, **names: str) -> Any:
    """*answer* with the recordings' placeholders for account, region and times, and *names* by their own placeholders.

    ``f="<resource:1>"`` has every whole word ``f`` of an ARN shown so.
    """
    if isinstance(answer, datetime):
        return "datetime"
    if isinstance(answer, dict):
        return {key: as_recorded(value, **names) for key, value in answer.items()}
    if isinstance(answer, list):
        return [as_recorded(value, **names) for value in answer]
    if not isinstance(answer, str):
        return answer
    text = answer.replace("arn:aws:", "arn:<partition>:").replace("us-east-1", "<region>")
    text = text.replace("123456789012", "111111111111")
    for name, placeholder in names.items():
        text = text.replace(name, placeholder)
    return text


def payload(answer: Mapping[str, Any]) -> Any:
    """What a function returned."""
    return json.loads(answer["Payload"].read())
