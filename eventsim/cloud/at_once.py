"""Requests that are answered at once, for code that can't await."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventsim.cloud.requests import AwsRequest, AwsResponse
    from eventsim.cloud.router import Router


def answer_at_once(router: Router, request: AwsRequest) -> AwsResponse:
    """The router's answer; raises RuntimeError if that would have to wait."""
    with router.lock:
        answering = router.send(request)
        try:
            answering.send(None)
        except StopIteration as done:
            response: AwsResponse = done.value
            return response
        answering.close()
    raise RuntimeError(f"{request.service} {request.operation} waits, which only a handler or a task can do")
