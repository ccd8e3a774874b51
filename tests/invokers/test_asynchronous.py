"""Asynchronous handlers are awaited; every step of them is virtual and bracketed."""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.invokers.running import Lambda, an_environment, write_code

if TYPE_CHECKING:
    from pathlib import Path


def run(tmp_path: Path, source: str, *events: Any, timeout_s: float = 3.0) -> list[Any]:
    return Lambda("app.handler", write_code(tmp_path, app=source)).run(*events, timeout_s=timeout_s)


def test_an_async_handler_waits_in_virtual_time_whichever_way_it_waits(tmp_path: Path) -> None:
    source = """
    import asyncio, os, time
    async def part(seconds):
        await asyncio.sleep(seconds)
        time.sleep(0.25)
        import late
        return [time.time() - 1767225600, os.environ["_HANDLER"], late.NAME]
    async def handler(event, context):
        return await asyncio.gather(part(0.5), asyncio.create_task(part(1)))
    """
    write_code(tmp_path, late="NAME = 'late'")
    (result,) = run(tmp_path, source, None)
    assert json.loads(result.payload) == [[0.75, "app.handler", "late"], [1.25, "app.handler", "late"]]
    assert "_HANDLER" not in os.environ


def test_a_coroutine_that_a_synchronous_function_returns_is_awaited() -> None:
    async def later(event: Any) -> Any:
        await asyncio.sleep(1)
        return event

    assert Lambda(lambda event, context: later(event)).one(7).payload == "7"


def test_asyncio_run_in_a_synchronous_handler_is_virtual_too(tmp_path: Path) -> None:
    source = """
    import asyncio, os
    async def main():
        await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))
        return os.environ["_HANDLER"]
    def handler(event, context):
        return [asyncio.run(main()), context.get_remaining_time_in_millis()]
    """
    assert [result.payload for result in run(tmp_path, source, 1, 2)] == ['["app.handler", 1000]'] * 2


def test_context_variables_last_from_step_to_step(tmp_path: Path) -> None:
    source = """
    import asyncio, contextvars
    name = contextvars.ContextVar("name", default="unset")
    async def child():
        seen = name.get()
        name.set("child")
        await asyncio.sleep(0)
        return [seen, name.get()]
    async def handler(event, context):
        before = name.get()
        name.set("main")
        await asyncio.sleep(1)
        return [before, name.get(), await asyncio.create_task(child()), name.get()]
    """
    results = run(tmp_path, source, 1, 2)
    assert [json.loads(result.payload) for result in results] == [["unset", "main", ["main", "child"], "main"]] * 2


@pytest.mark.rule("FUN-08")
def test_an_exception_shows_only_the_handlers_frames(tmp_path: Path) -> None:
    source = (
        "import asyncio\nasync def handler(event, context):\n    await asyncio.sleep(0)\n    raise ValueError('boom')\n"
    )
    (result,) = run(tmp_path, source, None)
    assert result.error == {
        "errorMessage": "boom",
        "errorType": "ValueError",
        "requestId": "request-1",
        "stackTrace": ["  File \"/var/task/app.py\", line 4, in handler\n    raise ValueError('boom')\n"],
    }


def test_timeouts_and_cancellations_inside_a_handler_work(tmp_path: Path) -> None:
    source = """
    import asyncio
    async def handler(event, context):
        try:
            async with asyncio.timeout(0.5):
                await asyncio.sleep(1)
        except TimeoutError:
            task = asyncio.create_task(asyncio.sleep(5))
            await asyncio.sleep(0)
            task.cancel()
            return [(await asyncio.gather(task, return_exceptions=True))[0].__class__.__name__,
                    asyncio.current_task().cancelling(), asyncio.get_running_loop().time()]
    """
    assert [json.loads(result.payload) for result in run(tmp_path, source, 1)] == [["CancelledError", 0, 0.5]]


@pytest.mark.rule("FUN-06")
@pytest.mark.parametrize("wait", ["await asyncio.sleep(4)", "time.sleep(4)", "await asyncio.gather(asyncio.sleep(4))"])
def test_an_async_handler_is_cut_off_at_its_deadline(tmp_path: Path, wait: str) -> None:
    source = f"""
    import asyncio, time
    async def handler(event, context):
        try:
            {wait}
        finally:
            print("closed")
    """

    async def main(invoke: Any) -> Any:
        result = await invoke(1, an_environment())
        return result.timed_out, result.environment_lost, result.logs, asyncio.get_running_loop().time()

    write_code(tmp_path, app=source)
    assert Lambda("app.handler", tmp_path).run_with(main) == (True, True, "closed\n", 3.0)


def test_a_wait_until_exactly_the_deadline_is_not_cut_off(tmp_path: Path) -> None:
    source = "import asyncio\nasync def handler(event, context):\n    await asyncio.sleep(3)\n    return 1"
    assert run(tmp_path, source, None)[0].payload == "1"


def test_tasks_that_are_left_over_are_cancelled_and_may_clean_up(tmp_path: Path) -> None:
    source = """
    import asyncio
    async def background():
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(1)
            print("cleaned up")
    async def handler(event, context):
        asyncio.create_task(background())
        await asyncio.sleep(0)
        asyncio.create_task(background())
        return 1
    """
    (result,) = run(tmp_path, source, None)
    assert (result.payload, result.logs) == ("1", "cleaned up\n")


@pytest.mark.rule("FUN-10")
def test_an_exit_in_a_started_task_ends_the_process(tmp_path: Path) -> None:
    source = """
    import asyncio, sys
    async def bad():
        sys.exit(3)
    async def handler(event, context):
        await asyncio.gather(bad(), asyncio.sleep(2))
    """
    (result,) = run(tmp_path, source, None)
    assert result.error["errorMessage"].endswith("exit status 3")
    assert result.environment_lost


def test_a_cancelled_invocation_is_cancelled_and_leaves_nothing(tmp_path: Path) -> None:
    async def handler(event: Any, context: Any) -> None:
        try:
            await asyncio.sleep(2)
        except asyncio.CancelledError:
            return

    async def main(invoke: Any) -> int:
        task = asyncio.create_task(invoke(1, an_environment()))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(asyncio.all_tasks())

    assert Lambda(handler).run_with(main) == 1


def test_a_call_with_the_wrong_arguments_is_a_function_error(tmp_path: Path) -> None:
    (result,) = run(tmp_path, "async def handler(event):\n    pass", None)
    assert result.error["errorMessage"] == "handler() takes 1 positional argument but 2 were given"


def test_work_in_threads_is_awaited(tmp_path: Path) -> None:
    source = "import asyncio\nasync def handler(event, context):\n    return await asyncio.to_thread(sum, [1, 2])"
    before = time.monotonic()
    assert run(tmp_path, source, None)[0].payload == "3"
    assert time.monotonic() - before < 30
