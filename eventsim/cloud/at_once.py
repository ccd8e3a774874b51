"""What is answered at once, for code that can't await."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from eventsim.cloud.requests import AwsRequest, AwsResponse
    from eventsim.cloud.router import Router

_T = TypeVar("_T")


def at_once(coroutine: Coroutine[Any, Any, _T], what: str) -> _T:
    """The result of a coroutine that does not wait; RuntimeError, naming *what*, if it does."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: _T = done.value
        return result
    coroutine.close()
    raise RuntimeError(f"{what} waits, which only a handler or a task can do")


def answer_at_once(router: Router, request: AwsRequest) -> AwsResponse:
    """The router's answer to a request."""
    with router.lock:
        return at_once(router.send(request), f"{request.service} {request.operation}")
