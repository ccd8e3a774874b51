"""What goes wrong in a handler comes back in the words of Lambda's Python runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventsim.invokers.environment_variables import runtime_name
from tests.invokers.running import Lambda, write_code

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.invokers.base import InvocationResult

STDLIB = f"/var/lang/lib/{runtime_name()}"


def run(tmp_path: Path, source: str, event: Any = None, handler: str = "app.handler") -> InvocationResult:
    return Lambda(handler, write_code(tmp_path, app=source)).one(event)


def error_of(result: InvocationResult) -> dict[str, Any]:
    assert result.error is not None
    return result.error


@pytest.mark.rule("FUN-08")
def test_an_exception_is_message_type_request_and_the_handlers_own_frames(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "shop.py").write_text(
        "class Refused(Exception):\n    pass\ndef buy():\n    raise Refused('no é')\n"
    )
    result = run(tmp_path, "from lib import shop\ndef handler(event, context):\n    return shop.buy()\n")
    assert list(error_of(result).items()) == [
        ("errorMessage", "no é"),
        ("errorType", "Refused"),
        ("requestId", "request-1"),
        (
            "stackTrace",
            [
                '  File "/var/task/app.py", line 3, in handler\n    return shop.buy()\n',
                "  File \"/var/task/lib/shop.py\", line 4, in buy\n    raise Refused('no é')\n",
            ],
        ),
    ]
    assert not result.environment_lost


@pytest.mark.rule("FUN-08")
def test_a_stack_trace_names_no_path_of_this_machine(tmp_path: Path) -> None:
    source = "import json\ndef handler(event, context):\n    with open(event) as f:\n        json.load(f)"
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    result = run(tmp_path, source, str(bad))
    files = [frame.split('"')[1] for frame in error_of(result)["stackTrace"]]
    assert files == ["/var/task/app.py"] + [
        f"{STDLIB}/json/{name}.py" for name in ("__init__", "__init__", "decoder", "decoder")
    ]
    missing = run(tmp_path, source, str(tmp_path / "none.json"))
    assert error_of(missing)["errorMessage"] == "[Errno 2] No such file or directory: '/var/task/none.json'"


@pytest.mark.rule("FUN-08")
def test_frames_of_installed_packages_and_of_a_callable_elsewhere_are_mapped() -> None:
    def handler(event: Any, context: Any) -> Any:
        import click

        return click.INT(event)

    frames = error_of(Lambda(handler).one("x"))["stackTrace"]
    assert [frame.split('"')[1] for frame in frames][:2] == [
        "/var/task/test_failures.py",
        f"{STDLIB}/site-packages/click/types.py",
    ]


@pytest.mark.rule("FUN-08")
@pytest.mark.parametrize(
    ("raising", "error_type", "message"),
    [
        ("raise ValueError", "ValueError", ""),
        ("raise KeyError('k')", "KeyError", "'k'"),
        ("def f(): f()\n    f()", "RecursionError", None),
        ("raise MemoryError", "MemoryError", ""),
        ("raise ExceptionGroup('both', [ValueError(1)])", "ExceptionGroup", "both (1 sub-exception)"),
        ("raise StopIteration(1)", "StopIteration", "1"),
    ],
)
def test_every_exception_is_a_function_error(
    tmp_path: Path, raising: str, error_type: str, message: str | None
) -> None:
    result = run(tmp_path, f"def handler(event, context):\n    {raising}\n")
    assert error_of(result)["errorType"] == error_type
    assert message is None or error_of(result)["errorMessage"] == message
    assert not result.environment_lost


@pytest.mark.rule("FUN-10", "FUN-06")
@pytest.mark.parametrize(
    ("raising", "reason"),
    [
        ("sys.exit()", "exited without providing a reason"),
        ("sys.exit(0)", "exited without providing a reason"),
        ("sys.exit(127)", "exited with error: exit status 127"),
        ("sys.exit(-1)", "exited with error: exit status 255"),
        ("sys.exit('over')", "exited with error: exit status 1"),
        ("raise GeneratorExit", "exited with error: exit status 1"),
        ("raise type('Mine', (BaseException,), {})", "exited with error: exit status 1"),
    ],
)
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_the_end_of_the_process_is_an_exit_error_and_loses_the_environment(
    tmp_path: Path, kind: str, raising: str, reason: str
) -> None:
    result = run(tmp_path, f"import sys\n{kind} handler(event, context):\n    {raising}\n")
    assert list(error_of(result).items()) == [
        ("errorType", "Runtime.ExitError"),
        ("errorMessage", f"RequestId: request-1 Error: Runtime {reason}"),
    ]
    assert result.environment_lost


@pytest.mark.rule("FUN-10")
def test_what_ends_the_process_is_in_the_log(tmp_path: Path) -> None:
    source = "import sys\ndef handler(event, context):\n    sys.exit('over') if event else exit_not_defined()"
    assert run(tmp_path, source, 1).logs == "over\n"
    broken = (
        "class Mute(Exception):\n    def __str__(self):\n        raise ValueError\ndef handler(e, c):\n    raise Mute"
    )
    result = run(tmp_path, broken)
    assert error_of(result)["errorType"] == "Runtime.ExitError"
    assert result.logs.endswith("ValueError\n")


HANDLER = "def handler(event, context):\n    return 1\n"


@pytest.mark.rule("FUN-11")
@pytest.mark.parametrize(
    ("source", "handler", "error_type", "message"),
    [
        (HANDLER, "nothere.handler", "Runtime.ImportModuleError",
         "Unable to import module 'nothere': No module named 'nothere'"),
        (HANDLER, "lib/nothere.handler", "Runtime.ImportModuleError",
         "Unable to import module 'lib/nothere': No module named 'lib'"),
        ("import not_installed", "app.handler", "Runtime.ImportModuleError",
         "Unable to import module 'app': No module named 'not_installed'"),
        ("from beside import lost", "app.handler", "Runtime.ImportModuleError",
         "Unable to import module 'app': cannot import name 'lost' from 'beside' (/var/task/beside.py)"),
        (HANDLER, "app.other", "Runtime.HandlerNotFound", "Handler 'other' missing on module 'app'"),
        (HANDLER, "handler", "Runtime.MalformedHandlerName",
         "Bad handler 'handler': not enough values to unpack (expected 2, got 1)"),
        (HANDLER, "time.sleep", "Runtime.BuiltInModuleConflict",
         "Cannot use built-in module time as a handler module"),
    ],
)  # fmt: skip
def test_code_that_cant_be_loaded_says_so_at_each_invocation(
    tmp_path: Path, source: str, handler: str, error_type: str, message: str
) -> None:
    function = Lambda(handler, write_code(tmp_path, app=source, beside=""))
    payload = {"errorMessage": message, "errorType": error_type, "requestId": "", "stackTrace": []}
    assert [(result.error, result.environment_lost) for result in function.run(1, 2)] == [(payload, True)] * 2


@pytest.mark.rule("FUN-11")
def test_a_syntax_error_shows_its_place(tmp_path: Path) -> None:
    payload = error_of(run(tmp_path, "def handler(event, context):\n    return 1 +\n"))
    assert payload == {
        "errorMessage": "Syntax error in module 'app': invalid syntax (app.py, line 2)",
        "errorType": "Runtime.UserCodeSyntaxError",
        "requestId": "",
        "stackTrace": ['  File "/var/task/app.py" Line 2\n        return 1 +\n'],
    }


@pytest.mark.rule("FUN-11", "FUN-04")
def test_an_exception_while_loading_keeps_its_type_and_has_no_request(tmp_path: Path) -> None:
    result = run(tmp_path, "print('loading')\nraise KeyError('TABLE')")
    payload = error_of(result)
    assert (payload["errorMessage"], payload["errorType"], payload["requestId"]) == ("'TABLE'", "KeyError", "")
    assert payload["stackTrace"][0].startswith(f'  File "{STDLIB}/importlib/__init__.py", line ')
    assert (
        payload["stackTrace"][-1] == "  File \"/var/task/app.py\", line 2, in <module>\n    raise KeyError('TABLE')\n"
    )
    assert result.environment_lost


@pytest.mark.rule("FUN-10", "FUN-04")
def test_an_exit_while_loading_is_an_exit_error(tmp_path: Path) -> None:
    assert error_of(run(tmp_path, "import sys\nsys.exit(2)"))["errorMessage"] == (
        "RequestId: request-1 Error: Runtime exited with error: exit status 2"
    )


@pytest.mark.rule("FUN-11")
@pytest.mark.parametrize(
    ("returning", "message"),
    [
        ("return {1, 2}", "Unable to marshal response: Object of type set is not JSON serializable"),
        ("yield 1", "Unable to marshal response: Object of type generator is not JSON serializable"),
    ],
)
def test_a_value_that_is_no_json_is_a_marshal_error(tmp_path: Path, returning: str, message: str) -> None:
    assert error_of(run(tmp_path, f"def handler(event, context):\n    {returning}")) == {
        "errorMessage": message,
        "errorType": "Runtime.MarshalError",
        "requestId": "request-1",
        "stackTrace": [],
    }


@pytest.mark.rule("FUN-12")
def test_returned_values_are_written_as_the_runtime_writes_them(tmp_path: Path) -> None:
    source = "from decimal import Decimal\ndef handler(event, context):\n    return {'a': Decimal('1.10'), 'b': 'é'}"
    assert run(tmp_path, source).payload == '{"a": 1.10, "b": "é"}'
    assert run(tmp_path, "def handler(event, context):\n    return b'raw'").payload == b"raw"
    assert run(tmp_path, "def handler(event, context):\n    pass").payload is None


@pytest.mark.rule("FUN-03")
def test_a_response_over_the_limit_is_refused_and_the_environment_stays(tmp_path: Path) -> None:
    function = Lambda("app.handler", write_code(tmp_path, app="def handler(n, context):\n    return 'é' + 'x' * n"))
    fits, over = function.run(6_291_552, 6_291_553)
    assert fits.error is None
    assert list(error_of(over).items()) == [
        ("errorMessage", "Response payload size exceeded maximum allowed payload size (6291556 bytes)."),
        ("errorType", "Function.ResponseSizeTooLarge"),
    ]
    assert not over.environment_lost


def test_a_handler_that_closes_its_output_may_still_fail(tmp_path: Path) -> None:
    source = """
import logging, sys
def handler(event, context):
    sys.stdout.close()
    logging.warning("w")
    raise ValueError("boom")
"""
    result = run(tmp_path, source)
    assert error_of(result)["errorMessage"] == "boom"
    assert result.logs.startswith("[WARNING]\t2026-01-01T00:00:00.000Z\trequest-1\tw\n[ERROR] ValueError: boom\n")


def test_text_that_utf8_cant_carry_ends_the_process_or_is_escaped(tmp_path: Path) -> None:
    returned = run(tmp_path, "def handler(event, context):\n    return '\\ud800'")
    assert error_of(returned)["errorType"] == "Runtime.ExitError"
    raised = run(tmp_path, "def handler(event, context):\n    raise ValueError('\\ud800')")
    assert error_of(raised)["errorMessage"] == "\\ud800"
