"""A stream mapping's settings, with Lambda's names, defaults, limits and error texts (ESM-02, 07, 08, 11, STR-19)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from eventsim.functions.settings import check_range, constraint
from eventsim.mappings.common_settings import MappingSettings, check_choices
from eventsim.mappings.refusals import invalid
from eventsim.mappings.retries import FOREVER, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.errors import AwsError

RANGES: dict[str, tuple[int, int]] = {
    "BatchSize": (1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
    "ParallelizationFactor": (1, 10),
    "MaximumRetryAttempts": (-1, 10_000),
    "MaximumRecordAgeInSeconds": (-1, 604_800),
    "TumblingWindowInSeconds": (0, 900),
}
"""Inclusive limits by AWS's name (ESM-02)."""

LOWEST_AGE_S = 60
POSITIONS = ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")
DESTINATION_SERVICES = ("sqs", "sns", "s3")
_DESTINATION = (
    r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:"
    r"((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"
)


class OnFailure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    """Where records go that are given up: an ARN, or "" for nowhere."""

    destination: str | None = None


class DestinationConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    """*on_success* is only there to be refused (ESM-08)."""

    on_failure: OnFailure | None = None
    on_success: OnFailure | None = None


class StreamMappingSettings(MappingSettings, frozen=True, kw_only=True):
    """What Lambda keeps of a mapping from a stream, defaults applied (ESM-02, ESM-16, KIN-13).

    Seconds are whole; *starting_position_timestamp* is Unix seconds. -1 is no limit. Not checked on construction:
    `check_stream_mapping` is.
    """

    batch_size: int = 100
    starting_position: str | None = None
    starting_position_timestamp: float | None = None
    parallelization_factor: int = 1
    maximum_retry_attempts: int = FOREVER
    maximum_record_age_in_seconds: int = FOREVER
    bisect_batch_on_function_error: bool = False
    tumbling_window_in_seconds: int = 0
    destination_config: DestinationConfig | None = None

    @property
    def on_failure(self) -> str | None:
        """The ARN that records go to which are given up, or None."""
        on_failure = self.destination_config.on_failure if self.destination_config else None
        return (on_failure.destination or None) if on_failure else None

    @property
    def retries(self) -> RetryPolicy:
        """What happens to a batch that fails."""
        return RetryPolicy(
            self.maximum_retry_attempts, self.maximum_record_age_in_seconds, self.bisect_batch_on_function_error
        )


def read_stream_mapping(properties: Mapping[str, Any]) -> StreamMappingSettings:
    """Settings from JSON-shaped values keyed by AWS's names; what is absent or None takes its default.

    The result is not yet checked: `check_stream_mapping` is the next call.
    Raises msgspec.ValidationError when a member is unknown or of the wrong type.
    """
    given = {member: value for member, value in properties.items() if value is not None}
    return msgspec.convert(given, StreamMappingSettings)


def check_stream_mapping(
    settings: StreamMappingSettings, *, source_arn: str, now_s: float | None
) -> list[tuple[str, AwsError]]:
    """What Lambda would refuse of a stream mapping, as (AWS's name of the member, error); [] when all is well.

    A member inside another is dotted: ``DestinationConfig.OnFailure``. *now_s* is Unix seconds when a mapping is
    created and None on an update, which can't change the starting position. Filter patterns are checked where they
    are compiled (FLT-02). Rules: ESM-02, ESM-07, ESM-08, ESM-11, STR-10, STR-19, GEN-06.
    """
    found = [] if now_s is None else _check_start(settings, source_arn, now_s)
    for member, limits in RANGES.items():
        value = getattr(settings, _FIELDS[member])
        if error := check_range(member, value, limits):
            found.append((member, error))
    if FOREVER < settings.maximum_record_age_in_seconds < LOWEST_AGE_S:
        found.append(
            (
                "MaximumRecordAgeInSeconds",
                invalid(f"MaximumRecordAgeInSeconds must be {FOREVER} or at least {LOWEST_AGE_S}."),
            )
        )
    found += check_choices(settings.function_response_types, settings.metrics_config)
    found += _check_windows(settings)
    return found + _check_destination(settings.destination_config)


_FIELDS = dict(
    zip(StreamMappingSettings.__struct_encode_fields__, StreamMappingSettings.__struct_fields__, strict=True)
)


def _check_start(settings: StreamMappingSettings, source_arn: str, now_s: float) -> list[tuple[str, AwsError]]:
    """Where reading begins (ESM-07, DDB-08)."""
    position, timestamp_s = settings.starting_position, settings.starting_position_timestamp
    if position is None:
        text = (
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
        return [("StartingPosition", invalid(text))]
    if position not in POSITIONS:
        must = f"satisfy enum value set: [{', '.join(POSITIONS)}]"
        return [("StartingPosition", constraint(position, "startingPosition", must))]
    if position == "AT_TIMESTAMP" and ":dynamodb:" in source_arn:
        return [("StartingPosition", invalid(f"Unsupported starting position for arn type: {source_arn}"))]
    member = "StartingPositionTimestamp"
    if (position == "AT_TIMESTAMP") != (timestamp_s is not None):
        return [(member, invalid(f"{member} must be given with the starting position AT_TIMESTAMP, and only then."))]
    if timestamp_s is not None and timestamp_s > now_s:
        return [(member, invalid(f"{member} must not be in the future."))]
    return []


def _check_windows(settings: StreamMappingSettings) -> list[tuple[str, AwsError]]:
    """What does not go with tumbling windows (ESM-11); the sentences are ours."""
    if settings.tumbling_window_in_seconds <= 0:
        return []
    found = []
    if settings.parallelization_factor > 1:
        text = "TumblingWindowInSeconds can't be used together with a ParallelizationFactor of more than 1."
        found.append(("ParallelizationFactor", invalid(text)))
    if settings.patterns:
        found.append(("FilterCriteria", invalid("TumblingWindowInSeconds can't be used together with FilterCriteria.")))
    return found


def _check_destination(config: DestinationConfig | None) -> list[tuple[str, AwsError]]:
    """Only standard queues, standard topics and buckets, only for failures (ESM-08, STR-19)."""
    if config is None:
        return []
    if config.on_success is not None:
        text = "Unsupported DestinationConfig parameter for given event source mapping type."
        return [("DestinationConfig.OnSuccess", invalid(text))]
    arn = config.on_failure.destination if config.on_failure else None
    if not arn:
        return []
    member = "DestinationConfig.OnFailure"
    if not re.fullmatch(_DESTINATION, arn) or len(arn) > 350:
        must = f"satisfy regular expression pattern: {_DESTINATION} and have length less than or equal to 350"
        return [(member, constraint(arn, "destinationConfig.onFailure.destination", must))]
    if arn.startswith("kafka:") or arn.split(":")[2] not in DESTINATION_SERVICES:
        text = f"Unsupported destination {arn}: a stream's failures go to an SQS queue, an SNS topic or an S3 bucket."
        return [(member, invalid(text))]
    if arn.endswith(".fifo"):
        return [(member, invalid(f"Unsupported destination {arn}: FIFO queues and FIFO topics are not supported."))]
    return []
