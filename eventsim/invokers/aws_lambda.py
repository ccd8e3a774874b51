"""Code that runs in Lambda, real or simulated elsewhere: each invocation is an Invoke request."""

from __future__ import annotations

import base64
import json
import math
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from eventsim.errors import InputError
from eventsim.invokers.base import InvocationResult
from eventsim.invokers.http import unreachable_error
from eventsim.invokers.http_events import encode_event, error_of, is_http_url, payload_of
from eventsim.invokers.http_session import HttpSession, UnreachableError

if TYPE_CHECKING:
    from eventsim.invokers.base import Invocation
    from eventsim.invokers.http_session import HttpAnswer

_SERVICE = "lambda"
_THROTTLES = ("TooManyRequestsException", "EC2ThrottledException", "ThrottlingException")
_AWS = (".amazonaws.com", ".amazonaws.com.cn")
_ELSEWHERE_REGION = "us-east-1"


class LambdaInvoker:
    """Invokes *function_name*, a name or ARN, with InvocationType RequestResponse.

    *endpoint_url* is where, *region* AWS's region where none is given: one of the two has to be there, so that nobody
    reaches AWS by accident. *qualifier* names a version or alias. Credentials are found as the AWS SDKs find them,
    under *profile* if given, when the object is made; for an endpoint, any will do where there are none. Timeout limits
    the real time of a request. Raises InputError for settings that can't work.
    """

    def __init__(
        self,
        function_name: str,
        *,
        endpoint_url: str | None = None,
        region: str | None = None,
        qualifier: str | None = None,
        profile: str | None = None,
    ) -> None:
        if not function_name:
            raise InputError(f"function_name: found {function_name!r}, expected a function's name or ARN")
        if endpoint_url is None and region is None:
            raise InputError(
                f"function_name: {function_name}: name the endpoint_url, or the region to invoke it in AWS itself"
            )
        self._region = region or _ELSEWHERE_REGION
        self._endpoint, self._credentials = _place(endpoint_url, self._region, profile)
        path = f"/2015-03-31/functions/{quote(function_name, safe='')}/invocations"
        query = f"?{urlencode({'Qualifier': qualifier})}" if qualifier else ""
        self._url = f"{self._endpoint}{path}{query}"
        self._session = HttpSession()

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Send the request, and wait for the answer."""
        body = encode_event(invocation.event)
        headers = self._signed(body, _headers(invocation))
        try:
            answer = await self._session.post(
                self._url, body, headers, limit_real_s=invocation.timeout_s, deadline_s=invocation.deadline_s
            )
        except TimeoutError:
            return InvocationResult(takes_s=math.inf, environment_lost=True)
        except UnreachableError as error:
            return InvocationResult(error=unreachable_error(self._endpoint, error))
        return invoke_result(answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    def _signed(self, body: bytes, headers: dict[str, str]) -> dict[str, str]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest("POST", self._url, headers=headers, data=body)
        SigV4Auth(self._credentials.get_frozen_credentials(), _SERVICE, self._region).add_auth(request)
        return dict(request.headers.items())


def invoke_result(answer: HttpAnswer) -> InvocationResult:
    """What Invoke's answer comes to: a payload, a function's error, a throttle, or Lambda's own refusal (FUN-07)."""
    if answer.status >= 300:
        return _refused(answer)
    kind = answer.headers.get("x-amz-function-error")
    if kind is not None:
        return InvocationResult(error=error_of(answer.body, kind))
    return InvocationResult(payload_of(answer.body) if answer.body else None, logs=_tail(answer))


def _refused(answer: HttpAnswer) -> InvocationResult:
    code = answer.headers.get("x-amzn-errortype", "").partition(":")[0]
    try:
        found: Any = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    members = found if isinstance(found, dict) else {}
    code = code or str(members.get("__type", "")).rpartition("#")[2] or f"Invoker.Status{answer.status}"
    message = members.get("message") or members.get("Message") or answer.body[:300].decode("utf-8", "replace")
    error = {"errorType": code, "errorMessage": str(message)}
    if answer.status == 429 or answer.status >= 500 or code in _THROTTLES:  # both are tried again (SQS-29)
        return InvocationResult(error=error, throttled=str(members.get("Reason") or code))
    return InvocationResult(error=error)


def _headers(invocation: Invocation) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "X-Amz-Invocation-Type": "RequestResponse"}
    headers["X-Amz-Log-Type"] = "Tail"
    if invocation.client_context is not None:
        text = json.dumps(invocation.client_context).encode()
        headers["X-Amz-Client-Context"] = base64.b64encode(text).decode()
    if invocation.trace_id is not None:
        headers["X-Amzn-Trace-Id"] = invocation.trace_id
    return headers


def _tail(answer: HttpAnswer) -> str:
    try:
        return base64.b64decode(answer.headers.get("x-amz-log-result", "")).decode("utf-8", "replace")
    except ValueError:
        return ""


def _place(endpoint_url: str | None, region: str, profile: str | None) -> tuple[str, Any]:
    """The endpoint, without a slash at its end, and the credentials."""
    from botocore.credentials import Credentials
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    if endpoint_url is not None and not is_http_url(endpoint_url):
        raise InputError(
            f"endpoint_url: found {endpoint_url!r}, expected an http or https URL, as in http://localhost:4566"
        )
    try:
        session = Session(profile=profile)
        credentials = session.get_credentials()
        if endpoint_url is None:
            endpoint_url = session.create_client(_SERVICE, region_name=region).meta.endpoint_url
    except BotoCoreError as error:
        raise InputError(f"the invoker lambda: {error}") from None
    if credentials is None and (urlsplit(endpoint_url).hostname or "").endswith(_AWS):
        raise InputError("the invoker lambda: found no AWS credentials; set them as for any AWS SDK")
    return endpoint_url.rstrip("/"), credentials or Credentials("eventsim", "eventsim")
