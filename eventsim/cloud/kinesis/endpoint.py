"""Kinesis behind its wire protocol: JSON 1.1, and an event stream for SubscribeToShard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventsim.cloud.kinesis.event_stream import CONTENT_TYPE, encode_events
from eventsim.cloud.kinesis.service import KinesisService
from eventsim.cloud.protocols import JsonService, json_params
from eventsim.cloud.requests import AwsRequest, AwsResponse

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.registry import Streams

NAMESPACE: Final = "com.amazonaws.kinesis.v20131202"


class KinesisEndpoint:
    """What the router mounts as ``kinesis``; the errors of SubscribeToShard are raised, for the router to encode."""

    def __init__(self, streams: Streams) -> None:
        self._service = KinesisService(streams)
        self._json = JsonService(self._service, namespace=NAMESPACE)

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """Answer one request."""
        if request.operation != "SubscribeToShard":
            return await self._json.handle_request(request)
        result = await self._service.handle(request.operation, json_params(request.body))
        return AwsResponse(200, {"content-type": CONTENT_TYPE}, encode_events(result["EventStream"]))
