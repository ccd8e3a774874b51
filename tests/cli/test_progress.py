from __future__ import annotations

import io
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import Result

from eventsim.cli import progress
from eventsim.cli.progress import ProgressBar
from tests.cli.conftest import FakeResult, Runs

Command = Callable[..., Result]
STATE: Any = SimpleNamespace(virtual_s=1234.5, events=5678, invocations=9)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    return stream


def test_a_pipe_gets_no_progress(runs: Runs, command: Command) -> None:
    asked = []

    def remember(scenario: Any, _: Any, on_progress: Any) -> FakeResult:
        asked.append(on_progress)
        return FakeResult(scenario, 7)

    runs.behaviour["a"] = remember
    assert command("run", "a.yaml").stderr == ""
    assert asked == [None]


def test_a_short_run_draws_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    with ProgressBar("a", 60.0) as bar:
        bar.update(STATE)
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("run_for_s", [3600.0, None])
def test_a_long_run_shows_virtual_time_events_and_invocations(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, run_for_s: float | None
) -> None:
    monkeypatch.setattr(progress, "PATIENCE_REAL_S", 0.0)
    monkeypatch.setattr(sys, "stderr", terminal)
    with ProgressBar("a [b]", run_for_s) as bar:
        bar.update(STATE)
    assert "a [b]" in terminal.getvalue()
    assert "1,234.5 s virtual, 5,678 events, 9 invocations" in terminal.getvalue()


def test_the_bar_is_drawn_ten_times_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(n / 64 for n in range(1_000))
    monkeypatch.setattr(progress, "perf_counter", lambda: next(times))
    bar = ProgressBar("a", None)
    drawn = []
    monkeypatch.setattr(bar, "_bar", SimpleNamespace(update=lambda *_, **kw: drawn.append(kw), refresh=lambda: None))
    for _ in range(128):
        bar.update(STATE)
    assert len(drawn) == 14  # in 2 s: none in the first 0.5 s, then at every seventh 64th
