"""The entrance for aiobotocore: clients whose requests go straight to the router, without a socket."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary

from eventsim.cloud.boto_bodies import aio_response, async_body_bytes, connection_closed
from eventsim.cloud.sdk_environment import SdkEnvironment
from eventsim.errors import AwsError
from eventsim.kernel.faults import ResponseLostError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from eventsim.cloud.router import Router

# S3 in moto turns callers away that did not sign; it looks no further than this.
_KNOWN_CALLER = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAEVENTSIM00000000"}

_clients: WeakKeyDictionary[Router, dict[str, Any]] = WeakKeyDictionary()


@asynccontextmanager
async def open_client(router: Router, service: str, **config: Any) -> AsyncIterator[Any]:
    """An aiobotocore client of *service* (boto3's name) on *router*.

    It signs nothing, never retries and parses timestamps as UTC. *config* goes to ``AioConfig``, as in
    ``parameter_validation=False``.
    """
    with SdkEnvironment(router.region):
        opening = _new_client(router, service, config)
        client = await opening.__aenter__()
    try:
        yield client
    finally:
        await opening.__aexit__(None, None, None)


async def call(router: Router, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """Call *operation* (as in ``CreateTable``) of *service* and return its result; raises AwsError.

    The client is kept for the router's life. A streaming body in the result is aiobotocore's.
    """
    from botocore import xform_name
    from botocore.exceptions import ClientError

    clients = _clients.setdefault(router, {})
    client = clients.get(service)
    if client is None:
        with SdkEnvironment(router.region):
            client = clients[service] = await _new_client(router, service, {}).__aenter__()
    try:
        result: dict[str, Any] = await getattr(client, xform_name(operation))(**params)
    except ClientError as error:
        found = error.response
        status = found["ResponseMetadata"]["HTTPStatusCode"]
        raise AwsError(found["Error"]["Code"], found["Error"]["Message"], status=status) from error
    return result


def _new_client(router: Router, service: str, config: dict[str, Any]) -> Any:
    from aiobotocore.config import AioConfig
    from botocore import UNSIGNED

    options = {
        "http_session_cls": _http_session(router),
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "signature_version": UNSIGNED,
        "user_agent": "eventsim",
    }
    return _session().create_client(service, region_name=router.region, config=AioConfig(**options | config))


@cache
def _session() -> Any:
    from aiobotocore.session import get_session

    from eventsim.cloud.boto_loader import shared_loader

    session = get_session()
    session.register_component("data_loader", shared_loader())
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parse_timestamp)
    _silence_moto(session)
    return session


def _silence_moto(session: Any) -> None:
    """Drop the synchronous handler that moto leaves in every session made after its import."""
    import sys

    models = sys.modules.get("moto.core.models")
    if models is not None:
        session.unregister("before-send", models.botocore_stubber)


def parse_timestamp(value: Any) -> datetime:
    """A timestamp of any AWS protocol in UTC; numbers, which are by far the most, without dateutil."""
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError):
        from botocore.utils import parse_timestamp as parse_any

        found: datetime = parse_any(value)
        return found


def _http_session(router: Router) -> type:
    class RouterSession:
        """What aiobotocore needs of an HTTP session."""

        def __init__(self, **_: Any) -> None:
            """Proxies, certificates and timeouts have no meaning here."""

        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *_: object) -> None:
            return None

        async def close(self) -> None:
            """Nothing is open."""

        async def send(self, request: Any) -> Any:
            """Answer through the router."""
            body = await async_body_bytes(request.body)
            headers = request.headers if "Authorization" in request.headers else {**request.headers, **_KNOWN_CALLER}
            found = router.identify(request.method, request.url, headers, body)
            try:
                return aio_response(request, await router.send(found))
            except ResponseLostError as error:
                raise connection_closed(request) from error

    return RouterSession
