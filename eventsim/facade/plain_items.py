"""Items of tables as plain Python values."""

from __future__ import annotations

from binascii import a2b_base64
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventsim.cloud.dynamodb.attributes import Attributes


def plain_item(attributes: Attributes) -> dict[str, Any]:
    """An item of DynamoDB JSON in plain values: numbers are int where they are whole, else Decimal."""
    return {name: _plain(value) for name, value in attributes.items()}


def _plain(value: dict[str, Any]) -> Any:
    kind, content = next(iter(value.items()))
    match kind:
        case "N":
            return _number(content)
        case "B":
            return a2b_base64(content)
        case "M":
            return plain_item(content)
        case "L":
            return [_plain(one) for one in content]
        case "SS":
            return set(content)
        case "NS":
            return {_number(one) for one in content}
        case "BS":
            return {a2b_base64(one) for one in content}
        case "NULL":
            return None
        case _:
            return content


def _number(text: str) -> int | Decimal:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else number
