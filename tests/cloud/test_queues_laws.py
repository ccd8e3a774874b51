"""Any history of a queue agrees with a plain list of messages that is looked through from the start each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from eventsim.errors import AwsError
from tests.cloud.queue_lab import Lab

if TYPE_CHECKING:
    from eventsim.cloud.queues.message import Delivery

MAXIMUM_RECEIVES = 3
RETENTION_S = 600
TIMEOUTS_S = st.sampled_from([0, 1, 5, 30, 31, 600, 900])


@dataclass
class Entry:
    """One message as the reference knows it."""

    id: str
    group: str
    sent_s: float
    hidden_until_s: float
    receives: int = 0
    leased: bool = False
    receipt: str = ""
    leased_s: float = 0.0


class Histories(RuleBasedStateMachine):
    """Sends, receives, deletions, changed visibilities and time, in any order, on a queue with a dead-letter queue."""

    @initialize(fifo=st.booleans())
    def set_up(self, fifo: bool) -> None:
        self.lab = Lab()
        end = ".fifo" if fifo else ""
        self.fifo = fifo
        self.dlq = self.lab.queue(f"dlq{end}")
        self.queue = self.lab.queue(f"orders{end}", self.dlq, MAXIMUM_RECEIVES, MessageRetentionPeriod=str(RETENTION_S))
        self.entries: list[Entry] = []  # what is in the queue, in order of arrival
        self.dead: list[str] = []
        self.deliveries: list[Delivery] = []
        self.sent = self.deleted = self.expired = 0

    # --- the reference ---

    def hidden(self, entry: Entry) -> bool:
        return entry.hidden_until_s > self.lab.now_s

    def look(self) -> None:
        """What time has done."""
        fresh = [entry for entry in self.entries if self.lab.now_s - entry.sent_s < RETENTION_S]
        self.expired += len(self.entries) - len(fresh)
        self.entries = fresh

    def expect_receive(self, limit: int, timeout_s: float) -> list[Entry]:
        locked = {e.group for e in self.entries if self.fifo and e.leased and self.hidden(e)}
        taken: list[Entry] = []
        for entry in list(self.entries):
            if len(taken) == limit:
                break
            if self.hidden(entry) or entry.group in locked:
                continue
            if entry.receives == MAXIMUM_RECEIVES:
                self.entries.remove(entry)
                self.dead.append(entry.id)
                continue
            entry.receives += 1
            entry.leased, entry.leased_s = True, self.lab.now_s
            taken.append(entry)
        for entry in taken:
            entry.hidden_until_s = self.lab.now_s + timeout_s
        return taken

    def find(self, delivery: Delivery) -> Entry | None:
        return next((entry for entry in self.entries if entry.receipt == delivery.receipt), None)

    # --- the history ---

    @rule(count=st.integers(1, 5), delay_s=st.sampled_from([0, 0, 1, 30]), group=st.sampled_from("abc"))
    def send(self, count: int, delay_s: int, group: str) -> None:
        self.look()
        for _ in range(count):
            self.sent += 1
            if self.fifo:
                message = self.queue.send("x", group_id=group, dedup_id=str(self.sent))
                delay_s = 0
            else:
                message = self.queue.send("x", delay_s=delay_s)
            self.entries.append(Entry(message.id, group, self.lab.now_s, self.lab.now_s + delay_s))

    @rule(limit=st.integers(1, 7), timeout_s=TIMEOUTS_S)
    def receive(self, limit: int, timeout_s: int) -> None:
        self.look()
        expected = self.expect_receive(limit, timeout_s)
        batch = self.queue.receive(limit, timeout_s)
        assert [(one.message.id, one.receive_count) for one in batch] == [(e.id, e.receives) for e in expected]
        assert all(one.expires_s == self.lab.now_s + timeout_s for one in batch)
        for entry, delivery in zip(expected, batch, strict=True):
            entry.receipt = delivery.receipt
        self.deliveries += batch

    @precondition(lambda self: self.deliveries)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.look()
        delivery = data.draw(st.sampled_from(self.deliveries))
        entry = self.find(delivery)
        if entry is None and self.fifo and any(e.id == delivery.message.id for e in self.entries):
            fails = True  # received again since
        else:
            fails = self.fifo and entry is not None and not self.hidden(entry)
        if fails:
            with pytest.raises(AwsError, match="The receipt handle has expired"):
                self.queue.delete(delivery.receipt)
            return
        self.queue.delete(delivery.receipt)
        if entry is not None:
            self.entries.remove(entry)
            self.deleted += 1

    @precondition(lambda self: self.deliveries)
    @rule(data=st.data(), timeout_s=TIMEOUTS_S)
    def change_visibility(self, data: st.DataObject, timeout_s: int) -> None:
        self.look()
        delivery = data.draw(st.sampled_from(self.deliveries))
        entry = self.find(delivery)
        if entry is None or (self.fifo and not self.hidden(entry)):
            with pytest.raises(AwsError, match="not available for visibility timeout change"):
                self.queue.change_visibility(delivery.receipt, timeout_s)
            return
        was_hidden = self.hidden(entry)
        self.queue.change_visibility(delivery.receipt, timeout_s)
        if was_hidden:
            entry.hidden_until_s = self.lab.now_s + timeout_s

    @rule(seconds=st.sampled_from([0.5, 1, 5, 29, 30, 300]))
    def wait(self, seconds: float) -> None:
        self.lab.now_s += seconds

    # --- what always holds ---

    @invariant()
    def the_queue_is_as_the_reference(self) -> None:
        if not hasattr(self, "queue"):
            return
        self.look()
        assert [message.id for message in self.queue.messages()] == [entry.id for entry in self.entries]
        assert [message.id for message in self.dlq.messages()] == self.dead
        hidden = [entry for entry in self.entries if self.hidden(entry)]
        found = self.queue.counts()
        assert (found.visible, found.in_flight, found.delayed) == (
            len(self.entries) - len(hidden),
            sum(entry.leased for entry in hidden),
            sum(not entry.leased for entry in hidden),
        )
        assert len(self.entries) + len(self.dead) + self.deleted + self.expired == self.sent


HistoriesTest = pytest.mark.rule("SQS-03", "SQS-05", "SQS-06", "SQS-09", "SQS-12", "SQS-13", "SQS-36")(
    Histories.TestCase
)
HistoriesTest.settings = settings(max_examples=120, stateful_step_count=60, deadline=None, database=None)
