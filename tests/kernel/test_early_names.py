"""Modules that took the clock's functions by name before they were wrapped."""

from __future__ import annotations

import sys
import time
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from eventsim.kernel.early_names import replace_early_names
from eventsim.kernel.handler_clock import ClockFunction

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.kernel.greenlets import Greenlets
    from eventsim.kernel.loop import VirtualEventLoop

REAL = {name: getattr(found := getattr(time, name), "real", found) for name in ("sleep", "monotonic", "time")}


def module(monkeypatch: pytest.MonkeyPatch, name: str, file: str) -> ModuleType:
    made = ModuleType(name)
    made.__file__ = file
    vars(made).update(REAL, other=3)
    monkeypatch.setitem(sys.modules, name, made)
    return made


def test_a_users_module_gets_the_wrappers(
    loop: VirtualEventLoop, greenlets: Greenlets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    users = module(monkeypatch, "users_handlers", str(tmp_path / "users_handlers.py"))
    replace_early_names("users_handlers")

    def handler() -> float:
        users.sleep(60)
        found: float = users.monotonic()
        return found

    assert loop.run_until_complete(greenlets.call(handler, deadline_s=100.0)) == 60
    assert (users.time, users.other) == (REAL["time"], 3)


@pytest.mark.usefixtures("greenlets")
def test_modules_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = module(monkeypatch, "installed", pytest.__file__)
    own = module(monkeypatch, "of_eventsim", sys.modules["eventsim"].__file__ or "")
    replace_early_names("users_handlers")
    assert (installed.sleep, own.sleep) == (REAL["sleep"], REAL["sleep"])


@pytest.mark.usefixtures("greenlets")
def test_a_module_that_is_loaded_again_is_looked_through_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for _ in range(2):
        users = module(monkeypatch, "users_handlers", str(tmp_path / "users_handlers.py"))
        replace_early_names("users_handlers")
        assert isinstance(users.sleep, ClockFunction)
