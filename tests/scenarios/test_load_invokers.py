# ruff: noqa: E501 - the expected texts stand whole, one a line
from __future__ import annotations

import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from eventsim.errors import ScenarioError
from eventsim.scenarios.model import InvokerSpec
from tests.invokers.answering import Reply, answering
from tests.invokers.elsewhere import bootstrap
from tests.invokers.test_registry import install
from tests.scenarios.loading import loader, refuser, warnings_of
from tests.scenarios.running import run_text

if TYPE_CHECKING:
    from pathlib import Path


def function(properties: str) -> str:
    return f"functions:\n  w: {properties}\n"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("{Handler: a.b, invoker: runtime, Runtime: python3.13}", InvokerSpec(name="runtime")),
        (
            "{invoker: {type: runtime, command: [node, b.js, 7], env: {A: 1}}, Runtime: nodejs24.x}",
            InvokerSpec(name="runtime", settings={"command": ["node", "b.js", "7"], "env": {"A": "1"}}),
        ),
        (
            "{invoker: {type: http, url: 'http://localhost:9000/'}}",
            InvokerSpec(name="http", settings={"url": "http://localhost:9000/"}),
        ),
        (
            "{invoker: {type: lambda, function_name: x, region: eu-west-1}}",
            InvokerSpec(name="lambda", settings={"function_name": "x", "region": "eu-west-1"}),
        ),
        ("{Handler: a.b, invoker: {type: python}}", None),
    ],
)
def test_an_invoker_is_read_with_its_settings(tmp_path: Path, properties: str, expected: InvokerSpec | None) -> None:
    assert loader(tmp_path)(function(properties)).functions["w"].elsewhere == expected


@pytest.mark.parametrize(
    ("properties", "messages"),
    [
        ("{invoker: http}", ["functions.w.invoker: url is missing, the invoker http needs it"]),
        (
            "{invoker: {type: http, url: 'localhost:9000'}}",
            ["functions.w.invoker: url: found 'localhost:9000', expected an http or https URL, as in http://localhost:9000/"],
        ),
        (
            "{invoker: {type: lambda, function_name: x}}",
            ["functions.w.invoker: name the endpoint_url, or the region to invoke the function in AWS itself"],
        ),
        ("{invoker: runtime}", ["functions.w.invoker: the invoker runtime needs a Handler, or a command: a program and its arguments"]),
        (
            "{invoker: runtime, Handler: index.handler, Runtime: nodejs24.x}",
            ["functions.w.invoker: found the Runtime 'nodejs24.x': give the command of its runtime client, as in [node, bootstrap.js]"],
        ),
        (
            "{invoker: {type: runtime, command: node b.js}}",
            ["functions.w.invoker.command: found 'node b.js', expected a list"],
        ),
        (
            "{invoker: {type: runtime, command: []}}",
            ["functions.w.invoker.command: found an empty list, expected a program and its arguments"],
        ),
        (
            "{invoker: {type: runtime, comand: [x]}}",
            ["functions.w.invoker.comand: found 'comand', unknown in the invoker runtime, did you mean 'command'? Allowed: type, command, env"],
        ),
        (
            "{script: [{return: 1}], invoker: {type: http, url: 'http://x/'}}",
            ["functions.w.script: found a script and the invoker http, expected one"],
        ),
        (
            "{invoker: {type: shouting}}",
            ["functions.w.invoker.type: found 'shouting', unknown as an invoker; allowed: python, scripted, runtime, http, lambda"],
        ),
        ("{invoker: {url: x}}", ["functions.w.invoker: type is missing, an invoker needs it: python, scripted, runtime, http, lambda"]),
        ("{invoker: [x]}", ["functions.w.invoker: found a list, expected an invoker: python, scripted, runtime, http, lambda"]),
    ],
)  # fmt: skip
def test_an_invoker_that_can_not_work_is_refused(tmp_path: Path, properties: str, messages: list[str]) -> None:
    assert [line.split(" ", 1)[1] for line in refuser(tmp_path)(function(properties))] == messages


def test_what_has_no_effect_on_code_elsewhere_is_told(tmp_path: Path) -> None:
    properties = "{Handler: a.b, Runtime: python3.13, Environment: {Variables: {A1: x}}, invoker: {type: http, url: 'http://x/'}}"
    (warning,) = warnings_of(loader(tmp_path)(function(properties)))
    assert warning.endswith("functions: without effect in a simulation: Runtime (w), Handler (w), Environment (w)")


