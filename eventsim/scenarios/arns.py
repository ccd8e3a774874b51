"""The ARNs of the simulated account's resources, by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT_ID: Final = "123456789012"
REGION: Final = "us-east-1"


def queue_arn(name: str) -> str:
    """The ARN of a queue of the simulated account."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"


def stream_arn(name: str) -> str:
    """The ARN of a Kinesis stream of the simulated account."""
    return f"arn:aws:kinesis:{REGION}:{ACCOUNT_ID}:stream/{name}"


def table_arn(name: str) -> str:
    """The ARN of a table of the simulated account."""
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}"


def bucket_arn(name: str) -> str:
    """The ARN of a bucket."""
    return f"arn:aws:s3:::{name}"


def topic_arn(name: str) -> str:
    """The ARN of a topic of the simulated account."""
    return f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{name}"


def function_arn(name: str) -> str:
    """The ARN of a function of the simulated account."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}"


ARNS: Final[dict[str, Callable[[str], str]]] = {
    "queue": queue_arn,
    "stream": stream_arn,
    "table": table_arn,
    "bucket": bucket_arn,
    "topic": topic_arn,
    "function": function_arn,
}
"""What makes the ARN of a name, by kind of resource; mappings have names only."""
