"""What a run delivered, in the words of its bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.scenarios.running import Run


def deliveries(run: Run) -> list[tuple[Any, ...]]:
    """(at, bodies joined by commas, outcome) of each invocation, throttled ones too."""
    return [(one["at"], ",".join(bodies(one)), one["outcome"]) for one in run.json["invocations"]]


def received(run: Run) -> list[tuple[Any, ...]]:
    """(at, ["body*receive count", …]) of each invocation."""
    return [
        (one["at"], [f"{r['body']}*{r['attributes']['ApproximateReceiveCount']}" for r in one["event"]["Records"]])
        for one in run.json["invocations"]
    ]


def bodies(invocation: dict[str, Any]) -> list[str]:
    """The bodies of one invocation's records."""
    return [record["body"] for record in invocation["event"]["Records"]]


def counts(run: Run, mapping: str) -> tuple[int, ...]:
    """Polled, filtered out, invoked, failed, deleted."""
    metrics = run.json["mappings"][mapping]
    names = ("PolledEventCount", "FilteredOutEventCount", "InvokedEventCount", "FailedInvokeEventCount")
    return (*(metrics[name] for name in names), metrics["DeletedEventCount"])
