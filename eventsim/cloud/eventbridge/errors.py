"""The errors of EventBridge and of its Scheduler, one constructor each: modelled name, HTTP status and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Sequence


def validation(text: str) -> AwsError:
    """A request that can't be carried out."""
    return AwsError("ValidationException", text)


def broken_constraints(problems: Sequence[str]) -> AwsError:
    """Values outside the service model (GEN-06); each problem is one sentence of AWS's."""
    plural = "" if len(problems) == 1 else "s"
    return validation(f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}")


def broken_constraint(value: object, member: str, rule: str) -> str:
    """AWS's sentence about a value that breaks a rule; None stands for a missing one."""
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{member}' failed to satisfy constraint: {rule}"


def serialization(text: str) -> AwsError:
    """A value of the wrong JSON type."""
    return AwsError("SerializationException", text)


def not_supported(what: str) -> AwsError:
    """Something that AWS offers and eventsim does not."""
    return AwsError("NotImplemented", f"{what} in eventsim.", status=501)


def bus_not_found(name: str) -> AwsError:
    """An event bus that is not there."""
    return AwsError("ResourceNotFoundException", f"Event bus {name} does not exist.")


def bus_exists(name: str) -> AwsError:
    """CreateEventBus with a name in use."""
    return AwsError("ResourceAlreadyExistsException", f"Event bus {name} already exists.")


def rule_not_found(name: str, bus: str) -> AwsError:
    """A rule that is not there."""
    return AwsError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus {bus}.")


def invalid_pattern(reason: str) -> AwsError:
    """An event pattern that can't be compiled."""
    return AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")


def too_many_targets() -> AwsError:
    """More than five targets of one rule."""
    return AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")


def invalid_rule_schedule() -> AwsError:
    """A rule's ScheduleExpression that is none (SCH-03)."""
    return validation("Parameter ScheduleExpression is not valid.")


def invalid_schedule(expression: str) -> AwsError:
    """The Scheduler's answer to an expression that is none (SCH-09)."""
    return validation(f"Invalid Schedule Expression {expression}.")


def schedule_not_found(name: str) -> AwsError:
    """A schedule that is not there."""
    return AwsError("ResourceNotFoundException", f"Schedule {name} does not exist.", status=404)


def schedule_exists(name: str) -> AwsError:
    """CreateSchedule with a name in use."""
    return AwsError("ConflictException", f"Schedule {name} already exists.", status=409)


def group_not_found(name: str) -> AwsError:
    """A schedule group that is not there."""
    return AwsError("ResourceNotFoundException", f"Schedule group {name} does not exist.", status=404)


def group_exists(name: str) -> AwsError:
    """CreateScheduleGroup with a name in use."""
    return AwsError("ConflictException", f"Schedule group {name} already exists.", status=409)
