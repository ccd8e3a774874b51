"""The attributes of a message: what they may hold, and the forms they are delivered in (SNS-02, SNS-03, SNS-07)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

from eventsim.cloud.queues.content import NUMBER, size_of_text
from eventsim.cloud.topics.errors import invalid_parameter, invalid_value
from eventsim.errors import AwsError

Attributes = dict[str, dict[str, str]]
"""By name: DataType with StringValue, or with BinaryValue as base64 text."""

NAME: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
STRANGE: Final = re.compile(r"[^A-Za-z0-9_.-]")
FIELDS: Final = {"Binary": "Binary", "Number": "String", "String": "String"}
LONGEST_NAME_BYTES: Final = 255


def read_attributes(attributes: Mapping[str, Any] | None, place: str = "") -> Attributes | None:
    """MessageAttributes as they are kept: checked, a binary value as base64 text; None for none.

    A binary value may come as bytes or as base64 text. *place* stands before the names in the errors of a batch.
    AwsError ParameterValueInvalid or ValidationError says what is wrong.
    """
    if not attributes:
        return None
    if type(attributes) is not dict and not isinstance(attributes, Mapping):
        raise invalid_parameter(f"MessageAttributes Reason: found {type(attributes).__name__}, it must be a map")
    return {check_name(name): read_attribute(name, value, place) for name, value in attributes.items()}


def check_name(name: object) -> str:
    """The name itself; AwsError ParameterValueInvalid when no attribute can have it."""
    if isinstance(name, str) and NAME.fullmatch(name) and len(name) <= LONGEST_NAME_BYTES:
        return name
    text = str(name)
    if len(text.encode("utf-8", "replace")) > LONGEST_NAME_BYTES:
        raise invalid_value("Length of message attribute name must be less than 256 bytes.")
    if strange := STRANGE.search(text):
        raise invalid_value(
            f"Invalid non-alphanumeric character '#x{ord(strange[0]):X}' was found in the message attribute name. "
            "Can only include alphanumeric characters, hyphens, underscores, or dots."
        )
    if not text or text.startswith("."):
        raise invalid_value(f"Invalid message attribute name starting with character '{text[:1]}' was found.")
    if text.endswith("."):
        raise invalid_value("Invalid message attribute name ending with character '.' was found.")
    raise invalid_value("Message attribute name can not have successive '.' character.")


def read_attribute(name: str, value: object, place: str) -> dict[str, str]:
    """One attribute as it is kept."""
    given = value if isinstance(value, dict | Mapping) else {}
    data_type = given.get("DataType")
    if not isinstance(data_type, str):
        path = f"{place}messageAttributes.{name}.member.dataType"
        text = (
            f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null"
        )
        raise AwsError("ValidationError", text)
    kind = data_type.partition(".")[0]
    field = FIELDS.get(kind)
    if field is None:
        raise invalid_value(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes "
            "is Binary, Number, and String."
        )
    key, other = f"{field}Value", "BinaryValue" if field == "String" else "StringValue"
    content = given.get(key)
    if given.get(other) and not content:
        raise invalid_value(f"The message attribute '{name}' with type '{data_type}' must use field '{field}'.")
    if not content:
        raise invalid_value(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type "
            f"'{data_type}'."
        )
    if given.get(other):
        raise invalid_value(f"The message attribute '{name}' with type '{data_type}' has both {key} and {other}.")
    return {
        "DataType": data_type,
        key: read_binary(name, content) if field == "Binary" else read_text(name, kind, content),
    }


def read_text(name: str, kind: str, content: object) -> str:
    """The value of a String or Number attribute."""
    if not isinstance(content, str):
        raise invalid_value(f"The value of message attribute '{name}' must be a string.")
    if kind == "Number" and not NUMBER.fullmatch(content):
        raise invalid_value(f"Could not cast message attribute '{name}' value to number.")
    return content


def read_binary(name: str, content: object) -> str:
    """The value of a Binary attribute, as base64 text."""
    if isinstance(content, bytes | bytearray):
        return base64.b64encode(content).decode()
    text = content if isinstance(content, str) else "not text"
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid_value(f"The value of message attribute '{name}' must be bytes, or base64 text.") from None
    return text


def size_of_attributes(attributes: Attributes | None) -> int:
    """The bytes that names, types and values take (SNS-13)."""
    if not attributes:
        return 0
    size = 0
    for name, one in attributes.items():
        text = one.get("StringValue")
        size += len(name) + size_of_text(one["DataType"])
        size += size_of_text(text) if text is not None else len(base64.b64decode(one["BinaryValue"]))
    return size


def envelope_attributes(attributes: Attributes | None) -> dict[str, dict[str, str]]:
    """Type and Value by name: the form inside envelopes and events; {} for none."""
    if not attributes:
        return {}
    return {
        name: {"Type": one["DataType"], "Value": one["StringValue"] if "StringValue" in one else one["BinaryValue"]}
        for name, one in attributes.items()
    }
