"""What changes in botocore, moto and other libraries while the boto3 entrance is open, each by module."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from eventsim.cloud.boto_sessions import patch_async_sessions, patch_sessions
from eventsim.cloud.plain_http import patch_requests, patch_urllib, patch_urllib3
from eventsim.cloud.sdk_environment import ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN
from eventsim.kernel.faults import ResponseLostError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import TypeAlias

    from eventsim.cloud.boto import BotoHook
    from eventsim.cloud.patches import Patches

    Change: TypeAlias = Callable[[ModuleType, Patches, BotoHook], None]


def changes() -> dict[str, Change]:
    """The change for each module."""
    return {
        "aiobotocore.httpsession": _aiohttp_clients,
        "aiobotocore.httpxsession": _httpx_clients,
        "aiobotocore.session": patch_async_sessions,
        "aiobotocore.signers": _async_signers,
        "boto3.s3.transfer": _transfers,
        "botocore.endpoint": _pauses,
        "botocore.handlers": _tokens,
        "botocore.httpsession": _clients,
        "botocore.retries.standard": _standard_retries,
        "botocore.retryhandler": _legacy_retries,
        "botocore.session": patch_sessions,
        "botocore.signers": _signers,
        "moto.core.base_backend": _moto_backends,
        "moto.core.botocore_stubber": _moto_stubber,
        "moto.core.models": _moto_mocks,
        "requests.adapters": patch_requests,
        "urllib.request": patch_urllib,
        "urllib3.connectionpool": patch_urllib3,
    }


def _clients(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    """All clients of all sessions send through this class: those made before as well as those of credential chains."""

    def send(_session: Any, request: Any) -> Any:
        return hook.send(request)

    patches.attribute(module.URLLib3Session, "send", send)


def _aiohttp_clients(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    patches.attribute(module.AIOHTTPSession, "send", _async_send(hook))


def _httpx_clients(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    patches.attribute(module.HttpxSession, "send", _async_send(hook))


def _async_send(hook: BotoHook) -> Any:
    async def send(_session: Any, request: Any) -> Any:
        from eventsim.cloud.boto_bodies import aio_response, async_body_bytes, connection_closed

        body = await async_body_bytes(request.body)
        try:
            return aio_response(request, await hook.send_async(hook.request_of(request, body)))
        except ResponseLostError as error:
            raise connection_closed(request) from error

    return send


def _moto_stubber(module: ModuleType, patches: Patches, _hook: BotoHook) -> None:
    """Every handler is asked, so with ``mock_aws`` active moto would carry out each request a second time."""

    def __call__(_self: Any, *_: Any, **__: Any) -> None:  # noqa: N807  replaces the special method
        return None

    patches.attribute(module.BotocoreStubber, "__call__", __call__)


def _moto_mocks(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    """A ``mock_aws`` that only begins, or only ends, meanwhile is not to find or leave behind what is the hook's."""

    def aside(method: Any) -> Any:
        def start_or_stop(mock: Any, *args: Any, **options: Any) -> None:
            from eventsim.kernel.greenlets import in_handler

            with nullcontext() if in_handler() else hook.aside():
                method(mock, *args, **options)

        return start_or_stop

    patches.attribute(module.MockAWS, "start", aside(module.MockAWS.start))
    patches.attribute(module.MockAWS, "stop", aside(module.MockAWS.stop))


def _moto_backends(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    """Tests look at what moto keeps, as ``ses_backends["123456789012"]["eu-west-1"]``: what it keeps for the router.

    There is one region, whatever a client calls it.
    """

    def of_account(backends: Any, account_id: str) -> Any:
        return hook.as_moto_keeps(lambda: in_account(backends, account_id))

    def of_region(backends: Any, region: str) -> Any:
        home = hook.region
        elsewhere = region != home and {region, home} <= set(backends.regions) and not hook.is_inside_moto()
        return in_region(backends, home if elsewhere else region)

    in_account = patches.attribute(module.BackendDict, "__getitem__", of_account)
    in_region = patches.attribute(module.AccountSpecificBackend, "__getitem__", of_region)


def _transfers(module: ModuleType, patches: Patches, _hook: BotoHook) -> None:
    """Transfers in the caller's own thread, where the order of their parts is seeded, and never past botocore."""
    patches.item(module.TransferConfig.DEFAULTS, "use_threads", value=False)
    patches.item(module.TransferConfig.DEFAULTS, "preferred_transfer_client", "classic")
    if hasattr(module, "create_crt_transfer_manager"):  # only with awscrt, which has a network stack of its own
        patches.attribute(module, "create_crt_transfer_manager", lambda *_: None)


def _signers(module: ModuleType, patches: Patches, _hook: BotoHook) -> None:
    """Sign with the simulation's credentials: a client made before may have none, or ask a program or AWS for them."""
    from botocore.credentials import Credentials

    known = Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN)
    sign = module.RequestSigner.get_auth_instance

    def get_auth_instance(signer: Any, *args: Any, **options: Any) -> Any:
        return sign(signer, *args, **{**options, "request_credentials": known})

    patches.attribute(module.RequestSigner, "get_auth_instance", get_auth_instance)


def _async_signers(module: ModuleType, patches: Patches, _hook: BotoHook) -> None:
    from aiobotocore.credentials import AioCredentials

    known = AioCredentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN)
    sign = module.AioRequestSigner.get_auth_instance

    async def get_auth_instance(signer: Any, *args: Any, **options: Any) -> Any:
        return await sign(signer, *args, **{**options, "request_credentials": known})

    patches.attribute(module.AioRequestSigner, "get_auth_instance", get_auth_instance)


def _tokens(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    def uuid4() -> Any:
        return module.uuid.UUID(int=hook.chance.getrandbits(128), version=4)

    patches.attribute(module, "uuid", SimpleNamespace(**{**vars(module.uuid), "uuid4": uuid4}))


def _pauses(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    """A client pauses in virtual time before it tries again, in the test too: real time changes nothing there."""
    time = module.time

    def sleep(seconds: float) -> None:
        if not hook.let_pass(seconds):
            time.sleep(seconds)  # looked up now: inside a handler it waits in virtual time

    patches.attribute(module, "time", SimpleNamespace(**{**vars(time), "sleep": sleep}))


def _legacy_retries(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    patches.attribute(module, "random", hook.chance)


def _standard_retries(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    def delay_amount(self: Any, context: Any) -> Any:
        own, self._random = self._random, hook.chance.random
        try:
            return before(self, context)
        finally:
            self._random = own

    before = patches.attribute(module.ExponentialBackoff, "delay_amount", delay_amount)
