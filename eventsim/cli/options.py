"""The options of ``eventsim run``, as its parts hand them on."""

from __future__ import annotations

from typing import Literal, NamedTuple

from eventsim.cli.remote_options import Place

Events = Literal["all", "failed", "none"]
LogFormat = Literal["console", "json"]


class RunOptions(NamedTuple):
    """The options as given; None where an option is absent."""

    seed: int | None = None
    """Overrides the seed of each scenario."""
    json: str | None = None
    """A path, or ``-`` for standard output."""
    events: Events = "all"
    trace: str | None = None
    junit_xml: str | None = None
    log_format: LogFormat | None = None
    quiet: bool = False
    verbose: bool = False
    place: Place = Place()
    """Where it runs, if not in virtual time."""
    cost: bool = False
    """Estimate what each run would have cost."""
