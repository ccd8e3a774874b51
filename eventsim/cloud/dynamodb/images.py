"""Items as moto keeps them, in DynamoDB JSON."""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventsim.cloud.dynamodb.attributes import Attributes


def image_of(item: Any) -> Attributes:
    """All attributes of one of moto's items, as they are now; nothing in it is shared with moto."""
    return {name: _plain(value) for name, value in item.attrs.items()}


def _plain(value: Any) -> dict[str, Any]:
    """A value of moto's ``DynamoType``, whose binary contents are texts or bytes."""
    kind, content = value.type, value.value
    if kind == "M":
        return {kind: {name: _plain(inner) for name, inner in content.items()}}
    if kind == "L":
        return {kind: [_plain(inner) for inner in content]}
    if kind == "B":
        return {kind: _base64(content)}
    if kind == "BS":
        return {kind: [_base64(one) for one in content]}
    return {kind: list(content) if kind in {"SS", "NS"} else content}


def _base64(content: str | bytes) -> str:
    return content if isinstance(content, str) else b2a_base64(content, newline=False).decode()
