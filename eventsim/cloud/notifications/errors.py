"""S3's own errors about notification configurations, one constructor each; all 400 unless told otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable


class S3Error(AwsError):
    """An error with elements of its own in the answer, such as ArgumentName; *details* are their names and texts."""

    def __init__(self, code: str, message: str, *details: tuple[str, str], status: int = 400) -> None:
        super().__init__(code, message, status=status)
        self.details = details


def no_such_bucket(bucket: str) -> S3Error:
    """No bucket has that name (404)."""
    return S3Error("NoSuchBucket", "The specified bucket does not exist", ("BucketName", bucket), status=404)


def access_denied() -> S3Error:
    """The bucket is not the expected owner's (403)."""
    return S3Error("AccessDenied", "Access Denied", status=403)


def malformed_xml() -> S3Error:
    """The document is no notification configuration."""
    text = "The XML you provided was not well-formed or did not validate against our published schema"
    return S3Error("MalformedXML", text)


def too_many_configurations() -> S3Error:
    """More than 100 of them."""
    text = "Too many configurations submitted. The maximum number of configurations is 100"
    return S3Error("InvalidRequest", text)


def invalid_argument(text: str, *details: tuple[str, str]) -> S3Error:
    """InvalidArgument in a sentence of its own."""
    return S3Error("InvalidArgument", text, *details)


def event_not_supported(event: str) -> S3Error:
    """No such event type (S3-05)."""
    text = "The event is not supported for notifications"
    return invalid_argument(text, ("ArgumentName", "Event"), ("ArgumentValue", event))


def events_overlap() -> S3Error:
    """Two configurations without filters, or two events of one list, share an event type (S3-07, S3-08)."""
    return invalid_argument(
        "Configurations overlap. Configurations on the same bucket cannot share a common event type."
    )


def filters_overlap() -> S3Error:
    """Two configurations, at least one with a filter, are about the same keys and event types (S3-07)."""
    return invalid_argument(
        "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
        "overlapping for the same event type."
    )


def unreachable(problems: Iterable[tuple[str, str]]) -> S3Error:
    """Destinations that could not be validated, each with what is wrong with it (S3-03)."""
    details = [
        detail
        for n, (name, value) in enumerate(problems, 1)
        for detail in ((f"ArgumentName{n}", name), (f"ArgumentValue{n}", value))
    ]
    return invalid_argument("Unable to validate the following destination configurations", *details)
