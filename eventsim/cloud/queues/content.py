"""What a message may hold: characters, attributes, sizes, and the digests of them (SQS-02, SQS-34, SQS-35)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from eventsim.cloud.queues.errors import invalid_message_contents, invalid_parameter, missing_parameter

ATTRIBUTE_NAME: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
VALUE_KEYS: Final = {"String": "StringValue", "Number": "StringValue", "Binary": "BinaryValue"}
MAXIMUM_ATTRIBUTES: Final = 10
LIST_KEYS: Final = {"StringListValues", "BinaryListValues"}


@cache
def forbidden() -> re.Pattern[str]:
    """Matches a character that SQS does not take; compiling it takes longer than a short run has."""
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def check_text(text: str) -> None:
    """AwsError InvalidMessageContents for a character that SQS does not take."""
    if not text.isprintable() and forbidden().search(text):
        raise invalid_message_contents()


def check_body(body: object) -> str:
    """The body itself; AwsError MissingParameter when empty, InvalidMessageContents for a character it can't have."""
    if not isinstance(body, str):
        raise invalid_parameter(f"MessageBody must be a string, not {type(body).__name__}.")
    if not body:
        raise missing_parameter("MessageBody")
    check_text(body)
    return body


def md5_hex(body: str) -> str:
    """MD5OfMessageBody."""
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def size_of_text(text: str) -> int:
    """The UTF-8 bytes of a text."""
    return len(text) if text.isascii() else len(text.encode())


def read_attributes(attributes: Mapping[str, Any] | None) -> dict[str, dict[str, Any]] | None:
    """MessageAttributes as they are kept: checked, a binary value as base64 text; None for none.

    A binary value may come as bytes or as base64 text. AwsError InvalidParameterValue says what is wrong.
    """
    if not attributes:
        return None
    if not isinstance(attributes, Mapping):
        raise invalid_parameter(f"MessageAttributes must be a map, not {type(attributes).__name__}.")
    if len(attributes) > MAXIMUM_ATTRIBUTES:
        raise invalid_parameter(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MAXIMUM_ATTRIBUTES}]."
        )
    return {name: read_attribute(name, value) for name, value in attributes.items()}


def read_attribute(name: str, value: object) -> dict[str, Any]:
    """One message attribute as it is kept; AwsError InvalidParameterValue says what is wrong."""
    check_attribute_name(name)
    if not isinstance(value, Mapping) or not isinstance(data_type := value.get("DataType"), str) or not data_type:
        raise invalid_parameter(f"The message (user) attribute '{name}' must contain a non-empty attribute type.")
    kind = data_type.partition(".")[0]
    if kind not in VALUE_KEYS or len(data_type) > 256:
        raise invalid_parameter(
            f"The type of message (user) attribute '{name}' is invalid. You must use only the following supported type "
            "prefixes: Binary, Number, String."
        )
    key = VALUE_KEYS[kind]
    if any(value.get(other) for other in value if other not in {"DataType", key}):
        reason = "List values are not supported." if LIST_KEYS & set(value) else f"It has values beside {key}."
        raise invalid_parameter(f"Message (user) attribute '{name}' of type '{data_type}' is invalid. Reason: {reason}")
    content = value.get(key)
    if content is None or content in ("", b""):
        raise invalid_parameter(
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{key.removesuffix('Value')}'."
        )
    return {key: read_content(name, kind, content), "DataType": data_type}


def check_attribute_name(name: object) -> None:
    """AwsError InvalidParameterValue for a name that no message attribute can have."""
    if not isinstance(name, str) or not name:
        raise invalid_parameter("Message (user) attribute name can not be empty.")
    if len(name) > 256:
        raise invalid_parameter("Length of message (user) attribute name must be less than 256 bytes.")
    if not ATTRIBUTE_NAME.fullmatch(name):
        raise invalid_parameter(
            f"Invalid attribute name '{name}': it can contain A-Z, a-z, 0-9, underscore (_), hyphen (-) and period "
            "(.), must not begin or end with a period, and must not have periods in succession."
        )
    if name.lower().startswith(("aws.", "amazon.")):
        raise invalid_parameter("You can't use message attribute names beginning with 'AWS.' or 'Amazon.'.")


def read_content(name: str, kind: str, content: object) -> str:
    """The value of a message attribute as text, base64 for a binary one."""
    if kind == "Binary":
        if isinstance(content, bytes | bytearray | memoryview):
            return base64.b64encode(content).decode()
        try:
            base64.b64decode(content if isinstance(content, str) else "-", validate=True)
        except (binascii.Error, ValueError):
            raise invalid_parameter(f"Message (user) attribute '{name}' must hold bytes, or base64 text.") from None
        return str(content)
    if not isinstance(content, str):
        raise invalid_parameter(f"StringValue of message (user) attribute '{name}' must be a string.")
    check_text(content)
    if kind == "Number" and not NUMBER.fullmatch(content):
        raise invalid_parameter(f"Can't cast the value of message (user) attribute '{name}' to a number.")
    return content


def content_bytes(attribute: Mapping[str, Any]) -> bytes:
    """The value of a kept message attribute as it is counted and digested."""
    text: str = attribute.get("StringValue", "")
    return text.encode() if text else base64.b64decode(attribute["BinaryValue"])


def size_of_attributes(attributes: Mapping[str, Mapping[str, Any]] | None) -> int:
    """The bytes that names, types and values take (SQS-02)."""
    if not attributes:
        return 0
    return sum(
        len(name.encode()) + len(attribute["DataType"].encode()) + len(content_bytes(attribute))
        for name, attribute in attributes.items()
    )


def md5_of_attributes(attributes: Mapping[str, Mapping[str, Any]] | None) -> str | None:
    """MD5OfMessageAttributes: over length-prefixed name, type and value, by name (SQS-35); None for none."""
    if not attributes:
        return None
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        for part in (name.encode(), attribute["DataType"].encode()):
            digest.update(len(part).to_bytes(4, "big") + part)
        content = content_bytes(attribute)
        mark = b"\x01" if "StringValue" in attribute else b"\x02"
        digest.update(mark + len(content).to_bytes(4, "big") + content)
    return digest.hexdigest()
