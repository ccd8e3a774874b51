"""One published message, on its way to the subscriptions."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eventsim.patterns.json_numbers import NumberText, decode, decode_object

if TYPE_CHECKING:
    from eventsim.cloud.topics.message_attributes import Attributes


class Notification:
    """A message as its topic accepted it.

    *message* is the text for every protocol that *texts* has none for (SNS-06). *attributes* are MessageAttributes,
    a binary value as base64 text, or None. *size_bytes* counts message and attributes. *id*, *timestamp* and, on FIFO
    topics, *sequence_number* are given at acceptance. What filter policies look at is made once, when first asked for.
    """

    __slots__ = (
        "_attribute_document",
        "_attributes_read",
        "_documents",
        "attributes",
        "dedup_id",
        "envelopes",
        "group_id",
        "id",
        "message",
        "sequence_number",
        "signature_version",
        "size_bytes",
        "subject",
        "texts",
        "timestamp",
        "topic_arn",
        "trace_header",
    )

    def __init__(self, topic_arn: str, message: str, signature_version: str = "1") -> None:
        self.topic_arn = topic_arn
        self.message = message
        self.signature_version = signature_version
        self.texts: dict[str, str] | None = None
        self.subject: str | None = None
        self.attributes: Attributes | None = None
        self.size_bytes = 0
        self.group_id: str | None = None
        self.dedup_id: str | None = None
        self.trace_header: str | None = None
        self.id = ""
        self.timestamp = ""
        self.sequence_number: str | None = None
        self.envelopes: dict[str, tuple[str, str]] = {}
        """Beginning and end of the envelopes made so far, by text."""
        self._documents: dict[str, dict[str, Any] | None] = {}
        self._attributes_read = False
        self._attribute_document: dict[str, Any] | None = None

    def text_for(self, protocol: str) -> str:
        """The message for a subscription of *protocol*."""
        return self.message if self.texts is None else self.texts.get(protocol, self.message)

    def document(self, protocol: str) -> dict[str, Any] | None:
        """The JSON object in the message for *protocol*; None when it holds none (SNS-11)."""
        text, found = self.text_for(protocol), self._documents
        if text not in found:
            document = decode_object(text)
            found[text] = undotted(document) if document and "." in text else document
        return found[text]

    def attribute_document(self) -> dict[str, Any] | None:
        """The attributes' values by name, as filter policies compare them; binary ones are left out (SNS-10).

        None when a String.Array is no JSON list.
        """
        if not self._attributes_read:
            self._attributes_read = True
            self._attribute_document = attribute_values(self.attributes or {})
        return self._attribute_document


def attribute_values(attributes: Attributes) -> dict[str, Any] | None:
    """What a filter policy sees of attributes: strings, numbers, lists; None where one can't be read."""
    values: dict[str, Any] = {}
    for name, one in attributes.items():
        data_type, text = one["DataType"], one.get("StringValue")
        if text is None:
            continue
        if data_type == "String.Array":
            elements = decode_list(text)
            if elements is None:
                return None
            values[name] = elements
        else:
            values[name] = NumberText(text) if data_type.startswith("Number") else text
    return values


def decode_list(text: str) -> list[Any] | None:
    """The JSON list that *text* holds, or None."""
    try:
        values = decode(text)
    except ValueError:
        return None
    return values if isinstance(values, list) else None


def undotted(document: dict[str, Any]) -> dict[str, Any]:
    """The same document with each dotted key as nested objects: a policy can't tell them apart (SNS-11).

    What comes to the same place from several keys becomes a list there, of which one element has to fit.
    """
    return _nested(document) if _has_dotted_key(document) else document


def _has_dotted_key(value: Any) -> bool:
    if isinstance(value, dict):
        return any("." in key or _has_dotted_key(one) for key, one in value.items())
    return isinstance(value, list) and any(_has_dotted_key(one) for one in value)


def _nested(value: Any) -> Any:
    if isinstance(value, list):
        return [_nested(one) for one in value]
    if not isinstance(value, dict):
        return value
    merged: dict[str, Any] = {}
    for key, one in value.items():
        inner = _nested(one)
        first, *parts = key.split(".")
        for part in reversed(parts):
            inner = {part: inner}
        merged[first] = _merged(merged[first], inner) if first in merged else inner
    return merged


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            key: _merged(one[key], other[key]) if key in one and key in other else one.get(key, other.get(key))
            for key in {**one, **other}
        }
    return [*(one if isinstance(one, list) else [one]), *(other if isinstance(other, list) else [other])]


@lru_cache(maxsize=16)
def timestamp_of(wall_ms: int) -> str:
    """A moment in Unix milliseconds as SNS writes it: ``2026-01-01T00:00:00.000Z``."""
    return f"{datetime.fromtimestamp(wall_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{wall_ms % 1000:03d}Z"
