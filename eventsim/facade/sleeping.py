"""``time.sleep`` of the test itself: virtual time passes, and the simulation goes on meanwhile."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from eventsim.errors import DeadlockError
from eventsim.kernel.early_names import replace_early_names
from eventsim.kernel.handler_clock import install_clock_functions, sleeping_outside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventsim.simulation import Simulation as Core

SLEEPS_AT_REST: Final = 1000
"""How often in a row a test may sleep while nothing would ever happen."""


@contextmanager
def sleeps_pass(core: Core, let_pass: Callable[[float], bool]) -> Iterator[None]:
    """In this block ``time.sleep`` lets virtual time pass outside of handlers too, where *let_pass* can.

    A loop that sleeps until something happens which never will ends with DeadlockError.
    """
    install_clock_functions()
    replace_early_names("")
    with sleeping_outside(_Sleeps(core, let_pass).sleep):
        yield


class _Sleeps:
    def __init__(self, core: Core, let_pass: Callable[[float], bool]) -> None:
        self._core = core
        self._let_pass = let_pass
        self._in_vain = 0

    def sleep(self, seconds: float) -> bool:
        """Let *seconds* pass; False where they have to pass really, also because somebody else may change something."""
        core = self._core
        before = core.world.trace.count
        if not self._let_pass(seconds):
            return False
        if not core.at_rest() or core.world.trace.count != before:
            self._in_vain = 0
            return True
        if core.cloud().has_door:
            return False
        self._in_vain += 1
        if self._in_vain < SLEEPS_AT_REST:
            return True
        self._in_vain = 0
        raise DeadlockError(
            f"the test sleeps, for the {SLEEPS_AT_REST}th time in a row, while nothing would ever happen any more (now "
            f"at {core.world.clock.now_s():g} s): what it waits for does not come. time.sleep lets virtual time pass, "
            "which the real clocks do not show: end such a loop by a number of tries or by sim.now_s"
        )
