"""The example scenarios pass, and their traces are the golden ones."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eventsim.scenarios.load import load_scenario
from eventsim.scenarios.run import run_scenario

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = sorted((Path(__file__).parents[2] / "scenarios").glob("*.yaml"))


@pytest.mark.rule("GEN-04")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_passes_with_its_golden_trace(path: Path, golden: Callable[[str, bytes], None]) -> None:
    trace = io.BytesIO()
    result = run_scenario(load_scenario(path), trace=trace)
    assert (result.failures, result.passed) == ([], True)
    assert result.to_json("none")["trace_sha256"] == hashlib.sha256(trace.getvalue()).hexdigest()
    golden(path.stem, trace.getvalue())
