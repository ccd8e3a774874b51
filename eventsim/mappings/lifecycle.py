"""An event source mapping as Lambda's API shows it: identity, state, and changes that take effect later."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec

from eventsim.errors import AwsError
from eventsim.mappings.common_settings import Settings, merge_update
from eventsim.mappings.states import SETTLED, State, transition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventsim.functions.function import Function
    from eventsim.kernel.world import World
    from eventsim.mappings.metrics import MappingMetrics

Settings_contra = TypeVar("Settings_contra", contravariant=True)


class Pollers(Protocol[Settings_contra]):
    """What does the work of a mapping."""

    def check(self, settings: Settings_contra) -> None:
        """Raise `eventsim.errors.AwsError` for settings that `apply` could not work by."""

    def apply(self, settings: Settings_contra) -> None:
        """Work by these settings from now on."""

    def start(self) -> None:
        """Begin to poll."""

    def stop(self) -> None:
        """Poll no more; what was accepted is finished."""

    def close(self) -> None:
        """The run is over: begin nothing more."""

    def retarget(self, function: Function) -> None:
        """Invoke *function* from now on (ESM-22)."""

    @property
    def busy(self) -> bool:
        """Whether anything that was accepted is not finished yet."""


class Target(Protocol):
    """What a mapping reads."""

    @property
    def arn(self) -> str:
        """EventSourceArn."""


class EventSourceMapping(ABC, Generic[Settings]):
    """An event source mapping: its settings, its state, and the pollers that do its work.

    A change of state takes the virtual seconds of `eventsim.quirks.Quirks` (ESM-13). Kinds of mappings say what they
    refuse (`_refusals`) and what else of them is shown (`_members`).
    """

    reason = "USER_INITIATED"
    """StateTransitionReason (ESM-15)."""
    disabled_at_once = True
    """Whether one that is made disabled is so without a transition (ESM-12)."""

    def __init__(
        self,
        *,
        name: str,
        uuid: str,
        target: Target,
        function: Function,
        settings: Settings,
        pollers: Pollers[Settings],
        metrics: MappingMetrics,
        world: World,
    ) -> None:
        self.name = name
        self.uuid = uuid
        self.target = target
        self.function = function
        self.settings = settings
        self.metrics = metrics
        self.state = State.ENABLED if settings.enabled else State.DISABLED
        self._pollers = pollers
        self._world = world
        self._modified_s = world.clock.wall_s()
        if settings.sends_metrics:
            metrics.send(True, world.clock.now_s)

    @property
    def polls(self) -> bool:
        """Whether it reads its queue now: a change takes effect at the end of its transition."""
        if self.state in (State.UPDATING, State.DELETING):
            return self.settings.enabled
        return self.state in (State.ENABLED, State.DISABLING)

    def begin(self) -> None:
        """Start polling, if enabled, without a transition: as after a deployment that is long done (ESM-13)."""
        if self.polls:
            self._pollers.start()

    def stop(self) -> None:
        """Read no more, as a mapping that is disabled; what was accepted is finished (ESM-23)."""
        self._pollers.stop()

    @property
    def busy(self) -> bool:
        """Whether anything that was accepted is not finished yet."""
        return self._pollers.busy

    def close(self) -> None:
        """The run is over: begin nothing more."""
        self._pollers.close()

    def create(self) -> None:
        """Begin as CreateEventSourceMapping has it: Creating, and a transition later Enabled or Disabled (ESM-12).

        A queue's mapping that is made disabled is so at once.
        """
        if self.state is State.DISABLED and self.disabled_at_once:
            return
        final = self.state
        self._enter(State.CREATING)
        self._later(self._complete, final)

    def retarget(self, function: Function) -> None:
        """Invoke *function* from now on; the UUID and the checkpoints stay (ESM-22)."""
        self.function = function
        self._pollers.retarget(function)

    def delete(self, gone: Callable[[], object]) -> None:
        """Read no more once the transition is over, and call *gone* then (ESM-12, ESM-23).

        Raises `eventsim.errors.AwsError` when a transition is in flight (ESM-14).
        """
        if self.state not in SETTLED:
            raise _in_use("delete")
        self._enter(State.DELETING)
        self._later(self._end, gone)

    def update(self, changes: Mapping[str, Any], done: Callable[[], object] | None = None) -> None:
        """Change settings by AWS's names; they apply when the mapping is Enabled or Disabled again (ESM-17, FLT-20).

        *done* is called then. Raises `eventsim.errors.AwsError`, and changes nothing, when a transition is in flight
        (ESM-14) or a value is refused.
        """
        if self.state not in SETTLED:
            raise _in_use("update")
        settings = self._checked(changes)
        passing, final = transition(was_enabled=self.settings.enabled, is_enabled=settings.enabled)
        self.settings = settings
        self._modified_s = self._world.clock.wall_s()
        self._enter(passing)
        self._later(self._complete, final, done)

    def _later(self, callback: Callable[..., object], *args: object) -> None:
        self._world.loop.call_at(self._world.loop.time() + self._world.quirks.transition_s, callback, *args)

    def _checked(self, changes: Mapping[str, Any]) -> Settings:
        try:
            settings = merge_update(self.settings, changes)
        except msgspec.ValidationError as error:
            raise AwsError("ValidationException", str(error), fault="User") from None
        found = self._refusals(settings)
        if found:
            raise found[0][1]
        self._pollers.check(settings)
        return settings

    @abstractmethod
    def _refusals(self, settings: Settings) -> list[tuple[str, AwsError]]:
        """What Lambda would refuse of an update to *settings*, by member."""

    @abstractmethod
    def _members(self) -> dict[str, Any]:
        """What the configuration shows besides that of every mapping; None is left out."""

    def _complete(self, final: State, done: Callable[[], object] | None = None) -> None:
        was_polling = self.polls
        self._enter(final)
        if done is not None:
            done()
        self._pollers.apply(self.settings)
        self.metrics.send(self.settings.sends_metrics, self._world.clock.now_s)
        if final is State.ENABLED and not was_polling:
            self._pollers.start()
        elif final is State.DISABLED and was_polling:
            self._pollers.stop()

    def _end(self, gone: Callable[[], object]) -> None:
        if self.polls:
            self._pollers.stop()
        gone()

    def _enter(self, state: State) -> None:
        self.state = state
        self._world.trace.add("mapping.state", mapping=self.name, state=state.value)

    def read(self) -> dict[str, Any]:
        """The configuration as the API returns it: exactly the members of its kind (ESM-15, ESM-16)."""
        settings = self.settings
        region, account = self.target.arn.split(":")[3:5]
        answer: dict[str, Any] = {
            "UUID": self.uuid,
            "EventSourceMappingArn": f"arn:aws:lambda:{region}:{account}:event-source-mapping:{self.uuid}",
            "EventSourceArn": self.target.arn,
            "FunctionArn": self.function.arn,
            "BatchSize": settings.batch_size,
            "MaximumBatchingWindowInSeconds": settings.maximum_batching_window_in_seconds,
            "FunctionResponseTypes": list(settings.function_response_types),
            "LastModified": datetime.fromtimestamp(self._modified_s, UTC),
            "State": self.state.value,
            "StateTransitionReason": self.reason,
        }
        more = self._members()
        return answer | {name: _as_json(value) for name, value in more.items() if value is not None}


def _in_use(verb: str) -> AwsError:
    text = f"Cannot {verb} the event source mapping because it is in use."
    return AwsError("ResourceInUseException", text, fault="User")


def _as_json(value: Any) -> Any:
    """A setting as JSON: lists for tuples, and no member that was not given."""
    plain = msgspec.json.decode(msgspec.json.encode(value))
    return {name: member for name, member in plain.items() if member is not None} if isinstance(plain, dict) else plain
