"""The names of topics, subscriptions and endpoints (SNS-12)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from eventsim.cloud.topics.errors import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

TOPIC_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
QUEUE_ARN: Final = re.compile(r"arn:aws[a-z-]*:sqs:([a-z0-9-]+):([0-9]{12}):[A-Za-z0-9_-]{1,80}(?:\.fifo)?")
FUNCTION_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):([0-9]{12}):function:[A-Za-z0-9_-]{1,64}(?::[A-Za-z0-9_$-]{1,128})?"
)
_FIFO: Final = ".fifo"
_LONGEST_NAME: Final = 256
_ARN_PARTS: Final = 6


def check_topic_name(name: object, attributes: Mapping[str, str]) -> bool:
    """Whether the topic is a FIFO topic; AwsError InvalidParameter for a name that such a topic can't have.

    FIFO topics have the attribute FifoTopic and a name that ends in ``.fifo``; neither goes without the other.
    """
    fifo = attributes.get("FifoTopic", "false").lower()
    if fifo not in ("true", "false"):
        raise invalid_parameter(f"Attributes Reason: FifoTopic: Invalid value [{fifo}]. Must be true or false.")
    text = name if isinstance(name, str) else ""
    if fifo == "true":
        stem = text.removesuffix(_FIFO)
        if stem == text or not TOPIC_NAME.fullmatch(stem) or len(text) > _LONGEST_NAME:
            raise invalid_parameter(
                "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII "
                "letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long."
            )
        return True
    if not TOPIC_NAME.fullmatch(text):
        raise invalid_parameter("Topic Name")
    return False


def split_arn(arn: object, parameter: str) -> list[str]:
    """The parts of an ARN between its colons; AwsError InvalidParameter for fewer than six."""
    parts = arn.split(":") if isinstance(arn, str) else [""]
    if len(parts) < _ARN_PARTS:
        raise invalid_parameter(f"{parameter} Reason: An ARN must have at least 6 elements, not {len(parts)}")
    return parts


def is_in(arn: str, pattern: re.Pattern[str], region: str, account_id: str) -> bool:
    """Whether *arn*, which fits *pattern*, belongs to the simulated account and region."""
    found = pattern.fullmatch(arn)
    return found is not None and found.group(1, 2) == (region, account_id)
