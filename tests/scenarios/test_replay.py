"""The step replay: captured events for a function, or their records back in the sources that they came from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eventsim.errors import InputError
from eventsim.scenarios.load import load_scenario
from eventsim.scenarios.replays import with_replays
from eventsim.scenarios.run import run_scenario
from tests.fixtures.events import click, event, message, write
from tests.scenarios.loading import refuser
from tests.scenarios.running import run_text

SAMPLES = Path(__file__).parents[1] / "fixtures" / "samples"
QUEUES = """
queues:
  orders: {VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: dead, maxReceiveCount: 5}}
  dead: {}
"""
WORKER = """
functions:
  worker:
    script: [{fail_items: {body: [poison]}}]
    Events:
      orders: {Type: SQS, Properties: {Queue: orders, BatchSize: 10, FunctionResponseTypes: [ReportBatchItemFailures]}}
"""
FLAKY = "  flaky: {script: [{return: null}]}\n"


def replay(**step: Any) -> str:
    return f"steps: [{{at: 35s, replay: {json.dumps(step)}}}]\n"


@pytest.fixture
def fixture(tmp_path: Path) -> str:
    write(tmp_path / "fixtures" / "sqs.json", event(message("a", number=1), message("poison", number=2)))
    return "fixtures/sqs.json"


def test_a_function_gets_the_event_as_it_was_captured(tmp_path: Path, fixture: str) -> None:
    run = run_text(tmp_path, QUEUES + WORKER + FLAKY + replay(fixture=fixture, to="function"))
    (one,) = run.json["invocations"]
    assert one["event"] == event(message("a", number=1), message("poison", number=2))
    assert (one["at"], one["function"], one["mapping"], one["outcome"]) == (35, "worker", None, "partial")
    assert one["record_ids"] == [f"00000000-0000-4000-8000-{n:012}" for n in (1, 2)]
    assert run.lines("step.replay") == [
        {"n": 1, "t": 35, "kind": "step.replay", "step": 0, "to": "function", "function": "worker", "source": "sqs",
         "records": one["record_ids"]}
    ]  # fmt: skip


def test_the_source_gets_the_records_and_the_mapping_does_the_rest(tmp_path: Path, fixture: str) -> None:
    run = run_text(tmp_path, QUEUES + WORKER + replay(fixture=fixture, to="source"))
    assert run.invocations == [(35, 2, "partial"), *[(at, 1, "partial") for at in (65, 95, 125, 155)]]
    assert [one["Body"] for one in run.json["queues"]["dead"]["messages"]] == ["poison"]


def test_a_record_that_was_delivered_again_goes_back_once(tmp_path: Path) -> None:
    once = event(message("a", number=1))
    write(tmp_path / "retries.jsonl", once, once, event(message("a", number=2)), once)
    run = run_text(tmp_path, QUEUES + WORKER + replay(fixture="retries.jsonl", to="source"))
    assert run.invocations == [(35, 2, "success")]


def test_messages_keep_bodies_attributes_groups_and_deduplication(tmp_path: Path) -> None:
    system = {
        "MessageGroupId": "g",
        "MessageDeduplicationId": "d",
        "AWSTraceHeader": "Root=1-5759e988-bd862e3fe1be46a9",
    }
    sent = message("é", number=1, queue="arn:aws:sqs:eu-west-1:1:orders.fifo")
    sent["attributes"] |= system
    sent["messageAttributes"] = {
        "n": {"dataType": "Number", "stringValue": "1", "stringListValues": [], "binaryListValues": []},
        "b": {"dataType": "Binary.x", "binaryValue": "AAE=", "stringListValues": [], "binaryListValues": []},
    }
    write(tmp_path / "m.jsonl", event(sent), event(sent | {"messageId": "other"}))
    queues = "queues: {orders.fifo: {}}\n"
    run = run_text(tmp_path, queues + replay(fixture="m.jsonl", to="source"))
    (kept,) = run.json["queues"]["orders.fifo"]["messages"]  # the other one is a duplicate
    assert (kept["Body"], kept["Attributes"]["MessageGroupId"]) == ("é", "g")
    assert kept["Attributes"]["MessageDeduplicationId"] == "d"
    assert kept["Attributes"]["AWSTraceHeader"].startswith("Root=1-5759e988")
    assert kept["MessageAttributes"]["n"] == {"StringValue": "1", "DataType": "Number"}
    assert kept["MessageAttributes"]["b"] == {"BinaryValue": "AAE=", "DataType": "Binary.x"}


EVERY = """
queues: {seen: {}}
streams: {clicks: {ShardCount: 2}}
tables: {accounts: {partition_key: id, StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}}}
buckets: {uploads: {}}
topics: {alerts: {}}
functions:
  worker:
    script: [{return: null}]
    Events:
      clicks: {Type: Kinesis, Properties: {Stream: clicks, StartingPosition: TRIM_HORIZON}}
      accounts: {Type: DynamoDB, Properties: {Stream: accounts, StartingPosition: TRIM_HORIZON}}
      uploads: {Type: S3, Properties: {Bucket: uploads, Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}}
      alerts: {Type: SNS, Properties: {Topic: alerts}}
