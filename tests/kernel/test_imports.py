"""What the kernel's modules load: a run of a scripted scenario must start fast."""

from __future__ import annotations

import subprocess
import sys

import pytest

FORBIDDEN = {
    "eventsim.kernel": {"asyncio", "anyio", "greenlet", "msgspec", "hashlib"},
    "eventsim.kernel.clock": {"asyncio", "anyio", "greenlet", "msgspec"},
    "eventsim.kernel.seeds": {"asyncio", "anyio", "greenlet", "msgspec"},
    "eventsim.kernel.handler_clock": {"asyncio", "anyio", "greenlet", "msgspec"},
    "eventsim.kernel.trace": {"asyncio", "anyio", "greenlet"},
    "eventsim.kernel.loop": {"anyio", "greenlet", "msgspec"},
    "eventsim.kernel.tasks": {"anyio", "greenlet", "msgspec"},
    "eventsim.kernel.greenlets": {"anyio", "msgspec", "pytest"},
}


@pytest.mark.parametrize("module", FORBIDDEN)
def test_a_module_loads_only_what_it_needs(module: str) -> None:
    program = f"import sys, {module}; print(*(name for name in sys.modules if '.' not in name))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    always = {"moto", "boto3", "botocore", "pydantic", "structlog", "rich", "logging"} - asyncio_needs(loaded)
    assert set(loaded) & (FORBIDDEN[module] | always) == set()


def asyncio_needs(loaded: list[str]) -> set[str]:
    return {"logging"} if "asyncio" in loaded else set()
