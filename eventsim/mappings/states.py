"""The states of an event source mapping, and which follow which (ESM-12)."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """The states of a mapping (ESM-12)."""

    CREATING = "Creating"
    ENABLING = "Enabling"
    ENABLED = "Enabled"
    DISABLING = "Disabling"
    DISABLED = "Disabled"
    UPDATING = "Updating"
    DELETING = "Deleting"


SETTLED = (State.ENABLED, State.DISABLED)


def transition(*, was_enabled: bool, is_enabled: bool) -> tuple[State, State]:
    """The states that an update passes through and ends in (ESM-12)."""
    final = State.ENABLED if is_enabled else State.DISABLED
    if was_enabled == is_enabled:
        return State.UPDATING, final
    return (State.ENABLING if is_enabled else State.DISABLING), final
