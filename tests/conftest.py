"""Shared fixtures: where the recordings lie, and the report of covered rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def captures() -> Path:
    """The folder of payloads recorded from real AWS; the test is skipped where it is absent."""
    folder = SHARED / "captures"
    if not folder.is_dir():
        pytest.skip("../shared/captures is absent")
    return folder


@pytest.fixture
def capture(captures: Path) -> Any:
    """Load one recorded payload by its name."""
    return lambda name: json.loads((captures / f"{name}.json").read_text())
