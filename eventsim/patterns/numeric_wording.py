"""The sentence in which AWS's rule compiler refuses an argument of ``numeric``, read from left to right."""

from __future__ import annotations

from typing import Any, Final

from eventsim.patterns.json_numbers import number_value

END: Final = object()  # what comes after the last member


def numeric_wording(argument: list[Any]) -> str:
    """The sentence for the first member that can't stand where it stands; empty where each can (SNS-12)."""
    members = iter([*argument, END])
    sign = next(members)
    if type(sign) is not str:
        return f"Invalid member in numeric match: {']' if sign is END else sign}"
    if sign not in ("=", "<", "<=", ">", ">="):
        return f"Unrecognized numeric range operator: {sign}"
    if number_value(next(members)) is None:
        return f"Value of {'equals' if sign == '=' else sign} must be numeric"
    second = next(members)
    if second is END:
        return ""
    if sign in ("=", "<", "<="):
        return "Too many elements in numeric expression"
    if type(second) is not str:
        return f"Bad value in numeric range: {second}"
    if second not in ("<", "<="):
        return f"Bad numeric range operator: {second}"
    if number_value(next(members)) is None:
        return f"Value of {second} must be numeric"
    return "" if next(members) is END else "Too many terms in numeric range expression"
