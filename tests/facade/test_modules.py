"""A function's own modules: to look into, and to patch in every copy of the code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from eventsim import InputError, Simulation

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
import time
from lib import prices

LIMIT = 3
seen = []

def now():
    return "the real one"

def handler(event, context):
    time.sleep(5)
    seen.append(LIMIT)
    return [LIMIT, now(), prices.price()]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "__init__.py").write_text("")
    (tmp_path / "lib" / "prices.py").write_text("def price():\n    return 10\n")
    (tmp_path / "app.py").write_text(CODE)
    return tmp_path


def test_a_patch_before_the_first_invocation_changes_nothing_but_what_it_patches(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Simulation(seed=1) as sim:
        plain = sim.function("worker", "app.handler", code_uri=folder, Timeout=10, cold_start=2)
        found = plain.invoke()
        digest = sim.result.trace_sha256
    with Simulation(seed=1) as sim:
        worker = sim.function("worker", "app.handler", code_uri=folder, Timeout=10, cold_start=2)
        monkeypatch.setattr(worker.modules["app"], "LIMIT", 9)
        monkeypatch.setattr(worker.modules["lib.prices"], "price", lambda: 20)
        patched = worker.invoke()
        assert sim.result.trace_sha256 == digest
    assert (found.response, patched.response) == ([3, "the real one", 10], [9, "the real one", 20])
    assert (patched.cold_start, patched.ended) == (True, found.ended) == (True, 7)


def test_a_patch_is_in_every_copy_of_the_code_and_out_of_it_afterwards(folder: Path) -> None:
    with Simulation() as sim:
        queue = sim.queue("q")
        worker = sim.function("worker", "app.handler", code_uri=folder, Timeout=10)
        worker.on_queue(queue, BatchSize=1)
        app = worker.modules["app"]
        with mock.patch.object(app, "LIMIT", 7), mock.patch.object(app, "now", return_value="a fake"):
            for n in range(3):
                queue.send(n)
            sim.run()
        for n in range(3):
            queue.send(n)
        sim.run()
        assert [one.cold_start for one in worker.invocations] == [True] * 3 + [False] * 3
        assert [one.response[:2] for one in worker.invocations] == [[7, "a fake"]] * 3 + [[3, "the real one"]] * 3
        assert app.seen == [7, 3]


def test_a_new_environment_gets_the_patch_and_its_own_value_back(folder: Path) -> None:
    with Simulation() as sim:
        worker = sim.function("worker", "app.handler", code_uri=folder, Timeout=10)
        worker.invoke()
        with pytest.MonkeyPatch.context() as patching:
            patching.setattr(worker.modules["app"], "LIMIT", 4)
            patching.setattr(worker.modules["app"], "ADDED", 1, raising=False)
            worker.update(Timeout=11)  # drops the environments
            assert worker.invoke().response[0] == 4
            assert worker.modules["app"].ADDED == 1
        assert worker.invoke().response[0] == 3
        assert not hasattr(worker.modules["app"], "ADDED")


def test_the_tests_own_module_of_the_same_name_is_another_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    with mock.patch.dict(sys.modules), Simulation() as sim:
        import app  # type: ignore[import-not-found]  # the folder is made by the test

        worker = sim.function("worker", "app.handler", code_uri=folder, Timeout=10)
        worker.modules["app"].LIMIT = 5
        worker.invoke()
        assert (app.LIMIT, app.seen, worker.modules["app"].seen) == (3, [], [5])


def test_the_modules_are_a_mapping_of_names(folder: Path) -> None:
    with Simulation() as sim:
        worker = sim.function("worker", "app.handler", code_uri=folder)
        modules = worker.modules
        assert sorted(modules) == ["app", "lib", "lib.prices"]
        assert (len(modules), repr(modules)) == (3, "<modules of worker: app, lib, lib.prices>")
        assert "handler" in dir(modules["app"])
        assert modules["app"].__name__ == "app"
        assert repr(modules["app"]) == "<module app of the function worker>"
        with pytest.raises(KeyError, match=r"'other': worker has loaded app, lib, lib\.prices"):
            modules["other"]
        assert worker.invocations == []


def test_code_that_can_not_be_loaded_says_why(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("raise ValueError('no table')\n")
    with Simulation() as sim:
        worker = sim.function("worker", "app.handler", code_uri=tmp_path)
        with pytest.raises(InputError, match="worker: ValueError: no table"):
            worker.modules["app"]


def test_code_that_waits_while_it_is_loaded_takes_virtual_time(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import time\ntime.sleep(4)\ndef handler(event, context):\n    return 1\n")
    with Simulation() as sim:
        worker = sim.function("worker", "app.handler", code_uri=tmp_path)
        assert ("app" in worker.modules, sim.now_s) == (True, 4)
        assert worker.invoke() == {"at": 4, "ended": 4, "cold_start": True}
