"""The progress bar of a long run on a terminal."""

from __future__ import annotations

from time import perf_counter  # the real one: bound before handlers get a clock of their own
from typing import TYPE_CHECKING, Any, Self

from eventsim.cli.report import printable

if TYPE_CHECKING:
    from types import TracebackType

    from eventsim.scenarios.run import Progress

PATIENCE_REAL_S = 0.5
"""Shorter runs show no bar."""
INTERVAL_REAL_S = 0.1


class ProgressBar:
    """Virtual time, events and invocations of the running scenario, on standard error.

    *run_for_s* is the virtual time to reach; None when the run ends at idle, and the bar only tells that it lives.
    Rich is imported when the bar is drawn for the first time.
    """

    def __init__(self, name: str, run_for_s: float | None) -> None:
        self._name = name
        self._run_for_s = run_for_s
        self._next_real_s = perf_counter() + PATIENCE_REAL_S
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, progress: Progress) -> None:
        """Draw *progress*, unless the last drawing is too fresh to be worth another."""
        now_real_s = perf_counter()
        if now_real_s < self._next_real_s:
            return
        self._next_real_s = now_real_s + INTERVAL_REAL_S
        if self._bar is None:
            self._start(told(progress))
        self._bar.update(self._task, completed=progress.virtual_s, told=told(progress))
        self._bar.refresh()

    def _start(self, first: str) -> None:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            TextColumn(escape(printable(self._name))),
            BarColumn(),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            auto_refresh=False,  # no thread beside the simulation's one
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            get_time=perf_counter,
        )
        self._task = self._bar.add_task("", total=self._run_for_s, told=first)
        self._bar.start()


def told(progress: Progress) -> str:
    """Return *progress* in words."""
    return f"{progress.virtual_s:,.1f} s virtual, {progress.events:,} events, {progress.invocations:,} invocations"
