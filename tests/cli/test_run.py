from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from click.testing import Result

from eventsim.errors import Problem
from tests.cli.conftest import FakeResult, Runs

if TYPE_CHECKING:
    from pathlib import Path

Command = Callable[..., Result]
FAILURE = {"path": "expect.queues.orders.visible", "expected": 0, "actual": 2}


def crash(*_: Any) -> NoReturn:
    raise LookupError("no such thing")


def ctrl_c(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


def test_a_scenario_that_passes_is_one_line(runs: Runs, command: Command) -> None:
    result = command("run", "a.yaml")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "passed  a  90 s virtual, 0.25 s wall\n", "")
    assert runs.started == [("a.yaml", 7)]


def test_the_option_seed_overrides_the_files(runs: Runs, command: Command) -> None:
    command("run", "a.yaml", "--seed", 0)
    command("run", "a.yaml", "--seed", 12)
    assert runs.started == [("a.yaml", 0), ("a.yaml", 12)]


def test_a_failed_expectation_shows_a_table_and_the_command_that_repeats_it(runs: Runs, command: Command) -> None:
    runs.changes["a b"] = {
        "passed": False,
        "failures": [FAILURE, {"path": "expect.idle", "expected": True, "actual": False}],
    }
    result = command("run", "a b.yaml", "--seed", 3)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "failed  a b  90 s virtual, 0.25 s wall",
        "  path                          expected  actual",
        "  expect.queues.orders.visible  0         2",
        "  expect.idle                   true      false",
        "  repeat: eventsim run 'a b.yaml' --seed 3",
    ]


def test_every_scenario_runs_and_the_worst_status_counts(runs: Runs, command: Command) -> None:
    runs.changes["b"] = {"passed": False, "failures": [FAILURE]}
    runs.behaviour["c"] = crash
    result = command("run", "a.yaml", "c.yaml", "b.yaml", "a.yaml", "--json", "-")
    assert [file for file, _ in runs.started] == ["a.yaml", "c.yaml", "b.yaml", "a.yaml"]
    assert result.exit_code == 3
    assert [run["passed"] for run in json.loads(result.stdout)["scenarios"]] == [True, False, False, True]


def test_quiet_shows_failures_only(runs: Runs, command: Command) -> None:
    runs.changes["b"] = {"passed": False, "failures": [FAILURE]}
    result = command("run", "-q", "a.yaml", "b.yaml")
    assert result.stdout.splitlines()[0].startswith("failed  b")
    assert "passed" not in result.output


def test_verbose_shows_the_timeline(runs: Runs, command: Command) -> None:
    invocation = {
        "at": 30.0,
        "ended": 30.12,
        "function": "worker",
        "mapping": "worker/orders",
        "attempt": 2,
        "record_ids": ["a", "b"],
        "outcome": "error",
        "error": {"errorType": "ValueError", "errorMessage": "two\nlines"},
    }
    called = {**invocation, "mapping": None, "outcome": "success", "error": None}
    runs.changes["a"] = {"invocations": [invocation, called]}
    assert command("run", "-v", "a.yaml").stdout.splitlines()[1:] == [
        "  at  ended  function  mapping        attempt  records  outcome  error",
        "  30  30.12  worker    worker/orders  2        2        error    ValueError: two\\x0alines",
        "  30  30.12  worker    -              2        2        success",
    ]


def test_a_crash_is_a_short_message_and_the_command_that_repeats_it(runs: Runs, command: Command) -> None:
    runs.behaviour["a"] = crash
    result = command("run", "a.yaml")
    assert result.exit_code == 3
    assert result.stdout.splitlines() == [
        "crashed  a",
        "  eventsim failed: LookupError: no such thing",
        "  -v shows where",
        "  repeat: eventsim run a.yaml --seed 7",
    ]


