"""Functions that lead to themselves: through their own AWS calls, their destinations, their dead letters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.cloud.topics import Topics
from eventsim.events.sns import sns_event
from eventsim.functions.durations import ZERO
from eventsim.functions.recursion import RecursiveLoop
from eventsim.functions.settings import FunctionSettings
from tests.mappings.asynchronously import LAMBDA, SNS, SQS, Case, attempts, contexts, counts, lines, played, records
from tests.simulation.building import add_function, add_mapping, failed, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.functions.function import Function
    from eventsim.simulation import Simulation


def python_function(simulation: Simulation, handler: Callable[..., Any], **settings: Any) -> Function:
    """A function that runs *handler*, whose AWS calls reach the simulation."""
    return simulation.add_function(
        FunctionSettings(name="f", **settings), simulation.python_invoker(handler, None, {}), takes=ZERO
    )


def resend(event: Any, _context: Any) -> None:
    """Send every message of a batch to the queue again, with its body counted up."""
    import boto3

    sqs = boto3.client("sqs")
    for record in event["Records"]:
        body = str(int(record["body"]) + 1)
        sqs.send_message(QueueUrl="https://sqs.us-east-1.amazonaws.com/123456789012/q", MessageBody=body)


def looping(handler: Callable[..., Any] = resend, **settings: Any) -> Callable[[Simulation], None]:
    """A queue whose messages the function sends to it again, with a dead-letter queue."""

    def build(simulation: Simulation) -> None:
        simulation.queues.create("dlq")
        policy = json.dumps({"deadLetterTargetArn": SQS + "dlq", "maxReceiveCount": 3})
        queue = simulation.queues.create("q", {"RedrivePolicy": policy, "VisibilityTimeout": "30"})
        add_mapping(simulation, python_function(simulation, handler, **settings), "q")
        queue.send("0")

    return build


@pytest.mark.rule("FUN-17", "MET-22")
def test_a_function_that_sends_to_its_own_queue_is_stopped_after_sixteen_runs() -> None:
    simulation = run(looping())
    assert counts(simulation, "Invocations", "Errors", "Throttles") == [16, 0, 0]
    assert simulation.functions["f"].metrics.recursive_invocations_dropped == 3
    [letter] = simulation.queues.get("dlq").messages()
    assert (letter.body, letter.receive_count) == ("16", 3)
    assert [(line["t"], line["threshold"]) for line in lines(simulation, "function.loop")] == [
        (0, 16),
        (30, 16),
        (60, 16),
    ]
    assert [line["clause"] for line in lines(simulation, "batch.fail")] == [
        "stopped: the function ran too often in one chain of requests"
    ] * 3
    assert simulation.mappings["f/q"].metrics.failed == 3
    assert len(simulation.invocations) == 16
    assert simulation.world.loop.time() == 90


@pytest.mark.rule("FUN-17")
def test_a_loop_that_the_function_allows_goes_on_uncounted() -> None:
    simulation = run(looping(resend_until(40), recursive_loop=RecursiveLoop.ALLOW))
    assert counts(simulation, "Invocations") == [41]
    assert simulation.functions["f"].metrics.recursive_invocations_dropped == 0


def resend_until(last: int) -> Callable[..., Any]:
    def handler(event: Any, context: Any) -> None:
        if int(event["Records"][0]["body"]) < last:
            resend(event, context)

    return handler


@pytest.mark.rule("FUN-17")
def test_the_threshold_is_a_setting() -> None:
    def build(simulation: Simulation) -> None:
        looping()(simulation)
        simulation.functions["f"].loops.threshold = 4

    assert counts(run(build), "Invocations") == [4]


@pytest.mark.rule("FUN-17", "FUN-18")
def test_a_handler_is_told_its_trace_and_its_messages_carry_it_on() -> None:
    seen: list[Any] = []

    def handler(event: Any, context: Any) -> None:
        import os

        attributes = event["Records"][0]["attributes"]
        seen.append((attributes.get("AWSTraceHeader"), os.environ["_X_AMZN_TRACE_ID"]))
        if len(seen) < 3:
            resend(event, context)

    run(looping(handler))
    (none, first), (second_in, second), (third_in, _) = seen
    assert (none, second_in, third_in) == (None, first, second)
    assert first.split(";")[0] == second.split(";")[0]
    assert [header.rpartition(":")[2] for header in (first, second)] == ["1", "2"]


@pytest.mark.rule("FUN-17")
def test_a_header_of_the_handlers_own_is_left_alone() -> None:
    seen: list[Any] = []

    def handler(event: Any, _context: Any) -> None:
        import boto3

        seen.append(event["Records"][0]["attributes"].get("AWSTraceHeader"))
        if len(seen) < 2:
            own = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-own"}}
            url = "https://sqs.us-east-1.amazonaws.com/123456789012/q"
            entry = {"Id": "1", "MessageBody": "1", "MessageSystemAttributes": own}
            boto3.client("sqs").send_message_batch(QueueUrl=url, Entries=[entry])

    run(looping(handler))
    assert seen == [None, "Root=1-own"]


@pytest.mark.rule("FUN-17")
def test_a_scripted_function_is_not_watched() -> None:
    def build(simulation: Simulation) -> None:
        queue = simulation.queues.create("q")
        add_mapping(simulation, add_function(simulation), "q", BatchSize=1)
        for n in range(40):
            queue.send(str(n))

    simulation = run(build)
    assert counts(simulation, "Invocations") == [40]
    assert simulation.functions["f"].metrics.recursive_invocations_dropped == 0


# -- asynchronous --------------------------------------------------------------------------------


def with_topic(case: Case) -> Topics:
    """A topic that invokes f."""
    world = case.simulation.world
    topics = Topics(
        world.clock, world.seeds, lambda: world.loop, case.simulation.queues,
        make_event=sns_event, deliver_to_function=case.asynchronous.enqueue, trace=world.trace,
    )  # fmt: skip
    topics.subscribe(topics.create("t"), "lambda", LAMBDA + "f")
    case.simulation.destinations().topics = topics
    return topics


def publish_again(event: Any, _context: Any) -> None:
    """Publish the message of an event to its topic again, counted up."""
    import boto3

    message = str(int(event["Records"][0]["Sns"]["Message"]) + 1)
    boto3.client("sns").publish(TopicArn=SNS + "t", Message=message)


def put_again(event: Any, _context: Any) -> None:
    """Put another object beside the one of an event, its key counted up."""
    import boto3

    key = str(int(event["Records"][0]["s3"]["object"]["key"]) + 1)
    boto3.client("s3").put_object(Bucket="pictures", Key=key)


def publish_first() -> None:
    import boto3

    sns = boto3.client("sns", region_name="us-east-1")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=LAMBDA + "f")
    sns.publish(TopicArn=topic, Message="0")


def put_first() -> None:
    notify({"LambdaFunctionConfigurations": [{"LambdaFunctionArn": LAMBDA + "f", "Events": ["s3:ObjectCreated:*"]}]})
    put_again({"Records": [{"s3": {"object": {"key": "-1"}}}]}, None)


def notify(configuration: dict[str, Any]) -> None:
    """Make the bucket, which tells of its objects."""
    import boto3

    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="pictures")
    s3.put_bucket_notification_configuration(Bucket="pictures", NotificationConfiguration=configuration)


def played_by_clients(build: Callable[[Case], object], begin: Callable[[], object]) -> Simulation:
    """The simulation that *build* prepared, run to its end after *begin* talked to its cloud."""

    async def main(simulation: Simulation) -> None:
        build(Case(simulation))
        with simulation.cloud().open():
            begin()
            with simulation.in_progress():
                await simulation.go_on()
                await simulation.end()

    return run(lambda _: None, main=main)


@pytest.mark.rule("FUN-17", "DLQ-03", "DST-07", "MET-22")
@pytest.mark.parametrize(("handler", "begin"), [(publish_again, publish_first), (put_again, put_first)])
def test_a_function_that_brings_about_its_own_events_ends_at_its_destination(
    handler: Callable[..., Any], begin: Callable[[], object]
) -> None:
    def build(case: Case) -> None:
        python_function(case.simulation, handler)
        case.configure(failure="bad")
        case.dead_letter()

    simulation = played_by_clients(build, begin)
    assert len(attempts(simulation)) == 16
    assert contexts(simulation, "bad") == [(0, "RetriesExhausted", 0, {"statusCode": 400})]
    assert '"16"' in msgspec.json.encode(records(simulation, "bad")[0]["requestPayload"]).decode()
    [letter] = simulation.queues.get("dead").messages()
    assert letter.attributes is not None
    assert letter.attributes["ErrorCode"]["StringValue"] == "400"
    assert letter.attributes["ErrorMessage"]["StringValue"].startswith("Lambda has detected your function")
    assert counts(simulation, "AsyncEventsReceived", "AsyncEventsDropped", "Invocations") == [17, 1, 16]
    assert simulation.functions["f"].metrics.recursive_invocations_dropped == 1


@pytest.mark.rule("FUN-17", "DST-05")
def test_a_bucket_of_failures_that_invokes_the_function_that_failed_comes_to_an_end() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed())
        case.configure(failure="arn:aws:s3:::pictures", MaximumRetryAttempts=0)

    simulation = played_by_clients(build, put_first)
    assert counts(simulation, "Invocations", "AsyncEventsDropped", "DestinationDeliveryFailures") == [16, 17, 0]
    assert simulation.world.loop.time() == 0


@pytest.mark.rule("FUN-17")
def test_functions_that_are_destinations_of_each_other_come_to_an_end() -> None:
    def build(case: Case) -> None:
        case.function(name="f")
        case.function(name="g")
        case.configure("f", success=LAMBDA + "g", failure=LAMBDA + "g")
        case.configure("g", success=LAMBDA + "f", failure="bad")
        case.send()

    simulation = played(build)
    assert [counts(simulation, "Invocations", function=name) for name in ("f", "g")] == [[16], [16]]
    assert [counts(simulation, "AsyncEventsDropped", function=name) for name in ("f", "g")] == [[1], [1]]
    assert len(records(simulation, "bad")) == 1
    assert simulation.world.loop.time() == 0


@pytest.mark.rule("FUN-17", "DST-08")
def test_what_was_stopped_is_not_sent_round_for_ever() -> None:
    def build(case: Case) -> None:
        for name in ("f", "g"):
            case.function(lambda _: failed(), name=name, reserved_concurrency=0)
        case.configure("f", failure=LAMBDA + "g")
        case.configure("g", failure=LAMBDA + "f")
        case.send()

    simulation = played(build)
    failures = [counts(simulation, "DestinationDeliveryFailures", function=name)[0] for name in ("f", "g")]
    assert sum(failures) == 1
    assert "RecursiveInvocationException" in next(
        line["error"] for line in lines(simulation, "destination.deliver") if "error" in line
    )


@pytest.mark.rule("FUN-17", "DLQ-04")
def test_dead_letters_that_come_back_are_not_sent_round_for_ever() -> None:
    def build(case: Case) -> None:
        with_topic(case)
        case.function(lambda _: failed()).loops.threshold = 5  # each letter holds the one before: they grow fast
        case.configure(MaximumRetryAttempts=0)
        case.dead_letter(SNS + "t")
        case.send()

    simulation = played(build)
    assert counts(simulation, "Invocations", "AsyncEventsDropped") == [5, 6]
    outcomes = [line["outcome"] for line in lines(simulation, "topic.deliver")]
    assert outcomes == ["delivered"] * 5 + ["lost"]


@pytest.mark.rule("ASY-05", "FUN-17")
def test_all_attempts_of_an_event_belong_to_one_trace() -> None:
    seen: list[str] = []

    def handler(_event: Any, _context: Any) -> None:
        import os

        seen.append(os.environ["_X_AMZN_TRACE_ID"])
        raise ValueError("boom")

    def build(case: Case) -> None:
        python_function(case.simulation, handler)
        case.configure(failure="bad")
        case.send()

    simulation = played(build)
    [message] = simulation.queues.get("bad").messages()
    assert message.trace_header is not None
    roots = {header.split(";")[0] for header in (*seen, message.trace_header)}
    assert (len(seen), len(roots)) == (3, 1)
    assert {header.rpartition(":")[2] for header in (*seen, message.trace_header)} == {"1"}


@pytest.mark.rule("FUN-17")
def test_the_setting_is_no_part_of_the_code() -> None:
    def build(case: Case) -> None:
        function = case.function()
        case.send()
        allowed = msgspec.structs.replace(function.settings, recursive_loop=RecursiveLoop.ALLOW)
        case.at(1, function.update, allowed)
        case.send(at_s=2)

    assert [one.cold_start for one in played(build).invocations] == [True, False]
