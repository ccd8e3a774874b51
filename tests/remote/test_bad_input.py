"""What can't work is said in a line, with what to do, and ends with a status; nothing is acknowledged by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from eventsim.cloud.remote import Target
from eventsim.errors import InputError, ScenarioError
from eventsim.realtime import lookup, prepare
from tests.remote.emulators import free_port
from tests.remote.strangers import answering

if TYPE_CHECKING:
    from tests.remote.running import Runner

SCENARIO = """
name: orders
queues: {missingNN: {}}
functions:
  worker: {script: [{return: null}], Events: {orders: {Type: SQS, Properties: {Queue: missingNN}}}}
"""


def test_a_missing_queue_is_named_with_its_place(runner: Runner, url: str) -> None:
    scenario = runner.load(SCENARIO)
    name = next(iter(scenario.queues))
    with pytest.raises(ScenarioError) as error:
        runner.real(scenario, url, provision=False)
    assert str(error.value).startswith(f"{scenario.file}:3:20: queues.{name}: there is no queue {name} at {url}")
    assert str(error.value).endswith("create it, or have it created with --provision")


def test_an_endpoint_that_is_down_gets_a_line_and_an_end(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "START_PATIENCE_S", 1.0)
    nowhere = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(InputError, match=f"{nowhere} does not answer: .*start it, or correct --endpoint-url"):
        runner.real(runner.load(SCENARIO), nowhere)
    assert [line.startswith(f"{nowhere} does not answer, trying again: ") for line in runner.told] == [True]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ((200, b"<html>hello</html>"), "does not answer as AWS does"),
        ((200, b"\x00\xff{{{"), "does not answer as AWS does"),
        ((500, b"oops"), r"does not answer as AWS does \(ClientError: 500: oops\)"),
        (None, "takes requests and does not answer"),
    ],
)
def test_a_server_that_is_no_endpoint_gets_a_line_and_an_end(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, answers: tuple[int, bytes] | None, message: str
) -> None:
    for module in (prepare, lookup):
        monkeypatch.setattr(module, "START_PATIENCE_S", 0.5)
    with answering(answers) as url, pytest.raises(InputError, match=message):
        runner.real(runner.load(SCENARIO), url)


def test_refused_credentials_end_the_run_at_once(
    runner: Runner, moto_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import urllib.request

    def set_checks(after: int) -> None:
        request = urllib.request.Request(f"{moto_url}/moto-api/reset-auth", data=str(after).encode(), method="POST")
        request.add_header("Content-Type", "text/plain")
        with urllib.request.urlopen(request):
            pass

    set_checks(0)  # moto looks at credentials from now on, and knows none
    try:
        with pytest.raises(InputError, match=r"refuses the credentials .*--profile"):
            runner.real(runner.load(SCENARIO), moto_url)
    finally:
        set_checks(10**9)
    assert runner.told == []


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Target(), "name the region with --region, or the endpoint with --endpoint-url"),
        (Target(profile="mine"), "name the region with --region"),
        (Target("127.0.0.1:4566"), "expected a URL, as in http://127.0.0.1:4566"),
        (Target("http://"), "found 'http://', expected a URL"),
        (Target("http://host:port"), "found 'http://host:port', expected a URL"),
    ],
)
def test_no_run_reaches_an_account_by_accident(target: Target, message: str) -> None:
    with pytest.raises(InputError, match=message):
        target.check()


def test_without_credentials_aws_itself_is_not_asked(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    scenario = runner.load(SCENARIO)
    with pytest.raises(InputError, match="no AWS credentials were found"):
        run_on(runner, scenario, Target(region="eu-west-1"))
    with pytest.raises(InputError, match=r"--profile: .*nobody"):
        run_on(runner, scenario, Target("http://127.0.0.1:1", profile="nobody"))


def run_on(runner: Runner, scenario: Any, target: Target, **options: Any) -> None:
    from eventsim.realtime.live import Live
    from eventsim.realtime.options import RealOptions
    from eventsim.realtime.run import run_real

    run_real(scenario, RealOptions(runner.told.append, target=target, **options), Live())


PATTERN = """
name: rules
functions:
  worker:
    script: [{return: null}]
    Events: {rule: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}}
run_for: 1s
"""


def test_rules_with_patterns_are_refused_before_anything_is_asked(runner: Runner) -> None:
    with pytest.raises(ScenarioError, match="a rule with an event pattern is not possible on a real endpoint"):
        runner.real(runner.load(PATTERN), "http://127.0.0.1:1")


def test_what_was_there_before_is_never_removed(runner: Runner, url: str, aws: Any) -> None:
    scenario = runner.load(SCENARIO)
    name = next(iter(scenario.queues))
    before = aws("sqs").create_queue(QueueName=name)["QueueUrl"]
    runner.real(scenario, url)
    assert aws("sqs").get_queue_url(QueueName=name)["QueueUrl"] == before
    aws("sqs").delete_queue(QueueUrl=before)
    assert runner.told == []


def test_what_was_made_in_one_region_is_not_removed_in_another(runner: Runner, ministack_url: str) -> None:
    scenario = runner.load(SCENARIO)
    runner.real(scenario, ministack_url, teardown=False)
    name = next(iter(scenario.queues))
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "endpoint_url": ministack_url}
    theirs = boto3.client("sqs", region_name="eu-west-1", **keys)
    url = theirs.create_queue(QueueName=name)["QueueUrl"]
    run_on(runner, scenario, Target(ministack_url, region="eu-west-1"), teardown=True)
    assert theirs.get_queue_url(QueueName=name)["QueueUrl"] == url
    assert runner.told == [f"created queue {name}"]
