"""Long polls of callers that can't wait."""

from __future__ import annotations

import msgspec

from eventsim.cloud.protocols import json_params
from eventsim.cloud.requests import AwsRequest, form_fields


def without_waiting(request: AwsRequest) -> AwsRequest:
    """*request*, a long poll turned into a short one: it asks for a wait of 0 s, whatever the queue's own setting."""
    if request.service == "sqs" and request.operation == "ReceiveMessage":
        if "x-amz-target" in request.headers:
            request.body = msgspec.json.encode(json_params(request.body) | {"WaitTimeSeconds": 0})
        else:
            from urllib.parse import urlencode

            request.body = urlencode(form_fields(request.body) | {"WaitTimeSeconds": "0"}).encode()
    return request
