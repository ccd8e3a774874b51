"""The estimate of what a run would have cost, as people read it."""

from __future__ import annotations

from typing import Any

from eventsim.cli.report import table

_COLUMNS = ("estimate", "requests", "GB-s", "USD")


def cost_lines(cost: dict[str, Any]) -> list[str]:
    """Return the section ``cost`` of a result as indented lines: functions, sources, the total, and what it is."""
    rows = [
        (name, f"{one['amounts']['requests']:,}", f"{one['amounts']['gb_s']:,.3f}", usd(one["total"]))
        for name, one in cost["functions"].items()
    ]
    rows += [(name, _amount(one["amounts"]), "", usd(one["total"])) for name, one in cost["sources"].items()]
    rows.append(("total", "", "", usd(cost["total"])))
    idle = sum(one.get("idle_month", 0.0) for one in cost["sources"].values())
    lines = table(_COLUMNS, rows)
    lines.append(
        f"  An estimate: {cost['currency']}, {cost['region']}, prices of {cost['prices_of']}, before the free tier."
    )
    if cost["not_estimated"]:
        lines.append(f"  Not in it: {', '.join(cost['not_estimated'])}.")
    if idle:
        lines.append(f"  Polling these queues while nothing is in them costs {usd(idle)} a month.")
    return lines


def usd(amount: float) -> str:
    """Return an amount of money: cents, and as many more digits as a small one needs."""
    return f"{amount:.2f}" if amount >= 1 or amount == 0 else f"{amount:.10f}".rstrip("0")


def _amount(amounts: dict[str, Any]) -> str:
    first = next(iter(amounts.values()))
    return f"{first:,}"
