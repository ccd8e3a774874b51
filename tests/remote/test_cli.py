"""``eventsim serve`` and the options of ``run`` that are about real time, as one types them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from eventsim.cli.failure import repeat_command
from eventsim.cli.main import main
from eventsim.cli.remote_options import Place
from tests.remote.conftest import clients
from tests.remote.strangers import answering

if TYPE_CHECKING:
    from pathlib import Path

SERVED = """
name: served
queues: {served-orders: {VisibilityTimeout: 30}}
functions:
  worker: {script: [{return: null, takes: 1s}], Events: {orders: {Type: SQS, Properties: {Queue: served-orders}}}}
"""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "--provision", "s.yaml"], "--provision is about a real endpoint: name one with --endpoint-url"),
        (["run", "--realtime", "--state", "x", "s.yaml"], "--state is about a real endpoint"),
        (["serve", "--teardown", "s.yaml"], "--teardown is about a real endpoint"),
        (["run", "--profile", "mine", "s.yaml"], "name the region with --region"),
        (["serve", "--endpoint-url", "localhost:4566", "s.yaml"], "expected a URL"),
        (["serve", "--endpoint-url", "http://127.0.0.1:1", "s.yaml"], "s.yaml"),
    ],
)
def test_what_does_not_go_together_is_refused(words: list[str], message: str) -> None:
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, message in result.stderr) == (2, True)


def test_the_command_that_repeats_a_run_says_where_it_ran() -> None:
    place = Place(endpoint_url="http://127.0.0.1:1", provision=True)
    assert repeat_command("s.yaml", 3, place.words) == (
        "eventsim run s.yaml --seed 3 --endpoint-url http://127.0.0.1:1 --provision"
    )


def test_a_served_scenario_shows_its_work_and_ends_when_told(tmp_path: Path, ministack_url: str) -> None:
    (tmp_path / "s.yaml").write_text(SERVED)
    options = ["--endpoint-url", ministack_url, "--provision", "--teardown", "--metrics-port", "0"]
    served = subprocess.Popen(
        [sys.executable, "-m", "eventsim", "serve", "s.yaml", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert served.stderr is not None
        told = []
        while "metrics: " not in (line := served.stderr.readline()):
            told.append(line)
            assert line, told
        metrics = line.strip().rpartition("metrics: ")[2]
        sqs = clients(ministack_url)("sqs")
        url = sqs.get_queue_url(QueueName="served-orders")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="x")
        while _invocations_running(metrics) == 0:
            time.sleep(0.02)
        served.send_signal(signal.SIGTERM)  # the invocation takes a second: it is waited for
        shown, _ = served.communicate(timeout=30)
    finally:
        served.kill()
    lines = shown.splitlines()
    assert served.returncode == 0
    assert lines[0].partition("  ")[2].startswith("worker/orders  1 record  success  10")
    assert (lines[1].partition(" in ")[0], lines[2:]) == ("1 invocations of 1 records", ["  worker/orders: 1 success"])


def _invocations_running(metrics: str) -> int:
    with urllib.request.urlopen(metrics) as answer:
        text = answer.read().decode()
    name = 'eventsim_function_concurrent_executions{function="worker"} '
    return int(text.partition(name)[2].partition("\n")[0])


ENDLESS = """
functions:
  ticker: {script: [{return: null}], Events: {often: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}}}
"""


def test_serving_a_schedule_needs_no_end(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(ENDLESS)
    served = subprocess.Popen(
        [sys.executable, "-m", "eventsim", "serve", "s.yaml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert served.stderr is not None
        told = [served.stderr.readline(), served.stderr.readline()]
        served.send_signal(signal.SIGINT)
        shown, _ = served.communicate(timeout=30)
    finally:
        served.kill()
    assert told[0] == "eventsim: serving s: ticker (asynchronous); Ctrl-C stops\n"
    assert told[1].startswith("eventsim: AWS_ENDPOINT_URL=http://127.0.0.1:")
    assert (served.returncode, shown.partition(" in ")[0]) == (0, "0 invocations of 0 records")


def test_a_run_is_stopped_before_it_has_begun(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SERVED)
    with answering(None) as url:
        served = subprocess.Popen(
            [sys.executable, "-m", "eventsim", "serve", "s.yaml", "--endpoint-url", url, "--provision", "--teardown"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            while not (tmp_path / ".eventsim" / "s.sqlite").exists():
                time.sleep(0.02)
            served.send_signal(signal.SIGTERM)
            _, told = served.communicate(timeout=20)
        finally:
            served.kill()
    assert (served.returncode, told.splitlines()[1:]) == (130, ["eventsim: stopped before it began", "interrupted"])
