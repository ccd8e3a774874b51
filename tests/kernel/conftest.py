"""A virtual loop per test, closed at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim.kernel.greenlets import Greenlets, install_clock_functions, uninstall_clock_functions
from eventsim.kernel.loop import VirtualEventLoop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def loop() -> Iterator[VirtualEventLoop]:
    loop = VirtualEventLoop()
    yield loop
    loop.close()


@pytest.fixture
def greenlets(loop: VirtualEventLoop) -> Iterator[Greenlets]:
    """Handlers on *loop*, with the process's clock functions wrapped."""
    install_clock_functions()
    greenlets = Greenlets(loop)
    yield greenlets
    greenlets.close()
    uninstall_clock_functions()
