"""How a function's asynchronous events are retried and where they go, with Lambda's names, limits and error texts.

EventInvokeConfig belongs to one qualifier of a function (ASY-10), the dead-letter queue to its configuration (DLQ-01).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from eventsim.destinations.deliver import service_of
from eventsim.errors import AwsError
from eventsim.functions.names import unqualified
from eventsim.functions.settings import check_range, constraint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Found = list[tuple[str, AwsError]]

RANGES: Final[dict[str, tuple[int, int]]] = {"MaximumRetryAttempts": (0, 2), "MaximumEventAgeInSeconds": (60, 21_600)}
"""Inclusive limits by AWS's name (ASY-06, ASY-08)."""

DEFAULT_RETRIES: Final = 2
DEFAULT_AGE_S: Final = 21_600
ON_SUCCESS_SERVICES: Final = ("sqs", "sns", "lambda", "events")
ON_FAILURE_SERVICES: Final = (*ON_SUCCESS_SERVICES, "s3")
DEAD_LETTER_SERVICES: Final = ("sqs", "sns")
_DESTINATION: Final = (
    r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:"
    r"((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"
)
_RESOURCE: Final = r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"


class Destination(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    """An ARN that records go to; None or "" for nowhere."""

    destination: str | None = None

    @property
    def arn(self) -> str | None:
        """The ARN, or None."""
        return self.destination or None


class DestinationConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    """Where the records of successes and failures go (DST-01)."""

    on_success: Destination = Destination()
    on_failure: Destination = Destination()


class EventInvokeConfig(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={
        "maximum_retry_attempts": "MaximumRetryAttempts",
        "maximum_event_age_s": "MaximumEventAgeInSeconds",
        "destination_config": "DestinationConfig",
    },
):
    """What Lambda keeps for one qualifier of a function; None: not set, so the default counts.

    *maximum_retry_attempts* is 0 to 2, *maximum_event_age_s* 60 to 21,600. Not checked on construction:
    `check_event_invoke_config` is.
    """

    maximum_retry_attempts: int | None = None
    maximum_event_age_s: int | None = None
    destination_config: DestinationConfig | None = None

    @property
    def retries(self) -> int:
        """How often an event is tried again after a function error (ASY-06)."""
        return DEFAULT_RETRIES if self.maximum_retry_attempts is None else self.maximum_retry_attempts

    @property
    def age_s(self) -> int:
        """How old an event may get, in seconds (ASY-08)."""
        return DEFAULT_AGE_S if self.maximum_event_age_s is None else self.maximum_event_age_s

    @property
    def on_success(self) -> str | None:
        """The ARN that records of successes go to, or None."""
        return self.destination_config.on_success.arn if self.destination_config else None

    @property
    def on_failure(self) -> str | None:
        """The ARN that records of failures go to, or None."""
        return self.destination_config.on_failure.arn if self.destination_config else None

    @property
    def is_empty(self) -> bool:
        """Whether no member is set."""
        return self == NOTHING_SET


NOTHING_SET: Final = EventInvokeConfig()


def read_event_invoke_config(properties: Mapping[str, Any]) -> EventInvokeConfig:
    """Settings from JSON-shaped values keyed by AWS's names; what is absent or None is not set.

    The result is not yet checked: `check_event_invoke_config` is the next call.
    Raises msgspec.ValidationError when a member is unknown or of the wrong type.
    """
    given = {member: value for member, value in properties.items() if value is not None}
    return msgspec.convert(given, EventInvokeConfig)


def merge_event_invoke_config(config: EventInvokeConfig, changes: EventInvokeConfig) -> EventInvokeConfig:
    """The settings after an update: members that *changes* does not set keep their value (ASY-10)."""
    given = {name: value for name in changes.__struct_fields__ if (value := getattr(changes, name)) is not None}
    return msgspec.structs.replace(config, **given)


def check_event_invoke_config(
    config: EventInvokeConfig, function_arn: str, *, has_function: Callable[[str], bool] = lambda _arn: True
) -> Found:
    """What Lambda would refuse, as (AWS's name of the member, error), in the order it looks; [] when all is well.

    *has_function* tells whether there is a function with an ARN. Rules: ASY-06, ASY-08, ASY-10, DST-01, GEN-06.
    """
    if config.is_empty:
        text = "You must specify at least one of error handling or destination setting."
        return [("", _invalid(text))]
    found: Found = []
    for member, value in (
        ("MaximumRetryAttempts", config.maximum_retry_attempts),
        ("MaximumEventAgeInSeconds", config.maximum_event_age_s),
    ):
        if value is not None and (error := check_range(member, value, RANGES[member])):
            found.append((member, error))
    if config.destination_config is not None:
        found += _check_destinations(config.destination_config, function_arn, has_function)
    return found


def check_dead_letter_target(arn: str | None) -> AwsError | None:
    """Lambda's answer to a DeadLetterConfig's TargetArn, or None when it will do (DLQ-01); "" and None are none."""
    if not arn:
        return None
    if not re.fullmatch(_RESOURCE, arn):
        return constraint(arn, "deadLetterConfig.targetArn", f"satisfy regular expression pattern: {_RESOURCE}")
    if service_of(arn) not in DEAD_LETTER_SERVICES:
        return _invalid(f"The dead letter target {arn} is invalid: it must be an SQS queue or an SNS topic.")
    if arn.endswith(".fifo"):
        return _invalid(f"The dead letter target {arn} is invalid: FIFO queues and topics are not supported.")
    return None


def _check_destinations(config: DestinationConfig, function_arn: str, has_function: Callable[[str], bool]) -> Found:
    found: Found = []
    for member, path, arn, services in (
        ("OnSuccess", "onSuccess", config.on_success.arn, ON_SUCCESS_SERVICES),
        ("OnFailure", "onFailure", config.on_failure.arn, ON_FAILURE_SERVICES),
    ):
        if arn is not None and (error := _check_destination(config, path, arn, services, function_arn, has_function)):
            found.append((f"DestinationConfig.{member}", error))
    return found


def _check_destination(
    config: DestinationConfig,
    path: str,
    arn: str,
    services: tuple[str, ...],
    function_arn: str,
    has_function: Callable[[str], bool],
) -> AwsError | None:
    if not re.fullmatch(_DESTINATION, arn):
        at = f"destinationConfig.{path}.destination"
        return constraint(arn, at, f"satisfy regular expression pattern: {_DESTINATION}")
    service = service_of(arn)
    if service not in services or arn.endswith(".fifo"):
        return _invalid(f"The provided destination config {_shown(config)} is invalid.")
    if service == "lambda":
        if unqualified(arn) == unqualified(function_arn):
            return _invalid("You can't specify the function as a destination for itself.")
        if not has_function(arn):
            return _invalid(f"The destination ARN {arn} is invalid.")
    return None


def _shown(config: DestinationConfig) -> str:
    """The destinations as Lambda prints them in an error."""
    success, failure = config.on_success.arn, config.on_failure.arn
    on_success = f"OnSuccess(destination={success})" if success else "null"
    on_failure = f"OnFailure(destination={failure})" if failure else "null"
    return f"DestinationConfig(onSuccess={on_success}, onFailure={on_failure})"


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
