"""Streams, tables, buckets and topics: found by their names, or made as CloudFormation describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.at_once import at_once
from eventsim.facade.buckets import Bucket
from eventsim.facade.given import names_of, read_given
from eventsim.facade.streams import Stream
from eventsim.facade.tables import Table
from eventsim.facade.topics import Topic
from eventsim.scenarios.setup import add_table
from eventsim.scenarios.source_sections import READERS
from eventsim.scenarios.streams import create_stream
from eventsim.scenarios.wiring import create_topic, subscribe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventsim.facade.scope import Scope
    from eventsim.simulation import Simulation as Core


def stream(scope: Scope, name: str, properties: Mapping[str, Any]) -> Stream:
    """The stream of that name."""
    core = scope.writable()
    streams = core.services.streams
    if properties or all(one.name != name for one in streams):
        create_stream(streams, _spec(core, "streams", name, properties))
    return Stream(scope, streams.get(name))


def table(scope: Scope, name: str, properties: Mapping[str, Any]) -> Table:
    """The table of that name."""
    core = scope.writable()
    found = core.cloud().tables.find(name)
    if found is None or properties:
        add_table(core, _spec(core, "tables", name, properties))
        found = core.cloud().tables.find(name)
    assert found is not None
    return Table(scope, found)


def bucket(scope: Scope, name: str, properties: Mapping[str, Any]) -> Bucket:
    """The bucket of that name; the properties of one that is there are replaced."""
    core = scope.writable()
    cloud = core.cloud()
    known = cloud.has_buckets and name in cloud.buckets.names()
    if properties or not known:
        spec = _spec(core, "buckets", name, properties)
        cloud.buckets.create(name, versioning=spec.versioning)
        if spec.notifications:
            at_once(cloud.s3.configure(name, spec.notifications), f"bucket {name}")
    return Bucket(scope, name)


def topic(scope: Scope, name: str, properties: Mapping[str, Any]) -> Topic:
    """The topic of that name."""
    core = scope.writable()
    topics = core.services.topics
    if properties or all(one.name != name for one in topics):
        spec = _spec(core, "topics", name, properties)
        create_topic(topics, spec)
        for one in spec.subscriptions:
            subscribe(topics, one)
    return Topic(scope, topics.get(name))


def streams(scope: Scope) -> dict[str, Stream]:
    """All streams by name."""
    return {one.name: Stream(scope, one) for one in made(scope.core, "streams")}


def tables(scope: Scope) -> dict[str, Table]:
    """All tables by name."""
    cloud = scope.core.cloud()
    return {one.name: Table(scope, one) for one in cloud.tables} if cloud.has_tables else {}


def buckets(scope: Scope) -> dict[str, Bucket]:
    """All buckets by name."""
    cloud = scope.core.cloud()
    return {name: Bucket(scope, name) for name in cloud.buckets.names()} if cloud.has_buckets else {}


def topics(scope: Scope) -> dict[str, Topic]:
    """All topics by name."""
    return {one.name: Topic(scope, one) for one in made(scope.core, "topics")}


def made(core: Core, service: str) -> Iterator[Any]:
    """What a service has; nothing where nobody asked for the service yet."""
    return iter(vars(core.services).get(service, ()))


def _spec(core: Core, section: str, name: str, properties: Mapping[str, Any]) -> Any:
    """What the reader of a scenario file's *section* makes of a resource."""
    names = names_of(core)
    names.by_kind[section.removesuffix("s")][name] = None
    return read_given(properties, name, lambda reading, node: READERS[section](reading, name, node, names))
