"""What most tests of the cloud begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim.kernel.greenlets import install_clock_functions, uninstall_clock_functions
from tests.cloud.buckets import Buckets
from tests.cloud.queue_lab import Lab
from tests.cloud.simulated import Cloud, OnLoop, boto_cloud
from tests.cloud.sqs_service import Sqs
from tests.cloud.tables_account import Account, opened

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud that boto3 talks to."""
    with boto_cloud() as found:
        yield found


@pytest.fixture
def on_loop(cloud: Cloud) -> Iterator[OnLoop]:
    """Handlers on a virtual loop, whose time is the cloud's."""
    install_clock_functions()
    found = OnLoop(cloud)
    yield found
    found.greenlets.close()
    found.loop.close()
    uninstall_clock_functions()


@pytest.fixture
def lab() -> Lab:
    return Lab()


@pytest.fixture
def sqs() -> Iterator[Sqs]:
    """The SQS operations, with a standard queue and a FIFO queue."""
    service = Sqs()
    service("CreateQueue", QueueName="orders")
    service("CreateQueue", QueueName="orders.fifo", Attributes={"FifoQueue": "true"})
    yield service
    service.loop.close()


@pytest.fixture
def buckets() -> Buckets:
    return Buckets()


@pytest.fixture
def account() -> Iterator[Account]:
    """An account with one table."""
    with opened() as found:
        found.create()
        yield found
