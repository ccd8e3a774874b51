"""Patience with a real endpoint: what it can't answer now is asked again, with backoff, and said once."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, TypeVar

from eventsim.cloud.remote_errors import Meaning, brief, meaning_of
from eventsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from random import Random
    from typing import TypeAlias

    Tell: TypeAlias = Callable[[str], object]

T = TypeVar("T")

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 5.0
REMIND_EVERY_S = 30.0


def delay_s(failures: int, chance: float) -> float:
    """How long to wait after so many failures in a row: from 0.1 s doubling to 5 s, of which *chance* takes half."""
    whole_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(failures - 1, 16))
    return whole_s * (0.5 + chance / 2)


class Patience:
    """Calls an endpoint until it answers; *tell* gets a line when that fails, now and then, and when it is over.

    Outages of the whole endpoint are told once however many pollers see them. *unwelcome* lists codes of answers that
    are outages too, for what can't be missing for long.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, jitter: Random, tell: Tell, *, name: str) -> None:
        self._loop = loop
        self._jitter = jitter
        self._tell = tell
        self._name = name
        self._outages: dict[str, tuple[float, float]] = {}  # since when, and when it was told last
        self._mentioned: dict[str, float] = {}
        self.failures = 0

    async def call(
        self,
        make: Callable[[], Awaitable[T]],
        what: str,
        *,
        until_s: float = math.inf,
        unwelcome: frozenset[str] = frozenset(),
    ) -> T:
        """What *make* brings; it is called again while the endpoint can't answer, until loop time *until_s*.

        Raises InputError when the endpoint refuses the credentials, and else what *make* raised last.
        """
        failures = 0
        while True:
            try:
                found = await make()
            except Exception as error:
                outage = self._outage(error, what, unwelcome)
                failures += 1
                self.failures += 1
                pause_s = delay_s(failures, self._jitter.random())
                if outage is None or self._loop.time() + pause_s > until_s:
                    raise
                self._note(outage, error)
                await asyncio.sleep(pause_s)
            else:
                if self._outages:
                    self._recovered(what)
                return found

    def mention(self, what: str, error: Exception) -> None:
        """Tell of an error that somebody else deals with, now and then."""
        now_s = self._loop.time()
        if now_s - self._mentioned.get(what, -math.inf) >= REMIND_EVERY_S:
            self._mentioned[what] = now_s
            self._tell(f"{what}: {brief(error)}")

    def _outage(self, error: Exception, what: str, unwelcome: frozenset[str]) -> str | None:
        """What is out: the endpoint itself, *what* was asked for, or None for an answer."""
        from botocore.exceptions import ClientError

        meaning = meaning_of(error)
        if meaning is Meaning.DENIED:
            raise InputError(denied(self._name, what, error)) from error
        if meaning is Meaning.AGAIN:
            return what if isinstance(error, ClientError) else ""
        code = getattr(error, "response", {}).get("Error", {}).get("Code")
        return what if code in unwelcome else None

    def _note(self, outage: str, error: Exception) -> None:
        now_s = self._loop.time()
        since_s, told_s = self._outages.get(outage, (now_s, -math.inf))
        if now_s - told_s >= REMIND_EVERY_S:
            told_s = now_s
            begin = f"{outage} can't be worked with" if outage else f"{self._name} does not answer"
            self._tell(f"{begin}, trying again: {brief(error)}")
        self._outages[outage] = since_s, told_s

    def _recovered(self, what: str) -> None:
        for outage in ("", what):
            since = self._outages.pop(outage, None)
            if since is not None:
                self._tell(f"{outage or self._name} answers again after {self._loop.time() - since[0]:.1f} s")


def denied(name: str, what: str, error: BaseException) -> str:
    """The message for credentials that are not accepted."""
    return (
        f"{what}: {name} refuses the credentials or what they may do ({brief(error)}): "
        "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile"
    )
