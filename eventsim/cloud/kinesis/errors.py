"""Kinesis's own errors, one constructor each: modelled name and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Sequence


def validation(*problems: str) -> AwsError:
    """Values outside the service model (GEN-06); each problem is one sentence of AWS's."""
    plural = "" if len(problems) == 1 else "s"
    return AwsError("ValidationException", f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}")


def constraint(value: object, member: str, rule: str) -> str:
    """AWS's sentence about a value that breaks a rule; None stands for a missing one."""
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{member}' failed to satisfy constraint: {rule}"


def missing(member: str) -> str:
    """AWS's sentence about a parameter that must be there."""
    return constraint(None, member, "Member must not be null")


def serialization(text: str) -> AwsError:
    """A value of the wrong JSON type, or data that is no base64."""
    return AwsError("SerializationException", text)


def invalid_argument(text: str) -> AwsError:
    """The error for most of what Kinesis refuses."""
    return AwsError("InvalidArgumentException", text)


def not_supported(what: str) -> AwsError:
    """Something that AWS offers and eventsim does not."""
    return invalid_argument(f"eventsim does not support {what}.")


def limit_exceeded(text: str) -> AwsError:
    """Too many of something."""
    return AwsError("LimitExceededException", text)


def in_use(text: str) -> AwsError:
    """Something that is there already, or can't be changed now."""
    return AwsError("ResourceInUseException", text)


def not_found(text: str) -> AwsError:
    """Something that is not there."""
    return AwsError("ResourceNotFoundException", text)


def stream_not_found(name: str, account_id: str) -> AwsError:
    """A stream that is not there."""
    return not_found(f"Stream {name} under account {account_id} not found.")


def stream_exists(name: str, account_id: str) -> AwsError:
    """CreateStream with a name in use."""
    return in_use(f"Stream {name} under account {account_id} already exists.")


def stream_not_active(name: str, account_id: str, status: str) -> AwsError:
    """A change of a stream that is being created."""
    return in_use(f"Stream {name} under account {account_id} not ACTIVE, instead in state {status}")


def stream_has_consumers(name: str, account_id: str) -> AwsError:
    """DeleteStream without EnforceConsumerDeletion."""
    return in_use(
        f"DeleteStream can't delete {account_id}:{name} because there are consumers associated with this data stream. "
        f"To delete {name} anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the "
        "consumers that are associated with it."
    )


def stream_is_on_demand(name: str, account_id: str) -> AwsError:
    """Resharding of an on-demand stream."""
    text = f"Request is invalid. Stream {name} under account {account_id} is in On-Demand mode."
    return AwsError("ValidationException", text)


def shard_limit_exceeded(account_id: str, region: str, *, present: int, limit: int, additional: int) -> AwsError:
    """More open shards than the account may have."""
    return limit_exceeded(
        f"This request would exceed the shard limit for the account {account_id} in {region}. Current shard count for "
        f"the account: {present}. Limit: {limit}. Number of additional shards that would have resulted from this "
        f"request: {additional}. Refer to the AWS Service Limits page "
        "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request "
        "higher limits."
    )


def shard_unknown(shard_id: str, stream: str, account_id: str) -> AwsError:
    """The shard that a management call names."""
    return not_found(f"Could not find shard {shard_id} in stream {stream} under account {account_id}.")


def shard_missing(shard_id: str, stream: str, account_id: str) -> AwsError:
    """The shard that a reader names."""
    return not_found(f"Shard {shard_id} in stream {stream} under account {account_id} does not exist")


def shard_closed(shard_id: str, stream: str, account_id: str) -> AwsError:
    """Resharding of a closed shard."""
    return invalid_argument(
        f"Shard {shard_id} in stream {stream} under account {account_id} has already been merged or split, and thus is "
        "not eligible for merging or splitting."
    )


def rate_exceeded(shard_id: str, stream: str, account_id: str) -> AwsError:
    """A shard's quota is used up."""
    text = f"Rate exceeded for shard {shard_id} in stream {stream} under account {account_id}."
    return AwsError("ProvisionedThroughputExceededException", text)


def iterator_invalid() -> AwsError:
    """A text that is no shard iterator."""
    return invalid_argument("Invalid ShardIterator.")


def iterator_expired(issued: str, now: str, tolerated_ms: int) -> AwsError:
    """A shard iterator that is too old; *issued* and *now* as `show_time` shows them."""
    text = (
        f"Iterator expired. The iterator was created at time {issued} while right now it is {now} which is further in "
        f"the future than the tolerated delay of {tolerated_ms} milliseconds."
    )
    return AwsError("ExpiredIteratorException", text)


def token_invalid() -> AwsError:
    """A text that is no page token."""
    return invalid_argument("Invalid NextToken.")


def token_expired() -> AwsError:
    """A page token that is too old."""
    return AwsError("ExpiredNextTokenException", "The NextToken has expired: it is valid for 300 seconds.")


def not_together(one: str, other: str) -> AwsError:
    """Two parameters of which only one may be given."""
    return invalid_argument(f"{one} and {other} cannot be provided together.")


def consumer_not_found(consumer: str, account_id: str) -> AwsError:
    """A consumer that is not there."""
    return not_found(f"Consumer {consumer}, account {account_id} not found.")


def consumer_exists(consumer: str, stream: str, account_id: str) -> AwsError:
    """RegisterStreamConsumer with a name in use."""
    return in_use(f"Consumer {consumer} under stream {stream} already exists for account {account_id}.")


def subscription_exists(parts: Sequence[str]) -> AwsError:
    """*parts* are the account, the stream, the shard and the consumer."""
    return in_use(f"Another active subscription exists for this consumer: {':'.join(parts)}")
