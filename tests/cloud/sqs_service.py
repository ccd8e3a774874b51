"""The SQS operations on a virtual loop, without a wire."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from eventsim.cloud.queues.registry import Queues
from eventsim.cloud.sqs.service import SqsService
from eventsim.errors import AwsError
from eventsim.kernel.clock import Clock
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
FIFO_URL = f"{URL}.fifo"


class Sqs:
    """The service on a virtual loop; each call is a request of its own."""

    def __init__(self) -> None:
        self.loop = VirtualEventLoop()
        self.queues = Queues(Clock(self.loop.time), Seeds(1), lambda: self.loop)
        self.service = SqsService(self.queues)

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.loop.run_until_complete(self.service.handle(operation, params))

    def refused(self, operation: str, **params: Any) -> tuple[str, str | None, str]:
        with pytest.raises(AwsError) as caught:
            self(operation, **params)
        return caught.value.code, caught.value.query_code, caught.value.message

    def wait(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))


def invalid(text: str) -> tuple[str, str, str]:
    return "InvalidParameterValueException", "InvalidParameterValue", text


def missing(name: str) -> tuple[str, str, str]:
    text = f"The request must contain the parameter {name}."
    return "MissingRequiredParameterException", "MissingParameter", text
