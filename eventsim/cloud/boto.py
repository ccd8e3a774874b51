"""The entrance for boto3: while the hook is installed, every botocore client of the process talks to the router.

Nothing of botocore is imported here: a module that is not loaded yet is changed when somebody imports it.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from eventsim.cloud.boto_bodies import body_bytes, boto_response, connection_closed
from eventsim.cloud.boto_changes import changes
from eventsim.cloud.patches import ImportHook, Patches
from eventsim.cloud.protocols import encode_error, numbered_id
from eventsim.cloud.requests import AwsRequest, AwsResponse, current_function
from eventsim.cloud.sdk_environment import SdkEnvironment
from eventsim.cloud.waiting import without_waiting
from eventsim.errors import AwsError
from eventsim.kernel.faults import ResponseLostError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from random import Random
    from types import ModuleType

    from eventsim.cloud.boto_changes import Change
    from eventsim.cloud.router import Router
    from eventsim.kernel.seeds import Seeds

_installed: BotoHook | None = None


class BotoHook:
    """Leads botocore, boto3 and aiobotocore to *router* between `install` and `remove`.

    Clients made before, inside, in any session and by any module are led there, and no request leaves the process.
    Inside a handler a call waits in virtual time; elsewhere (the test itself, a thread that a handler started) it
    is carried out at once, under the router's lock, and a long poll does not wait, unless `outside` is exchanged for
    what lets it; `let_pass` likewise lets virtual time pass before a client tries again, where it can.
    `as_moto_keeps` looks something up among the objects that moto keeps for the router; `is_inside_moto` tells whether
    it is moto that looks. Clients on *loop*, the simulation's own, are awaited there. Retries and idempotency tokens
    draw from *seeds*.
    """

    def __init__(
        self, router: Router, *, seeds: Seeds | None = None, loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        from eventsim.kernel.seeds import Seeds as NewSeeds

        self._router = router
        self._loop = loop
        self.outside: Callable[[AwsRequest], AwsResponse] = self.send_at_once
        self.let_pass: Callable[[float], bool] = lambda _seconds: False
        self.as_moto_keeps: Callable[[Callable[[], Any]], Any] = lambda look: look()
        self.is_inside_moto: Callable[[], bool] = lambda: False
        self._seeds = seeds or NewSeeds(0)
        self._environment = SdkEnvironment(router.region)
        self._patches = Patches()
        self._imports: ImportHook | None = None
        self._home = threading.get_ident()
        self._default_session: Any = None
        self._failures = 0

    @property
    def region(self) -> str:
        """The router's."""
        return self._router.region

    @property
    def chance(self) -> Random:
        """The stream that botocore's jitter and tokens draw from."""
        return self._seeds.stream("botocore")

    def install(self) -> None:
        """Begin; raises RuntimeError while another hook of this process is installed."""
        global _installed  # noqa: PLW0603  what is patched is global too
        if _installed is not None:
            raise RuntimeError("boto3 already talks to another simulation in this process: end that one first")
        _installed = self
        self._home = threading.get_ident()
        self._environment.__enter__()
        self._default_session = self._swap_default_session(None)
        self._imports = ImportHook({name: self._changing(change) for name, change in changes().items()})
        self._imports.install()

    def remove(self) -> None:
        """End; everything is as it was before `install`."""
        global _installed  # noqa: PLW0603  what is patched is global too
        if _installed is not self:
            return
        assert self._imports is not None
        self._imports.remove()
        self._patches.undo()
        self._swap_default_session(self._default_session)
        self._default_session = None
        self._environment.__exit__()
        _installed = None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """In this block the environment variables and the default session are those from before `install`.

        What is changed there, as by a ``mock_aws`` that begins or ends meanwhile, stays changed after `remove`.
        """
        ours = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        session = self._swap_default_session(self._default_session)
        self._environment.__exit__()
        try:
            yield
        finally:
            self._environment.__enter__()
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                del os.environ[name]
            os.environ.update(ours)
            self._default_session = self._swap_default_session(session)

    def send(self, prepared: Any) -> Any:
        """Answer one of botocore's prepared requests, as ``URLLib3Session.send`` would."""
        try:
            return boto_response(prepared, self.answer(prepared))
        except ResponseLostError as error:
            raise connection_closed(prepared) from error

    def answer(self, prepared: Any) -> AwsResponse:
        """The router's answer to a prepared request of botocore or requests."""
        from eventsim.kernel.greenlets import in_handler, wait_for

        request = self.request_of(prepared, body_bytes(prepared.body))
        return wait_for(self._router.send(request)) if in_handler() else self.outside(request)

    def request_of(self, prepared: Any, body: bytes) -> AwsRequest:
        """The router's form of a prepared request."""
        request = self._router.identify(prepared.method, prepared.url, prepared.headers, body)
        request.function = current_function.get()
        request.thread = threading.get_ident() != self._home
        return request

    async def send_async(self, request: AwsRequest) -> AwsResponse:
        """Answer an asynchronous client: the handler's own, or one of the program around the simulation."""
        from asyncio import get_running_loop

        from eventsim.kernel.greenlets import in_handler, wait_for

        if in_handler():  # inside asyncio.run of a synchronous handler: its loop is not the simulation's
            return wait_for(self._router.send(request))
        if self._loop is not None and get_running_loop() is not self._loop:  # one that waits in real time
            return self.outside(request)
        return await self._router.send(request)

    def send_at_once(self, request: AwsRequest) -> AwsResponse:
        """Answer without waiting: the loop's thread may itself be waiting for the caller."""
        with self._router.lock:
            answering = self._router.send(without_waiting(request), waits=False)
            try:
                answering.send(None)
            except StopIteration as done:
                return cast("AwsResponse", done.value)
            answering.close()
        self._failures += 1
        text = f"{request.service} {request.operation} has to wait in virtual time: only a handler's own thread can."
        error = AwsError("InternalFailure", text, status=501)  # which no client tries again
        return encode_error(request, error, numbered_id(self._failures))

    def _changing(self, change: Change) -> Callable[[ModuleType], None]:
        return lambda module: change(module, self._patches, self)

    def _swap_default_session(self, session: Any) -> Any:
        boto3: Any = sys.modules.get("boto3")
        if boto3 is None:
            return None
        before, boto3.DEFAULT_SESSION = boto3.DEFAULT_SESSION, session
        return before
