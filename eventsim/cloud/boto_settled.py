"""Answers for aiobotocore that are complete already: their content may be awaited, and need not be.

Suites that made aiobotocore take moto's answers wrap each answer in one of their own, whose coroutines return the
content of the inner one as it is: there it must be bytes, as moto's are. aiobotocore itself awaits it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from aiobotocore.awsrequest import AioAWSResponse

if TYPE_CHECKING:
    from collections.abc import Generator

    from eventsim.cloud.requests import AwsResponse

_T = TypeVar("_T")


async def _given(value: _T) -> _T:
    return value


class SettledBytes(bytes):
    """Bytes that are themselves when awaited."""

    def __await__(self) -> Generator[Any, None, bytes]:
        return _given(bytes(self)).__await__()


class SettledText(str):
    """A text that is itself when awaited."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, str]:
        return _given(str(self)).__await__()


class SettledResponse(AioAWSResponse):  # type: ignore[misc]  # aiobotocore has no types
    """The form of *response*, whose body is read from *raw*, that aiobotocore takes."""

    def __init__(self, url: str, response: AwsResponse, raw: Any) -> None:
        super().__init__(url, response.status, response.headers, raw)
        self._settled = SettledBytes(response.body)

    @property
    def content(self) -> SettledBytes:
        """The whole body."""
        return self._settled

    @property
    def text(self) -> SettledText:
        """The whole body as text."""
        return SettledText(self._settled.decode())
