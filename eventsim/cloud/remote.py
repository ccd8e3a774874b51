"""An account behind a real endpoint: its clients, with URL, region and credentials as the AWS SDK finds them."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit

from eventsim.cloud.remote_errors import Meaning, brief, meaning_of
from eventsim.cloud.remote_patience import denied
from eventsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.remote_patience import Patience

DEFAULT_REGION = "us-east-1"
UNKNOWN_ACCOUNT = "000000000000"
START_PATIENCE_S = 10.0
"""How long an endpoint may be silent before the work begins."""

_CONFIG: dict[str, Any] = {
    "connect_timeout": 5,
    "read_timeout": 60,
    "max_pool_connections": 200,
    "retries": {"total_max_attempts": 1, "mode": "standard"},  # waiting is ours: see Patience
}


class Target(NamedTuple):
    """Which endpoint: its URL, or else a region of AWS itself; *profile* is one of the shared configuration."""

    endpoint_url: str | None = None
    region: str | None = None
    profile: str | None = None

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.endpoint_url or os.environ.get("AWS_ENDPOINT_URL") or "AWS"

    def check(self) -> None:
        """InputError for a target that might be a real account by accident, or no URL."""
        if self.endpoint_url is None:
            if self.region is None:
                raise InputError(
                    "without --endpoint-url the endpoint is AWS itself: name the region with --region, "
                    "or the endpoint with --endpoint-url"
                )
        elif not _is_url(self.endpoint_url):
            raise InputError(
                f"--endpoint-url: found {self.endpoint_url!r}, expected a URL, as in http://127.0.0.1:4566"
            )


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # no number as the port, or one that is too high
        return False


class RemoteAccount:
    """One account in one region; use it as an asynchronous context. `client` keeps its clients until the end.

    Raises InputError, when it is entered, for credentials or a profile that are not there.
    """

    def __init__(self, target: Target) -> None:
        target.check()
        self.target = target
        self.region = target.region or DEFAULT_REGION
        self.account_id = UNKNOWN_ACCOUNT
        self.variables: dict[str, str] = {}
        """What a handler's SDK needs to reach the same endpoint."""
        self._session: Any = None
        self._clients: dict[str, Any] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        from aiobotocore.session import AioSession
        from botocore.exceptions import ProfileNotFound

        from eventsim.cloud.boto_loader import shared_loader

        self._session = session = AioSession(profile=self.target.profile)
        session.register_component("data_loader", shared_loader())
        try:
            self.region = self.target.region or session.get_config_variable("region") or DEFAULT_REGION
            credentials = await self._credentials()
        except ProfileNotFound as error:
            raise InputError(f"--profile: {error}") from None
        self.variables = self._variables(credentials)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        self._clients.clear()

    async def client(self, service: str) -> Any:
        """The aiobotocore client of *service* (boto3's name)."""
        found = self._clients.get(service)
        if found is None:
            from aiobotocore.config import AioConfig

            opening = self._session.create_client(
                service, region_name=self.region, endpoint_url=self.target.endpoint_url, config=AioConfig(**_CONFIG)
            )
            found = self._clients[service] = await self._stack.enter_async_context(opening)
        return found

    async def greet(self, patience: Patience, *, patience_s: float = START_PATIENCE_S) -> None:
        """Learn the account's id, and that the endpoint answers and accepts the credentials; InputError if not.

        An endpoint without STS, as one that has nothing but queues, gets a number of no meaning.
        """
        sts = await self.client("sts")
        until_s = asyncio.get_running_loop().time() + patience_s
        try:
            answer = await patience.call(sts.get_caller_identity, "credentials", until_s=until_s)
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the endpoint made of it
            meaning = meaning_of(error)
            if meaning is Meaning.DENIED:
                raise InputError(denied(self.target.name, "credentials", error)) from None
            if meaning is Meaning.AGAIN and not hasattr(error, "response"):
                raise InputError(
                    f"{self.target.name} does not answer: {brief(error)}: start it, or correct --endpoint-url"
                ) from None
        else:
            self.account_id = str(answer["Account"])

    async def _credentials(self) -> Any:
        """What the SDK finds; placeholders where it finds none and the endpoint is not AWS."""
        session, given = self._session, self.target.endpoint_url is not None
        with _without_metadata(given):
            credentials = await session.get_credentials()
        if credentials is None:
            if not given:
                raise InputError(
                    "no AWS credentials were found: configure them as for the AWS CLI, or name a --profile"
                )
            session.set_credentials("test", "test")
            credentials = await session.get_credentials()
        return await credentials.get_frozen_credentials()

    def _variables(self, credentials: Any) -> dict[str, str]:
        found = {
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.token or "",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }
        if self.target.endpoint_url is not None:
            found["AWS_ENDPOINT_URL"] = self.target.endpoint_url
        return found


class _without_metadata:  # noqa: N801 - it reads as a statement
    """Keep the SDK from asking a machine's metadata service, where *wanted*: an emulator takes any credentials."""

    def __init__(self, wanted: bool, environ: Mapping[str, str] | None = None) -> None:
        self._wanted = wanted
        self._before = (environ or os.environ).get("AWS_EC2_METADATA_DISABLED")

    def __enter__(self) -> None:
        if self._wanted:
            os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

    def __exit__(self, *_: object) -> None:
        if not self._wanted:
            return
        if self._before is None:
            os.environ.pop("AWS_EC2_METADATA_DISABLED", None)
        else:
            os.environ["AWS_EC2_METADATA_DISABLED"] = self._before
