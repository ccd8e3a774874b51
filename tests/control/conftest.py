"""A simulation whose Lambda API the tests call, and boto3's client for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from eventsim import Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sim() -> Iterator[Simulation]:
    with Simulation() as simulation:
        yield simulation


@pytest.fixture
def lam(sim: Simulation) -> Any:
    return boto3.client("lambda")
