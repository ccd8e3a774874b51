"""Events and answers as they travel to code outside: JSON texts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec


def is_http_url(found: Any) -> bool:
    """Whether *found* is the URL of an http or https server."""
    try:
        parts = urlsplit(found) if isinstance(found, str) else None
        return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def encode_event(event: Any) -> bytes:
    """The event's JSON text; what msgspec refuses, a lone surrogate or an integer over 64 bits, is written too."""
    try:
        return msgspec.json.encode(event)
    except (UnicodeError, OverflowError, msgspec.MsgspecError):
        import json

        return json.dumps(event, separators=(",", ":")).encode()


def payload_of(body: bytes) -> str | bytes | None:
    """What an `InvocationResult` keeps of a response's *body*: None for ``null``, bytes for what is no text."""
    if body == b"null":
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def error_of(body: bytes, error_type: str | None) -> dict[str, Any]:
    """The payload of a function error; a *body* that is no JSON object becomes the message of one (FUN-08)."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if isinstance(found, dict) and found:
        return found if "errorType" in found else {**found, "errorType": error_type or "Unhandled"}
    message = body.decode("utf-8", "backslashreplace")
    return {"errorType": error_type or "Unhandled", "errorMessage": message}
