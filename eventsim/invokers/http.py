"""Code behind an HTTP endpoint: a Runtime Interface Emulator, or any server that takes JSON."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from eventsim.errors import InputError
from eventsim.invokers.base import InvocationResult
from eventsim.invokers.failures import RESPONSE_LIMIT_BYTES, too_large_payload
from eventsim.invokers.http_events import encode_event, error_of, is_http_url, payload_of
from eventsim.invokers.http_session import HttpSession, UnreachableError
from eventsim.invokers.runtime_api_events import api_headers

if TYPE_CHECKING:
    from eventsim.invokers.base import Invocation
    from eventsim.invokers.http_session import HttpAnswer

_EMULATOR = re.compile(r"/2015-03-31/functions/[^/]+/invocations/?")
_ERROR_MEMBERS = frozenset({"errorMessage", "errorType", "requestId", "stackTrace", "trace", "cause"})
_SHOWN = 300


class HttpInvoker:
    """Posts each event to *url* and takes what comes back.

    A path ``/2015-03-31/functions/NAME/invocations`` is that of a Runtime Interface Emulator: function errors are told
    by X-Amz-Function-Error or by a body with errorType and errorMessage. From any other server a status of 400 or more
    is a function error, as is an answer that is no JSON; an empty one is null. *headers* are sent along. Timeout limits
    the real time of a request. Raises InputError for what is no http(s) URL.
    """

    def __init__(self, url: str, *, headers: dict[str, str] | None = None) -> None:
        if not is_http_url(url):
            raise InputError(f"url: found {url!r}, expected an http or https URL, as in http://localhost:9000/")
        self.url = url
        self._emulator = _EMULATOR.fullmatch(urlsplit(url).path) is not None
        self._headers = {str(name): str(value) for name, value in (headers or {}).items()}
        self._session = HttpSession()

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Post the event, and wait for the answer; one that can't be reached is a failure of the function."""
        headers = {
            "Content-Type": "application/json",
            **api_headers(invocation, invocation.timeout_s),
            **self._headers,
        }
        if invocation.trace_id is not None:
            headers["X-Amzn-Trace-Id"] = invocation.trace_id
        try:
            answer = await self._session.post(
                self.url,
                encode_event(invocation.event),
                headers,
                limit_real_s=invocation.timeout_s,
                deadline_s=invocation.deadline_s,
            )
        except TimeoutError:
            return InvocationResult(takes_s=math.inf, environment_lost=True)
        except UnreachableError as error:
            return InvocationResult(error=unreachable_error(self.url, error))
        return emulator_result(answer, self.url) if self._emulator else plain_result(answer, self.url)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


def unreachable_error(url: str, error: UnreachableError) -> dict[str, Any]:
    """The payload for an endpoint that can't be reached."""
    return {"errorType": "Invoker.Unreachable", "errorMessage": f"POST {url}: {error}"}


def plain_result(answer: HttpAnswer, url: str) -> InvocationResult:
    """What the answer of any server comes to; one that is no JSON is no function's, and acknowledges nothing."""
    if answer.status < 300 and answer.body and not _is_json(answer.body):
        text = f"POST {url}: status {answer.status} with an answer that is no JSON: {_start_of(answer)}"
        return InvocationResult(error={"errorType": "Invoker.NotJson", "errorMessage": text})
    return _result(answer, url)


def _result(answer: HttpAnswer, url: str) -> InvocationResult:
    if answer.status >= 400:
        return InvocationResult(error=_status_error(answer, url))
    if answer.status >= 300:
        where = answer.headers.get("location", "elsewhere")
        text = f"POST {url}: status {answer.status} leads to {where}; name that address in the scenario"
        return InvocationResult(error={"errorType": "Invoker.Redirect", "errorMessage": text})
    return _payload(answer.body)


def emulator_result(answer: HttpAnswer, url: str) -> InvocationResult:
    """What the answer of a Runtime Interface Emulator comes to: 502 for a function that ended or did not begin."""
    if answer.body.startswith(b"Task timed out after ") and len(answer.body) < 100:
        return InvocationResult(takes_s=math.inf, environment_lost=True)
    kind = answer.headers.get("x-amz-function-error")
    if kind is not None or _is_error(answer.body):
        return InvocationResult(error=error_of(answer.body, kind))
    return _result(answer, url)


def _payload(body: bytes) -> InvocationResult:
    if len(body) > RESPONSE_LIMIT_BYTES:
        return InvocationResult(error=too_large_payload())
    return InvocationResult(payload_of(body) if body else None)


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _start_of(answer: HttpAnswer) -> str:
    return answer.body[:_SHOWN].decode("utf-8", "replace").strip()


def _is_error(body: bytes) -> bool:
    if not body.startswith(b"{") or b'"errorType"' not in body:
        return False
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return bool({"errorType", "errorMessage"} <= found.keys() <= _ERROR_MEMBERS)


def _status_error(answer: HttpAnswer, url: str) -> dict[str, Any]:
    if _is_error(answer.body):
        return error_of(answer.body, None)
    text = _start_of(answer)
    message = f"POST {url}: status {answer.status}" + (f": {text}" if text else "")
    return {"errorType": f"Invoker.Status{answer.status}", "errorMessage": message}
