"""A record in a shard, and the page of them that one read returns."""

from __future__ import annotations

from typing import Any

import msgspec


class Record(msgspec.Struct, gc=False, eq=False):
    """What a shard keeps of one record.

    *data* is the base64 text of a Kinesis record as it was put, or the content of a DynamoDB stream record.
    *arrival_ms* is in Unix milliseconds. Records refer to nothing that refers back, so the collector need not look.
    """

    sequence_number: str
    partition_key: str
    data: Any
    arrival_ms: int


class Page(msgspec.Struct, gc=False, eq=False):
    """The records of one read.

    *position* is that of the first one (or where it would be), *next_position* the one to read on from; they
    count all records that the shard ever held. *size_bytes* counts data and partition keys.
    """

    records: list[Record]
    position: int
    next_position: int
    size_bytes: int
