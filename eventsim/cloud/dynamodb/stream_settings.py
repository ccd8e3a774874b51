"""Checks of a table's StreamSpecification, which moto does not make (DDB-01)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, get_args

from eventsim.cloud.dynamodb.changes import ViewType
from eventsim.cloud.dynamodb.errors import invalid_parameters, validation
from eventsim.cloud.kinesis import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

_VIEW_TYPES = ("NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY")  # in the order of AWS's texts


def check_view_type(value: object) -> ViewType:
    """*value* as a view type; AwsError ValidationException."""
    if value not in get_args(ViewType):
        rule = f"Member must satisfy enum value set: [{', '.join(_VIEW_TYPES)}]"
        raise errors.validation(errors.constraint(value, "streamSpecification.streamViewType", rule))
    return cast("ViewType", value)


def _is_enabled(specification: Mapping[str, Any]) -> bool:
    enabled = specification.get("StreamEnabled")
    if enabled is None:
        raise errors.validation(errors.missing("streamSpecification.streamEnabled"))
    if specification.get("StreamViewType") is not None:
        check_view_type(specification["StreamViewType"])
    return bool(enabled)


def check_first(specification: Mapping[str, Any]) -> None:
    """AwsError ValidationException for what CreateTable does not take."""
    has_view = specification.get("StreamViewType") is not None
    if _is_enabled(specification):
        if not has_view:
            raise invalid_parameters("Table is being created with a stream enabled, UpdateViewType is required")
    elif has_view:
        raise invalid_parameters(
            "Table is being created with a stream disabled, UpdateViewType should not be specified"
        )


def check_change(specification: Mapping[str, Any], table_name: str, *, has_stream: bool) -> None:
    """AwsError ValidationException for what UpdateTable does not take of a table with a stream, or without."""
    has_view = specification.get("StreamViewType") is not None
    if _is_enabled(specification):
        if not has_view:
            raise invalid_parameters("If stream is being enabled then UpdateViewType is required")
        if has_stream:
            raise validation(f"Table already has an enabled stream: TableName: {table_name}")
        return
    if has_view:
        raise invalid_parameters("If stream is being disabled, then UpdateViewType must not be specified")
    if not has_stream:
        raise validation(f"Table has no stream to disable: TableName: {table_name}")
