"""botocore's model of Lambda: operations, shapes and exceptions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

Shape = dict[str, Any]
_LABEL = re.compile(r"\{([^}]+)\}")


class Operation(NamedTuple):
    """One operation: its labels are found by *path*, its input and output by the shapes of these names."""

    name: str
    path: re.Pattern[str]
    status: int
    input: str | None
    output: str | None


class Model:
    """The operations and shapes of a REST-JSON service."""

    def __init__(self, description: Shape) -> None:
        self._operations = description["operations"]
        self._shapes = description["shapes"]

    def operation(self, name: str) -> Operation:
        """The operation of that name, which must be there."""
        found = self._operations[name]
        path = found["http"]["requestUri"].partition("?")[0]
        return Operation(
            name,
            re.compile(_LABEL.sub(lambda label: f"(?P<{label[1]}>[^/]+)", path).rstrip("/") + "/?"),
            found["http"].get("responseCode", 200),
            found.get("input", {}).get("shape"),
            found.get("output", {}).get("shape"),
        )

    def shape(self, name: str) -> Shape:
        """A shape by its name."""
        shape: Shape = self._shapes[name]
        return shape

    def exception(self, code: str) -> Shape | None:
        """The shape of an error's answer; None for a code that the model does not know."""
        shape = self._shapes.get(code)
        return shape if shape is not None and shape.get("exception") else None


@lru_cache(maxsize=1)
def lambda_model() -> Model:
    """Lambda's model; reading it takes some 20 ms."""
    from eventsim.cloud.boto_loader import shared_loader

    return Model(shared_loader().load_service_model("lambda", "service-2"))
