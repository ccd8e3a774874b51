"""What tests of handlers have in common."""

from __future__ import annotations

import asyncio
from typing import Any

NEVER_S = 1e6


class RecordingBracket:
    def __init__(self, log: list[Any], name: str) -> None:
        self.log = log
        self.name = name

    def enter(self) -> None:
        self.log.append(f"enter {self.name}")

    def leave(self) -> None:
        self.log.append(f"leave {self.name}")


async def just_sleep(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "slept"
