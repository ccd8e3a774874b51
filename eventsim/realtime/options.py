"""How a scenario runs in real time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from eventsim.cloud.remote import Target

Tell = Callable[[str], object]


class RealOptions(NamedTuple):
    """Where it runs, and what is made and kept for it; *target* None is the embedded cloud.

    *state* is the folder of the state file, None for ``.eventsim`` beside the scenario. *serve* runs until it is
    stopped; *with_steps* carries out the scenario's steps. *metrics_port* opens Prometheus's endpoint (0: any port).
    *tell* gets what people should know meanwhile.
    """

    tell: Tell
    target: Target | None = None
    provision: bool = False
    teardown: bool = False
    state: str | None = None
    serve: bool = False
    with_steps: bool = True
    whole_result: bool = False
    metrics_port: int | None = None
