"""Which records of an event a script's pattern matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SOURCES: dict[str, Literal["sqs", "kinesis", "dynamodb"]] = {
    "aws:sqs": "sqs",
    "aws:kinesis": "kinesis",
    "aws:dynamodb": "dynamodb",
}


class RecordPattern:
    """An event pattern over the records of an event, compiled for each source when its first record comes.

    Records of event source mappings match as filter criteria do (FLT-05 to FLT-16), `body` and `data` decoded; those of
    other sources, and an event without records, match as plain event patterns.
    """

    def __init__(self, pattern: dict[str, Any]) -> None:
        self._pattern = pattern
        self._matchers: dict[str, Callable[[dict[str, Any]], bool]] = {}

    def matching(self, event: Any) -> Iterator[dict[str, Any]]:
        """The matching records in order; raises AwsError for a pattern that AWS refuses."""
        for record in records_of(event):
            source = str(record.get("eventSource", ""))
            matcher = self._matchers.get(source) or self._compile(source)
            if matcher(record):
                yield record

    def _compile(self, source: str) -> Callable[[dict[str, Any]], bool]:
        matcher = self._matchers[source] = _matcher(self._pattern, source)
        return matcher


def records_of(event: Any) -> list[dict[str, Any]]:
    """The records of a batch; an event of another form is its own one record."""
    if not isinstance(event, dict):
        return []
    records = event.get("Records")
    return [record for record in records if isinstance(record, dict)] if isinstance(records, list) else [event]


def record_id(record: dict[str, Any]) -> str | None:
    """What names a record in ``batchItemFailures``: a message id or a sequence number; None where neither is."""
    kinesis, dynamodb = record.get("kinesis"), record.get("dynamodb")
    if isinstance(kinesis, dict):
        found = kinesis.get("sequenceNumber")
    elif isinstance(dynamodb, dict):
        found = dynamodb.get("SequenceNumber")
    else:
        found = record.get("messageId")
    return found if isinstance(found, str) else None


def _matcher(pattern: dict[str, Any], source: str) -> Callable[[dict[str, Any]], bool]:
    kind = _SOURCES.get(source)
    if kind is None:
        from eventsim.patterns.pattern import compile_pattern

        return compile_pattern(pattern).matches
    from eventsim.patterns.filter_criteria import compile_filters

    filters = compile_filters([msgspec.json.encode(pattern).decode()], kind)
    if filters is None:
        return lambda _: True
    return lambda record: filters.rejections(record) is None
