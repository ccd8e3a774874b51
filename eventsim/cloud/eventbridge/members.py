"""What the service models say of parameters, and the check of a request against it (GEN-06)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.eventbridge.errors import broken_constraint, broken_constraints, not_supported, serialization

if TYPE_CHECKING:
    from eventsim.errors import AwsError


class Text(msgspec.Struct, frozen=True):
    """A string: its length, its pattern, the values it may have."""

    low: int = 0
    high: int | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()

    def problems(self, value: Any, path: str) -> list[str]:
        """AWS's sentences about what is wrong with *value*; AwsError for one of another type."""
        _check_type(value, str, "String")
        found = _length_problems(value, path, self.low, self.high)
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            rule = f"Member must satisfy regular expression pattern: {self.pattern}"
            found.append(broken_constraint(value, path, rule))
        if self.choices and value not in self.choices:
            rule = f"Member must satisfy enum value set: [{', '.join(self.choices)}]"
            found.append(broken_constraint(value, path, rule))
        return found


class Number(msgspec.Struct, frozen=True):
    """A whole number and its range."""

    low: int | None = None
    high: int | None = None

    def problems(self, value: Any, path: str) -> list[str]:
        """As `Text.problems`."""
        _check_type(value, int, "Integer")
        rule = _broken_range(value, self.low, self.high, "value")
        return [broken_constraint(value, path, rule)] if rule else []


class Moment(msgspec.Struct, frozen=True):
    """A timestamp, which both protocols write as Unix seconds."""

    def problems(self, value: Any, path: str) -> list[str]:  # noqa: ARG002 - every number is a time
        """As `Text.problems`."""
        _check_type(value, int | float, "Timestamp")
        return []


class Flag(msgspec.Struct, frozen=True):
    """True or false."""

    def problems(self, value: Any, path: str) -> list[str]:  # noqa: ARG002 - both are allowed
        """As `Text.problems`."""
        if not isinstance(value, bool):
            raise _wrong_type(value, "Boolean")
        return []


class TextMap(msgspec.Struct, frozen=True):
    """Strings by name: how many, what the names and the values may be."""

    high: int
    keys: Text
    values: Text

    def problems(self, value: Any, path: str) -> list[str]:
        """As `Text.problems`."""
        _check_type(value, dict, "Map")
        found = _length_problems(value, path, 0, self.high)
        if any(self.keys.problems(key, path) for key in value):
            shown = "{" + ", ".join(f"{key}={one}" for key, one in value.items()) + "}"
            rule = (
                f"Map keys must satisfy constraint: [Member must have length less than or equal to {self.keys.high}, "
                f"Member must have length greater than or equal to {self.keys.low}, "
                f"Member must satisfy regular expression pattern: {self.keys.pattern}]"
            )
            found.append(broken_constraint(shown, path, rule))
        for key, one in value.items():
            found += self.values.problems(one, f"{path}.{key}.member")
        return found


class Items(msgspec.Struct, frozen=True):
    """A list, its length, and what is in it."""

    item: Member
    low: int = 0
    high: int | None = None

    def problems(self, value: Any, path: str) -> list[str]:
        """As `Text.problems`."""
        _check_type(value, list, "List")
        found = _length_problems(value, path, self.low, self.high)
        for number, one in enumerate(value, 1):
            found += self.item.problems(one, f"{path}.{number}.member")
        return found


class Fields(msgspec.Struct, frozen=True):
    """A structure: its members by name; those whose name ends in an exclamation mark must be there."""

    members: dict[str, Member]

    def problems(self, value: Any, path: str) -> list[str]:
        """As `Text.problems`; AwsError NotImplemented for a member that is not known."""
        _check_type(value, dict, "Structure")
        known = {name.removesuffix("!"): member for name, member in self.members.items()}
        required = [name[:-1] for name in self.members if name.endswith("!")]
        found = [
            broken_constraint(None, _join(path, name), "Member must not be null")
            for name in required
            if value.get(name) is None
        ]
        for name, one in value.items():
            if name not in known:
                allowed = ", ".join(known) or "none"
                found_at = f"{path}.{name}" if path else name
                raise not_supported(f"Found the parameter {found_at}; only {allowed} are supported")
            if one is not None:
                found += known[name].problems(one, _join(path, name))
        return found


Member = Text | Number | Moment | Flag | TextMap | Items | Fields

NEXT_TOKEN: Final = Text(1, 2048)


def check_members(shape: Fields, params: Any) -> dict[str, Any]:
    """The members of a request that are given; null is not.

    AwsError ValidationException with all that is wrong, SerializationException for the first value of another type,
    NotImplemented for a member that is not known.
    """
    problems = shape.problems(params, "")
    if problems:
        raise broken_constraints(problems)
    return {name: value for name, value in params.items() if value is not None}


def _join(path: str, name: str) -> str:
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member


def _length_problems(value: Any, path: str, low: int, high: int | None) -> list[str]:
    rule = _broken_range(len(value), low, high, "length")
    return [broken_constraint(value, path, rule)] if rule else []


def _broken_range(size: int, low: int | None, high: int | None, what: str) -> str | None:
    if low is not None and size < low:
        return f"Member must have {what} greater than or equal to {low}"
    if high is not None and size > high:
        return f"Member must have {what} less than or equal to {high}"
    return None


def _check_type(value: Any, kind: Any, name: str) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _wrong_type(value, name)


def _wrong_type(value: Any, wanted: str) -> AwsError:
    found = {dict: "a structure", list: "a list", str: "a string", bool: "a boolean"}.get(type(value), "a number")
    return serialization(f"Found {found} where a {wanted} belongs.")
