"""The command as a user meets it: real files, real runs, no stand-ins."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.determinism import run_twice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Command = Callable[..., Result]

GOOD = """
queues: {orders: {VisibilityTimeout: 30}, orders-dlq: {}}
functions:
  worker:
    script: [{raise: {errorType: ValueError, errorMessage: boom}}, {return: null}]
    Events: {orders: {Type: SQS, Properties: {Queue: orders}}}
steps: [{send: {queue: orders, body: {id: 1}}}]
expect: {queues: {orders: {visible: %s}}, virtual_time: "<= 60s"}
"""
ENDLESS = """
queues: {orders: {}}
functions: {worker: {script: [{return: null}], Events: {orders: {Type: SQS, Properties: {Queue: orders}}}}}
steps: [{send: {queue: orders, count: 10000000, every: 1s, body: x}}]
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.yaml"
    file.write_text(GOOD % 0)
    return file


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    file = tmp_path / "failing.yaml"
    file.write_text(GOOD % 5)
    return file


def eventsim(*words: object) -> list[str]:
    return [sys.executable, "-m", "eventsim", *map(str, words)]


def test_expectations_that_hold_are_status_0_and_others_status_1(command: Command, good: Path, failing: Path) -> None:
    assert command("run", good).exit_code == 0
    result = command("run", good, failing)
    assert result.exit_code == 1
    headlines, *table = result.stdout.splitlines()[1:]
    assert headlines.startswith("failed  failing  30 s virtual, ")
    assert [line.split() for line in table[:2]] == [
        ["path", "expected", "actual"],
        ["expect.queues.orders.visible", "5", "0"],
    ]
    assert table[2:] == [f"  repeat: eventsim run {failing} --seed 0"]


def test_the_hash_in_the_result_is_that_of_the_trace_file(command: Command, good: Path, failing: Path) -> None:
    folder = good.parent
    command("run", good, failing, "--seed", 3, "--trace", folder / "t", "--json", folder / "r")
    shown = [run["trace_sha256"] for run in json.loads((folder / "r").read_bytes())["scenarios"]]
    assert shown == [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("t.1", "t.2")]


def test_a_run_is_the_same_in_every_process(good: Path) -> None:
    assert run_twice(good) is None


def test_failed_invocations_reach_the_log(command: Command, good: Path) -> None:
    lines = command("run", good, "--log-format", "json").stderr.splitlines()
    shown = [json.loads(line) for line in lines]
    assert [(line["t"], line["level"], line["function"], line["error"]["errorType"]) for line in shown] == [
        (0.0, "error", "worker", "ValueError")
    ]


def test_the_timeline_shows_each_invocation(command: Command, good: Path) -> None:
    rows = [line.split() for line in command("run", "-v", good).stdout.splitlines()[2:]]
    assert rows == [
        ["0", "0", "worker", "worker/orders", "1", "1", "error", "ValueError:", "boom"],
        ["30", "30", "worker", "worker/orders", "1", "1", "success"],
    ]


def test_a_scripted_run_imports_nothing_heavy(good: Path) -> None:
    code = (
        "import sys\nfrom eventsim.cli.main import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, "run", str(good)], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "msgspec" in loaded
    assert loaded & {"moto", "botocore", "boto3", "aiobotocore", "pydantic", "structlog", "rich"} == set()


@pytest.mark.parametrize("name", ["run", "validate"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02\xff",
        b"\xff\xfe\x00",
        b"# only a comment\n",
        b"just text",
        b"- a\n- list\n",
        b"queues: [unclosed",
        b"queue: {orders: {}}\n",
        b"queues: {orders: {VisiblityTimeout: 30}}\n",
        b"queues: {orders: {VisibilityTimeout: 99999999}}\n",
        b"a: &a [*a]\n",
        b"queues: {a: {}}\nqueues: {b: {}}\n",
        b"steps: [{send: {queue: nowhere, body: x}}]\n",
        b"%YAML 9.9\n---\n{}\n--- second\n",
        b"{" * 5000,
    ],
)
def test_a_bad_file_is_refused_with_its_place(command: Command, tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / "bad.yaml"
    file.write_bytes(content)
    result = command(name, file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr
    for line in result.stderr.splitlines():
        assert re.match(rf"{re.escape(str(file))}(:\d+:\d+)?: \S", line)


def test_a_file_that_is_not_there_is_refused(command: Command, tmp_path: Path) -> None:
    for file in (tmp_path / "none.yaml", tmp_path / "no/ne.yaml", tmp_path / ("n" * 300), tmp_path):
        result = command("run", file)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"{file}: ")
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(command: Command, good: Path) -> None:
    good.chmod(0)
    result = command("run", good)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{good}: ")


def test_a_good_file_beside_a_bad_one_is_not_run(command: Command, good: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("seed: x\nrun_for: never\n")
    trace = tmp_path / "t.jsonl"
    result = command("run", good, bad, "--trace", trace)
    assert (result.exit_code, result.stdout, trace.exists()) == (2, "", False)
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()] == [f"{bad}:1:7", f"{bad}:2:10"]


def test_validate_accepts_what_run_accepts(command: Command, good: Path, failing: Path) -> None:
    result = command("validate", good, failing)
    assert (result.exit_code, result.stdout) == (0, f"valid  {good}\nvalid  {failing}\n")


def test_ctrl_c_writes_the_result_and_the_trace_so_far(tmp_path: Path) -> None:
    scenario, result, trace = tmp_path / "endless.yaml", tmp_path / "r.json", tmp_path / "t.jsonl"
    scenario.write_text(ENDLESS)
    process = subprocess.Popen(
        eventsim("run", scenario, "--json", result, "--events", "none", "--trace", trace),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not (trace.exists() and trace.stat().st_size > 0) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in errors) == (130, False)
    assert output.splitlines()[-1] == f"  repeat: eventsim run {scenario} --seed 0"
    [run] = json.loads(result.read_bytes())["scenarios"]
    assert (run["passed"], run["trace_sha256"]) == (False, hashlib.sha256(trace.read_bytes()).hexdigest())
    assert all(json.loads(line)["n"] == n for n, line in enumerate(trace.read_bytes().splitlines(), 1))


def test_a_terminal_sees_the_progress_of_a_long_run(tmp_path: Path) -> None:
    scenario = tmp_path / "endless.yaml"
    scenario.write_text(ENDLESS)
    ours, theirs = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    process = subprocess.Popen(
        eventsim("run", scenario), stdout=subprocess.PIPE, stderr=theirs, text=True, env=environment
    )
    os.close(theirs)
    try:
        seen = b""
        while not re.search(rb"[\d,.]+ s virtual, [\d,]+ events, [\d,]+ invocations", seen):
            seen += os.read(ours, 4096)  # EIO, should the process end without it
        process.send_signal(signal.SIGINT)
    finally:
        output, _ = process.communicate(timeout=30)
        os.close(ours)
    assert (process.returncode, output.split()[0]) == (130, "interrupted")
