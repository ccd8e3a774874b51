"""DynamoDB Streams: reading what changed in tables."""

from __future__ import annotations

from eventsim.cloud.dynamodb_streams.service import DynamoDbStreamsService, streams_endpoint

__all__ = ["DynamoDbStreamsService", "streams_endpoint"]
