from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventsim.errors import ScenarioError
from eventsim.functions.durations import Fixed, Lognormal
from eventsim.functions.settings import FunctionSettings
from eventsim.invokers.scripted import Outcome
from eventsim.mappings.common_settings import Filter, FilterCriteria
from eventsim.mappings.settings import QueueMappingSettings
from eventsim.scenarios.comparisons import Comparison, PartOf
from eventsim.scenarios.expected import QueueExpectation
from eventsim.scenarios.model import (
    ExpectStep,
    InvokeStep,
    MappingSpec,
    QueueSpec,
    RedriveStep,
    SendStep,
    UpdateStep,
)
from eventsim.scenarios.places import Place
from tests.scenarios.loading import loader, refuser, warnings_of

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
name: A poison message reaches the DLQ
seed: 1
start_time: 2026-01-02T03:04:05Z
run_for: 10m
account: {ConcurrentExecutions: 500}
queues:
  orders: {VisibilityTimeout: 90, RedrivePolicy: {deadLetterTargetArn: orders-dlq, maxReceiveCount: 5}}
  orders-dlq: {}
functions:
  worker:
    Handler: orders.handler
    CodeUri: handlers/
    Timeout: 10
    MemorySize: 256
    ReservedConcurrentExecutions: 5
    Environment: {Variables: {TABLE: accounts}}
    invoker: python
    takes: 120ms
    cold_start: {lognormal: {median: 120ms, p99: 2s}}
    Events:
      orders:
        Type: SQS
        Properties:
          Queue: orders
          BatchSize: 5
          FunctionResponseTypes: [ReportBatchItemFailures]
          FilterCriteria: {Filters: [{Pattern: '{"body": {"kind": ["a"]}}'}]}
  flaky:
    script:
      - {raise: {errorType: ValueError, errorMessage: boom}, times: 2}
      - {return: {batchItemFailures: []}, takes: 3s}
      - {fail_items: {body: {poison: [true]}}}
      - {raise_if: {attributes: {MessageGroupId: [a]}}}
      - {timeout: true}
steps:
  - send: {queue: orders, body: {id: 1}}
  - send: {queue: orders, count: 100, every: 100ms, body: {id: "{n}"}, MessageGroupId: "g{n}"}
  - {at: 34s, invoke: {function: worker, event: {a: 1}}}
  - {at: 36s, update: {function: worker, ReservedConcurrentExecutions: 0}}
  - {at: 36s, update: {mapping: worker/orders, Enabled: false}}
  - {at: 38s, redrive: {queue: orders-dlq}}
  - {at: 39s, expect: {queues: {orders: {visible: 0}}}}
expect:
  queues: {orders: {visible: 0}, orders-dlq: {visible: 1, bodies: ['{"id":7}']}}
  functions: {worker: {Invocations: 3, Duration: {max: "< 3s"}}}
  mappings: {worker/orders: {PolledEventCount: ">= 3"}}
  invocations: {worker: [{at: 0s, records: 1, outcome: error}, {at: 30s}]}
  virtual_time: "<= 90s"
  idle: true
