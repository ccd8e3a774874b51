"""Where asynchronous events end: ``EventInvokeConfig`` and ``DeadLetterQueue`` (ASY-06, DST-01, DLQ-01)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from eventsim.mappings.asynchronous import AsyncInvoker
    from eventsim.simulation import Simulation as Core

_NAMES = ("EventInvokeConfig", "DeadLetterQueue")


def taken_out(settings: dict[str, Any]) -> dict[str, Any]:
    """What of a function's *settings* is of its asynchronous events; they don't have it any more."""
    return {name: settings.pop(name) for name in _NAMES if name in settings}


def set_outlets(core: Core, function: str, given: dict[str, Any]) -> None:
    """Set them as AWS SAM writes them; None takes one away. AwsError as Lambda answers, InputError for the rest."""
    if not given:
        return
    from eventsim.facade.given import names_of, node_of, read_node
    from eventsim.scenarios.outlets import read_dead_letter_queue, read_event_invoke

    asynchronous, names = core.asynchronous(), names_of(core)
    if "EventInvokeConfig" in given:
        path = f"{function}.EventInvokeConfig"
        if given["EventInvokeConfig"] is None:
            _forget(asynchronous, function, core.functions[function].published_alias)
        else:
            config = node_of(given["EventInvokeConfig"], path)
            alias = core.functions[function].published_alias
            read = read_node(config, path, lambda r, n: read_event_invoke(r, n, path, names))
            asynchronous.configure(function, read, alias)
    if "DeadLetterQueue" in given:
        queue, path = given["DeadLetterQueue"], f"{function}.DeadLetterQueue"
        if queue is None:
            asynchronous.set_dead_letter(function, None)
        else:
            node = node_of(queue, path)
            asynchronous.set_dead_letter(
                function, read_node(node, path, lambda r, n: read_dead_letter_queue(r, n, path, names))
            )


def _forget(asynchronous: AsyncInvoker, function: str, qualifier: str | None) -> None:
    with contextlib.suppress(AwsError):  # there is none
        asynchronous.configs.delete(function, qualifier)


def shown(given: dict[str, Any]) -> dict[str, Any]:
    """They in the trace, without handles."""
    from eventsim.facade.given import node_of

    return {name: node_of(value, name).plain() for name, value in given.items()}
