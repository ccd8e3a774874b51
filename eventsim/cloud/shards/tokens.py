"""Opaque texts that a service hands out and takes back: shard iterators and page tokens."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from hashlib import blake2b
from typing import Final

import msgspec

_HEAD: Final = b"\0\0\0\0\0\0\0\1"
_SEAL_BYTES: Final = 16
_SEPARATOR: Final = "\t"


def seal(kind: str, *facts: str | int) -> str:
    """A token of some kind, as in ``shard-iterator``, that `unseal` gives the facts of; the same for the same facts."""
    body = _SEPARATOR.join(map(str, facts)).encode()
    return b64encode(_HEAD + _seal_of(kind, body) + body).decode()


def unseal(kind: str, token: str) -> list[str] | None:
    """The facts of a token; None for a text that `seal` did not make, or made of another kind."""
    try:
        raw = b64decode(token, validate=True)
    except (Error, ValueError):
        return None
    start = len(_HEAD) + _SEAL_BYTES
    body = raw[start:]
    if raw[:start] != _HEAD + _seal_of(kind, body) or b64encode(raw).decode() != token:
        return None
    return body.decode().split(_SEPARATOR)


class ShardIterator(msgspec.Struct, frozen=True):
    """A place in a shard, given out at *issued_ms*; *stream* is whatever tells streams apart, without tabs."""

    stream: str
    shard_id: str
    position: int
    issued_ms: int


def show_iterator(kind: str, iterator: ShardIterator) -> str:
    """The token of an iterator; *kind* is the service's own."""
    return seal(kind, iterator.stream, iterator.shard_id, iterator.position, iterator.issued_ms)


def read_iterator(kind: str, token: str) -> ShardIterator | None:
    """The iterator of a token; None for anything else."""
    facts = unseal(kind, token)
    if facts is None:
        return None
    stream, shard_id, position, issued_ms = facts
    return ShardIterator(stream, shard_id, int(position), int(issued_ms))


def _seal_of(kind: str, body: bytes) -> bytes:
    return blake2b(body, digest_size=_SEAL_BYTES, key=kind.encode()).digest()
