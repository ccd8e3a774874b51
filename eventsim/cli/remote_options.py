"""The options that say where a scenario runs in real time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from eventsim.errors import InputError

if TYPE_CHECKING:
    from eventsim.realtime.options import RealOptions, Tell

F = TypeVar("F", bound=Callable[..., Any])


class Place(NamedTuple):
    """The options as given."""

    realtime: bool = False
    endpoint_url: str | None = None
    region: str | None = None
    profile: str | None = None
    provision: bool = False
    teardown: bool = False
    state: str | None = None

    @property
    def is_real(self) -> bool:
        """Whether the run is in real time."""
        return self.realtime or self.is_remote

    @property
    def is_remote(self) -> bool:
        """Whether it is on a real endpoint."""
        return any(one is not None for one in (self.endpoint_url, self.region, self.profile))

    @property
    def words(self) -> list[str]:
        """The options as one types them."""
        found: list[str] = []
        for name, value in self._asdict().items():
            option = f"--{name.replace('_', '-')}"
            if value is True:
                found.append(option)
            elif value:
                found += [option, value]
        return found


_OPTIONS = (
    click.option(
        "--endpoint-url", metavar="URL", help="Run in real time on the queues, streams and tables of this AWS endpoint."
    ),
    click.option("--region", metavar="NAME", help="The endpoint's region; without --endpoint-url AWS itself."),
    click.option("--profile", metavar="NAME", help="The profile of the AWS configuration to take credentials from."),
    click.option("--provision", is_flag=True, help="Create what the scenario declares and the endpoint lacks."),
    click.option("--teardown", is_flag=True, help="At the end, remove what --provision created, and nothing else."),
    click.option("--state", metavar="DIR", help="Keep checkpoints here [default: .eventsim beside the scenario]."),
)


def place_options(command: F) -> F:
    """Give *command* the options, without ``--realtime``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def real_options(place: Place, tell: Tell, **more: Any) -> RealOptions:
    """What *place* asks for; InputError for what does not go together, or might be a real account by accident."""
    from eventsim.realtime.options import RealOptions

    if not place.is_remote:
        for name in ("provision", "teardown", "state"):
            if getattr(place, name):
                raise InputError(f"--{name} is about a real endpoint: name one with --endpoint-url")
        return RealOptions(tell, **more)
    from eventsim.cloud.remote import Target

    target = Target(place.endpoint_url, place.region, place.profile)
    target.check()
    return RealOptions(
        tell, target=target, provision=place.provision, teardown=place.teardown, state=place.state, **more
    )


def tell_people(line: str) -> None:
    """Write a line about the run to standard error."""
    click.echo(f"eventsim: {line}", err=True)
