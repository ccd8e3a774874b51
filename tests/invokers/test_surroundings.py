"""What a handler sees around itself: environment variables, its log, the context."""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.invokers.environment_variables import function_variables, runtime_name
from tests.invokers.running import ARN, Lambda, an_environment, write_code

if TYPE_CHECKING:
    from pathlib import Path


def returned(folder: Path, source: str, *events: Any, **options: Any) -> list[Any]:
    results = Lambda("app.handler", write_code(folder, app=source), **options).run(*events)
    assert [result.error for result in results] == [None] * len(events)
    return [json.loads(str(result.payload or "null")) for result in results]


@pytest.mark.rule("FUN-18")
def test_the_reserved_variables_are_set_and_the_machines_aws_ones_are_not_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("OTHER_OF_THE_MACHINE", "kept")
    source = "import os\ndef handler(event, context):\n    return dict(os.environ)"
    variables = returned(tmp_path, source, 1, variables={"TABLE": "accounts", "AWS_REGION": "x", "LANG": "de"})[0]
    names = ("AWS_", "LAMBDA_", "_HANDLER", "_X_AMZN", "TZ", "TABLE", "OTHER_OF_THE_MACHINE", "LANG")
    assert {name: value for name, value in variables.items() if name.startswith(names) and name != "LANGUAGE"} == {
        "_HANDLER": "app.handler",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime_name()}",
        "AWS_LAMBDA_FUNCTION_NAME": "worker",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/worker",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]0001",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_ACCESS_KEY_ID": "eventsim",
        "AWS_SECRET_ACCESS_KEY": "eventsim",
        "AWS_SESSION_TOKEN": "eventsim",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "TZ": ":UTC",
        "TABLE": "accounts",
        "OTHER_OF_THE_MACHINE": "kept",
        "LANG": "de",
    }
    assert os.environ["AWS_PROFILE"] == "mine"


@pytest.mark.rule("FUN-18")
def test_variables_of_the_function_win_over_the_machines_and_lose_to_the_reserved() -> None:
    machine = {"A": "machine", "B": "machine", "AWS_X": "machine", "_X_AMZN_TRACE_ID": "machine"}
    found = function_variables(machine, {"B": "function", "_HANDLER": "function"}, {"_HANDLER": "reserved"})
    assert found == {"A": "machine", "B": "function", "_HANDLER": "reserved", "LANG": "en_US.UTF-8"}


@pytest.mark.rule("FUN-18")
def test_what_a_handler_changes_stays_in_its_environment(tmp_path: Path) -> None:
    source = """
    import os
    from os import environ
    def handler(event, context):
        before = os.environ.get("EVENTSIM_MARK")
        environ["EVENTSIM_MARK"] = event
        return before
    """
    try:
        assert returned(tmp_path, source, "a", "b") == [None, "a"]
        assert "EVENTSIM_MARK" not in os.environ
    finally:
        os.unsetenv("EVENTSIM_MARK")


@pytest.mark.rule("FUN-18")
def test_the_trace_header_changes_with_each_invocation(tmp_path: Path) -> None:
    from eventsim.invokers.environment_variables import TRACE_ID, Variables

    variables = Variables({"A": "1"})
    seen = []
    for trace_id in ("Root=1", None, "Root=2"):
        variables.set_trace_id(trace_id)
        variables.enter()
        seen.append((os.environ.get(TRACE_ID), os.environ["A"]))
        variables.leave()
    assert seen == [("Root=1", "1"), (None, "1"), ("Root=2", "1")]
    assert TRACE_ID not in os.environ


@pytest.mark.rule("FUN-18")
def test_variables_for_a_real_endpoint_replace_the_placeholders(tmp_path: Path) -> None:
    source = (
        "import os\ndef handler(e, c):\n    return [os.environ['AWS_ACCESS_KEY_ID'], os.environ['AWS_ENDPOINT_URL']]"
    )
    cloud = {"AWS_ACCESS_KEY_ID": "real", "AWS_ENDPOINT_URL": "http://localhost:4566"}
    assert returned(tmp_path, source, 1, cloud_variables=cloud) == [["real", "http://localhost:4566"]]


@pytest.mark.rule("FUN-13")
def test_the_context_is_the_invocations(tmp_path: Path) -> None:
    source = """
    import time
    def handler(event, context):
        time.sleep(0.5)
        context.log("logged")
        return [context.aws_request_id, context.invoked_function_arn, context.memory_limit_in_mb,
                context.get_remaining_time_in_millis(), context.tenant_id]
    """
    function = Lambda("app.handler", write_code(tmp_path, app=source))
    results = function.run(1, 2)
    assert [json.loads(str(result.payload)) for result in results] == [
        ["request-1", ARN, "128", 2500, None],
        ["request-2", ARN, "128", 2500, None],
    ]
    assert [result.logs for result in results] == ["logged", "logged"]


