"""What a failing test says about its simulation: the end of the timeline, the seed, the command that repeats it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from eventsim.errors import EventSimError
from eventsim.facade import opened
from eventsim.facade.words import shortened_inside
from eventsim.plugin.opening import PASSED, SIMULATION
from eventsim.plugin.places import nodeid_from_here
from eventsim.plugin.traces import LAST_LINES

if TYPE_CHECKING:
    from eventsim.facade.simulation import Simulation

_WIDEST = 300  # of a line that a handler has logged

_ON_PURPOSE = (EventSimError, pytest.fail.Exception)


def note(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Remember how the test went; add a section to the report of a failure."""
    if call.when == "call":
        item.stash[PASSED] = report.passed and not hasattr(report, "wasxfail")
    if not report.failed:
        return
    own = item.stash.get(SIMULATION, None)
    found = own or (None if opened.latest is None else opened.latest()) or opened.open_one()
    if found is not None and found.began:
        _add(report, item, "\n".join(_story(item, found, seeded=_is_seeded(item, found, own))))
        if printed := _printed(found):
            report.sections.append(("eventsim: what handlers logged", printed))


def _add(report: pytest.TestReport, item: pytest.Item, story: str) -> None:
    """Show the story among the sections of captured output; where those are hidden, with the failure itself."""
    add_to_failure = getattr(report.longrepr, "addsection", None)
    if add_to_failure is None or item.config.getoption("showcapture", "all") == "all":
        report.sections.append(("eventsim", story))
    else:
        add_to_failure("eventsim", story)


def hide_inside(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Let a refusal be shown at the test's own line, without the frames inside of eventsim; ``--full-trace`` has them.

    Only for what is raised on purpose, by ``pytest.fail`` in a handler too: errors of a bug are to be seen.
    """
    if isinstance(excinfo.value, _ON_PURPOSE):
        for entry in excinfo.traceback:
            names = entry.frame.f_globals
            if str(names.get("__name__", "")).startswith("eventsim."):
                names.setdefault("__tracebackhide__", _is_refusal)


def _is_refusal(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    return isinstance(excinfo.value, _ON_PURPOSE)


def _is_seeded(item: pytest.Item, found: Simulation, own: Simulation | None) -> bool:
    """Whether the options say the seed of the simulation, so that they have to say it again."""
    if found is own:
        return True
    given = item.config.getoption("--eventsim-seed") is not None or item.config.getoption("--eventsim-seeds") > 1
    return given and not found.has_own_seed


def _story(item: pytest.Item, simulation: Simulation, *, seeded: bool) -> list[str]:
    last = simulation.trace.last(LAST_LINES)
    more = len(simulation.trace) - len(last)
    lines = [f"{simulation!r}"]
    if more:
        lines.append(f"({more} earlier lines)")
    return [
        *lines,
        *last,
        f"seed: {simulation.seed}",
        f"repeat: {repeat_command(item, simulation.seed if seeded else None)}",
    ]


def _printed(simulation: Simulation) -> str:
    """The end of what handlers printed, each invocation's under its time, function and request id."""
    from eventsim.scenarios.handler_logs import log_blocks

    lines: list[str] = []
    for block in log_blocks(simulation.core.invocations, every=True):
        lines.append(f"{block.at_s:g} s  {block.function}  {block.request_id}")
        lines += [f"  {shortened_inside(line, _WIDEST)}" for line in block.lines]
    return "\n".join(lines[-LAST_LINES:])


def repeat_command(item: pytest.Item, seed: int | None) -> str:
    """The command that runs the test again, with that seed unless it has its own."""
    words = ["pytest", nodeid_from_here(item)]
    seeds, first = item.config.getoption("--eventsim-seeds"), item.config.getoption("--eventsim-seed")
    if seeds > 1:  # the test's id has the seed in it
        words += ["--eventsim-seeds", str(seeds)]
        seed = first
    return shlex.join(words if seed is None else [*words, "--eventsim-seed", str(seed)])
