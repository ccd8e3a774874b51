"""A queue's handle."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eventsim.cloud.sqs.parameters import SEND, read_members
from eventsim.facade.arns import queue_arn
from eventsim.facade.handle import Handle
from eventsim.facade.keywords import check_keywords, text_of
from eventsim.facade.messages import Bodies, Message, Messages, QueueCounts, view
from eventsim.facade.queue_settings import attribute_strings
from eventsim.facade.words import listed

if TYPE_CHECKING:
    from eventsim.cloud.queues.queue import Queue as Engine

_PARAMETERS = [name for name in SEND if not name.startswith("!")]


class Queue(Handle):
    """A queue of a simulation; `bodies`, `messages` and `counts` look at it without receiving anything."""

    _engine: Engine

    @property
    def url(self) -> str:
        """Its URL, as boto3 wants it for ``QueueUrl``."""
        return self._engine.url

    # -- what can be done ------------------------------------------------------------------------

    def send(self, body: Any, **parameters: Any) -> Message:
        """Send one message: text as it is, anything else as compact JSON (SQS-02, SQS-10, SQS-13).

        *parameters* are SendMessage's own: ``DelaySeconds``, ``MessageAttributes``, ``MessageGroupId`` and the others.
        Raises AwsError with SQS's own text for what SQS refuses.
        """
        core = self._scope.writable()
        check_keywords(parameters, _PARAMETERS, "SendMessage")
        text = text_of(body, f"a message to {self.name}")
        given = read_members("SendMessage", SEND, {"MessageBody": text, **_plain(parameters)})
        message = self._engine.send(
            text,
            attributes=given.get("MessageAttributes"),
            system_attributes=given.get("MessageSystemAttributes"),
            delay_s=given.get("DelaySeconds"),
            group_id=given.get("MessageGroupId"),
            dedup_id=given.get("MessageDeduplicationId"),
        )
        core.world.trace.add("step.send", queue=self.name, records=[message.id])
        return view(self.name, message, core.world.clock.epoch_s)

    def purge(self) -> None:
        """Drop every message; AwsError within 60 virtual seconds of the last time."""
        self._scope.writable()
        self._engine.purge()

    def redrive(self, to: Any = None, *, MaxNumberOfMessagesPerSecond: int | None = None) -> None:  # noqa: N803 - AWS's name
        """Move this dead-letter queue's messages back where they came from, or *to* another queue (SQS-08).

        They move as the simulation runs. *to* is a handle, a name or an ARN.
        """
        core = self._scope.writable()
        destination = None if to is None else queue_arn(core.queues, to, "redrive")
        core.queues.start_move_task(self.arn, destination, MaxNumberOfMessagesPerSecond)
        name = None if destination is None else destination.rpartition(":")[2]
        core.world.trace.add("step.redrive", queue=self.name, to=name)

    def update(self, **attributes: Any) -> None:
        """Change settings, under the names and with the values that creating takes."""
        core = self._scope.writable()
        strings = attribute_strings(core.queues, attributes)
        self._engine.set_attributes(strings)
        core.world.trace.add("step.update", target="queue", name=self.name, changes=strings)

    # -- what can be seen ------------------------------------------------------------------------

    @property
    def messages(self) -> Messages:
        """All its messages, visible or not, in the order they arrived."""
        epoch_s = self._scope.core.world.clock.epoch_s
        return Messages(view(self.name, message, epoch_s) for message in self._engine.messages())

    @property
    def bodies(self) -> Bodies:
        """The bodies of all its messages, visible or not, in the order they arrived."""
        return Bodies(self.messages)

    @property
    def counts(self) -> QueueCounts:
        """How many messages are ``visible``, ``in_flight`` and ``delayed``."""
        found = self._engine.counts()
        return QueueCounts(found.visible, found.in_flight, found.delayed)

    @property
    def attributes(self) -> dict[str, str]:
        """Its settings as GetQueueAttributes gives them."""
        return self._engine.attributes.to_strings()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Queue) and other._engine is self._engine

    def __hash__(self) -> int:
        return hash(self.arn)

    def __repr__(self) -> str:
        if self._engine.deleted:
            return f"<Queue {self.name}: deleted>"
        counts = self.counts
        parts = [
            f"{count} {word}"
            for count, word in (
                (counts.visible, "visible"),
                (counts.in_flight, "in flight"),
                (counts.delayed, "delayed"),
            )
            if count
        ]
        return f"<Queue {self.name}: {listed(parts) if parts else 'empty'}>"


def _plain(value: Any) -> Any:
    """A parameter as JSON has it: bytes as base64, as on the wire."""
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    return value
