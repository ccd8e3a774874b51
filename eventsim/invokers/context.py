"""The context object that a Python handler gets (FUN-13)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventsim.invokers.base import Invocation

_W3C_FIELDS = ("traceparent", "tracestate", "baggage")


class _Fields:
    """An object whose attributes are its class's slots, each None where *found* has no such key."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, found: Mapping[str, Any] | None = None) -> None:
        for name in self.__slots__:
            setattr(self, name, (found or {}).get(name))

    def __repr__(self) -> str:
        fields = ",".join(f"{name}={getattr(self, name)}" for name in self.__slots__)
        return f"{type(self).__name__}([{fields}])"


class CognitoIdentity(_Fields):
    """Who called through Cognito: always an object, with empty fields when nobody did."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self) -> None:
        self.cognito_identity_id: str | None = None
        self.cognito_identity_pool_id: str | None = None


class Client(_Fields):
    """The mobile application inside a `ClientContext`."""

    __slots__ = ("app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id")


class ClientContext(_Fields):
    """What the caller put into ClientContext: ``custom``, ``env``, ``client``."""

    __slots__ = ("client", "custom", "env")

    client: Client | None
    custom: Any
    env: Any

    def __init__(self, found: Mapping[str, Any]) -> None:
        super().__init__(found)
        client: Any = found.get("client")
        self.client = None if client is None else Client(client)


class LambdaContext:
    """What a handler may ask about its invocation; `memory_limit_in_mb` is a str, as in Lambda (FUN-13)."""

    def __init__(self, invocation: Invocation, now_s: Callable[[], float]) -> None:
        self.aws_request_id = invocation.request_id
        self.function_name = invocation.function_name
        self.function_version = invocation.function_version
        self.invoked_function_arn = invocation.invoked_arn
        self.memory_limit_in_mb = str(invocation.memory_mb)
        self.log_group_name = f"/aws/lambda/{invocation.function_name}"
        self.log_stream_name = invocation.environment.log_stream
        self.tenant_id = invocation.tenant_id
        self.identity = CognitoIdentity()
        self.client_context: ClientContext | None = None
        self._w3c: dict[str, str] = {}
        if invocation.client_context is not None:
            self._take_client_context(invocation.client_context)
        self._deadline_s = invocation.deadline_s
        self._now_s = now_s

    def get_remaining_time_in_millis(self) -> int:
        """Whole milliseconds until the function is cut off, in virtual time; 0 when the deadline has passed."""
        left_ms = int((self._deadline_s - self._now_s()) * 1000 + 0.0005)  # 9.999999999 is the dust of a sum of floats
        return max(left_ms, 0)

    def log(self, msg: object) -> None:
        """Write *msg* to the function's log as it is, without a line end."""
        sys.stdout.write(str(msg))

    def w3c(self) -> dict[str, str]:
        """The W3C trace context that the caller sent: ``traceparent``, ``tracestate``, ``baggage``."""
        return dict(self._w3c)

    def _take_client_context(self, found: Any) -> None:
        members = dict(found) if isinstance(found, dict) else {}
        w3c = members.pop("w3c", None)
        if isinstance(w3c, dict):
            self._w3c = {name: w3c[name] for name in _W3C_FIELDS if isinstance(w3c.get(name), str)}
        self.client_context = ClientContext(members)

    def __repr__(self) -> str:
        names = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                 "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")  # fmt: skip
        return f"LambdaContext([{','.join(f'{name}={getattr(self, name)}' for name in names)}])"
