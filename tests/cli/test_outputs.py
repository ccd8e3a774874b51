from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import Result

from eventsim.cli import outputs
from tests.cli.conftest import FakeResult, Runs

if TYPE_CHECKING:
    from pathlib import Path

Command = Callable[..., Result]


def test_json_to_standard_output_is_one_document_and_nothing_else(runs: Runs, command: Command) -> None:
    def chatty(scenario: Any, *_: Any) -> FakeResult:
        print("the handler prints")  # noqa: T201 - what handlers do
        return FakeResult(scenario, 7)

    runs.behaviour["b"] = chatty
    result = command("run", "a.yaml", "b.yaml", "--json", "-")
    document = json.loads(result.stdout)
    assert list(document) == ["scenarios"]
    assert [(run["name"], run["seed"], run["events"]) for run in document["scenarios"]] == [
        ("a", 7, "all"),
        ("b", 7, "all"),
    ]
    assert result.stderr.splitlines() == [
        "passed  a  90 s virtual, 0.25 s wall",
        "the handler prints",
        "passed  b  90 s virtual, 0.25 s wall",
    ]


def test_json_to_a_file_leaves_standard_output_to_people(runs: Runs, command: Command, tmp_path: Path) -> None:
    result = command("run", "a.yaml", "--json", tmp_path / "r.json", "--events", "none")
    assert json.loads((tmp_path / "r.json").read_bytes())["scenarios"][0]["events"] == "none"
    assert result.stdout.startswith("passed  a")
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_json_holds_what_msgspec_refuses(runs: Runs, command: Command) -> None:
    odd = {"surrogate": "\ud800", "long": 2**70}
    runs.changes["a"] = {"invocations": [{"response": odd}]}
    document = json.loads(command("run", "a.yaml", "--json", "-").stdout)
    assert document["scenarios"][0]["invocations"] == [{"response": odd}]


def test_a_crashed_run_is_in_the_document_as_not_passed(runs: Runs, command: Command) -> None:
    def crash(*_: Any) -> FakeResult:
        raise LookupError("gone")

    runs.behaviour["a"] = crash
    assert json.loads(command("run", "a.yaml", "--json", "-").stdout) == {
        "scenarios": [
            {
                "name": "a",
                "file": "a.yaml",
                "seed": 7,
                "passed": False,
                "failures": [],
                "eventsim_error": "LookupError: gone",
            }
        ]
    }


def test_one_trace_goes_to_exactly_the_file(runs: Runs, command: Command, tmp_path: Path) -> None:
    command("run", "a.yaml", "--trace", tmp_path / "t.jsonl")
    assert (tmp_path / "t.jsonl").read_bytes() == b'{"n":0,"t":0.0,"kind":"run.start"}\n'


@pytest.mark.parametrize(
    ("name", "expected"),
    [("t.jsonl", ["t.1.jsonl", "t.2.jsonl"]), ("trace", ["trace.1", "trace.2"]), ("a.b.c", ["a.b.1.c", "a.b.2.c"])],
)
def test_several_traces_are_numbered(
    runs: Runs, command: Command, tmp_path: Path, name: str, expected: list[str]
) -> None:
    command("run", "a.yaml", "b.yaml", "--trace", tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == expected


@pytest.mark.parametrize("option", ["--json", "--trace", "--junit-xml"])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere/x", "the folder {folder}/nowhere does not exist"),
        ("", "is a directory; name a file in it"),
        ("file/x", "the folder {folder}/file does not exist"),
        ("n" * 300, "can't be written: File name too long"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_run(
    runs: Runs, command: Command, tmp_path: Path, *, option: str, path: str, reason: str
) -> None:
    (tmp_path / "file").touch()
    target = f"{tmp_path}/{path}"
    result = command("run", "a.yaml", option, target)
    assert (result.exit_code, runs.started) == (2, [])
    assert result.stderr == f"{option}: {target}: {reason.format(folder=tmp_path)}\n"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_without_permission_is_refused_before_the_run(runs: Runs, command: Command, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    result = command("run", "a.yaml", "--json", tmp_path / "r.json")
    assert (result.exit_code, runs.started) == (2, [])
    assert result.stderr == f"--json: {tmp_path}/r.json: can't be written: Permission denied\n"


def test_all_unusable_files_are_told_at_once(runs: Runs, command: Command, tmp_path: Path) -> None:
    result = command("run", "a.yaml", "--json", f"{tmp_path}/no/r", "--trace", "-", "--junit-xml", "a.yaml")
    assert result.stderr.splitlines() == [
        f"--json: {tmp_path}/no/r: the folder {tmp_path}/no does not exist",
        "--trace: -: is not a file name (only --json takes - for standard output)",
        "--junit-xml: a.yaml: is a scenario of this run",
    ]


def test_two_outputs_need_two_files(runs: Runs, command: Command, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "r")
    result = command("run", "a.yaml", "--json", tmp_path / "r", "--trace", tmp_path / "link")
    assert result.stderr == f"--trace: {tmp_path}/link: is the file of --json already\n"
    assert command("run", "a.yaml", "--json", "/dev/null", "--trace", "/dev/null").exit_code == 0


def test_a_refused_run_leaves_the_old_files_as_they_are(runs: Runs, command: Command, tmp_path: Path) -> None:
    for name in ("r", "t", "x"):
        (tmp_path / name).write_text("old")
    files = ["--json", tmp_path / "r", "--trace", tmp_path / "t", "--junit-xml", tmp_path / "x"]
    assert command("run", "bad.yaml", *files).exit_code == 2
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"] * 3


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, link = tmp_path / "r.json", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    outputs.write_whole(str(link), b"new")
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode), link.is_symlink()) == (b"new", 0o640, True)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        outputs.write_whole(str(target), b"newer")
    assert target.read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "r.json"]


def test_a_file_that_cannot_be_replaced_is_written_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(os, "replace", busy)
    outputs.write_whole(str(tmp_path / "r.json"), b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("r.json", b"new")]
