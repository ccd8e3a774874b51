"""Lambda's FilterCriteria: which of a source's records reach the function (FLT-01 to FLT-18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.errors import AwsError
from eventsim.patterns.compile import OR
from eventsim.patterns.errors import PatternError, describe, join
from eventsim.patterns.json_numbers import decode
from eventsim.patterns.nodes import Leaf
from eventsim.patterns.pattern import Pattern, compile_pattern
from eventsim.patterns.record_documents import (
    SHAPES,
    Source,
    dynamodb_document,
    kinesis_document,
    nodes_at,
    queue_document,
    with_data_forms,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

MOST_FILTERS: Final = 5
LONGEST_PATTERN: Final = 4096

_DOCUMENTS: Final[dict[Source, Callable[..., Mapping[str, Any]]]] = {
    "sqs": queue_document,
    "kinesis": kinesis_document,
    "dynamodb": dynamodb_document,
}


class Filters:
    """The compiled filters of one event source mapping: a record passes when one of them matches."""

    __slots__ = ("_document", "_patterns", "_reads_data")

    def __init__(self, patterns: Sequence[Pattern], source: Source) -> None:
        key = SHAPES[source].data_key
        self._patterns = [Pattern(with_data_forms(pattern.root, key)) for pattern in patterns]
        self._reads_data = any(nodes_at(pattern.root, key) for pattern in patterns)
        self._document = _DOCUMENTS[source]

    def rejections(self, record: Mapping[str, Any]) -> list[str] | None:
        """None when a filter matches; else, filter by filter, the dotted path of the first key that failed.

        *record* is the record as the handler gets it; it is left as it is, and its data is parsed at most once.
        """
        document = self._document(record, parse=self._reads_data)
        for pattern in self._patterns:
            if pattern.matches(document):
                return None
        return [pattern.first_mismatch(document) or "" for pattern in self._patterns]


def compile_filters(
    patterns: Sequence[str | Mapping[str, Any] | None], source: Source, *, most: int = MOST_FILTERS
) -> Filters | None:
    """Compile the patterns of a mapping, each JSON text or already parsed; None when there are none (FLT-01).

    Raises AwsError as CreateEventSourceMapping answers: InvalidParameterValueException for a bad pattern, with the
    PatternError as its cause, or for more than *most* patterns (a quota that AWS raises up to 10 on request);
    ValidationException for a pattern of more than 4,096 characters.
    """
    if len(patterns) > most:
        # A choice: AWS's own sentence is not published.
        message = f"The number of filters ({len(patterns)}) exceeds the limit of {most} filters for an event source."
        raise AwsError("InvalidParameterValueException", message)
    _check_lengths(patterns)
    compiled = []
    for position, pattern in enumerate(patterns):
        try:
            compiled.append(_compile(pattern, source))
        except PatternError as error:
            cause = error.within(f"filter {position + 1}") if len(patterns) > 1 else error
            raise AwsError("InvalidParameterValueException", "Invalid filter pattern definition.") from cause
    return Filters(compiled, source) if compiled else None


def _check_lengths(patterns: Sequence[object]) -> None:
    places = [
        f"Value '{pattern}' at 'filterCriteria.filters.{position}.member.pattern' failed to satisfy constraint: "
        f"Member must have length less than or equal to {LONGEST_PATTERN}"
        for position, pattern in enumerate(patterns, start=1)
        if isinstance(pattern, str) and len(pattern) > LONGEST_PATTERN
    ]
    if places:
        errors = "error" if len(places) == 1 else "errors"
        raise AwsError("ValidationException", f"{len(places)} validation {errors} detected: {'; '.join(places)}")


def _compile(pattern: str | Mapping[str, Any] | None, source: Source) -> Pattern:
    """Compile one pattern; a list of values for a stream's data is refused (FLT-09)."""
    if pattern is None:
        raise PatternError("", describe(pattern), "a JSON object")
    compiled = compile_pattern(pattern)
    shape = SHAPES[source]
    if not shape.text_patterns and any(isinstance(node, Leaf) for node in nodes_at(compiled.root, shape.data_key)):
        raise PatternError(shape.data_key, "a list of values", "an object, since the data is matched as JSON")
    return compiled


def lint(patterns: Sequence[str | Mapping[str, Any]], source: Source) -> list[str]:
    """Warnings about patterns that compile but rest on what AWS doesn't document, or can't match (FLT-06, FLT-16)."""
    warnings: dict[str, None] = {}
    for pattern in patterns:
        parsed = decode(pattern) if isinstance(pattern, str) else pattern
        warnings.update(dict.fromkeys(_lint_keys(parsed, source)))
        if source == "dynamodb":
            warnings.update(dict.fromkeys(_lint_numbers(parsed, "")))
    return list(warnings)


def _lint_keys(pattern: Mapping[str, Any], source: Source) -> Iterator[str]:
    shape = SHAPES[source]
    for name, value in pattern.items():
        if name == OR and isinstance(value, list):
            for alternative in value:
                if isinstance(alternative, dict):
                    yield from _lint_keys(alternative, source)
        elif name in shape.metadata:
            yield f'the key "{name}" is metadata: for this source AWS documents filters on "{shape.data_key}" only'
        elif name != shape.data_key:
            known = ", ".join(shape.all_keys)
            yield f'no record of this source has the key "{name}"; its keys are {known}'


def _lint_numbers(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _lint_numbers(inner, join(path, name))
    elif isinstance(value, list):
        for element in value:
            if path.endswith(".N") and isinstance(element, dict) and "numeric" in element:
                yield f"{path}: numeric never matches, since DynamoDB writes numbers as strings"
            elif isinstance(element, dict) and path.endswith(OR):
                yield from _lint_numbers(element, path.removesuffix(OR).removesuffix("."))