"""
FILL = """
steps:
  - put: {stream: clicks, PartitionKey: "u{n}", data: {n: "{n}"}, count: 3}
  - {at: 1s, write: {table: accounts, put: {id: a, total: 5}}}
  - {at: 2s, write: {table: accounts, update: {key: {id: a}, set: {total: 6}}}}
  - {at: 3s, write: {table: accounts, delete: {id: a}}}
  - {at: 4s, upload: {bucket: uploads, key: "img/a b.jpg", body: "four"}}
  - {at: 5s, delete_object: {bucket: uploads, key: "img/a b.jpg"}}
  - {at: 6s, publish: {topic: alerts, message: hello, Subject: hi, attributes: {kind: a, n: 1}}}
"""

# Ids and times are given anew, by the same seed or another.
NEW = {
    "eventID", "sequenceNumber", "approximateArrivalTimestamp", "SequenceNumber", "ApproximateCreationDateTime",
    "x-amz-request-id", "x-amz-id-2", "eventTime", "sequencer", "eTag", "MessageId", "Timestamp", "Signature",
}  # fmt: skip


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_ids(inner) for key, inner in value.items() if key not in NEW}
    return [without_ids(inner) for inner in value] if isinstance(value, list) else value


def test_every_source_gives_the_same_events_again(tmp_path: Path) -> None:
    first = run_text(tmp_path, EVERY + FILL)
    events = [one["event"] for one in first.json["invocations"]]
    write(tmp_path / "all.jsonl", *events)
    again = run_text(tmp_path, EVERY + "steps: [{replay: {fixture: all.jsonl, to: source, speed: 1}}]\n")
    shown = [without_ids(one["event"]) for one in again.json["invocations"]]
    assert sorted(shown, key=str) == sorted(map(without_ids, events), key=str)
    assert again.json["failures"] == []


def test_distances_in_time_are_kept_and_the_next_step_follows_the_last_record(tmp_path: Path) -> None:
    write(tmp_path / "e.jsonl", *[event(message(number=n, at_s=n * 10)) for n in range(3)])
    steps = "steps: [{replay: {fixture: e.jsonl, to: %s, speed: 2}}, {after: 1s, send: {queue: dead, body: x}}]\n"
    run = run_text(tmp_path, QUEUES + WORKER + steps % "source")
    assert run.invocations == [(0, 1, "success"), (5, 1, "success"), (10, 1, "success")]
    assert run.told("step.replay", "step.send") == [
        (0, "step.replay"), (5, "step.replay"), (10, "step.replay"), (11, "step.send"),
    ]  # fmt: skip
    run = run_text(tmp_path, QUEUES + WORKER + steps % "function")
    assert [one["at"] for one in run.json["invocations"]] == [0, 5, 10]


def test_an_asynchronous_invocation_and_other_batches(tmp_path: Path) -> None:
    write(tmp_path / "e.jsonl", *[event(message(str(n), number=n)) for n in range(3)])
    step = {"fixture": "e.jsonl", "to": "function", "InvocationType": "Event", "batch_size": 2}
    run = run_text(tmp_path, QUEUES + WORKER + replay(**step))
    sizes = [(one["invocation_type"], len(one["event"]["Records"])) for one in run.json["invocations"]]
    assert sizes == [("Event", 2), ("Event", 1)]


@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
@pytest.mark.parametrize("captured", ["text", "", 3, {"a": None}])
def test_an_event_of_any_shape_is_replayed_as_it_is(tmp_path: Path, captured: Any, kind: str) -> None:
    (tmp_path / "e.json").write_text(json.dumps(captured))
    step = {"fixture": "e.json", "to": "function", "function": "flaky", "InvocationType": kind}
    (one,) = run_text(tmp_path, "functions:\n" + FLAKY + replay(**step)).json["invocations"]
    assert (one["invocation_type"], one["event"]) == (kind, captured)


@pytest.mark.rule("FUN-03", "ASY-02")
@pytest.mark.parametrize(("kind", "limit_bytes"), [("RequestResponse", 6_291_456), ("Event", 1_048_576)])
def test_an_event_that_lambda_would_not_take_fails_the_run_and_the_others_go_on(
    tmp_path: Path, kind: str, limit_bytes: int
) -> None:
    write(tmp_path / "e.jsonl", "x" * (limit_bytes - 1), "x" * (limit_bytes - 2))
    step = {"fixture": "e.jsonl", "to": "function", "function": "flaky", "InvocationType": kind}
    run = run_text(tmp_path, "functions:\n" + FLAKY + replay(**step))
    says = f"{limit_bytes + 1} byte payload is too large for the {kind} invocation type (limit {limit_bytes} bytes)"
    assert [failure["actual"] for failure in run.json["failures"]] == [f"RequestTooLargeException: {says}"]
    assert [len(one["event"]) for one in run.json["invocations"]] == [limit_bytes - 2]


def test_what_a_service_refuses_fails_the_run_and_the_others_go_on(tmp_path: Path) -> None:
    records = [message("a", number=1), message("\x00", number=2), message("b", number=3)]
    write(tmp_path / "e.json", event(*records))
    run = run_text(tmp_path, QUEUES + WORKER + replay(fixture="e.json", to="source"))
    assert run.invocations == [(35, 2, "success")]
    assert [one["path"] for one in run.json["failures"]] == ["steps[0]"]


@pytest.mark.parametrize("functions", [WORKER, WORKER + FLAKY])
def test_the_function_is_found_where_only_one_fits(tmp_path: Path, fixture: str, functions: str) -> None:
    run = run_text(tmp_path, QUEUES + functions + replay(fixture=fixture, to="function"))
    assert [one["function"] for one in run.json["invocations"]] == ["worker"]


def test_where_several_fit_the_file_asks_which(tmp_path: Path, fixture: str) -> None:
    two = WORKER + "  other: {script: [{return: null}], Events: {o: {Type: SQS, Properties: {Queue: orders}}}}\n"
    refuse = refuser(tmp_path)
    (line,) = refuse(QUEUES + two + replay(fixture=fixture, to="function"))
    assert line.endswith(
        "steps[0].replay.fixture: fixtures/sqs.json: several functions fit: write function: and one of worker, other"
    )
    unread = "queues: {a: {}, b: {}}\n"
    (line,) = refuse(unread + replay(fixture=fixture, to="source"))
    assert line.endswith(
        "fixtures/sqs.json: its records come from the queue 'orders', and the scenario has several: in a step replay, "
        "write queue: and one of a, b"
    )
    run = run_text(tmp_path, unread + replay(fixture=fixture, to="source", queue="b"))
    assert [run.json["queues"][name]["visible"] for name in "ab"] == [0, 2]


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ({"to": "function"}, "fixture is missing"),
        ({"fixture": "fixtures/sqs.json"}, "to is missing"),
        ({"fixture": "absent.json", "to": "source"}, "found 'absent.json', and there is no such file"),
        ({"fixture": "fixtures", "to": "source"}, "found 'fixtures', which is a folder"),
        ({"fixture": "../outside.json", "to": "source"}, "expected a file in the scenario's folder, or below it"),
        ({"fixture": "/etc/passwd", "to": "source"}, "expected a file in the scenario's folder, or below it"),
        ({"fixture": "cut.json", "to": "source"}, "replay.fixture: cut.json:1:14: "),
        ({"fixture": "other.json", "to": "source"}, "found an event of eventbridge, which can't be put back"),
        ({"fixture": "clicks.json", "to": "source"}, "and the scenario declares no stream"),
        (
            {"fixture": "fixtures/sqs.json", "to": "source", "function": "worker"},
            "found function in a replay to a source",
        ),
        ({"fixture": "fixtures/sqs.json", "to": "function", "queue": "dead"}, "found queue in a replay to a function"),
        ({"fixture": "fixtures/sqs.json", "to": "function", "speed": 0}, "expected how many times as fast"),
        ({"fixture": "fixtures/sqs.json", "to": "both"}, "expected one of function, source"),
    ],
)
@pytest.mark.usefixtures("fixture")
def test_what_can_not_be_replayed_is_refused_before_the_run(tmp_path: Path, step: dict[str, Any], says: str) -> None:
    write(tmp_path / "clicks.json", event(click(1)))
    write(tmp_path / "other.json", {"detail-type": "x", "source": "s", "id": "1", "detail": {}, "time": "",
                                    "account": "1", "region": "r", "resources": [], "version": "0"})  # fmt: skip
    (tmp_path / "cut.json").write_text('{"Records": [\n')
    lines = refuser(tmp_path)(QUEUES + WORKER + replay(**step))
    assert any(says in line for line in lines), lines
    assert all(line.startswith("s.yaml:") for line in lines)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.json").symlink_to(write(tmp_path / "outside.json", event(message())))
    lines = refuser(inside)(QUEUES + WORKER + replay(fixture="link.json", to="source"))
    assert "expected a file in the scenario's folder, or below it" in lines[0]


def test_files_of_the_command_line_are_one_more_step(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(QUEUES + WORKER)
    good, bad = write(tmp_path / "good.json", event(message("a"))), str(tmp_path / "bad.json")
    scenario, errors = with_replays(load_scenario(tmp_path / "s.yaml"), [good, bad], None)
    assert [str(error).startswith(bad) for error in errors] == [True]
    assert len(run_scenario(scenario).simulation.invocations) == 1
    with pytest.raises(InputError, match=r"bad\.json"):
        with_replays(load_scenario(tmp_path / "s.yaml"), [bad], None)


def test_a_dead_letter_goes_back_to_the_queue_that_it_was_moved_out_of(tmp_path: Path) -> None:
    """What ``aws sqs receive-message`` prints says no more of the queue than that."""
    letter = {
        "MessageId": "m",
        "Body": "a",
        "Attributes": {"DeadLetterQueueSourceArn": "arn:aws:sqs:eu-west-1:111122223333:b"},
    }
    write(tmp_path / "letters.json", {"Messages": [letter]})
    run = run_text(tmp_path, "queues: {a: {}, b: {}}\n" + replay(fixture="letters.json", to="source"))
    assert [run.json["queues"][name]["visible"] for name in "ab"] == [0, 1]


@pytest.mark.parametrize("to", ["function", "source"])
def test_a_document_that_only_says_where_its_records_are_is_refused(tmp_path: Path, to: str) -> None:
    document = json.loads((SAMPLES / "on-failure-stream.json").read_text())
    write(tmp_path / "failed.json", document)
    (line,) = refuser(tmp_path)(QUEUES + WORKER + replay(fixture="failed.json", to=to))
    assert line.endswith(
        "failed.json: found an on-failure document that only says where its records are; eventsim capture --on-failure "
        "fetches them"
    )