def test_a_stream_that_the_code_redirects_stays_redirected_while_it_waits(tmp_path: Path) -> None:
    source = """
    import contextlib, io, sys, time
    def handler(event, context):
        with contextlib.redirect_stdout(io.StringIO()) as text:
            print("one")
            time.sleep(1)
            print("two")
        print("three")
        sys.stdout = io.StringIO()  # for ever, as far as this code goes
        return text.getvalue()
    """
    results = Lambda("app.handler", write_code(tmp_path, app=source)).run(1, 2)
    assert [json.loads(str(result.payload)) for result in results] == ["one\ntwo\n"] * 2
    assert [result.logs for result in results] == ["three\n"] * 2


def test_what_is_printed_is_collected_and_reaches_no_stream_of_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = """
    import sys
    print("cold")
    def handler(event, context):
        print("out", event)
        print("err é", file=sys.stderr)
        sys.stdout.buffer.write(b"raw\\n")
        if event == 1:
            sys.stdout.close()
    """
    results = Lambda("app.handler", write_code(tmp_path, app=source)).run(0, 1, 2)
    assert [result.logs for result in results] == [
        "cold\nout 0\nerr é\nraw\n",
        "out 1\nerr é\nraw\n",
        "out 2\nerr é\nraw\n",
    ]
    assert capsys.readouterr() == ("", "")


def test_an_error_is_logged_with_its_trace(tmp_path: Path) -> None:
    source = "def handler(event, context):\n    raise ValueError('boom')"
    assert Lambda("app.handler", write_code(tmp_path, app=source)).one().logs == (
        "[ERROR] ValueError: boom\nTraceback (most recent call last):\n"
        "  File \"/var/task/app.py\", line 2, in handler\n    raise ValueError('boom')\n"
    )


LOGGING = """
import logging
logging.getLogger().setLevel(logging.INFO)
mine = logging.getLogger("eventsim-test-app")
mine.addHandler(logging.StreamHandler())
logging.getLogger().addHandler(logging.NullHandler())
def handler(event, context):
    mine.warning("w%s", event)
    logging.info("i%s", event)
    logging.debug("d")
    return len(logging.getLogger().handlers)
"""


def test_logging_is_set_up_as_on_lambda_and_handlers_dont_pile_up(tmp_path: Path) -> None:
    write_code(tmp_path, app=LOGGING)
    root = logging.getLogger()
    before = (list(root.handlers), root.level)

    async def two_environments(invoke: Any) -> list[Any]:
        return [await invoke(n, an_environment(n)) for n in (1, 2)]

    first, second = Lambda("app.handler", tmp_path).run_with(two_environments)
    assert first.logs == (
        "w1\n[WARNING]\t2026-01-01T00:00:00.000Z\trequest-1\tw1\n[INFO]\t2026-01-01T00:00:00.000Z\trequest-1\ti1\n"
    )
    assert second.logs == first.logs.replace("1\n", "2\n").replace("request-1", "request-2")
    assert first.payload == second.payload == str(2 + len(before[0]))
    assert (root.handlers, root.level) == before
    assert logging.getLogger("eventsim-test-app").handlers == []


MARKED = """
import logging
mine = logging.getLogger("eventsim-test-library")
if getattr(mine, "set_up_handler", None):  # as libraries know a logger that they have set up already
    its_own = mine.handlers[0]
else:
    its_own = mine.set_up_handler = logging.StreamHandler()
    its_own.setFormatter(logging.Formatter("{%(message)s}"))
    mine.addHandler(its_own)
    mine.addFilter(lambda record: record.msg != "secret")
    mine.propagate = False
def handler(event, context):
    mine.warning(event)
    mine.warning("secret")
    return [mine.handlers == [its_own], mine.set_up_handler is its_own, len(mine.filters), mine.mark_of_the_test]
"""


def test_a_library_that_marks_its_logger_sets_it_up_in_each_environment(tmp_path: Path) -> None:
    write_code(tmp_path, app=MARKED)
    logger = logging.getLogger("eventsim-test-library")

    async def two_environments(invoke: Any) -> list[Any]:
        return [await invoke(n, an_environment(n)) for n in (1, 2)]

    logger.mark_of_the_test = "stays"  # type: ignore[attr-defined]
    for _ in range(2):
        results = Lambda("app.handler", tmp_path).run_with(two_environments)
        assert [(one.payload, one.logs) for one in results] == [
            ('[true, true, 1, "stays"]', f"{{{n}}}\n") for n in (1, 2)
        ]
    assert (logger.handlers, logger.filters, logger.propagate) == ([], [], True)
    assert not hasattr(logger, "set_up_handler")


