"""botocore's sessions while the boto3 entrance is open: they get its credentials, and keep nothing of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from eventsim.cloud.sdk_environment import ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN

if TYPE_CHECKING:
    from types import ModuleType

    from eventsim.cloud.boto import BotoHook
    from eventsim.cloud.patches import Patches


def patch_sessions(module: ModuleType, patches: Patches, _hook: BotoHook) -> None:
    """For ``botocore.session``.

    No session asks files, programs or AWS for credentials. The configuration is hidden: what a session reads of it
    meanwhile is forgotten afterwards, and a profile that is hidden with it says nothing, but is no mistake.
    """
    from botocore.credentials import Credentials

    from eventsim.cloud.boto_loader import shared_loader

    known = Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN)
    read: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()

    def get_credentials(session: Any) -> Any:
        return _given(session) or known

    def full_config(session: Any) -> Any:
        if session._config is not None:
            return session._config
        if session not in read:
            read[session] = whole.fget(session)
            session._config = None
        return read[session]

    def build_profile_map(session: Any) -> Any:
        return session.full_config["profiles"] if session._profile_map is None else session._profile_map

    def get_scoped_config(session: Any) -> Any:
        try:
            return scoped(session)
        except module.ProfileNotFound:
            if os.environ.get("AWS_CONFIG_FILE") != os.devnull:
                raise
            return {}

    patches.attribute(module, "create_loader", shared_loader)
    patches.attribute(module.Session, "get_credentials", get_credentials)
    whole = patches.attribute(module.Session, "full_config", property(full_config))
    patches.attribute(module.Session, "_build_profile_map", build_profile_map)
    scoped = patches.attribute(module.Session, "get_scoped_config", get_scoped_config)


def patch_async_sessions(module: ModuleType, patches: Patches, _hook: BotoHook) -> None:
    """For ``aiobotocore.session``: the same, as far as it does not inherit it."""
    from aiobotocore.credentials import AioCredentials

    known = AioCredentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN)

    async def get_credentials(session: Any) -> Any:
        return _given(session) or known

    patches.attribute(module.AioSession, "get_credentials", get_credentials)


def _given(session: Any) -> Any:
    """The credentials that the program itself gave to *session*; None for those that it has found, or that expire."""
    from botocore.credentials import RefreshableCredentials

    own = session._credentials
    explicit = getattr(own, "method", None) == "explicit" and not isinstance(own, RefreshableCredentials)
    return own if explicit else None
