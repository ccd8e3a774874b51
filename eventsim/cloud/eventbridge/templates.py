"""InputTransformer: a template whose placeholders are filled with parts of the event.

Two kinds behave differently. An object template begins with a brace: a placeholder outside of quotation marks becomes
the JSON of its value, one inside becomes text. Any other is a text template: values go in as they are, without the
quotation marks of JSON; what comes of it still has to be JSON, line by line, or the delivery fails.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.eventbridge.envelopes import iso_time_ms
from eventsim.cloud.eventbridge.errors import validation
from eventsim.cloud.eventbridge.paths import MISSING, Path, follow, parse_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.eventbridge.envelopes import Event

_PLACEHOLDER: Final = re.compile(r"<([A-Za-z0-9._-]+)>")
_KEY: Final = re.compile(r'"[^"\\]*<[A-Za-z0-9._-]+>[^"\\]*"\s*:')
_OBJECT_ONLY: Final = frozenset({"aws.events.event", "aws.events.event.json"})
RESERVED: Final = _OBJECT_ONLY | {"aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time"}

_decode: Final = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode())).decode
_encode: Final = msgspec.json.Encoder().encode


class Template:
    """A checked InputTransformer; AwsError ValidationException names the target that has it."""

    __slots__ = ("_is_object", "_paths", "_pieces")

    def __init__(self, text: str, paths: Mapping[str, str], target_id: str) -> None:
        self._paths: dict[str, Path] = {}
        for name, path_text in paths.items():
            path = parse_path(path_text)
            if path is None:
                raise validation(f"InputPath for target {target_id} is invalid.")
            self._paths[name] = path
        self._is_object = text.lstrip().startswith("{")
        self._check(text, target_id)
        self._pieces = list(_pieces(text, self._paths.keys() | RESERVED))

    def fill(self, event: Event, rule_name: str, rule_arn: str) -> str:
        """The template with the event's values; whether it is JSON is for `is_json` to say."""
        document = _decode(event.text)
        values = {name: follow(path, document) for name, path in self._paths.items()}
        filled = []
        for literal, name, quoted in self._pieces:
            filled.append(literal)
            if name is not None:
                value = values[name] if name in values else _reserved(name, event, document, rule_name, rule_arn)
                filled.append(self._show(value, quoted=quoted))
        return "".join(filled)

    def _show(self, value: Any, *, quoted: bool) -> str:
        if not self._is_object:
            return _show_plain(value)
        if value is MISSING:
            return "" if quoted else '""'
        text = _encode(value).decode()
        return text[1:-1] if quoted and isinstance(value, str) else text

    def _check(self, text: str, target_id: str) -> None:
        for name in _PLACEHOLDER.findall(text):
            if name in _OBJECT_ONLY and not self._is_object:
                raise validation(
                    f"InputTemplate for target {target_id} contains placeholder {name} valid only for JSON template."
                )
            if self._paths and name not in self._paths and name not in RESERVED:
                raise validation(f"InputTemplate for target {target_id} contains invalid placeholder {name}.")
        if self._is_object and _KEY.search(text):
            raise validation(f"InputTemplate placeholder present as a JSON object key for target {target_id}.")
        tried = _PLACEHOLDER.sub("null", text)
        if not is_json(tried):
            raise validation(
                f'Invalid InputTemplate for target {target_id} : [Source: (String)"{tried}"; line: 1, column: 1].'
            )


def is_json(text: str) -> bool:
    """Whether a text is JSON as a whole, or each of its lines is."""
    return _is_json(text) or ("\n" in text and all(_is_json(line) for line in text.split("\n")))


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def _pieces(text: str, known: set[str]) -> list[tuple[str, str | None, bool]]:
    """The literal texts, each with the placeholder that follows it, and whether that is within quotation marks."""
    pieces: list[tuple[str, str | None, bool]] = []
    end, quoted = 0, False
    for found in _PLACEHOLDER.finditer(text):
        if found[1] in known:
            literal = text[end : found.start()]
            quoted ^= _unescaped_quotes(literal) % 2 == 1
            pieces.append((literal, found[1], quoted))
            end = found.end()
    return [*pieces, (text[end:], None, False)]


def _unescaped_quotes(text: str) -> int:
    return re.sub(r"\\.", "", text).count('"')


def _show_plain(value: Any) -> str:
    """A value within a text template: objects and lists are their JSON without any quotation mark."""
    if value is MISSING:
        return ""
    if isinstance(value, str):
        return value
    return _encode(value).decode().replace('"', "")


def _reserved(name: str, event: Event, document: dict[str, Any], rule_name: str, rule_arn: str) -> Any:
    if name == "aws.events.rule-arn":
        return rule_arn
    if name == "aws.events.rule-name":
        return rule_name
    if name == "aws.events.event.ingestion-time":
        return iso_time_ms(event.ingested_ms)
    return document if name == "aws.events.event.json" else _without_detail(document)


def _without_detail(document: dict[str, Any]) -> dict[str, Any]:
    from datetime import datetime

    return {
        "id": document["id"],
        "account": document["account"],
        "detailType": document["detail-type"],
        "time": round(datetime.fromisoformat(document["time"]).timestamp() * 1000),
        "source": document["source"],
        "region": document["region"],
        "resources": document["resources"],
        "version": document["version"],
    }
