"""Runs pytest in a folder of its own, with the plugin as it is installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import boto3
import pytest

import eventsim.facade.simulation
import eventsim.plugin.captured
import eventsim.plugin.explaining
import eventsim.plugin.reporting
import eventsim.plugin.scenario_items
import eventsim.plugin.surrounding
import eventsim.scenarios.load
import eventsim.scenarios.run

# pytester forgets what its runs import, and extension modules can't be imported twice: these are there before.
LOADED = (
    boto3,
    eventsim.facade.simulation,
    eventsim.plugin.captured,
    eventsim.plugin.explaining,
    eventsim.plugin.reporting,
    eventsim.plugin.scenario_items,
    eventsim.plugin.surrounding,
    eventsim.scenarios.load,
    eventsim.scenarios.run,
)

HANDLERS = """
def fail(event, context):
    raise ValueError("boom")


def accept(event, context):
    pass


def poisoned(sim, handler=fail):
    dlq = sim.queue("orders-dlq")
    policy = {"deadLetterTargetArn": dlq, "maxReceiveCount": 3}
    orders = sim.queue("orders", VisibilityTimeout=30, RedrivePolicy=policy)
    worker = sim.function("worker", handler, Timeout=10)
    worker.on_queue(orders)
    return orders, dlq, worker
"""

OTHERS = ("anyio", "asyncio", "hypothesispytest", "pytest_cov", "xdist")
Run = Callable[..., Any]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test file's text, and say what came of it: ``run(text, "-q", process=True, beside=["xdist"])``.

    *beside* are other plugins that take part, by the names of their entry points; the rest stays out.
    """
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # a run in this process may make one
    pytester.makepyfile(building=HANDLERS)
    pytester.syspathinsert()

    def go(text: str = "", *arguments: str, process: bool = False, beside: Sequence[str] = ()) -> Any:
        if text:
            pytester.makepyfile(test_it=text)
        options = [f"-pno:{name}" for name in ("cacheprovider", *OTHERS) if name not in beside] + [*arguments]
        return pytester.runpytest_subprocess(*options) if process else pytester.runpytest_inprocess(*options)

    return go
