"""An asyncio loop with its own timer heap and its own turn; how time passes is left to a subclass."""

from __future__ import annotations

import _socket
import asyncio
import math
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from eventsim.kernel.outside import Outside
from eventsim.kernel.selector import GuardedSelector
from eventsim.kernel.timers import Phase, TimerHeap

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from contextvars import Context

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
POLL_EVERY = 4096  # turns between looks at the self-pipe, where signal handlers of the loop report


class TimedLoop(asyncio.SelectorEventLoop):
    """`SelectorEventLoop` whose timers fire at exactly their deadline, first set first.

    It replaces one turn of the loop (``_run_once``): what is due joins the ready queue, what is ready runs, and
    when nothing is ready the subclass's `_advance` says what happens next.
    """

    _ready: deque[asyncio.Handle]
    _stopping: bool
    _debug: bool
    _closed: bool
    _check_closed: Callable[[], None]
    _process_events: Callable[[Any], None]
    _internal_fds: int
    _add_reader: Callable[..., object]
    _read_from_self: Callable[[], None]

    def __init__(self, *, allow_real_io: bool) -> None:
        self._heap = TimerHeap()
        self._outside = Outside(self)
        self._turns = 0
        self._look_at = POLL_EVERY
        self._guard = GuardedSelector(allow_real_io=allow_real_io)
        super().__init__(self._guard)

    def _make_self_pipe(self) -> None:
        """Where other threads wake the loop, as asyncio has it, but of sockets below `socket.socket`.

        Test suites put something in the place of that class which refuses every socket: none goes to the network here.
        """
        make = getattr(_socket, "socketpair", None)
        if make is None:  # Windows
            super()._make_self_pipe()  # type: ignore[misc]  # asyncio's own
            return
        self._ssock, self._csock = make()
        self._ssock.setblocking(False)
        self._csock.setblocking(False)
        self._internal_fds += 1
        self._add_reader(self._ssock.fileno(), self._read_from_self)

    def _advance(self) -> None:
        """Nothing is ready: let time pass, wait for somebody outside, or raise."""
        raise NotImplementedError

    def _look_around(self) -> None:
        """What a busy loop does at turn `_look_at`, which it moves on."""
        self._look_at = self._turns + POLL_EVERY
        self._poll(0)

    # -- whose turn it is ----------------------------------------------------------------------------------

    def call_soon(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call *callback* in the next turn; what asyncio checks in its debug mode is checked then only."""
        if self._debug or self._closed:
            return super().call_soon(callback, *args, context=context)
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def add_ready(self, handle: asyncio.Handle) -> None:
        """Call *handle* in the next turn, as often as it is added."""
        self._ready.append(handle)

    def take_back(self, handle: asyncio.Handle) -> bool:
        """Undo `add_ready`, if nothing was added after it; whether anything else would happen now.

        If nothing would, the running task need not give up its turn. It counts as one: a task that goes on for very
        long is told to give way every now and then.
        """
        ready = self._ready
        if ready and ready[-1] is handle:
            ready.pop()
        self._turns += 1
        if ready or self._turns >= self._look_at or self._stopping or self._guard.foreign:
            return True
        entries = self._heap.entries
        return bool(entries) and entries[0][0] <= self.time()

    # -- timers --------------------------------------------------------------------------------------------

    def _order(self) -> float:
        """The place of a NORMAL timer among those of the same instant, before the order of their setting."""
        return 0.0

    def call_at(
        self, when: float, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call *callback* at *when* on `time`'s scale; returns a handle with ``cancel()``."""
        if when is None:
            raise TypeError("when cannot be None")
        self._check_closed()
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        if when < math.inf:  # what waits for ever is nothing that would happen
            self._heap.push(handle, when, Phase.NORMAL, self._order())
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        if handle._scheduled:  # type: ignore[attr-defined]
            self._heap.cancelled()

    def close(self) -> None:
        """Close the loop and forget its timers."""
        super().close()
        self._heap.clear()

    # -- one turn ------------------------------------------------------------------------------------------

    def _run_once(self) -> None:
        ready = self._ready
        self._fire_due()
        if not ready and not self._stopping:
            self._advance()
            self._fire_due()
        self._turns += 1
        if self._guard.foreign:
            self._poll(0)
        if self._turns >= self._look_at:
            self._look_around()
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()
        handle = None  # type: ignore[assignment]  # breaks the cycle with an exception's traceback

    def _fire_due(self) -> None:
        """Run the steps that are due; move the other due timers to the ready queue."""
        entries = self._heap.entries
        if not entries:
            return
        now = self.time()
        while entries and entries[0][0] <= now:
            _, phase, _, _, handle = self._heap.pop()
            if handle._cancelled:
                continue
            if phase is Phase.STEP:
                handle._context.run(handle._callback, *handle._args)  # type: ignore[attr-defined]
            else:
                self._ready.append(handle)

    def _poll(self, timeout_real_s: float) -> bool:
        """Look at the self-pipe and whatever else is registered; returns whether anything was there."""
        events = self._guard.select(timeout_real_s)
        self._process_events(events)
        return bool(events)

    # -- work outside --------------------------------------------------------------------------------------

    def hold(self) -> AbstractContextManager[None]:
        """Keep virtual time from moving while real work goes on outside the loop."""
        return self._outside.hold()

    def run_in_executor(self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts) -> asyncio.Future[_T]:
        """Run *func* in a thread; virtual time stands still until it has returned."""
        future = super().run_in_executor(executor, func, *args)
        self._outside.hold_until_done(future)
        return future

    async def shutdown_default_executor(self, *args: Any) -> None:
        """Wait for the executor's threads; this uses a thread itself."""
        with self.hold():
            await super().shutdown_default_executor(*args)

    async def subprocess_exec(self, *args: Any, **options: Any) -> Any:
        """Start a program; virtual time stands still until it has ended."""
        return await self._start_process(super().subprocess_exec(*args, **options))

    async def subprocess_shell(self, *args: Any, **options: Any) -> Any:
        """Start a shell command; virtual time stands still until it has ended."""
        return await self._start_process(super().subprocess_shell(*args, **options))

    async def _start_process(self, start: Any) -> Any:
        self._guard.admit_pipes = True
        with self.hold():
            transport, protocol = await start
        self._outside.hold_process(transport)
        return transport, protocol
