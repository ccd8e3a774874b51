"""DynamoDB: moto's tables, whose changes are recorded in streams here and whose items expire."""

from __future__ import annotations

from eventsim.cloud.dynamodb.endpoint import DynamoDbEndpoint
from eventsim.cloud.dynamodb.stream import TableStream
from eventsim.cloud.dynamodb.streams import TableStreams
from eventsim.cloud.dynamodb.tables import Tables

__all__ = ["DynamoDbEndpoint", "TableStream", "TableStreams", "Tables"]