CONFIGURED = """
import logging, logging.config
early = logging.getLogger("eventsim-test-early")
logging.config.dictConfig({"version": 1, "root": {"level": "INFO"}})
late = logging.getLogger("eventsim-test-late")
def handler(event, context):
    early.info("early")
    late.info("late")
"""


def test_a_configuration_disables_what_its_own_environment_has(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_code(tmp_path, app=CONFIGURED)
    mine = logging.getLogger("eventsim-test-outside")

    async def two_environments(invoke: Any) -> list[Any]:
        return [await invoke(n, an_environment(n)) for n in (1, 2)]

    for _ in range(2):
        Lambda("app.handler", tmp_path).run_with(two_environments)
    mine.warning("outside")
    assert caplog.messages == [*["late"] * 4, "outside"]


def test_the_processs_own_root_handlers_get_the_records_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_code(tmp_path, app="import logging\ndef handler(event, context):\n    logging.warning('seen')")
    Lambda("app.handler", tmp_path).one()
    assert caplog.messages == ["seen"]


def test_everything_is_as_before_after_a_run(tmp_path: Path) -> None:
    def surroundings() -> list[Any]:
        return [
            sys.stdout,
            sys.stderr,
            list(sys.path),
            dict(os.environ),
            set(sys.modules) & {"app"},
            logging.root.level,
        ]

    before = surroundings()
    write_code(tmp_path, app="import sys, time\nsys.path.append('/nowhere')\ndef handler(e, c):\n    time.sleep(9)")
    assert Lambda("app.handler", tmp_path).one().timed_out
    sys.path.remove("/nowhere")
    assert surroundings() == before


@pytest.mark.parametrize("added", ["os.path.join(os.path.dirname(__file__), 'vendored')", "'vendored'"])
@pytest.mark.parametrize("how", ["sys.path.append({})", "sys.path.insert(0, {})"])
def test_folders_of_its_own_that_the_code_puts_on_the_path_stay_with_the_environment(
    tmp_path: Path, added: str, how: str
) -> None:
    def source(name: str) -> dict[str, str]:
        app = f"""
        import os, sys
        {how.format(added)}
        from eventsim_vendored import NAME
        def handler(event, context):
            import eventsim_vendored, eventsim_late
            return [NAME, eventsim_vendored.NAME, eventsim_late.NAME, len(sys.path), len(set(sys.path))]
        """
        module = f"NAME = {name!r}"
        return {"app": app, "vendored__eventsim_vendored": module, "vendored__eventsim_late": module}

    before = list(sys.path)
    for name in ("one", "two", "one"):
        folder = write_code(tmp_path / name, **source(name))
        found = Lambda("app.handler", folder).run(1, 2)
        expected = [name] * 3 + [len(before) + 2, len(set(before)) + 2]
        assert [json.loads(one.payload) for one in found] == [expected, expected]
        assert (sys.path, [one for one in sys.modules if one.startswith("eventsim_")]) == (before, [])


def test_a_folder_of_its_own_that_was_on_the_path_before_is_there_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_code(tmp_path, app="import sys\nsys.path.append('/nowhere')\ndef handler(e, c):\n    return sys.path")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path), str(tmp_path / "lib")])
    before = list(sys.path)
    assert json.loads(Lambda("app.handler", tmp_path).one().payload) == [str(tmp_path), *before, "/nowhere"]
    assert sys.path == [*before, "/nowhere"]


def test_the_working_folder_is_that_of_the_code_and_stays_with_the_environment(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "prices.json").write_text('{"tea": 3}')
    source = """
import os, pathlib, time
PRICES = pathlib.Path("prices.json").read_text()

def handler(event, context):
    time.sleep(1)
    found = [PRICES, os.path.basename(os.getcwd())]
    os.chdir("..")
    return found
"""
    before = os.getcwd()
    assert returned(code, source, 1, 2) == [['{"tea": 3}', "code"], ['{"tea": 3}', tmp_path.name]]
    assert os.getcwd() == before


def test_a_folder_that_is_removed_meanwhile_is_no_failure(tmp_path: Path) -> None:
    source = """
import os

def handler(event, context):
    os.makedirs("gone")
    os.chdir("gone")
    os.rmdir("../gone")
"""
    before = os.getcwd()
    assert returned(tmp_path, source, 1) == [None]
    assert os.getcwd() == before


def test_a_callable_runs_where_the_process_is() -> None:
    assert Lambda(lambda event, context: os.getcwd()).one().payload == json.dumps(os.getcwd())
