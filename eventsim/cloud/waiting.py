"""Requests that are answered later, and callers that can't wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.cloud.protocols import json_params
from eventsim.cloud.requests import AwsRequest, form_fields
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from eventsim.cloud.queues.registry import Queues


def asks_to_wait(request: AwsRequest, queues: Queues) -> bool:
    """Whether *request* is answered later.

    That is a long poll, by its own WaitTimeSeconds or by its queue's setting (SQS-03), and the synchronous invocation
    of a function.
    """
    if request.service == "lambda" and request.operation == "Invoke":
        return request.headers.get("x-amz-invocation-type", "RequestResponse") == "RequestResponse"
    if request.service != "sqs" or request.operation != "ReceiveMessage":
        return False
    try:
        given: dict[str, Any] = (
            json_params(request.body) if "x-amz-target" in request.headers else {**form_fields(request.body)}
        )
        wait_s = given.get("WaitTimeSeconds")
        if wait_s is not None:
            return wait_s not in {0, "0"}
        return queues.by_url(str(given.get("QueueUrl", ""))).attributes.wait_time_s > 0
    except AwsError:
        return False  # it will be refused


def without_waiting(request: AwsRequest) -> AwsRequest:
    """*request*, a long poll turned into a short one: it asks for a wait of 0 s, whatever the queue's own setting."""
    if request.service == "sqs" and request.operation == "ReceiveMessage":
        if "x-amz-target" in request.headers:
            request.body = msgspec.json.encode(json_params(request.body) | {"WaitTimeSeconds": 0})
        else:
            from urllib.parse import urlencode

            request.body = urlencode(form_fields(request.body) | {"WaitTimeSeconds": "0"}).encode()
    return request
