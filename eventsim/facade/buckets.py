"""A bucket's handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.cloud.at_once import at_once
from eventsim.errors import InputError
from eventsim.facade.deployments import event_arn
from eventsim.facade.given import read_given, resource
from eventsim.facade.keywords import check_keywords, text_of
from eventsim.facade.words import counted, shortened
from eventsim.scenarios.arns import bucket_arn
from eventsim.scenarios.bucket_notifications import key_rules
from eventsim.scenarios.convert import Field, list_of, read_whole
from eventsim.scenarios.values import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.cloud.buckets import Buckets as Engine
    from eventsim.facade.scope import Scope
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.yaml_nodes import Node

_SECTIONS = {
    "queue": ("QueueConfigurations", "Queue"),
    "topic": ("TopicConfigurations", "Topic"),
    "function": ("LambdaConfigurations", "Function"),
}
CREATED = "s3:ObjectCreated:*"


class StoredObject(msgspec.Struct, frozen=True):
    """An object of a bucket at one moment."""

    bucket: str
    key: str
    body: bytes

    @property
    def text(self) -> str:
        """The body as text; ValueError where it is no UTF-8."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body, decoded; ValueError where it is no JSON."""
        return msgspec.json.decode(self.body)

    def __repr__(self) -> str:
        return f"<object {self.key} in {self.bucket}: {shortened(self.body.decode(errors='backslashreplace'))}>"


class Bucket:
    """An S3 bucket of a simulation."""

    def __init__(self, scope: Scope, name: str) -> None:
        self._scope = scope
        self._name = name

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def arn(self) -> str:
        """Its ARN."""
        return bucket_arn(self._name)

    # -- what can be done ------------------------------------------------------------------------

    def upload(self, key: str, body: Any = b"", **parameters: Any) -> None:
        """Put an object: bytes and text as they are, anything else as compact JSON.

        *parameters* are PutObject's own: ``ContentType``. Raises AwsError as S3 answers.
        """
        core = self._scope.writable()
        check_keywords(parameters, ["ContentType"], "PutObject")
        content = body if isinstance(body, bytes) else text_of(body, f"the object {key}").encode()
        core.world.trace.add("step.upload", bucket=self.name, key=key, operation="put")
        self._engine.put(self.name, _key(key), content, parameters.get("ContentType"))

    def delete(self, key: str) -> None:
        """Delete an object; one that is not there is no error."""
        core = self._scope.writable()
        core.world.trace.add("step.upload", bucket=self.name, key=key, operation="delete")
        self._engine.delete(self.name, _key(key))

    def notify(self, target: Any, Events: str | Iterable[str] = CREATED, **settings: Any) -> None:  # noqa: N803 - AWS's name
        """Tell *target*, a queue, topic or function, of *Events*, besides whom it tells already (S3-01 to S3-08).

        *settings* are ``Filter``, as in ``{"S3Key": {"Rules": [{"Name": "prefix", "Value": "img/"}]}}``. A queue or
        topic gets S3's test event. Raises AwsError as S3 answers.
        """
        core = self._scope.writable()
        kind, name = resource(core, target, f"{self.name}.notify", "queue", "topic", "function")
        given = {"Events": [Events] if isinstance(Events, str) else list(Events), **settings}
        values = read_given(given, self.name, lambda reading, node: _notification(reading, node, self.name))
        section, member = _SECTIONS[kind]
        one = {**values, member: event_arn(core, kind, name)}
        template = {section: [{"Event": event, **one} for event in one.pop("Events")]}
        at_once(core.cloud().s3.extend(self.name, template), f"bucket {self.name}")

    # -- what can be seen ------------------------------------------------------------------------

    def read(self, key: str) -> bytes:
        """What an object holds; AwsError NoSuchKey where there is none."""
        return self._engine.read(self.name, _key(key))

    @property
    def keys(self) -> list[str]:
        """The keys of its objects, up to a thousand, in their order."""
        return self._engine.keys(self.name)

    @property
    def objects(self) -> list[StoredObject]:
        """Its objects, up to a thousand, by key."""
        return [StoredObject(self.name, key, self.read(key)) for key in self.keys]

    @property
    def notifications(self) -> list[dict[str, Any]]:
        """Whom it tells of what: the ARN, the events and the rules of the filter of each."""
        found = self._scope.core.cloud().s3.configuration(self.name).subscriptions
        return [{"to": one.arn, "events": list(one.events), "rules": dict(one.filter.rules)} for one in found]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bucket) and other._engine is self._engine and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.arn)

    def __repr__(self) -> str:
        if self.name not in self._engine.names():
            return f"<Bucket {self.name}: deleted>"
        return f"<Bucket {self.name}: {counted(len(self.keys), 'object')}>"

    @property
    def _engine(self) -> Engine:
        return self._scope.core.cloud().buckets


def _notification(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    table: Table = {"Events": Field(list_of(text), required=True), "Filter": Field(key_rules)}
    return read_whole(reading, node, path, table, "a notification of a bucket")


def _key(key: Any) -> str:
    if not isinstance(key, str) or not key:
        raise InputError(f"found {key!r}, expected the key of an object: text of 1 to 1,024 bytes in UTF-8")
    return key