"""


def equal(value: object, expected: object = None) -> Comparison:
    return Comparison("==", value, value if expected is None else expected)


def test_a_whole_scenario_is_read(tmp_path: Path) -> None:
    (tmp_path / "handlers").mkdir()
    scenario = loader(tmp_path)(WHOLE)
    assert (scenario.file, scenario.folder) == (str(tmp_path / "s.yaml"), tmp_path)
    assert (scenario.name, scenario.seed) == ("A poison message reaches the DLQ", 1)
    assert (scenario.start_time_s, scenario.run_for_s, scenario.account_concurrency) == (1767323045.0, 600.0, 500)
    arn = "arn:aws:sqs:us-east-1:123456789012:orders-dlq"
    assert scenario.queues == {
        "orders": QueueSpec(
            name="orders",
            attributes={
                "VisibilityTimeout": "90",
                "RedrivePolicy": f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":5}}',
            },
            place=Place(7, 11, "queues.orders"),
        ),
        "orders-dlq": QueueSpec(name="orders-dlq", attributes={}, place=Place(8, 15, "queues.orders-dlq")),
    }
    worker = scenario.functions["worker"]
    assert worker.settings == FunctionSettings(
        name="worker",
        handler="orders.handler",
        timeout_s=10,
        memory_mb=256,
        reserved_concurrency=5,
        environment={"TABLE": "accounts"},
    )
    assert (worker.invoker, worker.handler, worker.code_folder) == ("python", "orders.handler", tmp_path / "handlers")
    assert (worker.takes, worker.cold_start, worker.script) == (Fixed(0.12), Lognormal(0.12, 2.0), None)
    assert worker.mappings == [
        MappingSpec(
            name="worker/orders",
            function="worker",
            queue="orders",
            settings=QueueMappingSettings(
                batch_size=5,
                filter_criteria=FilterCriteria(filters=(Filter(pattern='{"body": {"kind": ["a"]}}'),)),
                function_response_types=("ReportBatchItemFailures",),
            ),
            place=Place(22, 9, "functions.worker.Events.orders"),
        )
    ]
    flaky = scenario.functions["flaky"]
    assert (flaky.invoker, flaky.handler, flaky.code_folder) == ("scripted", None, None)
    assert flaky.script == [
        Outcome(kind="raise", error={"errorType": "ValueError", "errorMessage": "boom"}, times=2),
        Outcome(kind="return", value={"batchItemFailures": []}, takes=Fixed(3.0)),
        Outcome(kind="fail_items", pattern={"body": {"poison": [True]}}),
        Outcome(kind="raise_if", pattern={"attributes": {"MessageGroupId": ["a"]}}),
        Outcome(kind="timeout"),
    ]
    actions = [(step.index, step.at_s, step.action) for step in scenario.steps]
    assert actions[:6] == [
        (0, 0.0, SendStep(queue="orders", bodies=['{"id":1}'])),
        (
            1,
            0.0,
            SendStep(
                queue="orders",
                bodies=['{"id":"{n}"}'],
                count=100,
                every_s=0.1,
                parameters={"MessageGroupId": "g{n}"},
            ),
        ),
        (2, 34.0, InvokeStep(function="worker", event={"a": 1})),
        (3, 36.0, UpdateStep(target="function", name="worker", changes={"ReservedConcurrentExecutions": 0})),
        (4, 36.0, UpdateStep(target="mapping", name="worker/orders", changes={"Enabled": False})),
        (5, 38.0, RedriveStep(queue="orders-dlq")),
    ]
    middle = scenario.steps[6].action
    assert isinstance(middle, ExpectStep)
    assert middle.expectation.path == "steps[6].expect"
    assert middle.expectation.queues == {"orders": QueueExpectation(counts={"visible": equal(0)})}
    assert scenario.steps[6].place == Place(42, 5, "steps[6]")
    expect = scenario.expect
    assert expect is not None
    assert expect.queues == {
        "orders": QueueExpectation(counts={"visible": equal(0)}),
        "orders-dlq": QueueExpectation(counts={"visible": equal(1)}, bodies=[equal('{"id":7}')]),
    }
    assert expect.functions == {
        "worker": {
            "Invocations": equal(3),
            "Duration": PartOf({"max": Comparison("<", 3000.0, "< 3s")}, {"max": "< 3s"}),
        }
    }
    assert expect.mappings == {"worker/orders": {"PolledEventCount": Comparison(">=", 3, ">= 3")}}
    assert expect.invocations == {
        "worker": [
            {"at": equal(0.0, "0s"), "records": equal(1), "outcome": equal("error")},
            {"at": equal(30.0, "30s")},
        ]
    }
    assert (expect.virtual_time, expect.idle) == (Comparison("<=", 90.0, "<= 90s"), True)
    assert expect.places["expect.functions.worker.Duration.max"] == Place(
        45, 56, "expect.functions.worker.Duration.max"
    )
    assert warnings_of(scenario) == []


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    scenario = loader(tmp_path)("queues: {orders: }\nfunctions:\nsteps:\n")
    assert (scenario.name, scenario.seed, scenario.run_for_s, scenario.account_concurrency) == ("s", 0, None, 1000)
    assert (scenario.start_time_s, scenario.functions, scenario.steps, scenario.expect) == (1767225600.0, {}, [], None)
    assert scenario.queues["orders"].attributes == {}


@pytest.mark.parametrize(
    ("written", "unix_s"),
    [
        ("2026-01-01T00:00:00Z", 1767225600.0),
        ("2026-01-01", 1767225600.0),
        ("2026-01-01 01:00:00+01:00", 1767225600.0),
        ("'2026-01-01T00:00:00.5'", 1767225600.5),
        ("1970-01-01", 0.0),
    ],
)
def test_start_time_is_iso_8601_and_utc_unless_it_says_otherwise(tmp_path: Path, written: str, unix_s: float) -> None:
    assert loader(tmp_path)(f"start_time: {written}").start_time_s == unix_s


def test_all_errors_are_told_at_once_in_the_order_of_their_places(tmp_path: Path) -> None:
    text = """\
name: 3
sed: 1
start_time: yesterday
run_for: -1s
seed: -1
account: {ConcurrentExecutions: lots}
queues:
  orders: {VisibilityTimeout: 50000, DelaySecond: 3}
  orders: {}
