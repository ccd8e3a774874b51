"""Handlers behind the Lambda Runtime API: what each kind of answer, and of silence, comes to."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.errors import InputError
from eventsim.invokers.failures import RESPONSE_LIMIT_BYTES
from eventsim.invokers.runtime_api import RuntimeInvoker
from tests.invokers.elsewhere import Elsewhere, bootstrap, runtime
from tests.invokers.running import ARN, write_code

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.invokers.base import InvocationResult

ECHO = """
    while True:
        request_id, event, headers = following()
        print("got", event)
        answer(request_id, event)
"""


def summary(result: InvocationResult) -> tuple[Any, Any, bool]:
    """(payload, error type, whether the environment is lost)."""
    return result.payload, result.error and result.error["errorType"], result.environment_lost


@pytest.mark.parametrize("real", [False, True])
def test_an_event_goes_out_and_its_answer_comes_back_with_what_was_printed(tmp_path: Path, real: bool) -> None:
    results = runtime(tmp_path, ECHO, real=real).run({"a": 1}, None, "ü", [2**70])
    assert [(one.payload, one.error) for one in results] == [
        ('{"a": 1}', None),
        (None, None),
        ('"\\u00fc"', None),
        ("[1180591620717411303424]", None),
    ]
    assert [one.logs for one in results][:2] == ["got {'a': 1}\n", "got None\n"]


@pytest.mark.rule("FUN-13", "FUN-18")
def test_a_runtime_is_told_all_about_its_invocation(tmp_path: Path) -> None:
    code = """
        while True:
            request_id, event, headers = following()
            left_s = int(headers.pop("Lambda-Runtime-Deadline-Ms")) / 1000 - time.time()
            told = {name: value for name, value in headers.items() if name.startswith("Lambda-")}
            names = ("_HANDLER", "AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION", "MINE", "OWN", "HIDDEN", "AWS_ENDPOINT_URL")
            variables = {name: os.environ.get(name) for name in names}
            root = os.environ["LAMBDA_TASK_ROOT"] == os.getcwd()
            answer(request_id, [told, variables, 19 < left_s <= 20, root, "AWS_EXECUTION_ENV" in os.environ])
    """
    function = runtime(tmp_path, code, handler="a.b", env={"MINE": "1"})
    function.invoker.attach(variables={"OWN": "2"}, cloud_variables=lambda: {"AWS_ENDPOINT_URL": "http://there"})
    import msgspec

    payload = function.one(trace_id="Root=1-2", client_context={"custom": {"ü": 1}}, tenant_id="t").payload
    assert msgspec.json.decode(payload or "") == [
        {
            "Lambda-Runtime-Aws-Request-Id": "request-1",
            "Lambda-Runtime-Aws-Tenant-Id": "t",
            "Lambda-Runtime-Client-Context": '{"custom": {"\\u00fc": 1}}',
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
            "Lambda-Runtime-Trace-Id": "Root=1-2",
        },
        {
            "_HANDLER": "a.b",
            "AWS_LAMBDA_FUNCTION_NAME": "worker",
            "AWS_REGION": "us-east-1",
            "MINE": "1",
            "OWN": "2",
            "HIDDEN": None,
            "AWS_ENDPOINT_URL": "http://there",
        },
        True,
        True,
        False,
    ]


@pytest.mark.rule("FUN-08")
def test_an_error_that_a_runtime_reports_is_the_functions(tmp_path: Path) -> None:
    code = """
        request_id, _, _ = following()
        body = json.dumps({"errorMessage": os.getcwd() + "/x", "errorType": "Boom", "stackTrace": [os.getcwd() + "/a"]})
        call("POST", f"/invocation/{request_id}/error", body)
        request_id, _, _ = following()
        call("POST", f"/invocation/{request_id}/error", "no json", {"Lambda-Runtime-Function-Error-Type": "Mine.Bad"})
        following()
    """
    first, second = runtime(tmp_path, code).run(1, 2)
    assert first.error == {
        "errorMessage": "/var/task/x",
        "errorType": "Boom",
        "stackTrace": ["/var/task/a"],
    }
    assert second.error == {"errorType": "Mine.Bad", "errorMessage": "no json"}
    assert [first.environment_lost, second.environment_lost] == [False, False]


def test_what_can_not_be_taken_is_refused_with_the_apis_own_statuses(tmp_path: Path) -> None:
    code = """
        early = answer("x", 1)[0]
        request_id, _, _ = following()
        wrong = call("POST", "/invocation/other/response", "1")
        again = following()[0] == request_id
        missing = call("GET", "/nothing")[0], call("POST", "/invocation/next")[0]
        late = call("POST", "/init/error", "{}")[0]
        mode = {"Lambda-Runtime-Function-Response-Mode": "streaming"}
        good = answer(request_id, [early, wrong[0], json.loads(wrong[1])["errorType"], again, missing, late], mode)[0]
        twice = answer(request_id, 1)[0]
        request_id, _, _ = following()
        answer(request_id, [good, twice])
        following()
    """
    first, second = runtime(tmp_path, code).run(1, 2)
    assert first.payload == '[403, 400, "InvalidRequestID", true, [404, 404], 403]'
    assert second.payload == "[202, 403]"


@pytest.mark.rule("FUN-03")
def test_a_response_over_the_limit_is_refused_and_fails_the_invocation(tmp_path: Path) -> None:
    code = f"""
        request_id, _, _ = following()
        status = call("POST", f"/invocation/{{request_id}}/response", b"1" * {RESPONSE_LIMIT_BYTES + 1})[0]
        request_id, _, _ = following()
        answer(request_id, status)
        following()
    """
    first, second = runtime(tmp_path, code).run(1, 2)
    assert first.error == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    assert second.payload == "413"


def test_a_streamed_response_is_read_whole_and_fails_where_its_trailers_say_so(tmp_path: Path) -> None:
    code = r"""
        import base64, socket

        def stream(request_id, trailers):
            host, _, port = API.partition(":")
            with socket.create_connection((host, int(port))) as connection:
                head = f"POST {BASE}/invocation/{request_id}/response HTTP/1.1\r\nHost: {API}\r\n"
                head += "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n"
                connection.sendall(head.encode() + b"3\r\n[1,\r\n3\r\n 2]\r\n0\r\n" + trailers + b"\r\n")
                connection.recv(1000)

        stream(following()[0], b"")
        body = base64.b64encode(b'{"errorMessage": "late"}')
        trailers = b"Lambda-Runtime-Function-Error-Type: Late\r\nLambda-Runtime-Function-Error-Body: " + body + b"\r\n"
        stream(following()[0], trailers)
        following()
    """
    first, second = runtime(tmp_path, code).run(1, 2)
    assert (first.payload, first.error) == ("[1, 2]", None)
    assert second.error == {"errorMessage": "late", "errorType": "Late"}


@pytest.mark.rule("FUN-06", "FUN-10")
@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("sys.exit(0)", "exited without providing a reason"),
        ("sys.exit(3)", "exited with error: exit status 3"),
        ("os.kill(os.getpid(), 9)", "exited with error: signal: killed"),
    ],
)
def test_a_process_that_ends_instead_of_answering_is_replaced(tmp_path: Path, end: str, reason: str) -> None:
    code = f"""
        for n in range(9):
            request_id, event, _ = following()
            if event == "end":
                {end}
            answer(request_id, n)
    """
    results = runtime(tmp_path, code).run(1, "end", 3)
    error = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: request-2 Error: Runtime {reason}"}
    assert [(one.payload, one.error, one.environment_lost) for one in results] == [
        ("0", None, False),
        (None, error, True),
        ("0", None, False),
    ]


def test_an_answer_counts_though_the_process_ends_behind_it(tmp_path: Path) -> None:
    assert [summary(one) for one in runtime(tmp_path, "answer(following()[0], 1)").run(1, 2)] == [
        ("1", None, True),
        ("1", None, True),
    ]


@pytest.mark.rule("FUN-05", "FUN-06", "FUN-09")
@pytest.mark.parametrize(
    "code",
    ["following(); time.sleep(60)", "answer(following()[0], 1); time.sleep(60)", "while True: following()"],
    ids=["never answers", "never asks again", "asks only"],
)
def test_a_process_that_takes_longer_than_timeout_is_killed(tmp_path: Path, code: str) -> None:
    result = runtime(tmp_path, f'print("here"); {code}' if ";" in code else code).one(timeout_s=0.5)
    assert (result.takes_s, result.environment_lost, result.error) == (float("inf"), True, None)
    assert ("here" in result.logs) == (";" in code)


def test_everything_that_a_process_has_started_is_killed_with_it(tmp_path: Path) -> None:
    code = """
        import subprocess
        child = subprocess.Popen(["sleep", "60"])
        answer(following()[0], [os.getpid(), child.pid])
        following()
        time.sleep(60)
    """
    first, second = runtime(tmp_path, code).run(1, 2, timeout_s=0.8)
    assert isinstance(first.payload, str)
    assert second.environment_lost
    for pid in first.payload.strip("[]").split(","):
        assert not _runs(int(pid))


@pytest.mark.rule("FUN-04", "FUN-11")
def test_an_initialisation_that_fails_is_tried_again_in_the_invocation(tmp_path: Path) -> None:
    code = """
        with open("starts", "a") as file:
            file.write("x")
        call("POST", "/init/error", '{"errorType": "Init.Bad", "errorMessage": "no"}')
        sys.exit(1)
    """
    result = runtime(tmp_path, code).one()
    assert (result.error, result.environment_lost) == ({"errorType": "Init.Bad", "errorMessage": "no"}, True)
    assert (tmp_path / "starts").read_text() == "xx"


@pytest.mark.rule("FUN-10")
def test_a_process_that_ends_before_it_asks_fails_the_invocation_with_its_output(tmp_path: Path) -> None:
    result = runtime(tmp_path, 'print("no table"); sys.exit(7)').one()
    text = "RequestId: request-1 Error: Runtime exited with error: exit status 7"
    assert result.error == {"errorType": "Runtime.ExitError", "errorMessage": text}
    assert (result.environment_lost, result.logs) == (True, "no table\n")


@pytest.mark.rule("FUN-04")
def test_a_process_that_never_asks_uses_up_the_init_phase_and_then_the_timeout(tmp_path: Path) -> None:
    function = runtime(tmp_path, "time.sleep(60)", init_limit_s=0.3)
    result = function.one(timeout_s=0.4)
    assert (result.takes_s, result.environment_lost, result.init_s) == (float("inf"), True, 0.3)
    assert function.ended_s == [0.3]


def test_a_program_that_is_not_there_fails_each_invocation_clearly(tmp_path: Path) -> None:
    result = Elsewhere(RuntimeInvoker(["./nothing"], code_folder=tmp_path)).one()
    assert result.error == {
        "errorType": "Runtime.InvalidEntrypoint",
        "errorMessage": "RequestId: request-1 Error: fork/exec ./nothing: no such file or directory",
    }


def test_a_process_that_prints_without_end_is_not_held_up_and_its_output_is_cut(tmp_path: Path) -> None:
    code = """
        request_id, _, _ = following()
        for _ in range(30):
            sys.stdout.write("x" * 100_000)
        sys.stdout.flush()
        answer(request_id, 1)
        following()
    """
    result = runtime(tmp_path, code).one()
    assert result.payload == "1"
    assert result.logs == "x" * 1024 * 1024 + "\n[1951424 more bytes left out]\n"


def test_answers_that_are_no_text_stay_bytes(tmp_path: Path) -> None:
    code = """
        call("POST", f"/invocation/{following()[0]}/response", b"\\xff\\x00")
        call("POST", f"/invocation/{following()[0]}/response", b"<html>")
        following()
    """
    assert [one.payload for one in runtime(tmp_path, code).run(1, 2)] == [b"\xff\x00", "<html>"]


def test_virtual_time_stands_still_while_the_code_works(tmp_path: Path) -> None:
    code = """
        while True:
            request_id, event, _ = following()
            time.sleep(0.2)
            answer(request_id, event)
    """
    function = runtime(tmp_path, code)
    function.run(1, 2)
    assert function.ended_s == [0.0, 0.0]
    function = runtime(tmp_path, code, real=True)
    results = function.run(1, 2)
    assert function.ended_s[0] >= 0.2
    assert function.ended_s[1] >= 0.4
    assert results[0].init_s > 0 == results[1].init_s


def test_nothing_is_left_when_an_invoker_is_closed(tmp_path: Path) -> None:
    result = runtime(tmp_path, "answer(following()[0], os.getpid()); following()").one()
    assert not _runs(int(result.payload or 0))
    assert not [one for one in threading.enumerate() if one.name.startswith("eventsim")]


@pytest.mark.rule("FUN-08", "FUN-11", "FUN-12")
def test_the_official_python_client_runs_a_handler(tmp_path: Path) -> None:
    pytest.importorskip("awslambdaric")
    write_code(
        tmp_path,
        app="""
        import os
        count = 0
        def handler(event, context):
            global count
            count += 1
            print("working")
            if event == "raise":
                raise ValueError("boom")
            if event == "exit":
                os._exit(4)
            left = context.get_remaining_time_in_millis() > 0
            return [count, context.aws_request_id, context.memory_limit_in_mb, left]
        """,
    )
    results = Elsewhere(RuntimeInvoker(handler="app.handler", code_folder=tmp_path)).run(1, "raise", 3, "exit", 5)
    assert [one.payload for one in results] == [
        '[1, "request-1", "128", true]', None, '[3, "request-3", "128", true]', None, '[1, "request-5", "128", true]',
    ]  # fmt: skip
    error = results[1].error or {}
    assert [error["errorMessage"], error["errorType"], error["requestId"]] == ["boom", "ValueError", "request-2"]
    assert error["stackTrace"][-1].startswith('  File "/var/task/app.py", line 9, in handler\n')
    assert "exit status 4" in (results[3].error or {})["errorMessage"]
    assert results[0].logs == "working\n"


def test_the_official_python_client_reports_a_handler_that_can_not_be_loaded(tmp_path: Path) -> None:
    pytest.importorskip("awslambdaric")
    result = Elsewhere(RuntimeInvoker(handler="nowhere.handler", code_folder=tmp_path)).one()
    assert (result.error or {})["errorType"] == "Runtime.ImportModuleError"
    assert result.environment_lost


def test_settings_that_can_not_work_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="expected a list"):
        RuntimeInvoker("node x.js")
    with pytest.raises(InputError, match="expected a list"):
        RuntimeInvoker([])
    with pytest.raises(InputError, match="needs a command"):
        RuntimeInvoker()
    monkeypatch.setattr("eventsim.invokers.runtime_api.find_spec", lambda _: None)
    with pytest.raises(InputError, match="pip install awslambdaric"):
        RuntimeInvoker(handler="a.b")
    assert RuntimeInvoker(bootstrap(tmp_path, "")).command[1:] == ["-S", "-E", "-u", "bootstrap.py"]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"
