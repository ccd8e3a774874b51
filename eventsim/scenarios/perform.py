"""The steps of a scenario, carried out at their instants (GEN-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import AwsError
from eventsim.scenarios.arns import queue_arn
from eventsim.scenarios.model import InvokeStep, RedriveStep, ReplayStep, SendStep, UpdateStep
from eventsim.scenarios.source_steps import PublishStep, PutStep, ReshardStep, UploadStep, WriteStep
from eventsim.scenarios.templates import render, render_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.functions.function import Function
    from eventsim.scenarios.model import Repeated, Scenario, Step
    from eventsim.simulation import Simulation

_IDS_PER_LINE = 1000

_FUNCTION_SETTINGS = {
    "ReservedConcurrentExecutions": "reserved_concurrency",
    "Timeout": "timeout_s",
    "MemorySize": "memory_mb",
}


class Performer:
    """Carries out the steps: all of one instant in file order, before anything that the instant triggers.

    *refused* is told the path of a step that AWS answered with an error.
    """

    def __init__(
        self,
        scenario: Scenario,
        simulation: Simulation,
        *,
        refused: Callable[[str, AwsError], None],
    ) -> None:
        self._scenario = scenario
        self._simulation = simulation
        self._refused = refused

    def schedule(self) -> None:
        """Set a timer for every step; a step with ``every`` sets those of its later items itself."""
        for step in self._scenario.steps:
            self._schedule(step, 0)

    def _schedule(self, step: Step, n: int) -> None:
        loop = self._simulation.world.loop
        loop.call_at_step(step.item_at_s(n), (step.index,), lambda: self._due(step, n))

    def _due(self, step: Step, n: int) -> None:
        """The instant of a step, or of its item *n*, has come."""
        self._perform(step, n)

    def _perform(self, step: Step, n: int) -> None:
        action = step.action
        try:
            if isinstance(action, SendStep):
                self._send(step, action, n)
            elif isinstance(action, InvokeStep):
                for item in self._items(step, action, n):
                    self._invoke(step, action, item)
            elif isinstance(action, UpdateStep):
                self._update(step, action)
            elif isinstance(action, RedriveStep):
                self._redrive(step, action)
            elif isinstance(action, ReplayStep):
                self._replay(step, action)
            else:
                self._feed(step, n)
        except AwsError as error:
            self._refused(f"steps[{step.index}]", error)

    def _replay(self, step: Step, action: ReplayStep) -> None:
        from eventsim.scenarios.replaying import perform_replay

        perform_replay(self._simulation, step.index, action, lambda error: self._refused(f"steps[{step.index}]", error))

    def _feed(self, step: Step, n: int) -> None:
        """Perform a step on a stream, table, bucket or topic."""
        from eventsim.scenarios import feeding

        simulation, action, index = self._simulation, step.action, step.index
        if isinstance(action, PutStep):
            feeding.perform_put(simulation, index, action, self._items(step, action, n))
        elif isinstance(action, WriteStep):
            feeding.perform_write(simulation, index, action, self._items(step, action, n))
        elif isinstance(action, UploadStep):
            feeding.perform_upload(simulation, index, action, self._items(step, action, n))
        elif isinstance(action, PublishStep):
            feeding.perform_publish(simulation, index, action, self._items(step, action, n))
        elif isinstance(action, ReshardStep):
            feeding.perform_reshard(simulation, index, action)

    def _items(self, step: Step, action: Repeated, n: int) -> range:
        """Which items of a step are due with item *n*: with ``every`` that one, and the next gets its timer."""
        if not action.every_s:
            return range(action.count)
        if n + 1 < action.count:
            self._schedule(step, n + 1)
        return range(n, n + 1)

    def _send(self, step: Step, action: SendStep, n: int) -> None:
        ids = [self._send_one(action, item) for item in self._items(step, action, n)]
        for start in range(0, len(ids), _IDS_PER_LINE):
            self._simulation.world.trace.add(
                "step.send", step=step.index, queue=action.queue, records=ids[start : start + _IDS_PER_LINE]
            )

    def _send_one(self, action: SendStep, n: int) -> str:
        parameters = render_value(action.parameters, n) if action.parameters else {}
        message = self._simulation.queues.get(action.queue).send(
            render(action.bodies[n % len(action.bodies)], n),
            attributes=parameters.get("MessageAttributes"),
            system_attributes=parameters.get("MessageSystemAttributes"),
            delay_s=parameters.get("DelaySeconds"),
            group_id=parameters.get("MessageGroupId"),
            dedup_id=parameters.get("MessageDeduplicationId"),
        )
        return message.id

    def _invoke(self, step: Step, action: InvokeStep, n: int) -> None:
        world = self._simulation.world
        payload = msgspec.json.encode(render_value(action.event, n))
        function = self._simulation.functions[action.function]
        world.trace.add(
            "step.invoke", step=step.index, function=action.function, invocation_type=action.invocation_type
        )
        if action.invocation_type == "Event":
            self._simulation.asynchronous().enqueue(action.function, payload, qualifier=action.qualifier)
            return
        function.check_qualifier(action.qualifier)
        if action.invocation_type == "DryRun":
            return
        call = function.qualified(action.qualifier).invoke(
            msgspec.json.decode(payload), request_id=function.new_request_id(), keep_event=True
        )
        world.tasks.start(call, f"step {step.index}")

    def _update(self, step: Step, action: UpdateStep) -> None:
        simulation = self._simulation
        simulation.world.trace.add(
            "step.update", step=step.index, target=action.target, name=action.name, changes=action.changes
        )
        if action.target == "mapping":
            simulation.mappings[action.name].update(action.changes)
        elif action.target == "queue":
            simulation.queues.get(action.name).set_attributes(action.changes)
        else:
            function = simulation.functions[action.name]
            changes: dict[str, Any] = {
                _FUNCTION_SETTINGS[name]: value for name, value in action.changes.items() if name in _FUNCTION_SETTINGS
            }
            if "reserved_concurrency" in changes:
                function.check_reserved(changes["reserved_concurrency"])
            if changes:
                function.update(msgspec.structs.replace(function.settings, **changes))
            self._change_deployment(function, action, has_settings=bool(changes))

    def _change_deployment(self, function: Function, action: UpdateStep, *, has_settings: bool) -> None:
        spec = self._scenario.functions[action.name].deployment
        if spec is None and action.changes.keys() <= _FUNCTION_SETTINGS.keys():
            return
        from eventsim.scenarios.deployments import change_deployment

        change_deployment(function, action.changes, spec, has_settings=has_settings)

    def _redrive(self, step: Step, action: RedriveStep) -> None:
        destination = queue_arn(action.destination) if action.destination else None
        self._simulation.world.trace.add("step.redrive", step=step.index, queue=action.queue, to=action.destination)
        self._simulation.queues.start_move_task(queue_arn(action.queue), destination, action.max_per_second)
