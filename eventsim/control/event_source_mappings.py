"""Event source mappings: created, looked at, changed and deleted (ESM-01 to ESM-17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from eventsim.control.errors import invalid, resource_missing
from eventsim.control.mapping_sources import OTHER_SOURCES_ONLY, find_queue, find_stream, source_service
from eventsim.control.pages import page_of
from eventsim.control.targets import MappedFunction
from eventsim.errors import AwsError, InputError
from eventsim.functions.names import LATEST, read_function_name
from eventsim.mappings.refusals import (
    already_mapped,
    stream_already_mapped,
    unsupported_by_queues,
    unsupported_by_streams,
)
from eventsim.mappings.settings import check_queue_mapping, read_queue_mapping
from eventsim.mappings.stream_settings import check_stream_mapping, read_stream_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.control.shelf import Shelf
    from eventsim.functions.function import Function
    from eventsim.mappings.lifecycle import EventSourceMapping

Json = dict[str, Any]
PAGE: Final = 100
_EMPTY: Final = ("FilterCriteria", "ScalingConfig", "MetricsConfig")
"""Members that are the same empty as not given."""

_UNSUPPORTED: Final = "Unsupported {} parameter for given event source mapping type."


class MappingOperations:
    """The operations on mappings; each takes a request's parameters and gives its answer, or raises AwsError."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._account = shelf.account

    def create(self, params: Json) -> Json:
        """CreateEventSourceMapping; the checks are in AWS's order, the source before the function."""
        service = source_service(params)
        _refuse_success(params)
        target = self._target(params["FunctionName"])
        settings = {name: value for name, value in params.items() if name not in ("FunctionName", "EventSourceArn")}
        check_supported(settings, service)
        settings = {name: value for name, value in settings.items() if name not in _EMPTY or any(value.values())}
        make = self._map_queue if service == "sqs" else self._map_stream
        mapping = make(params["EventSourceArn"], target, settings)
        mapping.create()
        self._account.created(mapping)
        return mapping.read()

    def get(self, params: Json) -> Json:
        """GetEventSourceMapping."""
        return self._find(params["UUID"]).read()

    def list(self, params: Json) -> Json:
        """ListEventSourceMappings: all, or those of one source, or to one function, or both (FLT-21)."""
        found = list(self._account.mappings.values())
        if "EventSourceArn" in params:
            found = [one for one in found if one.target.arn == params["EventSourceArn"]]
        if "FunctionName" in params:
            named = read_function_name(params["FunctionName"])
            arn = self._shelf.arn(named.name, None if named.qualifier == LATEST else named.qualifier)
            whole = named.qualifier == LATEST
            found = [one for one in found if (one.function.name == named.name if whole else one.function.arn == arn)]
        page, more = page_of(found, params, PAGE)
        return {"EventSourceMappings": [_listed(one.read()) for one in page], **more}

    def update(self, params: Json) -> Json:
        """UpdateEventSourceMapping (ESM-17, ESM-22)."""
        mapping = self._find(params["UUID"])
        changes = {name: value for name, value in params.items() if name not in ("UUID", "FunctionName")}
        _refuse_success(changes)
        target = self._target(params["FunctionName"]) if "FunctionName" in params else None
        service = mapping.target.arn.split(":")[2]
        check_supported(changes, service)
        if target is None or target.arn == mapping.function.arn:
            mapping.update(changes)
            return mapping.read()
        self._check_new(mapping.target.arn, target)
        mapping.update(changes, lambda: mapping.retarget(cast("Function", target)))
        return {**mapping.read(), "FunctionArn": target.arn}

    def delete(self, params: Json) -> Json:
        """DeleteEventSourceMapping: it is Deleting, then gone (ESM-12)."""
        mapping = self._find(params["UUID"])
        mapping.delete(lambda: self._account.remove_mapping(mapping.name))
        return mapping.read()

    def tags_of(self, uuid: str) -> dict[str, str]:
        """A mapping's tags, which may be changed."""
        tags: dict[str, str] = self._find(uuid).settings.tags
        return tags

    def let_go(self, function: Function) -> None:
        """*function* is about to be deleted: its mappings refer to its name from now on (ESM-24)."""
        for mapping in self._account.mappings.values():
            if mapping.function is function:
                named = read_function_name(function.arn)
                mapping.retarget(cast("Function", MappedFunction(self._shelf, named, function)))

    # -- the rest --------------------------------------------------------------------------------

    def _find(self, uuid: str) -> EventSourceMapping[Any]:
        for mapping in self._account.mappings.values():
            if mapping.uuid == uuid:
                return mapping
        raise resource_missing()

    def _target(self, given: str) -> MappedFunction:
        named = read_function_name(given)
        function = self._shelf.find(named)
        if function is None:
            raise invalid("Function does not exist")
        if named.qualifier != LATEST:
            try:
                function.resolve(named.qualifier)
            except AwsError:
                raise invalid("Function does not exist") from None
        return MappedFunction(self._shelf, named, function)

    def _map_queue(self, arn: str, target: MappedFunction, given: Json) -> EventSourceMapping[Any]:
        queue = find_queue(self._account, arn)
        settings = _converted(read_queue_mapping, given)
        found = check_queue_mapping(
            settings,
            fifo=queue.fifo,
            visibility_timeout_s=queue.attributes.visibility_timeout_s,
            function_timeout_s=target.settings.timeout_s,
        )
        if found:
            raise found[0][1]
        self._check_new(arn, target)
        name = self._name(target, queue.name)
        return self._account.add_queue_mapping(name, cast("Function", target), queue, settings)

    def _map_stream(self, arn: str, target: MappedFunction, given: Json) -> EventSourceMapping[Any]:
        settings = _converted(read_stream_mapping, given)
        found = check_stream_mapping(settings, source_arn=arn, now_s=self._account.world.clock.wall_s())
        if found:
            raise found[0][1]
        stream = find_stream(self._account, arn)
        self._check_new(arn, target)
        name = self._name(target, arn.split(":", 5)[5].split("/")[1])
        try:
            mapping = self._account.add_stream_mapping(name, cast("Function", target), stream, settings)
        except InputError as error:
            raise invalid(str(error)) from None
        mapping.pollers.settle_start()
        return mapping

    def _check_new(self, source_arn: str, target: MappedFunction) -> None:
        """AwsError when another mapping joins the same source and function reference (ESM-09)."""
        for mapping in self._account.mappings.values():
            if mapping.target.arn == source_arn and mapping.function.arn == target.arn:
                refusal = already_mapped if ":sqs:" in source_arn else stream_already_mapped
                raise refusal(source_arn, target.arn.split(":", 6)[6], mapping.uuid)

    def _name(self, target: MappedFunction, source: str) -> str:
        """FUNCTION/SOURCE, with the qualifier where there is one, and numbered where that is taken."""
        base = f"{target.arn.split(':', 6)[6]}/{source}"
        name, n = base, 1
        while name in self._account.mappings:
            n += 1
            name = f"{base}#{n}"
        return name


def check_supported(given: Mapping[str, Any], service: str) -> None:
    """AwsError for a member that mappings from *service* do not have (ESM-02, ESM-08)."""
    unsupported = unsupported_by_queues if service == "sqs" else unsupported_by_streams
    for member in given:
        if member in OTHER_SOURCES_ONLY:
            raise invalid(_UNSUPPORTED.format(member))
        refused = unsupported(member)
        if refused is not None:
            raise refused


def _refuse_success(given: Mapping[str, Any]) -> None:
    """No mapping has a destination for successes, and Lambda looks at that first (ESM-08)."""
    if given.get("DestinationConfig", {}).get("OnSuccess"):
        raise invalid(_UNSUPPORTED.format("DestinationConfig"))


def _converted(read: Any, given: Json) -> Any:
    try:
        return read(given)
    except msgspec.ValidationError as error:
        raise AwsError("ValidationException", str(error)) from None


def _listed(shown: Json) -> Json:
    """A mapping as lists show it: encrypted filter criteria are left out (FLT-21)."""
    return {**shown, "FilterCriteria": None} if shown.get("KMSKeyArn") else shown
