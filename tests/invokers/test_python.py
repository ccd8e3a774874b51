"""Python handlers run as on Lambda: isolated, warm, in virtual time."""

from __future__ import annotations

import bdb
import functools
import json
import sys
import time
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from tests.invokers.running import Lambda, an_environment, write_code

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.invokers.base import InvocationResult


def value_of(result: InvocationResult) -> Any:
    assert result.error is None, result.error
    return json.loads(str(result.payload or "null"))


def test_a_callable_is_used_as_it_is() -> None:
    seen = []

    def handler(event: Any, context: Any) -> Any:
        seen.append((event, context.function_name))

    assert Lambda(handler).one({"a": 1}).payload is None
    assert seen == [({"a": 1}, "worker")]


def test_what_stands_for_a_function_is_a_handler_too() -> None:
    class Handler:
        def __call__(self, event: Any, context: Any) -> Any:
            return event

    partial = functools.partial(lambda extra, event, context: [extra, event], 7)
    mock = Mock(return_value="m")
    assert [value_of(Lambda(handler).one(1)) for handler in (Handler(), partial, mock)] == [1, [7, 1], "m"]


@pytest.mark.parametrize("handler", ["app.handler", "lib/app.handler", "lib.app.handler", "my-dir/app.handler"])
def test_a_handler_is_named_by_module_or_path(tmp_path: Path, handler: str) -> None:
    source = "def handler(event, context):\n    return __name__"
    write_code(tmp_path, app=source, lib__app=source)
    (tmp_path / "my-dir").mkdir()
    (tmp_path / "my-dir" / "app.py").write_text(source)
    assert value_of(Lambda(handler, tmp_path).one()) == handler.rpartition(".")[0].replace("/", ".")


