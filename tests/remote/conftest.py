"""Emulators that the tests share, one process of each for a whole session, and how a scenario runs on one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.remote.emulators import Emulator, find
from tests.remote.running import Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def emulator(name: str) -> Iterator[str]:
    if find("moto_server" if name == "moto" else name) is None:
        pytest.skip(f"{name} is not installed")
    try:
        running = Emulator(name).start()
    except RuntimeError as error:
        pytest.skip(str(error))
    yield running.url
    running.stop()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    yield from emulator("moto")


@pytest.fixture(scope="session")
def ministack_url() -> Iterator[str]:
    yield from emulator("ministack")


@pytest.fixture(params=["moto", "ministack"])
def url(request: pytest.FixtureRequest) -> str:
    """The endpoint of each emulator in turn."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests see no AWS configuration of the machine."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def aws(url: str) -> Callable[[str], Any]:
    """Synchronous clients of the endpoint."""
    return clients(url)


def clients(url: str) -> Callable[[str], Any]:
    import boto3

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return lambda service: boto3.client(service, endpoint_url=url, **keys)


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs scenarios, virtual and real, with shorter waits than people get."""
    from eventsim.realtime import quiet, simulation

    monkeypatch.setattr(quiet, "QUIET_S", 0.3)
    monkeypatch.setattr(quiet, "_LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(simulation, "EMULATOR_LONG_POLL_S", 0)
    return Runner(tmp_path)
