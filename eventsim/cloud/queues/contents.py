"""What is in a queue now, and what the passing of time does to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

import msgspec

from eventsim.cloud.queues.arrivals import Arrivals
from eventsim.cloud.queues.deadlines import SPARE, Deadlines
from eventsim.cloud.queues.errors import queue_does_not_exist
from eventsim.cloud.queues.message import DELAYED, GONE, IN_FLIGHT, VISIBLE, Delivery, Message
from eventsim.cloud.queues.metrics import QueueMetrics
from eventsim.cloud.queues.waiters import Timers, Waiters

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.queues.attributes import QueueAttributes
    from eventsim.cloud.queues.queue import Queue
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.trace import Trace

MAXIMUM_IN_FLIGHT: Final = 120_000
DUST_S: Final = 5e-7  # two sums of the same seconds may differ by less than this


class QueueHome(msgspec.Struct, frozen=True):
    """What a queue needs of the account that it lives in; *find* looks a queue up by its ARN."""

    clock: Clock
    timers: Callable[[], Timers]
    trace: Trace | None
    find: Callable[[str], Queue | None]


class Contents(ABC):
    """The messages of one queue by state, and the hooks by which standard and FIFO queues differ.

    `_settle` brings everything up to the present; every operation calls it first. Hooks that return an integer
    say how many waiters a change is worth.
    """

    def __init__(self, name: str, attributes: QueueAttributes, home: QueueHome) -> None:
        self.name = name
        self.attributes = attributes
        self.deleted = False
        self._home = home
        self._now_s = home.clock.now_s
        self.metrics = QueueMetrics(home.clock.epoch_s)
        self._waiters = Waiters(home.timers, self._on_time)
        self._arrived = 0
        self._forget_all()

    def _forget_all(self) -> None:
        self._visible = self._in_flight = self._delayed = 0
        self._deliveries: dict[str, Delivery] = {}  # by receipt: the last one of each message
        self._arrivals = Arrivals()
        self._deadlines = Deadlines()
        self._next_due = self.metrics.minute_end_s  # nothing changes by itself before

    # --- the passing of time ---

    def _settle(self) -> float:
        """Bring the contents up to the present, which is returned; AwsError QueueDoesNotExist after `close`."""
        now = self._now_s()
        if now + DUST_S >= self._next_due:
            self._catch_up(now)
        return now

    def _catch_up(self, now: float) -> None:
        if self.deleted:
            raise queue_does_not_exist()
        wakes = 0
        for message in self._arrivals.pop_older(now + DUST_S - self.attributes.retention_s):
            wakes += self._expire(message)
        for message in self._deadlines.pop_due(now + DUST_S):
            wakes += self._reappear(message)
        first = self._deadlines.first()
        expiry = self._arrivals.oldest_s() + self.attributes.retention_s
        self.metrics.turn(now + DUST_S)
        due = expiry if first is None else min(first, expiry)
        self._next_due = min(due, self.metrics.minute_end_s)
        self._wake(wakes)

    def _on_time(self) -> None:
        if not self.deleted:
            self._settle()
            self._arm()

    def _arm(self) -> None:
        """Set the timer for whoever waits."""
        if self._waiters.futures:
            first = self._deadlines.first()
            expiry = self._arrivals.oldest_s() + self.attributes.retention_s
            self._waiters.arm(None if first is None else min(first, expiry))

    def _wake(self, count: int) -> None:
        if count and self._waiters.futures and self._in_flight < MAXIMUM_IN_FLIGHT:
            self._waiters.wake(count)

    # --- from state to state ---

    def _admit(self, message: Message, now: float, delay_s: float) -> None:
        """Let a message in, to be seen after *delay_s* (SQS-13)."""
        self._arrived += 1
        message.order = self._arrived
        self._arrivals.add(message)
        self._next_due = min(self._next_due, message.enqueued_s + self.attributes.retention_s)
        if delay_s > 0:
            self._delayed += 1
            self._hide(message, DELAYED, now + delay_s)
        else:
            message.state = VISIBLE
            self._visible += 1
            self._wake(self._line_up(message))

    def _hide(self, message: Message, state: int, until: float) -> None:
        message.state = state
        message.wakes_s = until
        self._deadlines.add(until, message)
        self._next_due = min(self._next_due, until)
        self._arm()

    def _reappear(self, message: Message) -> int:
        leased = message.state == IN_FLIGHT
        message.state = VISIBLE
        self._visible += 1
        wakes = self._line_up_again(message)
        if leased:
            self._in_flight -= 1
            return self._unlock(message) or wakes
        self._delayed -= 1
        return wakes

    def _expire(self, message: Message) -> int:
        """Drop a message that is too old, in flight or not (SQS-12)."""
        state = message.state
        self._vanish(message)
        if self._home.trace is not None:
            self._home.trace.add("queue.expire", queue=self.name, record=message.id)
        if state == IN_FLIGHT:
            self._in_flight -= 1
            return self._unlock(message)
        self._visible -= state == VISIBLE
        self._delayed -= state == DELAYED
        return 0

    def _vanish(self, message: Message) -> None:
        message.state = GONE
        if message.receipt is not None:
            self._deliveries.pop(message.receipt, None)
            message.receipt = None

    def _trim(self) -> None:
        """Drop what is stale once there is too much of it beside what is current: O(1), spread over the calls."""
        hidden = self._in_flight + self._delayed
        if self._deadlines.kept > 4 * hidden + SPARE:
            self._deadlines.trim(hidden)
        present = hidden + self._visible
        if len(self._arrivals.messages) > 4 * present + SPARE:
            self._arrivals.trim()

    # --- what each kind does its own way ---

    @abstractmethod
    def _line_up(self, message: Message) -> int:
        """Append a message that is visible from the start."""

    @abstractmethod
    def _line_up_again(self, message: Message) -> int:
        """Insert a message that was hidden, at the place of its order."""

    @abstractmethod
    def _take(self, room: int, maximum_receives: int, exhausted: list[Message]) -> list[Message]:
        """Take the oldest receivable messages out of the line.

        Those received *maximum_receives* times (0: no limit) are put into *exhausted* and don't count.
        """

    @abstractmethod
    def oldest(self) -> Message | None:
        """The oldest receivable message, left where it is."""

    def _unlock(self, message: Message) -> int:  # noqa: ARG002 - standard queues have no locks
        """A lease has ended."""
        return 0