def test_two_functions_may_both_be_app_handler(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_code(
            tmp_path / name,
            app="import util\ndef handler(event, context):\n    return util.NAME",
            util=f"NAME = {name!r}",
        )
    assert [value_of(Lambda("app.handler", tmp_path / name).one()) for name in ("one", "two", "one")] == [
        "one",
        "two",
        "one",
    ]
    assert not {"app", "util"} & sys.modules.keys()
    assert not [path for path in sys.path if path.startswith(str(tmp_path))]


def test_the_processs_own_module_of_that_name_is_hidden_meanwhile_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_code(tmp_path, app="import util\ndef handler(event, context):\n    return util.NAME", util="NAME = 'own'")
    theirs: Any = type(sys)("util")
    monkeypatch.setitem(sys.modules, "util", theirs)
    assert value_of(Lambda("app.handler", tmp_path).one()) == "own"
    assert sys.modules["util"] is theirs


@pytest.mark.rule("FUN-06")
def test_globals_stay_in_a_warm_environment_and_are_fresh_in_a_new_one(tmp_path: Path) -> None:
    write_code(
        tmp_path,
        app="""
        import counter
        def handler(event, context):
            counter.count += 1
            if event == "fail":
                raise ValueError
            if event == "exit":
                raise SystemExit
            return counter.count
        """,
        counter="count = 0",
    )

    async def two_environments(invoke: Any) -> list[Any]:
        first, second = an_environment(1), an_environment(2)
        plan = [(1, first), (2, second), ("fail", first), (3, first), (4, second), ("exit", first), (5, first)]
        return [json.loads((await invoke(event, where)).payload or "null") for event, where in plan]

    assert Lambda("app.handler", tmp_path).run_with(two_environments) == [1, 1, None, 3, 2, None, 1]


def test_pickle_dataclasses_relative_and_late_imports_work_inside(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    write_code(
        tmp_path,
        shop__app="""
        from __future__ import annotations
        import dataclasses, pickle, typing
        from .prices import Price
        @dataclasses.dataclass
        class Order:
            price: Price
        def handler(event, context):
            from shop import late
            order = pickle.loads(pickle.dumps(Order(Price(3))))
            return [order == Order(Price(3)), typing.get_type_hints(Order)["price"] is Price, late.NAME]
        """,
        shop__prices="import typing\nclass Price(typing.NamedTuple):\n    cents: int",
        shop__late="NAME = __name__",
    )
    assert value_of(Lambda("shop.app.handler", tmp_path).one()) == [True, True, "shop.late"]
    assert not [name for name in sys.modules if name.startswith("shop")]


def test_what_pip_put_into_the_folder_is_shared_by_the_process(tmp_path: Path) -> None:
    write_code(tmp_path, app="import vendored_thing\ndef handler(event, context):\n    pass", vendored_thing="X = 1")
    (tmp_path / "vendored_thing-1.0.dist-info").mkdir()
    (tmp_path / "vendored_thing-1.0.dist-info" / "RECORD").write_text("vendored_thing.py,sha256=x,5\n")
    try:
        assert Lambda("app.handler", tmp_path).one().error is None
        assert "app" not in sys.modules
        assert sys.modules["vendored_thing"].X == 1
    finally:
        sys.modules.pop("vendored_thing", None)


def test_time_is_virtual_in_utc_and_stands_still_between_waits(tmp_path: Path) -> None:
    write_code(
        tmp_path,
        app="""
        import datetime, time
        from time import time as now, sleep
        def look():
            local = datetime.datetime.now().isoformat()
            return [now(), local, datetime.datetime.now(datetime.timezone.utc).isoformat(), time.monotonic(),
                    time.perf_counter(), time.strftime("%H:%M:%S %Z"), datetime.date.today().isoformat()]
        def handler(event, context):
            first = look()
            sleep(90.25)
            return [first, look(), context.get_remaining_time_in_millis()]
        """,
    )
    before = time.time()
    assert value_of(Lambda("app.handler", tmp_path).one(timeout_s=100.0)) == [
        [1767225600.0, "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", 0.0, 0.0, "00:00:00 UTC", "2026-01-01"],
        [1767225690.25, "2026-01-01T00:01:30.250000", "2026-01-01T00:01:30.250000+00:00", 90.25, 90.25,
         "00:01:30 UTC", "2026-01-01"],
        9750,
    ]  # fmt: skip
    assert 0 <= time.time() - before < 60


def test_a_machine_in_another_time_zone_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_code(
        tmp_path,
        app="import datetime, os\ndef handler(e, c):\n    return [str(datetime.datetime.now()), os.environ['TZ']]",
    )
    monkeypatch.setenv("TZ", "XYZ-5:30")
    time.tzset()
    try:
        assert value_of(Lambda("app.handler", tmp_path).one()) == ["2026-01-01 00:00:00", ":UTC"]
        assert time.tzname[0] == "XYZ"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.rule("FUN-06")
def test_a_handler_that_sleeps_past_its_timeout_is_cut_off_and_its_environment_lost(tmp_path: Path) -> None:
    write_code(
        tmp_path,
        app="""
        import time
        count = 0
        def handler(event, context):
            global count
            count += 1
            try:
                time.sleep(event)
            except Exception:
                pass
            return [count, time.monotonic()]
        """,
    )
    results = Lambda("app.handler", tmp_path).run(1, 3, 3.5, 1)
    assert [(result.timed_out, result.environment_lost, result.payload) for result in results] == [
        (False, False, "[1, 1.0]"),
        (False, False, "[2, 4.0]"),
        (True, True, None),
        (False, False, "[1, 8.0]"),
    ]


def test_handlers_that_wait_run_beside_each_other(tmp_path: Path) -> None:
    import asyncio

    write_code(
        tmp_path,
        app="import time\nimport os\nseen = []\ndef handler(event, context):\n    seen.append(event)\n"
        "    time.sleep(1)\n    return [seen, time.monotonic()]",
    )

    async def both(invoke: Any) -> list[Any]:
        pair = await asyncio.gather(invoke("a", an_environment(1)), invoke("b", an_environment(2)))
        return [value_of(result) for result in pair]

    assert Lambda("app.handler", tmp_path).run_with(both) == [[["a"], 1.0], [["b"], 1.0]]


def test_the_same_invocations_give_the_same_results(tmp_path: Path) -> None:
    write_code(
        tmp_path,
        app="""
        import time
        def handler(event, context):
            print(time.time(), context.aws_request_id)
            time.sleep(0.1 * event)
            if event % 2:
                raise ValueError(time.time())
            return {"at": time.time()}
        """,
    )

    def run() -> list[Any]:
        results = Lambda("app.handler", tmp_path).run(*range(6))
        return [(result.payload, result.error, result.logs) for result in results]

    assert run() == run()


@pytest.mark.rule("FUN-04")
def test_loading_may_wait_and_counts_neither_in_timeout_nor_in_the_remaining_time(tmp_path: Path) -> None:
    write_code(
        tmp_path,
        app="import time\ntime.sleep(8)\ndef handler(event, context):\n    time.sleep(2.5)\n"
        "    return context.get_remaining_time_in_millis()",
    )
    first, second = Lambda("app.handler", tmp_path).run(1, 2)
    assert (first.payload, first.init_s) == ("500", 8.0)
    assert (second.payload, second.init_s) == ("500", 0.0)


@pytest.mark.rule("FUN-04")
def test_loading_that_takes_over_10_s_begins_again_inside_the_invocation(tmp_path: Path) -> None:
    write_code(
        tmp_path, app="import time\nprint('loading')\ntime.sleep(11)\ndef handler(event, context):\n    return 1"
    )

    def run(timeout_s: float) -> InvocationResult:
        return Lambda("app.handler", tmp_path).one(timeout_s=timeout_s)

    short, long = run(3.0), run(12.0)
    assert (short.timed_out, short.environment_lost, short.init_s) == (True, True, 10.0)
    assert (long.payload, long.init_s) == ("1", 10.0)


def test_threads_of_a_handler_run(tmp_path: Path) -> None:
    write_code(
        tmp_path,
        app="""
        from concurrent.futures import ThreadPoolExecutor
        def handler(event, context):
            with ThreadPoolExecutor(2) as pool:
                return list(pool.map(lambda n: n * n, event))
        """,
    )
    assert value_of(Lambda("app.handler", tmp_path).one([1, 2, 3])) == [1, 4, 9]


def test_a_keyboard_interrupt_goes_through() -> None:
    def handler(event: Any, context: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Lambda(handler).one()


@pytest.mark.parametrize("error", [pytest.fail.Exception, pytest.skip.Exception, pytest.exit.Exception])
def test_what_pytest_raises_goes_through(error: type[BaseException]) -> None:
    async def handler(event: Any, context: Any) -> None:
        raise error("told")

    with pytest.raises(error, match="told"):
        Lambda(handler).one()


def test_the_end_of_a_debugger_in_a_handler_is_an_interrupt() -> None:
    def handler(event: Any, context: Any) -> None:
        raise bdb.BdbQuit

    with pytest.raises(KeyboardInterrupt):
        Lambda(handler).one()


def test_importing_the_invoker_loads_neither_boto_nor_time_machine(tmp_path: Path) -> None:
    import subprocess

    code = (
        "import sys, eventsim.invokers.python, eventsim.invokers.scripted\n"
        "print(sorted({'boto3', 'botocore', 'time_machine', 'moto', 'pytest', 'unittest'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_time_machine_is_loaded_without_pytest() -> None:
    import subprocess

    code = (
        "import sys\nfrom eventsim.invokers.wall_clock import WallClock\nWallClock(lambda: 0.0)\n"
        "print('time_machine' in sys.modules, 'pytest' in sys.modules)\nimport pytest"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"
