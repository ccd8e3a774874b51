"""What was published, put where moto would keep it: existing tests look there, as AWS has no way to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection

    from eventsim.cloud.topics.notification import Notification
    from eventsim.cloud.topics.registry import Topics


def show_topics(topics: Topics, models: Any) -> None:
    """Give the backend in moto's *models* for SNS these topics with what was sent to them, and all text messages.

    The last 1,000 of each topic, and the last 1,000 text messages. Its other contents are left alone.
    """
    backend = models.sns_backends[topics.account_id][topics.region]
    mine = {topic.arn: topic for topic in topics}
    for arn in [arn for arn in backend.topics if arn not in mine]:
        del backend.topics[arn]
    for arn, topic in mine.items():
        if arn not in backend.topics:
            backend.topics[arn] = models.Topic(topic.name, backend)
            backend.topics[arn].sent_notifications = _Sent(topic.recent)
    backend.sms_messages.clear()
    backend.sms_messages.update({message_id: (number, text) for message_id, number, text in topics.text_messages})


class _Sent(Sequence[Any]):
    """Moto's list of what was sent, which whoever has got hold of it goes on looking at.

    What moto itself publishes, as for a stack, comes last.
    """

    def __init__(self, recent: Collection[Notification]) -> None:
        self._recent = recent
        self._by_moto: list[Any] = []
        self.append = self._by_moto.append

    def __len__(self) -> int:
        return len(self._recent) + len(self._by_moto)

    def __getitem__(self, index: Any) -> Any:
        return [*map(_sent, self._recent), *self._by_moto][index]

    def __eq__(self, other: object) -> bool:
        return list(self) == other

    __hash__ = None  # type: ignore[assignment]  # as of every list

    def __repr__(self) -> str:
        return repr(list(self))


def _sent(one: Notification) -> tuple[str, str, str | None, dict[str, Any], str | None]:
    text = one.message
    if one.texts is not None:
        text = msgspec.json.encode({"default": one.message, **one.texts}).decode()
    attributes = {
        name: {"Type": value["DataType"], "Value": value.get("StringValue", value.get("BinaryValue"))}
        for name, value in (one.attributes or {}).items()
    }
    return one.id, text, one.subject, attributes, one.group_id
