"""The quirks of a simulation that is made in Python: named and checked as in a scenario file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from eventsim.errors import InputError
from eventsim.quirks import NO_QUIRKS, Quirks


def chosen_quirks(given: Mapping[str, Any] | Quirks | None) -> Quirks:
    """All quirks, those that are not *given* as they are without; InputError for what is none."""
    if given is None:
        return NO_QUIRKS
    from eventsim.facade.given import read_given
    from eventsim.scenarios.quirks import read_quirks

    values = msgspec.structs.asdict(given) if isinstance(given, Quirks) else given
    if not isinstance(values, Mapping):
        raise InputError(f"quirks: found {given!r}, expected a mapping of their names, as in {{'shuffle': True}}")
    plain = {name: _in_seconds(value) for name, value in values.items()}
    return read_given(plain, "quirks", lambda reading, node: read_quirks(reading, node, "quirks"))


def _in_seconds(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_in_seconds(one) for one in value]
    return value.total_seconds() if isinstance(value, timedelta) else value
