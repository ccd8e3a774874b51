"""Running one scenario text in virtual time and on an endpoint, and what of its deliveries has to be the same."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from eventsim.cloud.remote import Target
from eventsim.realtime.live import Live
from eventsim.realtime.options import RealOptions
from eventsim.realtime.run import RealResult, run_real
from eventsim.scenarios.load import load_scenario
from eventsim.scenarios.run import run_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.scenarios.model import Scenario

_numbers = count(1)


class Runner:
    """Writes scenarios into *folder*; *told* is what runs told people."""

    def __init__(self, folder: Path) -> None:
        self.told: list[str] = []
        self._folder = folder

    def load(self, text: str, *, unique: bool = True) -> Scenario:
        """The scenario; NN in the text becomes a number that no other test has, so endpoints can be shared."""
        number = str(next(_numbers)) if unique else "0"
        path = self._folder / "scenario.yaml"
        path.write_text(text.replace("NN", number), encoding="utf-8")
        return load_scenario(str(path))

    def virtual(self, scenario: Scenario) -> dict[str, Any]:
        return run_scenario(scenario).to_json()

    def real(self, scenario: Scenario, url: str | None, **options: Any) -> RealResult:
        given: dict[str, Any] = {"provision": True, "teardown": True, "whole_result": True} | options
        target = None if url is None else Target(url)
        if target is None:
            given |= {"provision": False, "teardown": False}
        return run_real(scenario, RealOptions(self.told.append, target=target, **given), Live())


def bodies(invocation: dict[str, Any]) -> list[Any]:
    """What the records of an invocation carry, without what differs from endpoint to endpoint."""
    found: list[Any] = []
    for record in invocation["event"]["Records"]:
        if "body" in record:
            found.append((record["body"], record["attributes"]["ApproximateReceiveCount"]))
        elif "kinesis" in record:
            found.append(record["kinesis"]["data"])
        elif "dynamodb" in record:
            found.append((record["eventName"], record["dynamodb"]["Keys"], record["dynamodb"].get("NewImage")))
        else:
            found.append(record)
    return found


def deliveries(result: dict[str, Any]) -> dict[str, list[Any]]:
    """What each mapping delivered, in its order, and how it ended."""
    found: dict[str, list[Any]] = {}
    for one in result["invocations"]:
        found.setdefault(one["mapping"], []).append((one["attempt"], one["outcome"], bodies(one)))
    return found
