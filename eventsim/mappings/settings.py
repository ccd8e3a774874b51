"""A queue mapping's settings, with Lambda's names, defaults, limits and error texts (ESM-02 to ESM-05, ESM-10).

The checks are pure and give errors in the order in which Lambda looks: where several apply, it answers the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from eventsim.functions.settings import check_range
from eventsim.mappings.common_settings import MappingSettings, check_choices
from eventsim.mappings.refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.errors import AwsError

RANGES: dict[str, tuple[int, int]] = {
    "BatchSize": (1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
    "MaximumConcurrency": (2, 1_000),
    "MinimumPollers": (2, 200),
    "MaximumPollers": (2, 10_000),
}
"""Inclusive limits by AWS's name (ESM-02, SQS-17, SQS-18)."""


class ScalingConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    """The cap on concurrent invocations by this mapping, 2 to 1,000 (SQS-17); None: no cap."""

    maximum_concurrency: int | None = None


class ProvisionedPollerConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    """Provisioned mode (SQS-18): pollers at least, 2 to 200, and at most, from there to 10,000; None: AWS's default."""

    minimum_pollers: int | None = None
    maximum_pollers: int | None = None


class QueueMappingSettings(MappingSettings, frozen=True, kw_only=True):
    """What Lambda keeps of a mapping from an SQS queue, defaults applied (ESM-02, ESM-16).

    Seconds are whole. Not checked on construction: `check_queue_mapping` is.
    """

    batch_size: int = 10
    scaling_config: ScalingConfig | None = None
    provisioned_poller_config: ProvisionedPollerConfig | None = None

    @property
    def has_window(self) -> bool:
        """Whether batches wait for a batching window (ESM-18)."""
        return self.maximum_batching_window_in_seconds > 0

    @property
    def maximum_concurrency(self) -> int | None:
        """The cap on concurrent invocations, or None (SQS-17)."""
        return self.scaling_config.maximum_concurrency if self.scaling_config else None


def read_queue_mapping(properties: Mapping[str, Any]) -> QueueMappingSettings:
    """Settings from JSON-shaped values keyed by AWS's names; what is absent or None takes its default.

    The result is not yet checked: `check_queue_mapping` is the next call.
    Raises msgspec.ValidationError when a member is unknown or of the wrong type.
    """
    given = {member: value for member, value in properties.items() if value is not None}
    return msgspec.convert(given, QueueMappingSettings)


def check_queue_mapping(
    settings: QueueMappingSettings,
    *,
    fifo: bool,
    visibility_timeout_s: int | None,
    function_timeout_s: int | None,
) -> list[tuple[str, AwsError]]:
    """What Lambda would refuse of a queue mapping, as (AWS's name of the member, error); [] when all is well.

    A member inside another is dotted: ``ScalingConfig.MaximumConcurrency``.

    The timeouts are given when a mapping is created and None on an update, which does not repeat the admission
    check of ESM-05. Filter patterns are checked where they are compiled (FLT-02).
    Rules: ESM-02, ESM-03, ESM-04, ESM-05, ESM-10, GEN-06.
    """
    found = _check_ranges(settings)
    found += _check_batching(settings, fifo=fifo)
    found += _check_pollers(settings)
    if (
        visibility_timeout_s is not None
        and function_timeout_s is not None
        and function_timeout_s > visibility_timeout_s
    ):
        found.append(
            (
                "Queue",
                invalid(
                    f"Queue visibility timeout: {visibility_timeout_s} seconds is less than "
                    f"Function timeout: {function_timeout_s} seconds"
                ),
            )
        )
    return found


def _check_ranges(settings: QueueMappingSettings) -> list[tuple[str, AwsError]]:
    found = []
    window = "MaximumBatchingWindowInSeconds"
    numbers = [
        ("BatchSize", settings.batch_size, "BatchSize", None),
        (window, settings.maximum_batching_window_in_seconds, window, None),
        (
            "ScalingConfig.MaximumConcurrency",
            settings.maximum_concurrency,
            "MaximumConcurrency",
            "scalingConfig.maximumConcurrency",
        ),
    ]
    for member, value, name, path in numbers:
        if value is not None and (error := check_range(name, value, RANGES[name], path)):
            found.append((member, error))
    return found + check_choices(settings.function_response_types, settings.metrics_config)


def _check_batching(settings: QueueMappingSettings, *, fifo: bool) -> list[tuple[str, AwsError]]:
    size, window_s = settings.batch_size, settings.maximum_batching_window_in_seconds
    found = []
    if size > 10 and window_s == 0:
        found.append(
            (
                "BatchSize",
                invalid(
                    "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
                ),
            )
        )
    if fifo and window_s > 0:
        found.append(("MaximumBatchingWindowInSeconds", invalid("Batching window is not supported for FIFO queues")))
    if fifo and size > 10:
        found.append(("BatchSize", invalid("Batch size must not exceed 10 for FIFO queues")))
    return found


def _check_pollers(settings: QueueMappingSettings) -> list[tuple[str, AwsError]]:
    pollers = settings.provisioned_poller_config
    if pollers is None:
        return []
    found = []
    if settings.maximum_concurrency is not None:
        found.append(
            (
                "ScalingConfig",
                invalid(
                    "Provisioned mode for SQS ESM does not support maximum concurrency feature. "
                    "Use MaximumPollers as the control mechanism and remove maximum concurrency."
                ),
            )
        )
    least, most = pollers.minimum_pollers, pollers.maximum_pollers
    if least is None and most is None:
        found.append(
            (
                "ProvisionedPollerConfig",
                invalid("Either MinimumPollers or MaximumPollers are required if ProvisionedPollerConfig is provided."),
            )
        )
    elif not _pollers_fit(least, most):
        found.append(
            (
                "ProvisionedPollerConfig",
                invalid(
                    "MinimumPollers should be between [2, 200] and MaximumPollers should be between "
                    "[MinimumPollers, 10000]"
                ),
            )
        )
    return found


def _pollers_fit(least: int | None, most: int | None) -> bool:
    lowest, highest = RANGES["MinimumPollers"]
    least = lowest if least is None else least
    return lowest <= least <= highest and (most is None or least <= most <= RANGES["MaximumPollers"][1])
