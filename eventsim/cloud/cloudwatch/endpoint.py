"""What the router mounts as ``monitoring``: the operations on metrics here, alarms and dashboards with moto."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from eventsim.cloud.cloudwatch.service import METHODS
from eventsim.cloud.protocols import JsonService
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from eventsim.cloud.cloudwatch.service import CloudWatch
    from eventsim.cloud.requests import AwsRequest, AwsResponse
    from eventsim.cloud.router import Endpoint

NAMESPACE = "com.amazonaws.cloudwatch"


class CloudWatchEndpoint:
    """Speaks AWS's JSON protocol and, for older SDKs, its query protocol; *rest* answers other operations."""

    def __init__(self, cloudwatch: CloudWatch, rest: Endpoint) -> None:
        self._cloudwatch = cloudwatch
        self._json = JsonService(cloudwatch, namespace=NAMESPACE)
        self._rest = rest

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """Answer one request."""
        if request.operation not in METHODS:
            return await self._rest.handle_request(request)
        if request.headers.get("content-encoding") == "gzip":
            request.body = gzip.decompress(request.body)
        if "x-amz-target" in request.headers:
            return await self._json.handle_request(request)
        if request.headers.get("smithy-protocol"):
            raise AwsError(
                "NotImplemented", "CloudWatch in CBOR is not simulated: use its JSON or query protocol.", status=501
            )
        from eventsim.cloud.cloudwatch.query import handle_query

        return await handle_query(self._cloudwatch, request)
