"""The environment variables that AWS SDKs read, as the simulated cloud wants them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCESS_KEY_ID = "AKIAEVENTSIM00000000"
SECRET_ACCESS_KEY = SESSION_TOKEN = "eventsim"  # noqa: S105 - nobody checks it
_REMOVED = (
    "AWS_CA_BUNDLE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CREDENTIAL_FILE",
    "AWS_CSM_ENABLED",
    "AWS_DATA_PATH",
    "AWS_DEFAULTS_MODE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_DISCOVERY_ENABLED",
    "AWS_MAX_ATTEMPTS",
    "AWS_PROFILE",
    "AWS_RETRY_MODE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECURITY_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
_REMOVED_PREFIXES = ("AWS_ENDPOINT_URL", "AWS_BEARER_TOKEN_")


class SdkEnvironment:
    """Sets what the SDKs need to sign for *region* without the machine's profile or secrets; puts all back after.

    The shared configuration and credentials files are hidden too: their profiles may name endpoints, programs to
    run for credentials, and retries.
    """

    def __init__(self, region: str = "us-east-1") -> None:
        self._values = {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": region,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_SESSION_TOKEN": SESSION_TOKEN,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        self._saved: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        for name in [*self._values, *_present()]:
            self._saved[name] = os.environ.pop(name, None)
        os.environ.update(self._values)
        return self

    def __exit__(self, *_: object) -> None:
        for name, value in self._saved.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._saved.clear()


def _present() -> Iterator[str]:
    yield from _REMOVED
    yield from [name for name in os.environ if name.startswith(_REMOVED_PREFIXES)]
