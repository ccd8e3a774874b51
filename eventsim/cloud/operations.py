"""Which operation a REST request means, told from the paths in botocore's service models."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")


class _Route(NamedTuple):
    operation: str
    method: str
    path: re.Pattern[str]
    query: dict[str, str]  # a key that must be there; "" for any value
    headers: frozenset[str]
    weight: tuple[int, int]


def rest_operation(
    service: str, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> str | None:
    """The operation of *service* that this request calls; None when its model is unknown or nothing fits.

    *headers* has names in lower case. Of several that fit, the one that asks for most wins: PUT with
    ``?partNumber&uploadId`` is UploadPart and not PutObject.
    """
    found: _Route | None = None
    for route in _routes(service):
        if (
            route.method == method
            and (found is None or route.weight > found.weight)
            and all(key in query and value in ("", query[key]) for key, value in route.query.items())
            and all(name in headers for name in route.headers)
            and route.path.fullmatch(path)
        ):
            found = route
    return found.operation if found else None


@lru_cache(maxsize=32)
def _routes(service: str) -> tuple[_Route, ...]:
    from botocore.exceptions import UnknownServiceError

    from eventsim.cloud.boto_loader import shared_loader

    try:
        model = shared_loader().load_service_model(service, "service-2")
    except UnknownServiceError:
        return ()
    if not str(model["metadata"].get("protocol", "")).startswith("rest"):
        return ()
    operations = model["operations"].items()
    return tuple(_route(name, one, model["shapes"]) for name, one in operations if not one.get("deprecated"))


def _route(name: str, operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> _Route:
    path, _, literal = operation["http"]["requestUri"].partition("?")
    query = dict(parse_qsl(literal, keep_blank_values=True))
    headers: set[str] = set()
    shape = shapes.get(operation.get("input", {}).get("shape"), {})
    for member in shape.get("required", ()):
        place = shape["members"][member]
        if member == "Bucket" and place.get("location") == "uri" and "{Bucket}" not in path:
            path = "/{Bucket}" + path  # clients of S3 take it out of the model that they share with us
        if place.get("location") == "querystring":
            query.setdefault(place["locationName"], "")
        elif place.get("location") == "header":
            headers.add(place["locationName"].lower())
    fixed = len(_LABEL.sub("", path))
    return _Route(
        name, operation["http"]["method"], _pattern(path), query, frozenset(headers), _weigh(query, headers, fixed)
    )


def _weigh(query: Mapping[str, str], headers: set[str], fixed: int) -> tuple[int, int]:
    return len(query) + len(headers), fixed


def _pattern(path: str) -> re.Pattern[str]:
    pattern, end = "", 0
    for label in _LABEL.finditer(path):
        pattern += re.escape(path[end : label.start()]) + (".+" if label[2] else "[^/]+")
        end = label.end()
    return re.compile((pattern + re.escape(path[end:])).rstrip("/") + "/?" if not path.endswith("+}") else pattern)
