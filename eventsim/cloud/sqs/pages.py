"""Pages of a long list, by a token that names where the next begins."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from eventsim.cloud.queues.errors import invalid_parameter, invalid_value

if TYPE_CHECKING:
    from collections.abc import Sequence

MAXIMUM_RESULTS: Final = 1000


def take_page(names: Sequence[str], max_results: int | None, token: str | None) -> tuple[list[str], str | None]:
    """The names of one page in their order, and the token of the next: only where *max_results* asked for pages.

    *names* are sorted. AwsError InvalidParameterValue for a size outside 1 to 1,000 or a token of ours it is not.
    """
    if max_results is not None and not 1 <= max_results <= MAXIMUM_RESULTS:
        raise invalid_value(max_results, "MaxResults", f"Must be between 1 and {MAXIMUM_RESULTS}, if provided.")
    after = read_token(token) if token else ""
    left = [name for name in names if name > after]
    page = left[: max_results or MAXIMUM_RESULTS]
    more = max_results is not None and len(left) > len(page)
    return page, base64.b64encode(page[-1].encode()).decode() if more else None


def read_token(token: str) -> str:
    """The name after which a page begins."""
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:
        raise invalid_parameter("Invalid or expired next token.") from None
