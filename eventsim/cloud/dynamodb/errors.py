"""Errors of DynamoDB that moto does not give, or words otherwise."""

from __future__ import annotations

from eventsim.errors import AwsError


def validation(text: str) -> AwsError:
    """A request that can't be carried out as it is."""
    return AwsError("ValidationException", text)


def invalid_parameters(text: str) -> AwsError:
    """The usual beginning of DynamoDB's sentences about parameters."""
    return validation(f"One or more parameter values were invalid: {text}")


def table_not_found(name: str) -> AwsError:
    """No table has that name or ARN."""
    return AwsError("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")


def stream_not_found(arn: str) -> AwsError:
    """No stream has that ARN, or none any more."""
    return AwsError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")


def shard_not_found() -> AwsError:
    """A stream has no such shard, or not any more."""
    return AwsError("ResourceNotFoundException", "Requested resource not found: Shard does not exist")


def iterator_expired() -> AwsError:
    """A shard iterator older than 15 minutes."""
    return AwsError("ExpiredIteratorException", "Shard iterator has expired")


def data_trimmed() -> AwsError:
    """Records from before the last 24 hours."""
    return AwsError("TrimmedDataAccessException", "The data you are trying to access has been trimmed")
