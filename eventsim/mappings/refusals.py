"""Lambda's answers to mappings that it does not make: texts that more than one place gives (ESM-06 to ESM-09)."""

from __future__ import annotations

from eventsim.errors import AwsError

STREAM_ONLY = frozenset(
    {
        "BisectBatchOnFunctionError", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "ParallelizationFactor",
        "StartingPosition", "StartingPositionTimestamp", "TumblingWindowInSeconds",
    }
)  # fmt: skip
"""Settings that stream mappings have and queue mappings have not (ESM-02)."""


def unsupported_by_queues(member: str) -> AwsError | None:
    """Lambda's answer to a setting that a queue mapping does not have, or None (ESM-02, ESM-08)."""
    if member == "DestinationConfig":
        return invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
    if member in STREAM_ONLY:
        return invalid(f"{member} isn't supported for this event source type")
    return None


def queue_missing() -> AwsError:
    """Lambda's answer to a mapping from a queue that does not exist (ESM-06)."""
    return invalid(
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
        "SQS Error Message: The specified queue does not exist."
    )


def already_mapped(queue_arn: str, function_name: str, uuid: str) -> AwsError:
    """Lambda's answer to a second mapping of the same queue to the same function (ESM-09)."""
    return AwsError(
        "ResourceConflictException",
        f'An event source mapping with SQS arn (" {queue_arn} ") and function (" {function_name} ") already exists. '
        f"Please update or delete the existing mapping with UUID {uuid}",
        status=409,
    )


QUEUE_ONLY = frozenset({"ProvisionedPollerConfig", "ScalingConfig"})
"""Settings that queue mappings have and stream mappings have not (ESM-02)."""


def unsupported_by_streams(member: str) -> AwsError | None:
    """Lambda's answer to a setting that a stream mapping does not have, or None (ESM-02)."""
    return invalid(f"{member} isn't supported for this event source type") if member in QUEUE_ONLY else None


def stream_missing(stream_arn: str) -> AwsError:
    """Lambda's answer to a mapping from a stream that does not exist (ESM-06)."""
    return invalid(f"Stream not found: {stream_arn}")


def stream_already_mapped(stream_arn: str, function_name: str, uuid: str) -> AwsError:
    """Lambda's answer to a second mapping of the same stream to the same function (ESM-09)."""
    return AwsError(
        "ResourceConflictException",
        f'The event source arn (" {stream_arn} ") and function (" {function_name} ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {uuid}",
        status=409,
    )


def invalid(message: str) -> AwsError:
    """Lambda's usual error about a value."""
    return AwsError("InvalidParameterValueException", message)
