"""Pages of a long list, by a token that names where the next begins."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final, TypeVar

from eventsim.cloud.eventbridge.errors import validation

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE: Final = 100
Element = TypeVar("Element")


def take_page(
    elements: Mapping[str, Element], limit: int | None, token: str | None
) -> tuple[list[Element], dict[str, str]]:
    """The elements of one page in the order of their keys, and NextToken where there is another.

    AwsError ValidationException for a token that is none.
    """
    after = _read_token(token) if token else ""
    keys = sorted(key for key in elements if key > after)
    page = keys[: limit or PAGE]
    more = {"NextToken": base64.b64encode(page[-1].encode()).decode()} if len(keys) > len(page) else {}
    return [elements[key] for key in page], more


def _read_token(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:
        raise validation("Parameter NextToken is not valid.") from None
