"""What a put may hold: sizes, partition keys, hash keys, base64 (KIN-01, KIN-02)."""

from __future__ import annotations

import re
from typing import Any, Final

from eventsim.cloud.kinesis.errors import invalid_argument, missing, serialization, validation
from eventsim.cloud.kinesis.members import MEMBERS
from eventsim.cloud.shards.hashing import HASH_KEYS
from eventsim.cloud.shards.quotas import MIB

MAXIMUM_DATA_BYTES: Final = 10 * MIB
MAXIMUM_REQUEST_BYTES: Final = 10 * MIB
MAXIMUM_KEY_LENGTH: Final = 256
_DIGITS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PADDINGS: Final = {b"": "", b"=": "=", b"==": "=="}
_HASH_KEY: Final = re.compile(MEMBERS["ExplicitHashKey"].pattern or "")


def size_of_data(data: str) -> int:
    """How many bytes base64 text stands for; -1 for any other text. It is looked at without being decoded."""
    padding = data.encode("utf-8", "replace").translate(None, _DIGITS)
    if len(data) % 4 or padding not in _PADDINGS or not data.endswith(_PADDINGS[padding]):
        return -1
    return len(data) // 4 * 3 - len(padding)


def size_of_record(data: object, partition_key: object, path: str = "") -> int:
    """The bytes of a record's decoded data and its key.

    *path* stands before the members' names in AWS's sentences. AwsError SerializationException for data that is
    no base64 text, ValidationException for what the service model does not allow.
    """
    if isinstance(partition_key, str) and isinstance(data, str):
        size = size_of_data(data)
        if size < 0:
            raise serialization(f"'{data[:64]}' can not be converted to a Blob: it is not base64")
        if 1 <= len(partition_key) <= MAXIMUM_KEY_LENGTH and size <= MAXIMUM_DATA_BYTES:
            return size + (len(partition_key) if partition_key.isascii() else len(partition_key.encode()))
    else:
        size = 0
    raise validation(*_problems(data, partition_key, size, path))


def _problems(data: Any, partition_key: Any, size: int, path: str) -> list[str]:
    found = []
    for name, value in (("Data", data), ("PartitionKey", partition_key)):
        member = f"{path}{name[:1].lower()}{name[1:]}"
        if value is None:
            found.append(missing(member))
        else:
            found += MEMBERS[name].problems(value, member)
    if size > MAXIMUM_DATA_BYTES:
        rule = f"Member must have length less than or equal to {MAXIMUM_DATA_BYTES}"
        found.append(f"Value at '{path}data' failed to satisfy constraint: {rule}")
    return found


def read_hash_key(text: object, path: str = "") -> int:
    """An ExplicitHashKey as a number; AwsError ValidationException, or InvalidArgumentException out of range."""
    if not isinstance(text, str) or not _HASH_KEY.fullmatch(text):
        raise validation(*MEMBERS["ExplicitHashKey"].problems(text, f"{path}explicitHashKey"))
    if int(text) >= HASH_KEYS:
        raise invalid_argument(
            f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {text}"
        )
    return int(text)
