from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from eventsim.cloud.patches import ImportHook, Patches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("esim_a", "esim_b"):
        (tmp_path / f"{name}.py").write_text("value = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("esim_a", "esim_b"):
        sys.modules.pop(name, None)


def test_changes_are_taken_back_the_last_one_first() -> None:
    class Owner:
        value = 1

    table = {"key": "old"}
    patches = Patches()
    assert patches.attribute(Owner, "value", 2) == 1
    assert patches.attribute(Owner, "value", 3) == 2
    patches.item(table, "key", "new")
    assert (Owner.value, table) == (3, {"key": "new"})
    patches.undo()
    patches.undo()
    assert (Owner.value, table) == (1, {"key": "old"})


def test_a_name_that_is_gone_fails_loudly() -> None:
    with pytest.raises(AttributeError):
        Patches().attribute(object, "no_such_name", 1)


@pytest.mark.usefixtures("modules")
def test_loaded_modules_are_treated_at_once_and_others_when_they_are_imported() -> None:
    seen: list[tuple[str, int]] = []

    def note(module: ModuleType) -> None:
        seen.append((module.__name__, module.value))

    import_module("esim_a")
    hook = ImportHook({"esim_a": note, "esim_b": note})
    hook.install()
    assert seen == [("esim_a", 1)]
    module = import_module("esim_b")
    hook.remove()
    assert seen == [("esim_a", 1), ("esim_b", 1)]
    assert module.__spec__ is not None
    assert "exec_module" not in vars(module.__spec__.loader)


@pytest.mark.usefixtures("modules")
def test_a_removed_hook_treats_nothing() -> None:
    seen: list[str] = []
    hook = ImportHook({"esim_a": lambda module: seen.append(module.__name__)})
    hook.install()
    hook.remove()
    import_module("esim_a")
    assert seen == []
