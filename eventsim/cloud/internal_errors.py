"""What each AWS service answers when the failure is its own."""

from __future__ import annotations

from eventsim.errors import AwsError

_CODES = {
    "dynamodb": "InternalServerError",
    "dynamodbstreams": "InternalServerError",
    "events": "InternalException",
    "kms": "KMSInternalException",
    "lambda": "ServiceException",
    "monitoring": "InternalServiceError",
    "s3": "InternalError",
    "scheduler": "InternalServerException",
    "secretsmanager": "InternalServiceError",
    "sns": "InternalError",
    "ssm": "InternalServerError",
}


def internal_error(service: str) -> AwsError:
    """The error with status 500 by which *service* says so; the one that all services share where it has none."""
    code = _CODES.get(service, "InternalFailure")
    return AwsError(code, "We encountered an internal error. Please try again.", status=500, fault="Receiver")
