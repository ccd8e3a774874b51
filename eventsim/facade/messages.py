"""The messages of a queue, as a test looks at them: without receiving them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.cloud.queues.message import DELAYED, IN_FLIGHT, Counts
from eventsim.cloud.sqs.shapes import system_attributes
from eventsim.facade.words import shortened, times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.cloud.queues.message import Message as EngineMessage

_STATES = {IN_FLIGHT: "in_flight", DELAYED: "delayed"}


class Message(msgspec.Struct, frozen=True):
    """One message at one moment.

    *attributes* are the system attributes as ReceiveMessage gives them (all texts), *message_attributes* the sender's
    own. *sent_s* is in virtual seconds, *state* is ``visible``, ``in_flight`` or ``delayed``. It equals a mapping whose
    members are all equal to its own: ``dlq.messages == [{"json": {"id": 1}, "receive_count": 3}]``.
    """

    queue: str
    id: str
    body: str
    attributes: dict[str, str]
    message_attributes: dict[str, dict[str, Any]]
    sent_s: float
    receive_count: int
    state: str

    @property
    def json(self) -> Any:
        """The body, decoded; ValueError where it is no JSON."""
        return msgspec.json.decode(self.body)

    @property
    def group_id(self) -> str | None:
        """Its MessageGroupId, or None."""
        return self.attributes.get("MessageGroupId")

    def differing(self, expected: Mapping[str, Any]) -> dict[str, Any]:
        """The members that *expected* names and that are otherwise here, with what they are; {} when it is equal."""
        found = {}
        for name, value in expected.items():
            actual = self._seen(name) if name in MEMBERS else _NO_MEMBER
            if actual != value:
                found[name] = actual
        return found

    def _seen(self, name: str) -> Any:
        try:
            return getattr(self, name)
        except ValueError:
            return f"no JSON: {self.body}"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Message):
            return all(getattr(self, name) == getattr(other, name) for name in self.__struct_fields__)
        if isinstance(other, Mapping):
            return not self.differing(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.queue, self.id))

    def __repr__(self) -> str:
        received = "never received" if not self.receive_count else f"received {times(self.receive_count)}"
        return f"<Message {shortened(self.body)} on {self.queue}: {self.state}, sent at {self.sent_s:g} s, {received}>"


MEMBERS = (*Message.__struct_fields__, "json", "group_id")
"""The names of a message's members."""
_NO_MEMBER = f"no member of a message; there are {', '.join(MEMBERS)}"


class QueueCounts(Counts, frozen=True):
    """How many messages a queue holds, by state; equal to a mapping whose members are all equal to its own."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Mapping):
            return all(getattr(self, name, None) == value for name, value in other.items())
        return isinstance(other, Counts) and msgspec.structs.astuple(self) == msgspec.structs.astuple(other)

    def __hash__(self) -> int:
        return hash(msgspec.structs.astuple(self))


class Messages(list[Message]):
    """The messages of one queue, in the order they arrived."""

    __slots__ = ()


class Bodies(list[str]):
    """The bodies of one queue's messages, in the order they arrived; *messages* are those that they belong to."""

    __slots__ = ("messages",)

    def __init__(self, messages: Iterable[Message]) -> None:
        self.messages = Messages(messages)
        super().__init__([message.body for message in self.messages])


def view(queue: str, message: EngineMessage, epoch_s: float) -> Message:
    """A message of the engine as it is now."""
    return Message(
        queue=queue,
        id=message.id,
        body=message.body,
        attributes=system_attributes(message, None),
        message_attributes=message.attributes or {},
        sent_s=round(message.sent_ms / 1000 - epoch_s, 3),
        receive_count=message.receive_count,
        state=_STATES.get(message.state, "visible"),
    )
