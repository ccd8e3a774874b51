"""What the settings of all event source mappings have in common, and how an update changes them (ESM-02, ESM-17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

from eventsim.functions.settings import constraint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.errors import AwsError

RESPONSE_TYPES = ("ReportBatchItemFailures",)
METRICS = ("EventCount",)

IMMUTABLE = ("EventSourceArn", "StartingPosition", "StartingPositionTimestamp")
"""Settings that an update can't change (ESM-17)."""

Settings = TypeVar("Settings", bound="MappingSettings")


class Filter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    """One pattern, as JSON text (FLT-01)."""

    pattern: str


class FilterCriteria(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    """Patterns of which one must match (FLT-01)."""

    filters: tuple[Filter, ...] = ()

    @property
    def patterns(self) -> list[str]:
        """The patterns' JSON texts."""
        return [one.pattern for one in self.filters]


class MetricsConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    """The metrics that the mapping sends to CloudWatch (MET-12)."""

    metrics: tuple[str, ...] = ()


def aws_name(name: str) -> str:
    """AWS's name of one of our settings."""
    return "KMSKeyArn" if name == "kms_key_arn" else "".join(word.title() for word in name.split("_"))


class MappingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=aws_name):
    """What Lambda keeps of a mapping from whatever source (ESM-02, ESM-16)."""

    enabled: bool = True
    batch_size: int
    maximum_batching_window_in_seconds: int = 0
    filter_criteria: FilterCriteria | None = None
    function_response_types: tuple[str, ...] = ()
    metrics_config: MetricsConfig | None = None
    kms_key_arn: str | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def sends_metrics(self) -> bool:
        """Whether its counts go to CloudWatch (MET-12)."""
        return self.metrics_config is not None and "EventCount" in self.metrics_config.metrics

    @property
    def patterns(self) -> list[str]:
        """The filter patterns' JSON texts; [] when everything passes."""
        return self.filter_criteria.patterns if self.filter_criteria else []

    @property
    def reports_batch_item_failures(self) -> bool:
        """Whether a ``batchItemFailures`` response is honoured (ESM-26)."""
        return "ReportBatchItemFailures" in self.function_response_types


def merge_update(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """The settings after an update: absent and None members keep their value, empty containers clear (ESM-17).

    *changes* is JSON-shaped and keyed by AWS's names. The result is not yet checked: that is the next step, and a
    rejected update changes nothing.
    Raises msgspec.ValidationError when a member is unknown, immutable or of the wrong type.
    """
    for member in IMMUTABLE:
        if member in changes:
            raise msgspec.ValidationError(f"Object contains unknown field `{member}`")
    given = {member: value for member, value in changes.items() if value is not None}
    merged: Any = msgspec.convert({**msgspec.to_builtins(settings), **given}, type(settings))
    cleared = {
        name: None
        for name in _CLEARABLE
        if name in merged.__struct_fields__ and not _has_content(getattr(merged, name))
    }
    updated: Settings = msgspec.structs.replace(merged, **cleared)
    return updated


_CLEARABLE = (
    "filter_criteria", "scaling_config", "provisioned_poller_config", "destination_config", "metrics_config",
    "kms_key_arn",
)  # fmt: skip


def _has_content(value: Any) -> bool:
    return any(map(_has_content, msgspec.structs.astuple(value))) if isinstance(value, Struct) else bool(value)


def check_choices(response_types: tuple[str, ...], metrics_config: MetricsConfig | None) -> list[tuple[str, AwsError]]:
    """What Lambda would refuse of the settings that are lists of words, in any kind of mapping (ESM-02, GEN-06)."""
    found = []
    if any(one not in RESPONSE_TYPES for one in response_types):
        found.append(("FunctionResponseTypes", _not_in_set(response_types, "functionResponseTypes", RESPONSE_TYPES)))
    elif len(response_types) > 1:
        found.append(
            (
                "FunctionResponseTypes",
                constraint(_listed(response_types), "functionResponseTypes", "have length less than or equal to 1"),
            )
        )
    metrics = metrics_config.metrics if metrics_config else ()
    if any(one not in METRICS for one in metrics):
        found.append(("MetricsConfig.Metrics", _not_in_set(metrics, "metricsConfig.metrics", METRICS)))
    return found


def _not_in_set(values: tuple[str, ...], path: str, allowed: tuple[str, ...]) -> AwsError:
    must = f"satisfy constraint: [Member must satisfy enum value set: [{', '.join(allowed)}]]"
    return constraint(_listed(values), path, must)


def _listed(values: tuple[str, ...]) -> str:
    return f"[{', '.join(values)}]"
