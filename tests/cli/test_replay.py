"""``eventsim replay``: what people read, the JSON document, the exit status."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.fixtures.events import event, message, write

Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("app.py").write_text(
        "def handler(event, context):\n"
        "    print('a handler prints')\n"
        "    for record in event['Records']:\n"
        "        if record['body'] == 'poison':\n"
        "            raise ValueError('bad body')\n"
    )
    write(Path("good.jsonl"), *[event(message(str(n), number=n)) for n in range(3)])
    write(Path("poison.json"), event(message("poison", number=9)))
    Path("cut.json").write_text('{"Records": [')
    return tmp_path


def document(result: Result) -> dict[str, Any]:
    (one,) = json.loads(result.stdout)["scenarios"]
    assert isinstance(one, dict)
    return one


def test_a_replay_that_passes(command: Command) -> None:
    result = command("replay", "good.jsonl", "--handler", "app.handler")
    assert result.exit_code == 0
    head, *table = result.stdout.splitlines()
    assert head.startswith("passed  replay  3 invocations, 0 failed, 0 s virtual, ")
    assert [line.split() for line in table] == [
        ["file", "source", "events", "records", "outcomes"],
        ["good.jsonl", "sqs", "3", "3", "3", "success"],
    ]


def test_a_failure_is_status_1_and_a_file_that_can_not_be_read_2(command: Command) -> None:
    result = command("replay", "good.jsonl", "poison.json", "--handler", "app.handler")
    assert result.exit_code == 1
    assert "  poison.json  error    ValueError: bad body\n" in result.stdout
    assert "line 5, in handler\n" in result.stdout
    assert result.stdout.endswith("\n\n  repeat: eventsim replay good.jsonl poison.json --handler app.handler\n")
    result = command("replay", "cut.json", "poison.json", "good.jsonl", "--handler", "app.handler")
    assert result.exit_code == 2
    assert "good.jsonl   sqs     3       3        3 success" in result.stdout
    assert "\n  cut.json:1:14: " in result.stdout


def test_quiet_shows_failures_only(command: Command) -> None:
    assert command("replay", "good.jsonl", "--handler", "app.handler", "-q").stdout == ""
    assert "bad body" in command("replay", "poison.json", "--handler", "app.handler", "-q").stdout


def test_the_document_has_the_shape_of_every_result(command: Command, here: Path) -> None:
    words = ["replay", "poison.json", "good.jsonl", "--handler", "app.handler"]
    result = command(*words, "--json", "-", "--trace", "t.jsonl", "--seed", "7")
    shown = document(result)
    assert result.exit_code == 1
    told = ("name", "file", "seed", "passed", "idle", "virtual_s", "mappings", "queues")
    assert {key: shown[key] for key in told} == {
        "name": "replay", "file": None, "seed": 7, "passed": False, "idle": True, "virtual_s": 0, "mappings": {},
        "queues": {},
    }  # fmt: skip
    assert shown["trace_sha256"] == hashlib.sha256((here / "t.jsonl").read_bytes()).hexdigest()
    assert shown["failures"] == [
        {"path": "poison.json", "expected": "success", "actual": "error: ValueError: bad body"}
    ]
    assert (shown["functions"]["app"]["Invocations"], shown["functions"]["app"]["Errors"]) == (4, 1)
    assert [one["fixture"] for one in shown["invocations"]] == [
        {"file": "poison.json", "line": None, "index": None},
        *[{"file": "good.jsonl", "line": n, "index": None} for n in (1, 2, 3)],
    ]
    first = shown["invocations"][0]
    assert first["event"] == event(message("poison", number=9))
    assert (first["outcome"], first["error"]["errorType"], first["record_ids"]) == (
        "error", "ValueError", [message(number=9)["messageId"]],
    )  # fmt: skip
    assert document(command(*words, "--json", "-", "--seed", "7"))["trace_sha256"] == shown["trace_sha256"]
    command(*words, "--json", "out.json")
    assert json.loads(Path("out.json").read_text())["scenarios"][0]["failures"] == shown["failures"]


def test_batches_of_another_size(command: Command) -> None:
    shown = document(command("replay", "good.jsonl", "--handler", "app.handler", "--batch-size", "2", "--json", "-"))
    assert [len(one["record_ids"]) for one in shown["invocations"]] == [2, 1]


def test_what_an_event_lacks_is_noted(command: Command) -> None:
    record = message("a")
    del record["receiptHandle"]
    write(Path("lacking.json"), event(record))
    result = command("replay", "lacking.json", "--handler", "app.handler")
    assert result.exit_code == 0
    assert "note: lacking.json: Records[0].receiptHandle is missing" in result.stdout


SCENARIO = """
queues: {orders: {VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: dead, maxReceiveCount: 5}}, dead: {}}
functions:
  worker:
    script: [{raise_if: {body: [poison]}}]
    Events: {orders: {Type: SQS, Properties: {Queue: orders, BatchSize: 1}}}
expect: {queues: {dead: {bodies: [poison]}}}
"""


def test_records_go_back_into_the_sources_of_a_scenario(command: Command) -> None:
    Path("s.yaml").write_text(SCENARIO)
    result = command("replay", "poison.json", "good.jsonl", "--to-source", "s.yaml", "--json", "-")
    assert result.exit_code == 0, result.stderr
    shown = document(result)
    assert (shown["virtual_s"], len(shown["invocations"])) == (150, 8)
    assert command("replay", "good.jsonl", "--to-source", "s.yaml").exit_code == 1
    result = command("replay", "poison.json", "cut.json", "--to-source", "s.yaml")
    assert result.exit_code == 2
    assert "cut.json:1:14" in result.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "found neither of --handler and --to-source"),
        (["--handler", "a.b", "--to-source", "s"], "found both of --handler and --to-source"),
        (["--handler", "a.b", "--as-fast", "--speed", "1"], "--as-fast and --speed exclude each other"),
        (["--handler", "a.b", "--split", "--batch-size", "1"], "--split and --batch-size exclude each other"),
        (["--to-source", "s", "--batch-size", "1"], "--batch-size goes with --handler"),
        (["--to-source", "s", "--no-report-batch-item-failures"], "--report-batch-item-failures goes with --handler"),
        (["--handler", "absent.handler"], "--handler: can't be loaded: Runtime.ImportModuleError"),
        (["--handler", "app.handler", "--speed", "0"], "Invalid value for '--speed'"),
        (["--handler", "app.handler", "--json", "good.jsonl"], "--json: good.jsonl: is a file that is replayed"),
        (["--handler", "app.handler", "poison.json", "--trace", "poison.json"], "--trace: poison.json: is a file that"),
        (
            ["--handler", "app.handler", "poison.json", "--trace", "absent/t"],
            "--trace: absent/t: the folder absent does",
        ),
        (["--to-source", "s.yaml", "-"], "-: found no regular file, and it has to be read twice; save it as one first"),
        (["--to-source", "s.yaml", "/dev/null"], "/dev/null: found no regular file"),
        (["--to-source", "absent.yaml"], "absent.yaml"),
    ],
)
def test_what_can_not_be_is_refused(command: Command, words: list[str], says: str) -> None:
    result = command("replay", "good.jsonl", *words)
    assert result.exit_code == 2
    assert says in result.stderr
