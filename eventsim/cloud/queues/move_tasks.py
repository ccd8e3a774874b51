"""Message move tasks: redrive a dead-letter queue's messages by hand (SQS-08)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import msgspec

from eventsim.cloud.queues.errors import invalid_parameter, invalid_value, resource_not_found
from eventsim.cloud.queues.redrive import read_object
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from eventsim.cloud.queues.contents import QueueHome
    from eventsim.cloud.queues.queue import Queue

MAXIMUM_RATE: Final = 500
KEPT_TASKS: Final = 10


class MoveTask(msgspec.Struct, eq=False):
    """One task: where from, where to (None: to where each message came from), how fast, how far.

    *status* is RUNNING, COMPLETED, CANCELLING, CANCELLED or FAILED, as AWS names it; *started_ms* is Unix
    milliseconds; *max_per_second* None moves everything at once.
    """

    handle: str
    source_arn: str
    destination_arn: str | None
    max_per_second: int | None
    started_ms: int
    started_s: float
    to_move: int
    moved: int = 0
    status: str = "RUNNING"
    failure_reason: str | None = None


class MoveTasks:
    """The move tasks of an account, the newest ten of each source."""

    def __init__(self, home: QueueHome, stream: Random) -> None:
        self._home = home
        self._stream = stream
        self._tasks: dict[str, list[MoveTask]] = {}  # by source ARN, newest first

    def start(
        self,
        source_arn: str,
        destination_arn: str | None,
        max_per_second: int | None,
        *,
        is_dead_letter_queue: Callable[[Queue], bool],
    ) -> MoveTask:
        """Start moving the visible messages of a dead-letter queue.

        At once; or one every 1 / *max_per_second* (1 to 500) seconds, the first after that time. AwsError
        ResourceNotFoundException for a missing queue, InvalidParameterValue for one that is no dead-letter queue,
        has a task running already, or is of the other kind.
        """
        if max_per_second is not None and not 1 <= max_per_second <= MAXIMUM_RATE:
            reason = f"Must be >= 1 and <= {MAXIMUM_RATE}, if provided."
            raise invalid_value(max_per_second, "MaxNumberOfMessagesPerSecond", reason)
        source = self._find(source_arn, "SourceArn")
        if not is_dead_letter_queue(source):
            raise invalid_parameter("Source queue must be configured as a Dead Letter Queue.")
        if destination_arn is not None:
            destination = self._find(destination_arn, "DestinationArn")
            if destination.fifo != source.fifo:
                raise invalid_parameter("Source and destination queue must be of the same type.")
            if destination is source:
                raise invalid_parameter("Source queue arn and destination queue arn cannot be the same.")
        tasks = self._tasks.setdefault(source_arn, [])
        if tasks and tasks[0].status == "RUNNING":
            raise invalid_parameter(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given "
                "time."
            )
        task = MoveTask(
            handle=make_handle(draw_uuid(self._stream), source_arn),
            source_arn=source_arn,
            destination_arn=destination_arn,
            max_per_second=max_per_second,
            started_ms=self._home.clock.wall_ms(),
            started_s=self._home.clock.now_s(),
            to_move=source.counts().visible,
        )
        tasks.insert(0, task)
        del tasks[KEPT_TASKS:]
        self._go_on(task)
        return task

    def list(self, source_arn: str) -> list[MoveTask]:
        """The tasks of a source, newest first; AwsError ResourceNotFoundException when there is no such queue."""
        self._find(source_arn, "SourceArn")
        return list(self._tasks.get(source_arn, ()))

    def cancel(self, handle: str) -> MoveTask:
        """Stop a running task; what it moved stays moved. AwsError for a handle that names no running task."""
        source_arn = read_handle(handle)
        self._find(source_arn, "SourceArn")
        for task in self._tasks.get(source_arn, ()):
            if task.handle == handle:
                if task.status != "RUNNING":
                    raise invalid_parameter("Only active tasks can be cancelled.")
                task.status = "CANCELLED"
                return task
        raise resource_not_found("Task does not exist.")

    def _go_on(self, task: MoveTask) -> None:
        if task.max_per_second is None:
            while task.status == "RUNNING":
                self._move_one(task)
        elif task.moved < task.to_move:
            when = task.started_s + (task.moved + 1) / task.max_per_second
            self._home.timers().call_at(when, self._tick, task)
        else:
            task.status = "COMPLETED"

    def _tick(self, task: MoveTask) -> None:
        if task.status == "RUNNING":
            self._move_one(task)
            if task.status == "RUNNING":
                self._go_on(task)

    def _move_one(self, task: MoveTask) -> None:
        source = self._home.find(task.source_arn)
        oldest = source.oldest() if source and task.moved < task.to_move else None
        if source is None or oldest is None:
            task.status = "COMPLETED"
            return
        target_arn = task.destination_arn or oldest.dlq_source_arn
        target = self._home.find(target_arn) if target_arn else None
        if target is None or source.take_oldest() is None:
            task.status = "FAILED"
            task.failure_reason = (
                "AWS.SimpleQueueService.NonExistentQueue" if target_arn else "CouldNotDetermineMessageSource"
            )
            return
        copy = target.accept_moved(oldest)
        task.moved += 1
        if self._home.trace is not None:
            self._home.trace.add("queue.move", queue=source.name, to=target.name, record=oldest.id, moved_as=copy.id)

    def _find(self, arn: str, parameter: str) -> Queue:
        found = self._home.find(arn)
        if found is None:
            raise resource_not_found(f"The resource that you specified for the {parameter} parameter doesn't exist.")
        return found


def make_handle(task_id: str, source_arn: str) -> str:
    """A task handle: base64 of the task's id and source."""
    fields = {"taskId": task_id, "sourceArn": source_arn}
    return base64.b64encode(msgspec.json.encode(fields)).decode()


def read_handle(handle: str) -> str:
    """The source ARN in a task handle; AwsError InvalidParameterValue when it is none."""
    try:
        fields = read_object(base64.b64decode(handle, validate=True).decode())
    except ValueError:
        fields = None
    if not fields or set(fields) != {"taskId", "sourceArn"} or not isinstance(fields["sourceArn"], str):
        raise invalid_parameter("Value for parameter TaskHandle is invalid.")
    return fields["sourceArn"]
