"""When a failed delivery is tried again, and what its end is called (SCH-06, SCH-07)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from eventsim.errors import AwsError

ATTEMPTS_EXHAUSTED: Final = "MaximumRetryAttempts"
AGE_EXHAUSTED: Final = "MaximumEventAgeInSeconds"

_MISSING: Final = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)
_FORBIDDEN: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "KMSAccessDeniedException", "KMSDisabled"}
)
_THROTTLED: Final = frozenset(
    {
        "EC2ThrottledException",
        "LimitExceededException",
        "OverLimit",
        "RequestThrottled",
        "Throttled",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How long a delivery is retried: at most *attempts* times (0 to 185) and *age_s* seconds (60 to 86,400)."""

    attempts: int = 185
    age_s: int = 86_400

    @classmethod
    def parse(cls, given: Mapping[str, Any] | None) -> RetryPolicy | None:
        """From AWS's RetryPolicy; None where there is none."""
        if given is None:
            return None
        return cls(
            attempts=given.get("MaximumRetryAttempts", DEFAULT_POLICY.attempts),
            age_s=given.get("MaximumEventAgeInSeconds", DEFAULT_POLICY.age_s),
        )


DEFAULT_POLICY: Final = RetryPolicy()


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """The waits between attempts: *first_s*, then twice as long each time, at most *longest_s*.

    A choice, since AWS publishes no numbers: 185 retries fit into its 24 hours. *jitter* is the part of each wait, 0 to
    1, that is drawn by chance; AWS has some, and by default there is none here.
    """

    first_s: float = 1.0
    longest_s: float = 480.0
    jitter: float = 0.0

    def delay_s(self, retry: int, stream: Random) -> float:
        """The wait before the *retry*-th retry, which counts from 1."""
        whole = min(self.longest_s, self.first_s * 2.0 ** min(retry - 1, 64))
        return whole - whole * self.jitter * stream.random() if self.jitter else whole


DEFAULT_BACKOFF: Final = Backoff()


class Failure(msgspec.Struct, frozen=True):
    """Why a delivery failed: EventBridge's code for it, the target's own, and its message."""

    code: str
    target_code: str
    message: str
    may_pass: bool = False  # another attempt may succeed


def classify(error: AwsError) -> Failure:
    """What an error of the target means: whatever is missing, forbidden or invalid stays so, the rest may pass."""
    if error.code in _MISSING:
        code, may_pass = "NO_RESOURCE", False
    elif error.code in _FORBIDDEN:
        code, may_pass = "NO_PERMISSIONS", False
    elif error.code in _THROTTLED or error.status == 429:
        code, may_pass = "THROTTLING", True
    elif error.status >= 500 and error.status != 501:
        code, may_pass = "ERROR_FROM_TARGET", True
    else:
        code, may_pass = "INVALID_PARAMETER", False
    return Failure(code, error.query_code or error.code, error.message or error.code, may_pass)


def exhausted(policy: RetryPolicy, retries: int, next_age_s: float) -> str | None:
    """The limit that forbids one more retry after *retries*, at the age of *next_age_s*; None when it is allowed.

    As for asynchronous invocations, a retry that could not start before the age limit is not waited for.
    """
    if retries >= policy.attempts:
        return ATTEMPTS_EXHAUSTED
    return AGE_EXHAUSTED if next_age_s >= policy.age_s else None
