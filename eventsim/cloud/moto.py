"""Every service that has no engine here: answered by moto, in virtual time, with seeded ids and state of its own."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from eventsim.cloud.moto_clock import Stand
from eventsim.cloud.moto_dispatch import find_handler, home_url, werkzeug_request
from eventsim.cloud.moto_state import Backends
from eventsim.cloud.requests import AwsRequest, AwsResponse
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventsim.kernel.clock import Clock
    from eventsim.kernel.seeds import Seeds

_T = TypeVar("_T")

_lock = threading.RLock()  # moto's stores are global to the process and not safe for threads
_ACCOUNT_VARIABLE = "MOTO_ACCOUNT_ID"


class Moto:
    """moto for one simulation, between `start` and `stop`.

    Its backends, clock and ids are put in place for each request and taken out after it, so simulations share
    nothing, at once or one after the other, and ``mock_aws`` in the same process keeps its own. moto is
    imported at the first request. Requests for any region are served in *region*.
    """

    def __init__(
        self, clock: Clock, seeds: Seeds, *, account_id: str = "123456789012", region: str = "us-east-1"
    ) -> None:
        self.account_id = account_id
        self.region = region
        self._stand = Stand(clock.wall_s, seeds.stream("moto"))
        self._backends: Backends | None = None
        self._running = False
        self._depth = 0

    def start(self) -> None:
        """Begin with no state at all."""
        if self._running:
            raise RuntimeError("this Moto is running already: stop it first")
        self._running = True

    def stop(self) -> None:
        """Drop all state; nothing of it is left in moto."""
        if self._backends is not None:
            with _lock:
                self._backends.drop()
            self._backends = None
        self._running = False

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """Answer one request; see `send`."""
        return self.send(request)

    def send(self, request: AwsRequest) -> AwsResponse:
        """Answer one request at once.

        Raises AwsError InternalFailure where moto fails with a Python exception, NotImplemented
        where it lacks the operation; both with 501, which no client tries again.
        """
        self._check_running()
        url = home_url(request.service, request.url, self.region)
        with _lock:
            handler = _handler(request, url)
            if handler is None:
                raise _missing(request)
            prepared = werkzeug_request(request, url)
            prepared.environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.account_id
            with self.inside():
                status, headers, body = _call(handler, prepared, request)
        return AwsResponse(int(status), _headers(headers), _bytes(body))

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Have this simulation's backends, clock and ids in moto's place: for who works on moto's own objects."""
        self._check_running()
        with _lock:
            self._enter()
            try:
                yield
            finally:
                self._leave()

    @property
    def is_inside(self) -> bool:
        """Whether this simulation's backends are in moto's place just now."""
        return self._depth > 0

    def as_seen_inside(self, look: Callable[[], _T]) -> _T:
        """What *look* finds among moto's own objects while this simulation's are in their place, also from outside."""
        if self._depth or not self._running:
            return look()
        with self.inside():
            return look()

    def _check_running(self) -> None:
        if not self._running:
            raise RuntimeError("this Moto is not running: start it first")

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > 1:  # moto itself called a service
            return
        if self._backends is None:
            self._backends = Backends()
            self._backends.start()
        self._backends.enter()
        self._stand.enter()
        self._account_variable = os.environ.pop(_ACCOUNT_VARIABLE, None)

    def _leave(self) -> None:
        self._depth -= 1
        if self._depth:
            return
        if self._account_variable is not None:
            os.environ[_ACCOUNT_VARIABLE] = self._account_variable
        self._stand.leave()
        assert self._backends is not None
        self._backends.leave()


def _handler(request: AwsRequest, url: str) -> Any:
    try:
        return find_handler(request.service, url)
    except ModuleNotFoundError as error:
        reason = (
            f"{_name(request)}: moto's part for it needs {error.name!r}, one of moto's extras: pip install 'moto[all]'"
        )
        raise AwsError("NotImplemented", reason, status=501, fault="Receiver") from error


def _call(handler: Any, prepared: Any, request: AwsRequest) -> tuple[int, dict[str, Any], Any]:
    from werkzeug.exceptions import HTTPException

    try:
        status, headers, body = handler(prepared, prepared.raw_url, prepared.headers)
    except HTTPException as error:
        return error.code or 500, dict(error.get_headers()), error.get_body()
    except NotImplementedError as error:
        raise _missing(request) from error
    except Exception as error:  # moto fails with whatever Python raised; AWS never would
        reason = f"{_name(request)} failed inside moto: {type(error).__name__}: {error}"
        raise AwsError("InternalFailure", reason, status=501, fault="Receiver") from error
    if status == 404 and not request.operation and body == "":
        raise _missing(request)
    return status, headers, body


def _missing(request: AwsRequest) -> AwsError:
    return AwsError(
        "NotImplemented", f"{_name(request)} is not simulated: moto lacks it.", status=501, fault="Receiver"
    )


def _name(request: AwsRequest) -> str:
    return f"{request.service} {request.operation or f'{request.method} {request.url}'}"


def _headers(headers: Any) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in dict(headers).items() if str(name).lower() != "status"}


def _bytes(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if body else b""