def test_a_crash_has_its_traceback_with_verbose(runs: Runs, command: Command) -> None:
    runs.behaviour["a"] = crash
    lines = command("run", "-v", "a.yaml").stdout.splitlines()
    assert "  Traceback (most recent call last):" in lines
    assert lines[-1] == "  repeat: eventsim run a.yaml --seed 7"


def test_a_crash_elsewhere_is_told_the_same_way(runs: Runs, command: Command) -> None:
    runs.load_error = LookupError("no such thing")
    result = command("validate", "a b.yaml")
    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        "eventsim failed: LookupError: no such thing",
        "-v shows where",
        "repeat: eventsim validate 'a b.yaml'",
    ]
    assert "Traceback" in command("run", "-v", "a.yaml").stderr


def test_ctrl_c_writes_the_partial_result_and_ends_with_130(runs: Runs, command: Command, tmp_path: Path) -> None:
    def interrupted(scenario: Any, trace: Any, _: Any) -> FakeResult:
        trace.write(b"{}\n")
        return FakeResult(scenario, 7, interrupted=True, passed=False, idle=False)

    runs.behaviour["b"] = interrupted
    result = command(
        "run", "a.yaml", "b.yaml", "c.yaml", "--json", tmp_path / "r.json", "--trace", tmp_path / "t.jsonl"
    )
    assert result.exit_code == 130
    assert [file for file, _ in runs.started] == ["a.yaml", "b.yaml"]
    assert [run["name"] for run in json.loads((tmp_path / "r.json").read_text())["scenarios"]] == ["a", "b"]
    assert (tmp_path / "t.2.jsonl").read_bytes() == b"{}\n"
    assert result.stdout.splitlines()[-2:] == [
        "interrupted  b  90 s virtual, 0.25 s wall",
        "  repeat: eventsim run b.yaml --seed 7",
    ]


def test_ctrl_c_out_of_the_run_leaves_what_was_finished(runs: Runs, command: Command) -> None:
    runs.behaviour["b"] = ctrl_c
    result = command("run", "a.yaml", "b.yaml", "c.yaml", "--json", "-")
    assert result.exit_code == 130
    assert [(run["name"], run["passed"]) for run in json.loads(result.stdout)["scenarios"]] == [
        ("a", True),
        ("b", False),
    ]


def test_ctrl_c_before_the_run_ends_with_130(runs: Runs, command: Command) -> None:
    runs.load_error = KeyboardInterrupt()
    result = command("run", "a.yaml")
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")


def test_none_is_run_when_one_file_is_bad(runs: Runs, command: Command, tmp_path: Path) -> None:
    result = command("run", "a.yaml", "bad.yaml", "bad2.yaml", tmp_path, "--json", tmp_path / "r.json")
    assert (result.exit_code, result.stdout, runs.started) == (2, "", [])
    assert result.stderr.splitlines() == [
        "bad.yaml:3:5: queues.q: unknown key",
        "bad.yaml:4:5: queues.r: another",
        "bad2.yaml:3:5: queues.q: unknown key",
        "bad2.yaml:4:5: queues.r: another",
        f"{tmp_path}: is a directory; name the files in it, as in {tmp_path}/*.yaml",
    ]
    assert list(tmp_path.iterdir()) == []


def test_warnings_go_to_standard_error(runs: Runs, command: Command) -> None:
    runs.warnings = [Problem("a.yaml", 1, 2, "queues.q.Tags", "has no effect")]
    assert command("run", "a.yaml").stderr == "warning: a.yaml:1:2: queues.q.Tags: has no effect\n"
    assert command("run", "-q", "a.yaml").stderr == ""


def test_names_and_values_stay_on_their_line(runs: Runs, command: Command) -> None:
    failure = {"path": "expect.queues.q.bodies", "expected": ["\x1b[31m\n"], "actual": "a\nb"}
    runs.changes["a"] = {"passed": False, "failures": [failure]}
    assert command("run", "a.yaml").stdout.splitlines()[2] == '  expect.queues.q.bodies  ["\\u001b[31m\\n"]  a\\x0ab'
