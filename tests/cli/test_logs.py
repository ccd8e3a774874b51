from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
import pytest
from click.testing import Result

from eventsim.cli.logs import TraceLog, open_log
from tests.cli.conftest import FakeResult, Runs

if TYPE_CHECKING:
    from pathlib import Path

Command = Callable[..., Result]

TRACE = b"".join(
    msgspec.json.encode({"n": n, **line}) + b"\n"
    for n, line in enumerate(
        [
            {"t": 0.0, "kind": "invoke.start", "function": "worker"},
            {"t": 0.5, "kind": "invoke.end", "function": "worker", "outcome": "error", "record_ids": ["a"]},
            {"t": 30.0, "kind": "invoke.end", "function": "worker", "outcome": "timeout"},
            {"t": 60.0, "kind": "invoke.end", "function": "worker", "outcome": "partial"},
            {"t": 90.25, "kind": "invoke.end", "function": "worker", "outcome": "success"},
        ]
    )
)
FAILED = [
    {"t": 0.5, "level": "error", "event": "invocation", "function": "worker", "outcome": "error"},
    {"t": 30.0, "level": "error", "event": "invocation", "function": "worker", "outcome": "timeout"},
]
OTHERS = [
    {"t": 60.0, "level": "warning", "event": "invocation", "function": "worker", "outcome": "partial"},
    {"t": 90.25, "level": "info", "event": "invocation", "function": "worker", "outcome": "success"},
]


def traced(scenario: Any, trace: BinaryIO | None, _: Any) -> FakeResult:
    if trace is not None:
        trace.write(TRACE[:100])
        trace.write(TRACE[100:])
    return FakeResult(scenario, 7)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_failed_invocations_are_logged_one_line_each_in_virtual_time(runs: Runs, command: Command) -> None:
    runs.behaviour["a"] = traced
    assert lines(command("run", "a.yaml", "--log-format", "json").stderr) == FAILED


def test_verbose_logs_every_invocation(runs: Runs, command: Command) -> None:
    runs.behaviour["a"] = traced
    assert lines(command("run", "-v", "a.yaml", "--log-format", "json").stderr) == FAILED + OTHERS


@pytest.mark.parametrize("words", [[], ["-v"], ["-q", "--log-format", "json"]])
def test_nothing_is_logged_unless_asked_for(runs: Runs, command: Command, words: list[str]) -> None:
    runs.behaviour["a"] = traced
    assert command("run", "a.yaml", *words).stderr == ""


def test_the_trace_is_the_same_with_a_log(runs: Runs, command: Command, tmp_path: Path) -> None:
    runs.behaviour["a"] = traced
    command("run", "a.yaml", "--log-format", "console", "--trace", tmp_path / "t.jsonl")
    assert (tmp_path / "t.jsonl").read_bytes() == TRACE


def test_the_log_for_people_is_plain_text_in_a_pipe(runs: Runs, command: Command) -> None:
    runs.behaviour["a"] = traced
    first = command("run", "a.yaml", "--log-format", "console").stderr.splitlines()[0]
    assert first.split() == ["0.5", "[error", "]", "invocation", "function=worker", "outcome=error"]


@pytest.mark.parametrize("size", [1, 7, 64, len(TRACE)])
def test_a_trace_is_understood_however_it_is_cut(size: int) -> None:
    stream, sink = io.StringIO(), io.BytesIO()
    tap = TraceLog(open_log("json", stream), sink, every=True)
    for start in range(0, len(TRACE), size):
        assert tap.write(TRACE[start : start + size]) == len(TRACE[start : start + size])
    assert (lines(stream.getvalue()), sink.getvalue()) == (FAILED + OTHERS, TRACE)
