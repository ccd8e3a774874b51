"""One execution environment of a function: its process, and where that is between asking, working and answering."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from eventsim.invokers.processes import Program
from eventsim.invokers.runtime_api_server import RuntimeApiServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


class Event(NamedTuple):
    """What a runtime gets when it asks for the next invocation: the id, the JSON text, and the headers."""

    request_id: str
    body: bytes
    headers: dict[str, str]


class Answer(NamedTuple):
    """What came of one: *payload* when the code returned, *error* when it failed, neither when it never answered.

    *status* is the exit status of a process that has ended meanwhile.
    """

    payload: bytes | None = None
    error: dict[str, Any] | None = None
    status: int | None = None
    logs: str = ""


class RuntimeEnvironment:
    """A process and the Runtime API that it alone is served; made and used on a real loop.

    It has *begun* until it asks for the first time or reports that its initialisation failed; then it is *idle* when
    it asks, *busy* with an event, and *answered* until it asks again.
    """

    def __init__(self, on_stop: Callable[[RuntimeEnvironment], object]) -> None:
        self._on_stop = on_stop
        self._stopping: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._server = RuntimeApiServer(self)
        self._program: Program | None = None
        self._gone = asyncio.Event()
        self._state = "begun"
        self._initialised: asyncio.Future[None] = self._loop.create_future()
        self._next: asyncio.Future[Event] = self._loop.create_future()
        self._event: Event | None = None
        self._answer = Answer()
        self._finished: asyncio.Future[None] | None = None
        self.init_error: dict[str, Any] | None = None

    # -- for the invoker -------------------------------------------------------------------------

    @property
    def status(self) -> int | None:
        """The exit status of the process, negative for a signal; None while it lives."""
        return None if self._program is None else self._program.status

    async def start(self, command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> None:
        """Start the process and wait until it asks, fails (`init_error`) or ends (`status`).

        Raises OSError when it can't be started. To cancel it is to end the process.
        """
        address = await self._server.start()
        try:
            self._program = Program(
                command,
                folder=folder,
                variables={**variables, "AWS_LAMBDA_RUNTIME_API": address},
                loop=self._loop,
                on_exit=self._exited,
            )
            await asyncio.shield(self._initialised)
        finally:
            if self._state != "idle":  # it failed, ended, or took too long
                await self.stop()

    async def invoke(self, event: Event) -> Answer:
        """Hand *event* to the process, which is idle, and wait until it asks for another one, or ends.

        To cancel it is to end the process.
        """
        self._event, self._answer = event, Answer()
        self._finished = self._loop.create_future()
        if self.status is None:
            self._state = "busy"
            self._next.set_result(event)
            self._next = self._loop.create_future()
            try:
                await self._finished
            finally:
                if self._has_ended() or not self._finished.done():
                    await self.stop()
        return self._answer._replace(status=self.status, logs=self.take_logs())

    def take_logs(self) -> str:
        """What the process printed since the last call."""
        return "" if self._program is None else self._program.take_output()

    def kill(self) -> None:
        """End the process now."""
        if self._program is not None and self._program.status is None:
            self._program.kill()

    async def stop(self) -> None:
        """End the process and its server, and wait until they are gone."""
        self.kill()
        if self._program is not None:
            await self._gone.wait()
        await self._server.stop()
        self._on_stop(self)

    async def end(self) -> str:
        """The same; what the process had printed."""
        await self.stop()
        return self.take_logs()

    def stop_soon(self) -> None:
        """The same, without waiting; called on the loop."""
        self._stopping = self._loop.create_task(self.stop())

    def _has_ended(self) -> bool:
        return self.status is not None

    def _exited(self, _status: int) -> None:
        self._gone.set()
        if not self._initialised.done():
            self._initialised.set_result(None)
        self._finish()

    def _finish(self) -> None:
        if self._finished is not None and not self._finished.done():
            self._finished.set_result(None)

    # -- for the server --------------------------------------------------------------------------

    async def next(self) -> Event | None:
        """The event for a runtime that asks; None when it may not, after a failed initialisation.

        One that asks again without having answered gets the same event once more.
        """
        if self._state == "failed":
            return None
        if self._state == "busy":
            assert self._event is not None
            return self._event
        self._state = "idle"
        if not self._initialised.done():
            self._initialised.set_result(None)
        self._finish()
        return await asyncio.shield(self._next)

    def refusal(self, request_id: str) -> int | None:
        """The HTTP status for an answer that can't be taken now: 403 when none is due, 400 for another's; else None."""
        if self._state != "busy":
            return 403
        return None if self._event is not None and self._event.request_id == request_id else 400

    def answer(self, *, payload: bytes | None = None, error: dict[str, Any] | None = None) -> None:
        """Take the answer to the event in hand."""
        self._state = "answered"
        self._answer = Answer(payload, error)

    def fail_init(self, error: dict[str, Any]) -> bool:
        """Take the report of a failed initialisation; whether it could still come."""
        if self._state != "begun":
            return False
        self._state, self.init_error = "failed", error
        self._initialised.set_result(None)
        return True

    @property
    def state(self) -> str:
        """Where the runtime is, for refusals."""
        return self._state
