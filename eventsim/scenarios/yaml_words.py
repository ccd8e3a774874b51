"""What a YAML parser says about broken syntax, in words that say what to do."""

from __future__ import annotations

import re
from typing import Any

from eventsim.errors import Problem

_WORDS = {
    r"mapping values are not allowed":
        "found a ':' where no key can begin: indent the line as its neighbours, or quote the text that holds it",
    r"found a tab character|cannot start any token.*\\t":
        "found a tab in the indentation, expected spaces",
    r"cannot start any token":
        "found a character that no value can begin with (@, `, % or a tab): quote the value",
    r"did not find expected ',' or ']'":
        "the list{begun} is not closed: expected ',' or ']'",
    r"did not find expected ',' or '}'":
        "the mapping{begun} is not closed: expected ',' or '}}'",
    r"unexpected end of stream":
        "the quoted text{begun} is not closed",
    r"did not find expected '-' indicator":
        "found a line that is no item of the list{begun}: begin it with '- ' or change its indentation",
    r"did not find expected key|expected <block end>":
        "the indentation does not fit the mapping{begun}: align the line with the keys it belongs to",
    r"could not find expected ':'":
        "found a word without ':', expected key: value",
    r"unknown escape character":
        "found a backslash that begins no escape: double it, or use '…' instead of \"…\"",
    r"found duplicate anchor":
        "found the same anchor twice",
    r"found undefined tag handle":
        "found a tag, expected plain YAML: nothing is constructed from tags",
}  # fmt: skip


def syntax_problem(error: Any, file: str) -> Problem:
    """A parser's error as a problem with its place."""
    said = getattr(error, "problem", None) or str(error)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    context = getattr(error, "context_mark", None)
    begun = f" that begins at line {context.line + 1}, column {context.column + 1}" if context else ""
    message = f"this is no YAML: {said}"
    for pattern, words in _WORDS.items():
        if re.search(pattern, said):
            message = f"this is no YAML: {words.format(begun=begun)}"
            break
    if mark is None:
        return Problem(file, 0, 0, "", message)
    return Problem(file, mark.line + 1, mark.column + 1, "", message)
