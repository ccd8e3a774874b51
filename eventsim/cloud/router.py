"""The one door of the simulated cloud: every AWS request comes through here, whoever sent it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from eventsim.cloud.homeward import homeward
from eventsim.cloud.internal_errors import internal_error
from eventsim.cloud.protocols import encode_error, error_code, numbered_id
from eventsim.cloud.refusals import refusal
from eventsim.cloud.requests import METADATA, AwsRequest, AwsResponse, current_function, identify
from eventsim.errors import AwsError
from eventsim.kernel.faults import DROP_RESPONSE, FAIL, PASS, ResponseLostError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from eventsim.kernel.faults import Faults
    from eventsim.kernel.trace import Trace

__all__ = ["AwsRequest", "AwsResponse", "Endpoint", "Router", "current_function"]


class Endpoint(Protocol):
    """Whatever answers a service's requests: an engine behind its wire protocol, or moto."""

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """The answer; an AWS error is an answer too, or an AwsError raised."""


class Router:
    """Takes requests for all services and regions to one simulated account in one region.

    *fallback* answers for services that have no endpoint of their own; without it they are refused. *lock* is
    held while a call from outside the loop is carried out: whoever works on the engines in another thread takes it.
    """

    def __init__(
        self,
        *,
        account_id: str = "123456789012",
        region: str = "us-east-1",
        trace: Trace | None = None,
        faults: Faults | None = None,
        fallback: Endpoint | None = None,
    ) -> None:
        self.account_id = account_id
        self.region = region
        self.known_as: Collection[str] = ()  # other regions whose ARNs name what is here
        self.lock = threading.RLock()
        self._trace = trace
        self._faults = faults if faults is not None and faults.active else None
        self._fallback = fallback
        self._mounted: dict[str, Endpoint] = {}
        self._errors = 0

    def mount(self, service: str, endpoint: Endpoint) -> None:
        """Let *endpoint* answer for *service*, as in ``mount("sqs", JsonService(SqsService(queues)))``."""
        self._mounted[service] = endpoint

    def identify(self, method: str, url: str, headers: Mapping[str, str | bytes], body: bytes) -> AwsRequest:
        """The request with its service and operation; *headers* may hold bytes, as SDKs' signers leave them.

        What it names in its client's own region is what is here; see `homeward`.
        """
        return homeward(identify(method, url, headers, body), self.region, self.account_id, self.known_as)

    async def send(self, request: AwsRequest, *, waits: bool = True) -> AwsResponse:
        """Answer *request* and trace it as ``aws.request``; errors are answers. A long poll waits in virtual time.

        Without *waits* no fault delays it. Raises ResponseLostError where the caller is not to learn of the answer.
        """
        if request.service == METADATA:
            return AwsResponse(404, {"content-type": "text/plain"}, b"")
        request.function = request.function or current_function.get()
        facts = {"service": request.service, "operation": request.operation}
        if request.function is not None:
            facts["function"] = request.function
        verdict = PASS if self._faults is None else await self._faults.reach("aws.request", facts, waits=waits)
        response = await self._answer(request, fails=verdict == FAIL)
        if self._trace is not None:
            code = error_code(response)
            error = {} if code is None else {"error": code}
            thread = {"thread": True} if request.thread else {}
            self._trace.add("aws.request", **facts, status=response.status, **error, **thread)
        if verdict == DROP_RESPONSE:
            raise ResponseLostError(f"{request.service} {request.operation}: the connection was closed")
        return response

    async def _answer(self, request: AwsRequest, *, fails: bool) -> AwsResponse:
        try:
            if fails:
                raise internal_error(request.service)
            return await self._endpoint(request).handle_request(request)
        except AwsError as error:
            self._errors += 1
            return encode_error(request, error, numbered_id(self._errors))

    def _endpoint(self, request: AwsRequest) -> Endpoint:
        mounted = self._mounted.get(request.service)
        if mounted is not None:
            return mounted
        refused = refusal(request)
        if refused is not None:
            raise refused
        if self._fallback is None:
            raise AwsError("NotImplemented", f"Nothing answers for the service {request.service!r} here.", status=501)
        return self._fallback
