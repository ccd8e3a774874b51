"""The wire form of an event stream: frames of ``application/vnd.amazon.eventstream``."""

from __future__ import annotations

from binascii import crc32
from struct import pack
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONTENT_TYPE: Final = "application/vnd.amazon.eventstream"
_STRING: Final = 7  # the type of a header's value


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message: lengths and their checksum, headers, payload, checksum of it all."""
    head = b"".join(
        pack(">B", len(name)) + name.encode() + pack(">BH", _STRING, len(value.encode())) + value.encode()
        for name, value in headers.items()
    )
    prelude = pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + pack(">I", crc32(prelude)) + head + payload
    return message + pack(">I", crc32(message))


def encode_events(events: Iterable[Mapping[str, Any]]) -> bytes:
    """The whole stream: an empty initial response, then each event; a name that ends in Exception is one."""
    frames = [_message("event", "initial-response", {})]
    for event in events:
        [(name, content)] = event.items()
        frames.append(_message("exception" if name.endswith("Exception") else "event", name, content))
    return b"".join(frames)


def _message(kind: str, name: str, content: Any) -> bytes:
    headers = {f":{kind}-type": name, ":content-type": "application/x-amz-json-1.1", ":message-type": kind}
    return frame(headers, msgspec.json.encode(content))