functions:
  worker: {Timeout: 901, Events: {a: {Type: SQS, Properties: {Queue: order}}}}
steps:
  - {at: 10s, send: {queue: orders}}
expect: {virtual_time: soon}
"""
    assert refuser(tmp_path)(text) == [
        "s.yaml:1:7: name: found 3, expected text: quote it",
        (
            "s.yaml:2:1: sed: found 'sed', unknown in a scenario, did you mean 'seed'? Allowed: name, seed, "
            "start_time, run_for, account, quirks, queues, streams, tables, buckets, topics, functions, steps, expect"
        ),
        ("s.yaml:3:13: start_time: found 'yesterday', expected a date and time in ISO 8601: 2026-01-01T00:00:00Z"),
        (
            "s.yaml:4:10: run_for: found '-1s', expected a duration: 150ms, 30s, 5m, 2h, 1d, 1m30s, PT1M30S or a "
            "number of seconds"
        ),
        "s.yaml:5:7: seed: found -1, expected a whole number from 0 to 9223372036854775807",
        "s.yaml:6:33: account.ConcurrentExecutions: found 'lots', expected a whole number",
        (
            "s.yaml:8:31: queues.orders.VisibilityTimeout: InvalidAttributeValue: Invalid value for the parameter "
            "VisibilityTimeout. Found 50000, allowed 0 to 43200."
        ),
        (
            "s.yaml:8:38: queues.orders.DelaySecond: found 'DelaySecond', unknown in AWS::SQS::Queue, did you mean "
            "'DelaySeconds'? Allowed: VisibilityTimeout, MaximumMessageSize, MessageRetentionPeriod, DelaySeconds, "
            "ReceiveMessageWaitTimeSeconds, ContentBasedDeduplication, DeduplicationScope, FifoThroughputLimit, "
            "RedrivePolicy, RedriveAllowPolicy, QueueName, FifoQueue"
        ),
        "s.yaml:9:3: queues.orders: found the key 'orders' twice, first at line 8, column 3: keep one",
        "s.yaml:11:11: functions.worker: Handler is missing: a function needs a Handler, or a script",
        (
            "s.yaml:11:21: functions.worker.Timeout: ValidationException: 1 validation error detected: Value '901' at "
            "'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"
        ),
        (
            "s.yaml:11:70: functions.worker.Events.a.Properties.Queue: found 'order', which names no queue of this "
            "file, did you mean 'orders'? Allowed: orders"
        ),
        "s.yaml:13:21: steps[0].send: found none, expected either body or bodies",
        (
            "s.yaml:14:24: expect.virtual_time: found 'soon', expected a duration (150ms, 30s, 5m, 2h, 1d, 1m30s, "
            "PT1M30S or a number of seconds) or a comparison with one: '>= 3s', '< 90s', '1s..5s'"
        ),
    ]


@pytest.mark.parametrize("section", ["streams", "tables", "topics"])
def test_expectations_of_later_work_are_refused_and_not_ignored(tmp_path: Path, section: str) -> None:
    assert refuser(tmp_path)(f"expect: {{{section}: {{a: {{}}}}}}\n") == [
        f"s.yaml:1:10: expect.{section}: an expectation on {section} is not supported yet"
    ]


def test_a_step_after_the_end_of_the_run_is_warned_of(tmp_path: Path) -> None:
    text = "run_for: 10s\nqueues: {q: {}}\nsteps:\n  - {at: 10s, send: {queue: q, body: a, count: 3, every: 1s}}\n"
    assert warnings_of(loader(tmp_path)(text)) == [
        "s.yaml:4:5: steps[0]: found a step that goes on to 12 s, but run_for ends the run at 10 s"
    ]


def test_loading_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "s.yaml").write_text(WHOLE)
    code = (
        "import sys; from eventsim.scenarios.load import load_scenario; load_scenario(sys.argv[1]);"
        "print([m for m in ('botocore', 'moto', 'pydantic', 'rich', 'structlog', 'aiohttp') if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "s.yaml")],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    assert ran.stdout == "[]\n"


WORDS = [
    "queues",
    "functions",
    "steps",
    "expect",
    "orders",
    "send",
    ": ",
    "- ",
    "\n",
    "  ",
    "---",
    "...",
    "1e9",
    ".nan",
]
SIGNS = [*"{}[],~|>#?@%'\"1", "&a", "*a", "<<", "!x ", "-1", "yes", "\t", "\x00", "\x85", "é", "😀"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(WORDS + SIGNS), max_size=30).map("".join))
def test_no_text_ends_in_another_error_than_a_list_of_problems(tmp_path: Path, text: str) -> None:
    with contextlib.suppress(ScenarioError):
        loader(tmp_path)(text)
