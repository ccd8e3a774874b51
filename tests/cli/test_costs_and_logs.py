"""``--cost``, and what handlers logged with ``-v`` and in failures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from eventsim.cli.cost_report import usd
from eventsim.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

SCENARIO = """\
name: orders
queues: {orders: {}}
functions:
  worker:
    Handler: app.handler
    takes: 100ms
    Events: {orders: {Type: SQS, Properties: {Queue: orders, BatchSize: 1}}}
steps:
  - send: {queue: orders, bodies: [good, bad]}
run_for: 10s
"""
HANDLER = """
import logging

def handler(event, context):
    body = event["Records"][0]["body"]
    print("got", body, "\\x1b[31m")
    logging.getLogger().warning("careful")
    if body == "bad":
        raise ValueError("no")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app.py").write_text(HANDLER)
    (tmp_path / "s.yaml").write_text(SCENARIO)
    (tmp_path / "fails.yaml").write_text(SCENARIO + "expect: {functions: {worker: {Errors: 0}}}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def output(*words: str) -> str:
    result = CliRunner().invoke(main, ["run", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.output


def document(*words: str) -> Any:
    """The one scenario of ``--json -``."""
    result = CliRunner().invoke(main, ["run", *words, "--json", "-"])
    [scenario] = json.loads(result.stdout)["scenarios"]
    return scenario


@pytest.mark.usefixtures("folder")
def test_verbose_shows_each_log_with_its_time_and_request_id() -> None:
    lines = output("s.yaml", "-v").splitlines()
    ids = [one["request_id"] for one in document("s.yaml")["invocations"]]
    first = lines.index(f"  0 s  worker  {ids[0]}")
    assert lines[first + 1] == "    got good \\x1b[31m"
    assert lines[first + 2].startswith("    [WARNING]")
    assert lines[first + 2].endswith(f"{ids[0]}\tcareful")
    second = lines.index(f"  0 s  worker  {ids[1]}")
    assert "    [ERROR] ValueError: no" in lines[second:]


@pytest.mark.usefixtures("folder")
def test_a_failing_run_shows_the_logs_of_failed_invocations() -> None:
    text = output("fails.yaml")
    assert "got bad" in text
    assert "got good" not in text
    assert "got" not in output("s.yaml")
    assert output("fails.yaml", "-q").count("got") == 1


@pytest.mark.usefixtures("folder")
def test_the_result_has_the_logs() -> None:
    scenario = document("s.yaml")
    assert [one["logs"].splitlines()[0] for one in scenario["invocations"]] == ["got good \x1b[31m", "got bad \x1b[31m"]
    assert "cost" not in scenario


@pytest.mark.rule("CST-01", "CST-02")
@pytest.mark.usefixtures("folder")
def test_cost_is_a_table_and_a_section_of_the_result() -> None:
    lines = output("s.yaml", "--cost").splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.startswith("  ")}
    assert rows["worker"][:2] == ["2", "0.025"]
    assert any(line.startswith("  An estimate: USD, us-east-1, prices of ") for line in lines)
    cost = document("s.yaml", "--cost")["cost"]
    assert usd(cost["total"]) == rows["total"][0]
    assert cost["functions"]["worker"]["amounts"]["billed_ms"] == 200


@pytest.mark.parametrize(
    ("amount", "expected"), [(0.0, "0.00"), (1.005e-7, "0.0000001005"), (0.41, "0.41"), (12.345, "12.35"), (0.2, "0.2")]
)
def test_small_amounts_keep_their_digits(amount: float, expected: str) -> None:
    assert usd(amount) == expected
