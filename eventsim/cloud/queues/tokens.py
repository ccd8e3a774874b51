"""The characters and lengths of message group, deduplication and receive attempt ids."""

from __future__ import annotations

import re
from typing import Final

from eventsim.cloud.queues.errors import invalid_value

TOKEN: Final = re.compile(r"[!-~]{1,128}")


def check_token(value: object, parameter: str) -> None:
    """AwsError InvalidParameterValue unless *value* is 1 to 128 alphanumeric and punctuation characters."""
    if not isinstance(value, str) or not TOKEN.fullmatch(value):
        reason = f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        raise invalid_value(value, parameter, reason)
