"""MessageSystemAttributes of a send: AWSTraceHeader, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventsim.cloud.queues.errors import invalid_parameter


def trace_attribute(header: str | None) -> dict[str, Any] | None:
    """MessageSystemAttributes with an X-Ray header; None for none."""
    return {"AWSTraceHeader": {"DataType": "String", "StringValue": header}} if header else None


def read_trace_header(attributes: Mapping[str, Any] | None) -> str | None:
    """The X-Ray header that comes with a message; AwsError InvalidParameterValue for any other attribute."""
    if not attributes:
        return None
    if set(attributes) != {"AWSTraceHeader"}:
        raise invalid_parameter(f"MessageSystemAttributes can only hold AWSTraceHeader, not {sorted(attributes)}.")
    value = attributes["AWSTraceHeader"]
    header = value.get("StringValue") if isinstance(value, Mapping) and value.get("DataType") == "String" else None
    if not isinstance(header, str) or not header:
        raise invalid_parameter("AWSTraceHeader must be of type String and have a non-empty StringValue.")
    return header
