"""What an error of a real endpoint means: tried again, out of our hands, or the caller's to read."""

from __future__ import annotations

from enum import Enum
from typing import Any

from eventsim.errors import AwsError


class Meaning(Enum):
    """What to do about an error."""

    AGAIN = "the endpoint can't answer now"
    DENIED = "the endpoint does not accept who asks"
    ANSWER = "the endpoint has answered"


_DENIED = frozenset({
    "AccessDenied", "AccessDeniedException", "AuthFailure", "ExpiredToken", "ExpiredTokenException", "Forbidden",
    "IncompleteSignature", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSecurity", "InvalidSecurityToken",
    "InvalidSignatureException", "MissingAuthenticationToken", "OptInRequired", "SignatureDoesNotMatch",
    "UnrecognizedClientException",
})  # fmt: skip
_BUSY = frozenset({
    "InternalError", "InternalFailure", "InternalServerError", "KMSThrottlingException", "LimitExceededException",
    "OverLimit", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
    "ServiceUnavailable", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException",
    "TooManyRequestsException",
})  # fmt: skip
MISSING = frozenset({
    "404", "AWS.SimpleQueueService.NonExistentQueue", "NoSuchBucket", "NotFound", "NotFoundException",
    "QueueDoesNotExist", "ResourceNotFoundException",
})  # fmt: skip
"""The codes that say that a resource is not there."""


def meaning_of(error: BaseException) -> Meaning:
    """What an exception of an aiobotocore client means."""
    from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, NoCredentialsError

    if isinstance(error, ClientError):
        code = code_of(error)
        if code in _DENIED:
            return Meaning.DENIED
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return Meaning.AGAIN if code in _BUSY or status >= 500 or status == 429 else Meaning.ANSWER
    if isinstance(error, NoCredentialsError | CredentialRetrievalError):
        return Meaning.DENIED
    if isinstance(error, BotoCoreError):
        return Meaning.AGAIN if _is_about_the_line(error) else Meaning.ANSWER
    return Meaning.AGAIN if isinstance(error, OSError | TimeoutError) else Meaning.ANSWER


def _is_about_the_line(error: BaseException) -> bool:
    """Whether a call never got a whole answer: nobody there, cut off, too slow, or something else than AWS speaks."""
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    line = (exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.IncompleteReadError, ResponseParserError)
    return isinstance(error, line)


def code_of(error: Any) -> str:
    """The code of a ClientError; "" of anything else."""
    response = getattr(error, "response", None) or {}
    code: str = response.get("Error", {}).get("Code", "")
    return code


def aws_error(error: Any) -> AwsError:
    """A ClientError as the error that the engines raise; other exceptions get the code ``EndpointUnavailable``."""
    response = getattr(error, "response", None)
    if not response:
        return AwsError("EndpointUnavailable", brief(error), status=503)
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    message = response["Error"].get("Message") or ""
    return AwsError(code_of(error), message if status < 500 else " ".join(message.split()), status=status)


def brief(error: BaseException) -> str:
    """An error in one line."""
    code = code_of(error)
    message = error.response["Error"].get("Message") or "" if code else str(error)  # type: ignore[attr-defined]
    parts = [code, " ".join(message.split())]
    text = ": ".join(part for part in parts if part) or type(error).__name__
    return text if len(text) <= 300 else f"{text[:300]}..."
