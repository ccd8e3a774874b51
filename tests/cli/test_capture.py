"""``eventsim capture``: from a scenario's run, and from an endpoint that is named on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import eventsim.cli.capture_session as session
from tests.fixtures.events import event, message, write

Command = Callable[..., Result]

SCENARIO = """
queues: {orders: {}}
functions:
  worker:
    script: [{return: null}]
    Events: {orders: {Type: SQS, Properties: {Queue: orders, BatchSize: 2}}}
steps: [{send: {queue: orders, bodies: [{email: ann@example.org}, b, c]}}]
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    Path("s.yaml").write_text(SCENARIO)
    return tmp_path


def files() -> list[str]:
    return sorted(str(file) for file in Path("out").rglob("*") if file.is_file())


def test_the_events_of_a_scenario_are_written_one_file_each(command: Command) -> None:
    result = command("capture", "s.yaml", "--out", "out", "--redact", "Records[*].body.email")
    assert (result.exit_code, result.stdout) == (0, "captured  2 events in out\n")
    assert files() == ["out/manifest.json", "out/worker/orders/0001.json", "out/worker/orders/0002.json"]
    first = json.loads(Path("out/worker/orders/0001.json").read_text())
    assert [record["body"] for record in first["Records"]] == ['{"email":"redacted-1"}', "b"]


def test_a_path_that_redacts_nothing_is_told(command: Command) -> None:
    result = command("capture", "s.yaml", "--out", "out", "--redact", "Records[*].body.emial", "--redact", "Records")
    assert (result.exit_code, result.stderr) == (
        0,
        "warning: --redact Records[*].body.emial: led to nothing in any event, and redacted nothing\n",
    )


def test_or_as_lines(command: Command) -> None:
    assert command("capture", "s.yaml", "--out", "out", "--lines").exit_code == 0
    assert files() == ["out/manifest.json", "out/worker/orders.jsonl"]
    assert len(Path("out/worker/orders.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "found none, expected one of SCENARIO, --queue-url, --stream-arn, --on-failure"),
        (["s.yaml", "--queue-url", "u"], "found SCENARIO and --queue-url, expected one of"),
        (["s.yaml", "--region", "eu-west-1"], "--region goes with --queue-url"),
        (["--queue-url", "https://sqs.eu-west-1.amazonaws.com/1/q"], "found neither --endpoint-url nor --region"),
        (["--stream-arn", "arn:aws:kinesis:eu-west-1:1:stream/c"], "found neither --endpoint-url nor --region"),
        (["--queue-url", "u", "--endpoint-url", "http://localhost:1", "--seed", "1"], "--seed goes with a SCENARIO"),
        (["--stream-arn", "clicks", "--endpoint-url", "http://localhost:1"], "expected a stream's ARN"),
        (["--stream-arn", "arn:aws:kinesis:eu-west-1:1:stream/c", "--region", "us-east-1"], "is in eu-west-1"),
        (["s.yaml", "--redact", "a..b"], "is no path"),
    ],
)
def test_what_can_not_be_is_refused(command: Command, words: list[str], says: str) -> None:
    result = command("capture", *words, "--out", "out")
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_folder_with_something_in_it_is_refused(command: Command) -> None:
    Path("out").mkdir()
    Path("out/mine").write_text("")
    result = command("capture", "s.yaml", "--out", "out")
    assert result.exit_code == 2
    assert "name one that is new or empty" in result.stderr
    assert files() == ["out/mine"]


def test_an_endpoint_that_does_not_answer_is_bad_input(command: Command) -> None:
    words = ["--queue-url", "http://127.0.0.1:9/1/q", "--endpoint-url", "http://127.0.0.1:9"]
    result = command("capture", *words, "--out", "out")
    assert result.exit_code == 2
    assert result.stderr.startswith("http://127.0.0.1:9: ")


def test_failures_that_carry_their_event_need_no_endpoint(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("nothing is to be asked")

    monkeypatch.setattr(session, "_client", refuse)
    document = {
        "version": "1.0",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "requestContext": {"requestId": "r", "functionArn": "f", "condition": "RetriesExhausted",
                           "approximateInvokeCount": 3},
        "requestPayload": event(message("a")),
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {},
    }  # fmt: skip
    write(Path("failed.json"), document)
    result = command("capture", "--on-failure", "failed.json", "--region", "us-east-1", "--out", "out", "--no-redact")
    assert result.exit_code == 0, result.stderr
    assert json.loads(Path("out/sqs/on-failure/0001.json").read_text()) == event(message("a"))


def test_a_capture_that_finds_nothing_leaves_no_folder(command: Command) -> None:
    Path("s.yaml").write_text("queues: {orders: {}}\n")
    result = command("capture", "s.yaml", "--out", "out")
    assert (result.exit_code, result.stdout) == (0, "captured  0 events in out\n")
    assert not Path("out").exists()
