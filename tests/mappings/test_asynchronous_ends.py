"""Where asynchronous events end: destinations of each kind, and dead-letter queues."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.cloud.eventbridge import EventBridge, Outlets, RuleSettings, no_function, queue_outlet
from eventsim.cloud.topics import Topics
from eventsim.errors import AwsError
from eventsim.events.sns import sns_event
from eventsim.invokers.base import Invocation, InvocationResult
from tests.mappings.asynchronously import LAMBDA, SNS, SQS, Case, attempts, counts, lines, played, records
from tests.simulation.building import failed

if TYPE_CHECKING:
    from eventsim.simulation import Simulation

BUS = "arn:aws:events:us-east-1:123456789012:event-bus/"
RECORDED = "expected_event_or_destination_record"


def with_topics(case: Case, *names: str) -> Topics:
    """Topics of these names, each with a queue of its name that is subscribed, and functions within reach."""
    simulation = case.simulation
    world = simulation.world
    topics = Topics(
        world.clock,
        world.seeds,
        lambda: world.loop,
        simulation.queues,
        make_event=sns_event,
        deliver_to_function=case.asynchronous.enqueue,
        trace=world.trace,
    )
    for name in names:
        simulation.queues.create(name)
        topics.subscribe(topics.create(name), "sqs", SQS + name)
    simulation.destinations().topics = topics
    return topics


def with_bus(case: Case) -> EventBridge:
    """Event buses whose rules reach queues."""
    world = case.simulation.world
    outlets = Outlets(
        to_function=no_function, to_queue=queue_outlet(case.simulation.queues), to_topic=lambda _arn, _text: None
    )
    bridge = EventBridge(world.clock, world.seeds, lambda: world.loop, outlets, trace=world.trace)
    case.simulation.destinations().put_event = bridge.publish
    return bridge


def deliveries(simulation: Simulation) -> list[tuple[Any, ...]]:
    """(destination's name, condition, error's code) of each delivery that was traced."""
    return [
        (line["destination"].rpartition(":")[2], line["condition"], line.get("error", "").partition(":")[0])
        for line in lines(simulation, "destination.deliver")
    ]


# -- one of each kind ----------------------------------------------------------------------------


@pytest.mark.rule("DST-05", "DST-09")
def test_a_queue_gets_the_record_as_the_body() -> None:
    def build(case: Case) -> None:
        case.function()
        case.configure(success="ok", failure="bad")
        case.send({"n": 1})

    simulation = played(build)
    [message] = simulation.queues.get("ok").messages()
    assert message.body.startswith(
        '{"version":"1.0","timestamp":"2026-01-01T00:00:00.000Z","requestContext":{"requestId":'
    )
    assert message.attributes is None
    assert (records(simulation, "bad"), deliveries(simulation)) == ([], [("ok", "Success", "")])


@pytest.mark.rule("DST-05")
def test_a_topic_gets_the_record_as_the_message() -> None:
    def build(case: Case) -> None:
        with_topics(case, "events")
        case.function()
        case.configure(success=SNS + "events")
        case.send({"n": 1})

    [envelope] = records(played(build), "events")
    assert "Subject" not in envelope
    assert json.loads(envelope["Message"])["requestPayload"] == {"n": 1}


@pytest.mark.rule("DST-06", "SNS-13")
@pytest.mark.parametrize(("limit", "kept"), [(None, False), ("1048576", True)])
def test_a_topic_gets_no_payloads_above_its_limit(limit: str | None, kept: bool) -> None:
    def build(case: Case) -> None:
        topics = with_topics(case, "events")
        if limit is not None:
            topics.set_attributes(topics.get("events"), {"MaximumMessageSize": limit})
        case.function()
        case.configure(success=SNS + "events")
        case.send({"k": "x" * 262_144})

    simulation = played(build)
    [envelope] = records(simulation, "events")
    members = list(json.loads(envelope["Message"]))
    assert ("requestPayload" in members, "responsePayload" in members) == (kept, kept)
    assert counts(simulation, "DestinationDeliveryFailures") == [0]


@pytest.mark.rule("DST-05", "ASY-01")
def test_a_function_gets_the_record_as_an_event_of_its_own() -> None:
    seen: list[Any] = []

    def keep(one: Invocation) -> InvocationResult:
        seen.append(one.event)
        return failed()

    def build(case: Case) -> None:
        case.function(lambda _: InvocationResult('{"x":1}'))
        case.function(keep, name="g")
        case.configure(success=LAMBDA + "g")
        case.send({"n": 1})

    simulation = played(build)
    assert attempts(simulation, "f") == [(0, 1, "success")]
    assert attempts(simulation, "g") == [(0, 1, "error"), (60, 2, "error"), (180, 3, "error")]
    assert len({one.request_id for one in simulation.invocations}) == 2
    assert seen[0] == seen[1] == seen[2]
    assert (seen[0]["requestPayload"], seen[0]["responsePayload"]) == ({"n": 1}, {"x": 1})
    assert [line.get("source") for line in lines(simulation, "async.enqueue")] == [None, "destination"]
    assert counts(simulation, "AsyncEventsReceived", "AsyncEventsDropped", function="g") == [1, 1]


@pytest.mark.rule("DST-05")
@pytest.mark.parametrize(("fails", "outcome"), [(False, "Success"), (True, "Failure")])
def test_an_event_bus_gets_the_record_in_an_event(fails: bool, outcome: str) -> None:
    def build(case: Case) -> None:
        bridge = with_bus(case)
        bridge.create_bus("mine")
        bridge.put_rule("all", RuleSettings(pattern='{"source":["lambda"]}'), "mine")
        bridge.put_targets("all", [{"Id": "1", "Arn": SQS + "ok"}], "mine")
        case.function(lambda _: failed() if fails else None)
        case.configure(success=f"{BUS}mine", failure=f"{BUS}mine", MaximumRetryAttempts=0)
        case.send({"n": 1.50})

    simulation = played(build)
    [event] = records(simulation, "ok")
    assert event["detail-type"] == f"Lambda Function Invocation Result - {outcome}"
    assert event["resources"] == [f"{BUS}mine", f"{LAMBDA}f:$LATEST"]
    assert event["detail"]["requestPayload"] == {"n": 1.5}
    assert deliveries(simulation)[0][2] == ""


@pytest.mark.rule("DST-05")
def test_a_bucket_gets_the_record_as_an_object() -> None:
    pytest.importorskip("moto")
    found: list[Any] = []

    async def main(simulation: Simulation) -> None:
        import boto3

        case = Case(simulation)
        case.function(lambda _: failed(), name="f")
        with simulation.cloud().open():
            s3 = boto3.client("s3", region_name="us-east-1")
            s3.create_bucket(Bucket="failures")
            case.configure(failure="arn:aws:s3:::failures", MaximumRetryAttempts=0)
            case.asynchronous.enqueue("f", {"n": 1})
            await simulation.go_on()
            await simulation.end()
            [entry] = s3.list_objects_v2(Bucket="failures")["Contents"]
            found.append((entry["Key"], s3.get_object(Bucket="failures", Key=entry["Key"])["Body"].read()))

    from tests.simulation.building import run

    simulation = run(lambda _: None, main=main)
    [(key, body)] = found
    assert key[:57] == "aws/lambda/async/f/2026/01/01/2026-01-01T00.00.00-" + key[50:57]
    assert len(key) == 50 + 36
    assert msgspec.json.decode(body)["requestPayload"] == {"n": 1}
    [line] = lines(simulation, "destination.deliver")
    assert (line["key"], "error" in line) == (key, False)


# -- failures to deliver -------------------------------------------------------------------------


@pytest.mark.rule("DST-08", "MET-11")
@pytest.mark.parametrize("path", ["success", "failure"])
def test_a_record_that_can_not_be_delivered_is_counted_traced_and_lost(path: str) -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed() if path == "failure" else None)
        case.configure(success="ok", failure="bad", MaximumRetryAttempts=0)
        case.simulation.queues.delete(case.simulation.queues.get("ok"))
        case.simulation.queues.delete(case.simulation.queues.get("bad"))
        case.send()

    simulation = played(build)
    dropped = int(path == "failure")
    names = ("DestinationDeliveryFailures", "AsyncEventsDropped", "DeadLetterErrors", "Errors")
    assert counts(simulation, *names) == [1, dropped, 0, dropped]
    assert [error for _, _, error in deliveries(simulation)] == ["QueueDoesNotExist"]


@pytest.mark.rule("DST-06", "DST-08")
@pytest.mark.parametrize("destination", ["queue", "function", "bus"])
def test_a_record_above_the_limit_of_its_destination_fails(destination: str) -> None:
    arns = {"queue": SQS + "ok", "function": LAMBDA + "g", "bus": f"{BUS}default"}

    def build(case: Case) -> None:
        with_bus(case)
        case.function()
        case.function(name="g")
        case.configure(success=arns[destination])
        case.send({"k": "x" * 1_048_500})

    simulation = played(build)
    assert counts(simulation, "DestinationDeliveryFailures", "AsyncEventsDropped") == [1, 0]
    assert counts(simulation, "AsyncEventsReceived", function="g") == [0]
    [(_, _, error)] = deliveries(simulation)
    assert error == ("InvalidParameterValueException" if destination == "queue" else "RequestTooLargeException")


@pytest.mark.rule("DST-08")
def test_a_bus_that_is_missing_fails_the_delivery() -> None:
    def build(case: Case) -> None:
        with_bus(case)
        case.function()
        case.configure(success=f"{BUS}other")
        case.send()

    assert deliveries(played(build)) == [("event-bus/other", "Success", "ResourceNotFoundException")]


@pytest.mark.rule("DST-01")
@pytest.mark.parametrize("arn", [SNS + "t", f"{BUS}default"])
def test_a_destination_that_nothing_here_reaches_is_refused(arn: str) -> None:
    def build(case: Case) -> None:
        case.function()
        destinations = case.simulation.destinations()
        destinations.topics = destinations.put_event = None
        with pytest.raises(AwsError, match="Nothing here delivers to the destination"):
            case.configure(failure=arn)
        if "sns" in arn:
            with pytest.raises(AwsError, match="Nothing here delivers to the destination"):
                case.dead_letter(arn)

    played(build)


# -- dead letters --------------------------------------------------------------------------------


@pytest.mark.rule("DLQ-01", "DLQ-02", "DLQ-03")
def test_a_dead_letter_is_the_event_as_it_came_with_three_attributes() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed("no"))
        case.dead_letter()
        case.at(0, case.asynchronous.enqueue, "f", b'{ "raise_error" : 1.50 }')

    simulation = played(build)
    [letter] = simulation.queues.get("dead").messages()
    assert letter.body == '{ "raise_error" : 1.50 }'
    assert letter.attributes == {
        "RequestID": {"DataType": "String", "StringValue": simulation.invocations[0].request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "no"},
    }
    assert (letter.sent_ms - 1767225600000, counts(simulation, "AsyncEventsDropped")) == (180_000, [1])


@pytest.mark.rule("DLQ-02", "ASY-07")
def test_a_dead_letter_of_a_throttled_event_has_code_429() -> None:
    def build(case: Case) -> None:
        case.function(takes=900.0, timeout_s=900, reserved_concurrency=1)
        case.configure(MaximumEventAgeInSeconds=60)
        case.dead_letter()
        case.occupy()
        case.send()

    [letter] = played(build).queues.get("dead").messages()
    assert letter.attributes is not None
    said = {name: one["StringValue"] for name, one in letter.attributes.items()}
    assert (said["ErrorCode"], said["ErrorMessage"], letter.sent_ms - 1767225600000) == (
        "429",
        "Rate Exceeded.",
        31_000,
    )


@pytest.mark.rule("DLQ-01", "DLQ-02", "SNS-02")
def test_a_topic_of_dead_letters_gives_what_was_recorded(capture: Any) -> None:
    """A notification invokes the function, which fails; its dead letter goes to a topic, and from there to a queue."""
    recorded = capture("sns_test_sns_topic_as_lambda_dead_letter_queue")[RECORDED]["messages"]["Messages"][0]["Body"]
    said = recorded["MessageAttributes"]["ErrorMessage"]["Value"]

    def build(case: Case) -> None:
        topics = with_topics(case, "letters")
        topics.subscribe(topics.create("in"), "lambda", LAMBDA + "f")
        case.function(lambda _: failed(said))
        case.dead_letter(SNS + "letters")
        case.at(0, topics.get("in").publish, '{"raise_error":1}')

    simulation = played(build)
    [envelope] = records(simulation, "letters")
    request_id = simulation.invocations[0].request_id
    expected = json.loads(json.dumps(recorded["MessageAttributes"]).replace("<request-id:1>", request_id))
    assert envelope["MessageAttributes"] == expected
    assert sorted(envelope) == sorted(recorded)
    [got], [want] = json.loads(envelope["Message"])["Records"], recorded["Message"]["Records"]
    assert (sorted(got), sorted(got["Sns"])) == (sorted(want), sorted(want["Sns"]))
    assert (got["EventSource"], got["Sns"]["Subject"], got["Sns"]["Message"]) == ("aws:sns", None, '{"raise_error":1}')
    [first, *_] = simulation.invocations
    assert first.batch is not None
    assert (len(first.batch), first.batch.ids()) == (1, [got["Sns"]["MessageId"]])


@pytest.mark.rule("DST-07", "DLQ-03")
def test_a_destination_and_a_dead_letter_queue_are_both_told() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed())
        case.configure(failure="bad", MaximumRetryAttempts=0)
        case.dead_letter()
        case.send()

    simulation = played(build)
    assert deliveries(simulation) == [("bad", "RetriesExhausted", ""), ("dead", "RetriesExhausted", "")]
    assert [line.get("dead_letter", False) for line in lines(simulation, "destination.deliver")] == [False, True]
    assert [len(simulation.queues.get(name).messages()) for name in ("bad", "dead")] == [1, 1]


@pytest.mark.rule("DLQ-04", "DST-07", "MET-11")
def test_a_dead_letter_that_can_not_be_sent_is_counted_and_the_destination_is_told_all_the_same() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed())
        case.configure(failure="bad", MaximumRetryAttempts=0)
        case.dead_letter()
        case.simulation.queues.delete(case.simulation.queues.get("dead"))
        case.send()

    simulation = played(build)
    assert counts(simulation, "DeadLetterErrors", "DestinationDeliveryFailures", "AsyncEventsDropped") == [1, 0, 1]
    assert deliveries(simulation) == [
        ("bad", "RetriesExhausted", ""),
        ("dead", "RetriesExhausted", "QueueDoesNotExist"),
    ]


@pytest.mark.rule("DLQ-05")
def test_a_synchronous_failure_tells_nobody() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed())
        case.configure(failure="bad")
        case.dead_letter()
        case.occupy()

    simulation = played(build)
    assert [len(simulation.queues.get(name).messages()) for name in ("bad", "dead")] == [0, 0]
    assert counts(simulation, "AsyncEventsDropped") == [0]


@pytest.mark.rule("DLQ-01")
def test_a_dead_letter_queue_can_be_taken_away() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed())
        case.dead_letter()
        case.asynchronous.set_dead_letter("f", "")
        case.send()

    simulation = played(build)
    assert (simulation.queues.get("dead").messages(), counts(simulation, "AsyncEventsDropped")) == ([], [1])
