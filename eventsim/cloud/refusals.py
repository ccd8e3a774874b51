"""What no engine here does yet and nobody else may do in its place: answered with an error that says so.

Without this table moto would accept such calls and then deliver into its own queues, start containers, or do
nothing at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from eventsim.cloud.requests import AwsRequest, form_fields
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

_CODE = "NotImplemented"
_ANY = "*"
_DELIVERING = frozenset({"sqs", "lambda", "http", "https", "firehose"})
_TEMPLATE_TYPES = re.compile(
    r"AWS::(?:SQS::Queue|Lambda::\w+|Serverless::\w+|SNS::Subscription|Pipes::Pipe|Scheduler::Schedule)\b"
)


class _Refusal(NamedTuple):
    service: str
    operation: str
    because: str
    applies: Callable[[AwsRequest], str | None] | None = None  # what was found, or None when the call may pass


def _protocol(request: AwsRequest) -> str | None:
    protocol = form_fields(request.body).get("Protocol", "").lower()
    return f"Protocol {protocol}" if protocol in _DELIVERING else None


def _template(request: AwsRequest) -> str | None:
    fields = form_fields(request.body)
    if "TemplateURL" in fields:
        return "TemplateURL; give the text as TemplateBody"
    found = _TEMPLATE_TYPES.search(fields.get("TemplateBody", ""))
    return found[0] if found else None


_REFUSALS = (
    _Refusal("lambda", _ANY, "Lambda's API is not supported yet"),
    _Refusal("sns", "Subscribe", "SNS does not deliver yet", _protocol),
    _Refusal("s3", "PutBucketNotificationConfiguration", "S3 event notifications are not supported yet"),
    _Refusal("events", "PutTargets", "EventBridge does not deliver to targets yet"),
    _Refusal("scheduler", "CreateSchedule", "EventBridge Scheduler is not supported yet"),
    _Refusal("pipes", "CreatePipe", "EventBridge Pipes is not supported yet"),
    _Refusal("logs", "PutSubscriptionFilter", "CloudWatch Logs does not deliver to subscriptions yet"),
    _Refusal("dynamodb", "EnableKinesisStreamingDestination", "DynamoDB does not deliver to Kinesis yet"),
    _Refusal("cloudformation", "CreateStack", "these resource types are not supported yet", _template),
    _Refusal("cloudformation", "UpdateStack", "these resource types are not supported yet", _template),
    _Refusal("cloudformation", "CreateChangeSet", "these resource types are not supported yet", _template),
)
_TABLE = {(one.service, one.operation): one for one in _REFUSALS}


def refusal(request: AwsRequest) -> AwsError | None:
    """The error for a call that must not reach moto; None for one that may."""
    found = _TABLE.get((request.service, request.operation or "")) or _TABLE.get((request.service, _ANY))
    if found is None:
        return None
    detail = found.applies(request) if found.applies else ""
    if detail is None:
        return None
    operation = request.operation or f"{request.method} {request.url}"
    detail = f" ({detail})" if detail else ""
    return AwsError(_CODE, f"{request.service} {operation}{detail}: {found.because} in eventsim.", status=501)
