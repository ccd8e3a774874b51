"""What moto would accept and the simulation would never carry out: answered with an error that says so.

Without this table moto would make resources in backends that nobody reads here, or deliver nothing at all. Services
that have an engine of their own refuse for themselves what they lack.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from eventsim.cloud.protocols import json_params
from eventsim.cloud.requests import AwsRequest, form_fields
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

_CODE = "NotImplemented"
_TEMPLATE_PARTS = re.compile(
    r"AWS::(?:Events|Kinesis|Lambda|Pipes|SNS|SQS|Scheduler|Serverless)::\w+"
    r"|AWS::Logs::SubscriptionFilter\b"
    r"|\bNotificationConfiguration\b"
)
_STACKS = "stacks with this are not supported"


class _Refusal(NamedTuple):
    service: str
    operation: str
    because: str
    applies: Callable[[AwsRequest], str | None] | None = None  # what was found, or None when the call may pass


def _template(request: AwsRequest) -> str | None:
    fields = form_fields(request.body)
    if "TemplateURL" in fields:
        return "TemplateURL; give the text as TemplateBody"
    found = _TEMPLATE_PARTS.search(fields.get("TemplateBody", ""))
    return found[0] if found else None


def _stream_source(request: AwsRequest) -> str | None:
    found = "KinesisStreamSourceConfiguration"
    return found if found in json_params(request.body) else None


_REFUSALS = (
    _Refusal("pipes", "CreatePipe", "EventBridge Pipes is not supported"),
    _Refusal("logs", "PutSubscriptionFilter", "CloudWatch Logs does not deliver to subscriptions"),
    _Refusal("dynamodb", "EnableKinesisStreamingDestination", "DynamoDB does not deliver to Kinesis"),
    _Refusal("dynamodb", "ExportTableToPointInTime", "exports to S3 are not supported"),
    _Refusal("dynamodb", "ImportTable", "imports from S3 are not supported"),
    _Refusal("firehose", "CreateDeliveryStream", "Firehose does not read from Kinesis", _stream_source),
    _Refusal("cloudformation", "CreateStack", _STACKS, _template),
    _Refusal("cloudformation", "UpdateStack", _STACKS, _template),
    _Refusal("cloudformation", "CreateChangeSet", _STACKS, _template),
)
_TABLE = {(one.service, one.operation): one for one in _REFUSALS}


def refusal(request: AwsRequest) -> AwsError | None:
    """The error for a call that must not reach moto; None for one that may."""
    found = _TABLE.get((request.service, request.operation or ""))
    if found is None:
        return None
    detail = found.applies(request) if found.applies else ""
    if detail is None:
        return None
    detail = f" ({detail})" if detail else ""
    return AwsError(_CODE, f"{found.service} {found.operation}{detail}: {found.because} in eventsim.", status=501)
