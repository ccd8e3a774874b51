"""Pages of a long list, 100 elements each."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final, TypeVar

from eventsim.cloud.topics.errors import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE_LENGTH: Final = 100
Element = TypeVar("Element")


def take_page(elements: Sequence[Element], token: str | None) -> tuple[list[Element], dict[str, str]]:
    """The elements of one page, and NextToken where there is another; AwsError InvalidParameter for a strange token."""
    start = _start(token) if token else 0
    end = start + PAGE_LENGTH
    more = {"NextToken": base64.b64encode(str(end).encode()).decode()} if end < len(elements) else {}
    return list(elements[start:end]), more


def _start(token: str) -> int:
    try:
        text = base64.b64decode(token, validate=True).decode()
    except ValueError:
        text = ""
    if not (text.isascii() and text.isdigit()):
        raise invalid_parameter("NextToken")
    return int(text)
