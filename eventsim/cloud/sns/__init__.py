"""The SNS wire: the service's operations and its query protocol, over the engine in `eventsim.cloud.topics`."""

from __future__ import annotations

from eventsim.cloud.sns.protocol import SnsEndpoint
from eventsim.cloud.sns.service import SnsService

__all__ = ["SnsEndpoint", "SnsService"]
