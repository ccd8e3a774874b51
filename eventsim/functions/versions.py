"""A function's versions: numbered, and never changed once they are published (FUN-14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from eventsim.errors import AwsError
from eventsim.functions.environments import Environments
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventsim.functions.settings import FunctionSettings
    from eventsim.invokers.base import Invoker
    from eventsim.kernel.world import World

UNVERSIONED: Final = ("reserved_concurrency", "recursive_loop")
"""Settings of the function as a whole, which no version has of its own (CON-05)."""


class Versioned(Protocol):
    """What versions are taken of."""

    settings: FunctionSettings
    invoker: Invoker
    arn: str

    @property
    def name(self) -> str:
        """The function's name."""


class Version(msgspec.Struct, eq=False, gc=False):
    """One version: the settings and the code of the moment at which it was published.

    *created_s* is Unix time; *detail* is what else its publisher keeps with it. *environments* are its own, which no
    other version shares (CON-11).
    """

    number: str
    arn: str
    settings: FunctionSettings
    invoker: Invoker
    description: str
    code_sha256: str
    revision_id: str
    created_s: float
    environments: Environments
    detail: Any = None
    published_from: Invoker | None = None


class Versions:
    """The versions of one function, by number.

    *code_sha256* and *revision_id* are those of what can still be changed, ``$LATEST``; whoever changes the code sets
    the first, and `changed` draws the second anew. *gone* is told the number of each that is deleted.
    """

    def __init__(self, function: Versioned, world: World, gone: Callable[[str], object] = lambda _: None) -> None:
        self.code_sha256 = ""
        self._gone = gone
        self._function = function
        self._world = world
        self._ids = world.seeds.stream(f"revision:{function.name}")
        self._published: dict[str, Version] = {}
        self._last = 0
        self.revision_id = draw_uuid(self._ids)

    def changed(self) -> None:
        """The function's code or configuration is not what it was."""
        self.revision_id = draw_uuid(self._ids)

    def publish(
        self,
        description: str = "",
        code_sha256: str | None = None,
        revision_id: str | None = None,
        *,
        detail: Any = None,
    ) -> Version:
        """Publish what ``$LATEST`` is now; the last version where nothing has changed since.

        *code_sha256* and *revision_id* have to be those of ``$LATEST`` where they are given: else AwsError
        InvalidParameterValueException and PreconditionFailedException. *detail* belongs to the configuration too.
        """
        self._check(code_sha256, revision_id)
        function = self._function
        last = self._published.get(str(self._last))
        if last is not None and self._is_same(last, detail):
            return last
        self._last += 1
        number = str(self._last)
        environments = Environments(
            self._world.clock,
            self._world.seeds.stream(f"environment:{function.name}:{number}"),
            number,
            idle_s=self._world.quirks.environment_idle_s,
        )
        version = self._published[number] = Version(
            number,
            f"{function.arn}:{number}",
            function.settings,
            snapshot_of(function.invoker),
            description,
            self.code_sha256,
            draw_uuid(self._ids),
            self._world.clock.wall_s(),
            environments,
            detail,
            function.invoker,
        )
        self._world.trace.add("version.publish", function=function.name, version=number)
        return version

    def find(self, number: str) -> Version | None:
        """The version of that number, if there is one."""
        return self._published.get(number)

    def get(self, number: str) -> Version:
        """The version of that number; AwsError ResourceNotFoundException."""
        found = self._published.get(number)
        if found is None:
            raise no_such_function(f"{self._function.arn}:{number}")
        return found

    def list(self) -> list[Version]:
        """All versions, in the order of their numbers."""
        return [*self._published.values()]

    def delete(self, number: str) -> None:
        """Delete a version; its number is not used again. AwsError ResourceNotFoundException."""
        self.get(number)
        del self._published[number]
        self._gone(number)

    def __iter__(self) -> Iterator[Version]:
        return iter(self._published.values())

    def __len__(self) -> int:
        return len(self._published)

    def _check(self, code_sha256: str | None, revision_id: str | None) -> None:
        if code_sha256 and code_sha256 != self.code_sha256:
            raise AwsError(
                "InvalidParameterValueException",
                f"CodeSHA256 ({code_sha256}) is different from current CodeSHA256 in $LATEST ({self.code_sha256}). "
                "Please try again with the CodeSHA256 in $LATEST.",
            )
        if revision_id and revision_id != self.revision_id:
            raise revision_differs()

    def _is_same(self, last: Version, detail: Any) -> bool:
        function = self._function
        return (
            last.published_from is function.invoker
            and last.code_sha256 == self.code_sha256
            and versioned(last.settings) == versioned(function.settings)
            and last.detail == detail
        )


def versioned(settings: FunctionSettings) -> FunctionSettings:
    """The settings without those that belong to the function as a whole."""
    return type(settings)(
        **{name: getattr(settings, name) for name in settings.__struct_fields__ if name not in UNVERSIONED}
    )


def snapshot_of(invoker: Invoker) -> Invoker:
    """What goes on running today's code: the invoker's own ``snapshot()`` where it has one, else itself."""
    take = getattr(invoker, "snapshot", None)
    found: Invoker = invoker if take is None else take()
    return found


def no_such_function(arn: str) -> AwsError:
    """Lambda's answer for a function, version or alias that is not there."""
    return AwsError("ResourceNotFoundException", f"Function not found: {arn}", status=404)


def revision_differs() -> AwsError:
    """Lambda's answer to a change of what somebody else has changed meanwhile."""
    return AwsError(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve "
        "the latest Revision Id",
        status=412,
    )
