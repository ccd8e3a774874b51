"""What only a function's code may see, put in place around every stretch of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventsim.cloud.gate import ThreadGate
    from eventsim.invokers.environment_variables import Variables
    from eventsim.invokers.loading import Modules
    from eventsim.invokers.loggers import Loggers
    from eventsim.invokers.output import Output
    from eventsim.invokers.wall_clock import MachineClock, WallClock
    from eventsim.invokers.working_folder import WorkingFolder


class FunctionBracket:
    """An execution environment's modules, environment variables, working folder, output, loggers and clock.

    `enter` comes before the code runs or goes on, `leave` when it returns or begins to wait. Two stretches never
    overlap: they take turns on one thread. *gate* lets the threads that the code started call AWS meanwhile.
    """

    __slots__ = ("gate", "loggers", "modules", "output", "variables", "wall_clock", "working_folder")

    def __init__(
        self,
        modules: Modules | None,
        variables: Variables,
        output: Output,
        loggers: Loggers,
        wall_clock: WallClock | MachineClock,
        gate: ThreadGate | None = None,
        working_folder: WorkingFolder | None = None,
    ) -> None:
        self.gate = gate
        self.working_folder = working_folder
        self.modules = modules
        self.variables = variables
        self.output = output
        self.loggers = loggers
        self.wall_clock = wall_clock

    def enter(self) -> None:
        """Begin a stretch."""
        self.wall_clock.enter()  # first: it reads the machine's time zone from os.environ
        if self.modules is not None:
            self.modules.enter()
        self.variables.enter()
        if self.working_folder is not None:
            self.working_folder.enter()
        self.output.enter()
        self.loggers.enter()
        if self.gate is not None:
            self.gate.enter()

    def leave(self) -> None:
        """End a stretch: everything as it was, in the reverse order."""
        if self.gate is not None:
            self.gate.leave()
        self.loggers.leave()
        self.output.leave()
        if self.working_folder is not None:
            self.working_folder.leave()
        self.variables.leave()
        if self.modules is not None:
            self.modules.leave()
        self.wall_clock.leave()