def test_an_installed_invoker_is_read_and_what_it_does_not_take_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "counting_invoker.py").write_text("class Counting:\n    def __init__(self, start):\n        pass\n")
    install(tmp_path, "counting", {"counting": "counting_invoker:Counting"})
    monkeypatch.syspath_prepend(str(tmp_path))
    given = loader(tmp_path)(function("{invoker: {type: counting, start: [1, {a: b}]}}")).functions["w"].elsewhere
    assert given == InvokerSpec(name="counting", settings={"start": [1, {"a": "b"}]})
    assert [line.split(" ", 1)[1] for line in refuser(tmp_path)(function("{invoker: {type: counting, stop: 1}}"))] == [
        "functions.w.invoker: the invoker 'counting' can't take these settings: missing a required argument: 'start'; it takes start"
    ]
    sys.modules.pop("counting_invoker", None)


SCENARIO = """
    queues: {{in: {{VisibilityTimeout: 30}}, dead: {{}}}}
    functions:
      w:
        Timeout: 20
        takes: 2s
        invoker: {invoker}
        Events: {{in: {{Type: SQS, Properties: {{Queue: in}}}}}}
    steps:
      - send: {{queue: in, body: x}}
    run_for: 100
"""


def test_a_scenario_runs_code_in_processes(tmp_path: Path) -> None:
    code = """
        while True:
            request_id, event, _ = following()
            if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2":
                answer(request_id, None)
            sys.exit(5)
    """
    command = bootstrap(tmp_path, code)
    run = run_text(tmp_path, SCENARIO.format(invoker=f"{{type: runtime, command: {command}}}"))
    assert [(one["at"], one["outcome"]) for one in run.json["invocations"]] == [(0, "error"), (30, "success")]
    assert [one["ended"] for one in run.json["invocations"]] == [2, 32]
    assert [line["cold_start"] for line in run.lines("invoke.start")] == [True, True]


def test_a_scenario_runs_code_behind_http_and_nothing_unprocessed_is_deleted(tmp_path: Path) -> None:
    with answering(Reply(b"", 503), Reply()) as server:
        run = run_text(tmp_path, SCENARIO.format(invoker=f"{{type: http, url: '{server.url}/'}}"))
    assert run.told("invoke.start", "invoke.end", "queue.delete") == [
        (0, "invoke.start"), (2, "invoke.end"), (30, "invoke.start"), (32, "invoke.end"), (32, "queue.delete"),
    ]  # fmt: skip


@pytest.mark.rule("CON-06", "SQS-24")
def test_a_throttle_of_lambda_elsewhere_is_a_throttle_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with answering(Reply(b'{"Reason": "ConcurrentInvocationLimitExceeded"}', 429), Reply()) as server:
        invoker = f"{{type: lambda, function_name: w, endpoint_url: '{server.url}'}}"
        run = run_text(tmp_path, SCENARIO.format(invoker=invoker))
    assert [one["outcome"] for one in run.json["invocations"]] == ["throttle", "success"]
    assert [line["reason"] for line in run.lines("function.throttle")] == ["ConcurrentInvocationLimitExceeded"]
    metrics = run.json["functions"]["w"]
    assert [metrics[name] for name in ("Invocations", "Throttles", "Errors")] == [1, 1, 0]


def test_aiohttp_is_imported_only_where_an_invoker_needs_it(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        dedent("functions: {w: {script: [{return: 1}]}}\nsteps: [{invoke: {function: w}}]")
    )
    code = """
import sys
from eventsim.cli.main import main
try:
    main(["run", "-q", sys.argv[1]])
except SystemExit as end:
    print(end.code, sorted({"aiohttp", "moto", "botocore"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "s.yaml")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "0 []\n"


def test_an_invoker_that_can_not_work_on_this_machine_ends_the_run_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.session.Session.get_credentials", lambda *_: None)
    invoker = "{type: lambda, function_name: w, region: eu-west-1}"
    with pytest.raises(ScenarioError) as caught:
        run_text(tmp_path, SCENARIO.format(invoker=invoker))
    assert str(caught.value).endswith(
        ": functions.w.invoker: the invoker lambda: found no AWS credentials; set them as for any AWS SDK"
    )
