"""Asynchronous handlers: their coroutine and the tasks it starts, each step bracketed like a synchronous handler.

A step runs in one of the kernel's greenlets, so `time.sleep` and boto3 calls wait in virtual time here as well; what a
step awaits is awaited by its task on the simulation's loop.
"""

from __future__ import annotations

import asyncio
import contextvars
from functools import partial
from typing import TYPE_CHECKING, Any

from eventsim.kernel.greenlets import FunctionTimedOut
from eventsim.kernel.running import hide_running, put_back

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

    from eventsim.kernel.greenlets import Bracket, Greenlets
    from eventsim.kernel.running import Running

_CURRENT: contextvars.ContextVar[AsynchronousCall | None] = contextvars.ContextVar("asynchronous_call", default=None)


class AsynchronousCall:
    """One invocation of an asynchronous handler: its main task, and the tasks that were started meanwhile.

    Callbacks that the handler gives to the loop itself (``loop.call_later``) run outside the bracket.
    """

    def __init__(self, greenlets: Greenlets, bracket: Bracket, deadline_s: float) -> None:
        self._greenlets = greenlets
        self._bracket = bracket
        self._deadline_s = deadline_s
        self._tasks: list[asyncio.Task[Any]] = []
        self._end: BaseException | None = None

    async def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """The result of *coroutine*, which raises nothing of its own; what it left running is cancelled.

        Raises FunctionTimedOut at the deadline, and SystemExit when a task that it started exits.
        """
        loop = asyncio.get_running_loop()
        _install_task_factory(loop)
        caller = asyncio.current_task()
        before = caller.cancelling() if caller is not None else 0
        main = asyncio.Task(self._whole(coroutine), loop=loop)
        main.add_done_callback(lambda _: coroutine.close())
        self._tasks.append(main)
        timer = loop.call_at(self._deadline_s, self._reach_deadline, loop)
        try:
            outcome = await main
        except asyncio.CancelledError:
            if self._end is None:
                raise
        finally:
            timer.cancel()
        if self._end is not None:
            raise self._end
        if caller is not None and caller.cancelling() > before:
            raise asyncio.CancelledError  # the handler swallowed what was meant for the caller
        return outcome

    def adopt(
        self,
        loop: asyncio.AbstractEventLoop,
        coroutine: Coroutine[Any, Any, Any],
        context: contextvars.Context | None = None,
        **options: Any,
    ) -> Any:
        """A task for a coroutine that the handler starts."""
        inside = contextvars.copy_context() if context is None else context
        outside = inside.copy()
        outside.run(_CURRENT.set, None)  # what a simulated service starts on the task's behalf is not the handler's
        task = asyncio.Task(self._drive(coroutine, inside), loop=loop, context=outside, **options)
        task.add_done_callback(lambda _: _forget(task, coroutine))
        self._tasks.append(task)
        return task

    async def _whole(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """The handler's own coroutine, then the end of the other tasks, as ``asyncio.run`` does it."""
        outcome = await self._drive(coroutine, contextvars.copy_context())
        others = [task for task in self._tasks[1:] if not task.done()]
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others)
        return outcome

    async def _drive(self, coroutine: Coroutine[Any, Any, Any], context: contextvars.Context) -> Any:
        """Run *coroutine* step by step, each step in a greenlet and in the bracket."""
        context.run(_CURRENT.set, self)
        resume, argument = coroutine.send, None
        while True:
            try:
                done, value = await self._step(context, resume, argument)
            except (FunctionTimedOut, SystemExit) as error:
                self._stop(error)
                raise asyncio.CancelledError from None
            if done:
                return value
            try:
                argument, resume = await _Again(value), coroutine.send
            except BaseException as error:  # noqa: BLE001 - it belongs to the coroutine, a cancellation too
                argument, resume = error, coroutine.throw
            if self._end is not None:
                await self._step(context, _close, coroutine)
                raise asyncio.CancelledError

    async def _step(self, context: contextvars.Context, resume: Any, argument: Any) -> Any:
        running = asyncio.get_running_loop(), asyncio.current_task()
        return await self._greenlets.call(
            context.run, _advance, running, resume, argument, deadline_s=self._deadline_s, bracket=self._bracket
        )

    def _reach_deadline(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the instant pass first: what waits until exactly then is not cut off, as in the kernel."""
        later: Callable[..., object] = getattr(loop, "call_when_settled", loop.call_soon)
        later(partial(self._stop, FunctionTimedOut()))

    def _stop(self, error: BaseException) -> None:
        if self._end is None:
            self._end = error
            for task in self._tasks:
                task.cancel()


class _Again:
    """Yields once more, to the task, what a coroutine has yielded."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield self._value)


def _advance(running: Running, resume: Any, argument: Any) -> tuple[bool, Any]:
    """Take a coroutine one step further: (True, its result), or (False, what it waits for)."""
    put_back(running)  # the kernel hides it in a greenlet, for synchronous code
    try:
        return False, resume(argument)
    except StopIteration as stop:
        return True, stop.value
    finally:
        hide_running()


def _close(coroutine: Coroutine[Any, Any, Any]) -> None:
    coroutine.close()
    raise StopIteration


def _forget(task: asyncio.Task[Any], coroutine: Coroutine[Any, Any, Any]) -> None:
    coroutine.close()  # for one that never began
    if not task.cancelled():
        task.exception()  # nobody has to ask for it: the loop would complain


def _install_task_factory(loop: asyncio.AbstractEventLoop) -> None:
    previous = loop.get_task_factory()
    if getattr(previous, "for_handlers", False):
        return

    def factory(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> Any:
        call = _CURRENT.get()
        if call is not None:
            return call.adopt(loop, coroutine, **options)
        if previous is not None:
            return previous(loop, coroutine, **options)
        return asyncio.Task(coroutine, loop=loop, **options)

    factory.for_handlers = True  # type: ignore[attr-defined]
    loop.set_task_factory(factory)
