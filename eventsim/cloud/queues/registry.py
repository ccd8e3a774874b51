"""The queues of one account and region."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from eventsim.cloud.queues.attributes import QueueAttributes
from eventsim.cloud.queues.contents import DUST_S, QueueHome
from eventsim.cloud.queues.dead_letters import check_dead_letters
from eventsim.cloud.queues.errors import (
    invalid_address,
    invalid_parameter,
    queue_deleted_recently,
    queue_does_not_exist,
    queue_name_exists,
)
from eventsim.cloud.queues.fifo import FifoQueue
from eventsim.cloud.queues.move_tasks import MoveTask, MoveTasks
from eventsim.cloud.queues.standard import ShuffledQueue, StandardQueue
from eventsim.cloud.queues.tags import check_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from eventsim.cloud.queues.queue import Queue
    from eventsim.cloud.queues.waiters import Timers
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.seeds import Seeds
    from eventsim.kernel.trace import Trace

NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
DELETION_S: Final = 60


class Queues:
    """All queues, in the order of their creation.

    *timers* gives the event loop when a time has to be waited for; *trace* gets ``queue.redrive``,
    ``queue.expire`` and ``queue.move``. Ids, receipts and sequence numbers come from one random stream per queue.
    With *shuffle* standard queues keep no order (SQS-36).
    """

    def __init__(
        self,
        clock: Clock,
        seeds: Seeds,
        timers: Callable[[], Timers],
        *,
        trace: Trace | None = None,
        account_id: str = "123456789012",
        region: str = "us-east-1",
        shuffle: bool = False,
    ) -> None:
        self.account_id = account_id
        self.region = region
        self._standard = ShuffledQueue if shuffle else StandardQueue
        self._clock = clock
        self._seeds = seeds
        self._queues: dict[str, Queue] = {}
        self._deleted_s: dict[str, float] = {}
        self._home = QueueHome(clock, timers, trace, self.find)
        self._move_tasks = MoveTasks(self._home, seeds.stream("sqs-move-tasks"))

    def __iter__(self) -> Iterator[Queue]:
        return iter(tuple(self._queues.values()))

    def __len__(self) -> int:
        return len(self._queues)

    def settle(self) -> None:
        """Bring every queue up to the present: the trace misses no message that outlived its queue (SQS-12)."""
        for queue in self:
            queue.counts()

    # --- life ---

    def create(
        self, name: str, attributes: Mapping[str, str] | None = None, tags: Mapping[str, str] | None = None
    ) -> Queue:
        """The queue of that name, new unless it exists with the same values for *attributes* (SQS-01).

        A name that ends in ``.fifo`` makes it a FIFO queue. AwsError QueueNameExists, QueueDeletedRecently,
        InvalidParameterValue, InvalidAttributeName or InvalidAttributeValue.
        """
        fifo = check_name(name)
        parsed = QueueAttributes.parse(attributes or {}, fifo=fifo)
        existing = self._queues.get(name)
        if existing is not None:
            check_same(existing.attributes, parsed, attributes or {})
            return existing
        deleted_s = self._deleted_s.get(name)
        if deleted_s is not None and self._clock.now_s() - deleted_s < DELETION_S - DUST_S:
            raise queue_deleted_recently()
        check_dead_letters(self.arn_of(name), parsed, self.find)
        kind = FifoQueue if fifo else self._standard
        queue = kind(
            name,
            arn=self.arn_of(name),
            url=self.url_of(name),
            attributes=parsed,
            home=self._home,
            stream=self._seeds.stream(f"sqs:{name}"),
        )
        queue.tags.update(check_tags(tags or {}))
        self._queues[name] = queue
        return queue

    def delete(self, queue: Queue) -> None:
        """Delete a queue with everything in it; its name can't be used for the next 60 seconds."""
        if self._queues.pop(queue.name, None) is not None:
            self._deleted_s[queue.name] = self._clock.now_s()
            queue.close()

    # --- finding ---

    def get(self, name: str) -> Queue:
        """The queue of that name; AwsError QueueDoesNotExist."""
        found = self._queues.get(name)
        if found is None:
            raise queue_does_not_exist()
        return found

    def find(self, arn: str) -> Queue | None:
        """The queue with that ARN, or None."""
        queue = self._queues.get(arn.rpartition(":")[2])
        return queue if queue is not None and queue.arn == arn else None

    def by_arn(self, arn: str) -> Queue:
        """The queue with that ARN; AwsError QueueDoesNotExist."""
        found = self.find(arn)
        if found is None:
            raise queue_does_not_exist()
        return found

    def by_url(self, url: str) -> Queue:
        """The queue with that URL, whatever its host; AwsError InvalidAddress or QueueDoesNotExist."""
        parts = urlsplit(url)
        account_id, _, name = parts.path.strip("/").rpartition("/")
        if not parts.scheme or not name or not account_id:
            raise invalid_address(url)
        if account_id.rpartition("/")[2] != self.account_id:
            raise queue_does_not_exist()
        return self.get(name)

    def arn_of(self, name: str) -> str:
        """The ARN that a queue of that name has."""
        return f"arn:aws:sqs:{self.region}:{self.account_id}:{name}"

    def url_of(self, name: str) -> str:
        """The URL that a queue of that name has."""
        return f"https://sqs.{self.region}.amazonaws.com/{self.account_id}/{name}"

    def sources_of(self, queue: Queue) -> list[Queue]:
        """The queues whose dead-letter queue this one is."""
        return [
            source for source in self if source.attributes.redrive and source.attributes.redrive.target_arn == queue.arn
        ]

    # --- move tasks ---

    def start_move_task(
        self, source_arn: str, destination_arn: str | None = None, max_per_second: int | None = None
    ) -> MoveTask:
        """Move the visible messages of a dead-letter queue back, or to *destination_arn* (SQS-08); see `MoveTasks`."""
        return self._move_tasks.start(
            source_arn, destination_arn, max_per_second, is_dead_letter_queue=lambda queue: bool(self.sources_of(queue))
        )

    def list_move_tasks(self, source_arn: str) -> list[MoveTask]:
        """The tasks of a source, newest first; see `MoveTasks`."""
        return self._move_tasks.list(source_arn)

    def cancel_move_task(self, handle: str) -> MoveTask:
        """Stop a running task; see `MoveTasks`."""
        return self._move_tasks.cancel(handle)


def check_name(name: str) -> bool:
    """Whether the name is a FIFO queue's; AwsError InvalidParameterValue when no queue can have it (SQS-01)."""
    if not NAME.fullmatch(name.removesuffix(".fifo")) or len(name) > 80:
        text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise invalid_parameter(text)
    return name.endswith(".fifo")


def check_same(existing: QueueAttributes, wanted: QueueAttributes, named: Mapping[str, str]) -> None:
    """AwsError QueueNameExists for the first of the *named* attributes whose value differs."""
    has, wants = existing.to_strings(), wanted.to_strings()
    for name in named:
        if has.get(name) != wants.get(name):
            raise queue_name_exists(name)
