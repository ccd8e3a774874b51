"""Endpoints outside the account: mail, web servers and telephones, which get nothing that could be seen here."""

from __future__ import annotations

import re
from typing import Final

from eventsim.cloud.topics.errors import invalid_parameter

CONFIRMED_BY_HAND: Final = frozenset({"email", "email-json", "http", "https"})
OUTSIDE: Final = CONFIRMED_BY_HAND | {"sms"}
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ().-]{1,30}")


def check_outside(protocol: str, endpoint: object, *, fifo: bool) -> None:
    """Refuse what is no endpoint of that protocol; FIFO topics take none (SNS-16). AwsError InvalidParameter."""
    text = endpoint if isinstance(endpoint, str) else ""
    if fifo:
        raise invalid_parameter(f"Invalid protocol type: {protocol}")
    if protocol.startswith("http"):
        if not text.startswith(f"{protocol}://"):
            raise invalid_parameter("Endpoint must match the specified protocol")
    elif protocol == "sms":
        if not _NUMBER.fullmatch(text):
            raise invalid_parameter(f"Invalid SMS endpoint: {text}")
    elif not _MAIL.fullmatch(text):
        raise invalid_parameter("Email address")


def check_number(number: object) -> None:
    """Refuse what no text message can be sent to; AwsError InvalidParameter."""
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise invalid_parameter(f"PhoneNumber Reason: {number} is not valid to publish to")
