"""AWS's refusals with AWS's words; ours say what was found and what is allowed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from eventsim import AwsError, InputError, Simulation
from eventsim.quirks import Quirks
from tests.facade.building import Quick, accept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOWHERE = '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:nowhere","maxReceiveCount":3}'
TOO_LONG = (
    "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: "
    "Member must have value less than or equal to 900"
)
NO_QUEUE = (
    "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
    "SQS Error Message: The specified queue does not exist."
)


@pytest.mark.rule(
    "SQS-01",
    "SQS-02",
    "SQS-06",
    "SQS-10",
    "ESM-02",
    "ESM-04",
    "ESM-05",
    "ESM-06",
    "ESM-09",
    "FUN-01",
    "FUN-18",
    "CON-05",
)
@pytest.mark.parametrize(
    ("build", "code", "text"),
    [
        (
            lambda sim: sim.queue("q", VisibilityTimeout=50_000),
            "InvalidAttributeValue",
            "Invalid value for the parameter VisibilityTimeout.",
        ),
        (
            lambda sim: sim.queue("q", VisibilityTimeout=1.5),
            "InvalidAttributeValue",
            "Invalid value for the parameter VisibilityTimeout.",
        ),
        (
            lambda sim: (sim.queue("q"), sim.queue("q", DelaySeconds=3)),
            "QueueNameExists",
            "A queue already exists with the same name and a different value for attribute DelaySeconds",
        ),
        (
            lambda sim: sim.queue("q", RedrivePolicy={"deadLetterTargetArn": "nowhere", "maxReceiveCount": 3}),
            "InvalidParameterValueException",
            f"Value {NOWHERE} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.",
        ),
        (lambda sim: sim.queue("q", ContentBasedDeduplication=True), "InvalidAttributeName", None),
        (lambda sim: sim.queue("not a name"), "InvalidParameterValueException", None),
        (
            lambda sim: sim.queue("q").send("x", DelaySeconds=901),
            "InvalidParameterValueException",
            "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
        ),
        (
            lambda sim: sim.queue("q").send("x", DelaySeconds="1"),
            "SerializationException",
            "STRING_VALUE can not be converted to a Integer",
        ),
        (
            lambda sim: sim.queue("q.fifo").send("x"),
            "MissingRequiredParameterException",
            "The request must contain the parameter MessageGroupId.",
        ),
        (lambda sim: sim.queue("q").send("\x00"), "InvalidMessageContents", None),
        (
            lambda sim: (sim.queue("q").purge(), sim.queue("q").purge()),
            "PurgeQueueInProgress",
            "Only one PurgeQueue operation on q is allowed every 60 seconds.",
        ),
        (lambda sim: sim.queue("q").redrive(), "InvalidParameterValueException", None),
        (
            lambda sim: sim.function("f", accept, Timeout=901),
            "ValidationException",
            TOO_LONG,
        ),
        (lambda sim: sim.function("f g", accept), "ValidationException", None),
        (
            lambda sim: sim.function("f", accept, Environment={"Variables": {"AWS_REGION": "x"}}),
            "InvalidParameterValueException",
            None,
        ),
        (
            lambda sim: sim.function("f", accept, ReservedConcurrentExecutions=901),
            "InvalidParameterValueException",
            None,
        ),
        (
            lambda sim: (sim.function("f", accept), sim.function("f", accept)),
            "ResourceConflictException",
            "Function already exist: f",
        ),
        (
            lambda sim: sim.function("f", accept, Timeout=31).on_queue(sim.queue("q")),
            "InvalidParameterValueException",
            "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds",
        ),
        (
            lambda sim: sim.function("f", accept).on_queue(sim.queue("q"), BatchSize=11),
            "InvalidParameterValueException",
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ),
        (
            lambda sim: sim.function("f", accept).on_queue("nowhere"),
            "InvalidParameterValueException",
            NO_QUEUE,
        ),
        (
            lambda sim: sim.function("f", accept).on_queue(sim.queue("q"), BisectBatchOnFunctionError=True),
            "InvalidParameterValueException",
            "BisectBatchOnFunctionError isn't supported for this event source type",
        ),
        (
            lambda sim: sim.function("f", accept).on_queue(
                sim.queue("q"), FilterCriteria={"Filters": [{"Pattern": "{"}]}
            ),
            "InvalidParameterValueException",
            "Invalid filter pattern definition.",
        ),
        (
            lambda sim: [sim.function("f", accept).on_queue(sim.queue("q"))] and sim.functions["f"].on_queue("q"),
            "ResourceConflictException",
            None,
        ),
        (
            lambda sim: sim.function("f", accept).on_queue(sim.queue("q")).update(BatchSize=0),
            "ValidationException",
            None,
        ),
        (
            lambda sim: [
                mapping := sim.function("f", accept).on_queue(sim.queue("q")),
                mapping.disable(),
                mapping.enable(),
            ],
            "ResourceInUseException",
            "Cannot update the event source mapping because it is in use.",
        ),
    ],
)
def test_what_aws_refuses_is_refused_in_its_words(
    build: Callable[[Simulation], object], code: str, text: str | None
) -> None:
    with Simulation() as sim, pytest.raises(AwsError) as refused:
        build(sim)
    assert refused.value.code == code
    assert text is None or refused.value.message == text


@pytest.mark.rule("FLT-06")
def test_a_pattern_that_can_not_match_is_warned_of() -> None:
    with Simulation() as sim:
        patterns = [{"Pattern": {"body": {"a": [1]}}}, {"Pattern": {"bdy": {"a": [1]}}}]
        says = r'f/q\.FilterCriteria\.Filters\[1\]\.Pattern: no record of this source has the key "bdy"; its keys are '
        with pytest.warns(UserWarning, match=says) as warned:
            sim.function("f", accept).on_queue(sim.queue("q"), FilterCriteria={"Filters": patterns})
    assert [one.filename for one in warned] == [__file__]


def test_a_queue_that_is_not_there_is_named_beside_the_words_of_aws() -> None:
    with Simulation() as sim:
        sim.queue("orders")
        sim.queue("invoices")
        with pytest.raises(AwsError) as refused:
            sim.function("f", accept).on_queue("ordres")
    assert refused.value.message == NO_QUEUE
    assert refused.value.__notes__ == ["on_queue: found 'ordres'; the queues of the simulation: orders, invoices"]


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (
            lambda sim: sim.queue("q", VisibilityTimeuot=3),
            "found 'VisibilityTimeuot', unknown in a queue (AWS::SQS::Queue), did you mean 'VisibilityTimeout'? Allo",
        ),
        (lambda sim: sim.queue("q", visibility_timeout=3), "did you mean 'VisibilityTimeout'?"),
        (lambda sim: sim.queue("q", VisibilityTimeout=[3]), "VisibilityTimeout: found [3], expected text, a number"),
        (lambda sim: sim.queue("q", Tags="a"), "Tags: found 'a', expected a mapping"),
        (
            lambda sim: sim.queue("q", RedrivePolicy={"deadLetterTargetArn": 3, "maxReceiveCount": 3}),
            "RedrivePolicy.deadLetterTargetArn: found 3, expected a queue: its handle, its name or its ARN",
        ),
        (
            lambda sim: sim.queue("q").send("x", DelaySecond=3),
            "found 'DelaySecond', unknown in SendMessage, did you mean 'DelaySeconds'?",
        ),
        (
            lambda sim: sim.queue("q").send(b"x"),
            "a message to q: found bytes, expected a JSON value or text: decode it first",
        ),
        (lambda sim: sim.queue("q").send(object()), "which is no JSON"),
        (lambda sim: sim.queue("q").update(Delay=1), "found 'Delay', unknown in a queue"),
        (
            lambda sim: sim.function("f", accept, timeout=3),
            "found 'timeout', unknown in a function (AWS::Serverless::Function), did you mean 'Timeout'?",
        ),
        (lambda sim: sim.function("f", accept, Timeout="3"), "Timeout: found '3', expected a whole number"),
        (lambda sim: sim.function("f", accept, Environment={"A": "b"}), 'expected {"Variables": {"NAME": "value"}}'),
        (lambda sim: sim.function("f", accept, takes="3 parsecs"), "takes: found '3 parsecs', expected a duration"),
        (lambda sim: sim.function("f", "handler"), "f: found the handler 'handler', expected module.function"),
        (lambda sim: sim.function("f", 3), "f: found 3 as the handler, expected a function"),
        (lambda sim: sim.function("f", Quick), "as the handler, expected a function, 'module.function', or an object"),
        (
            lambda sim: sim.function("f", accept, code_uri="."),
            "code_uri is the folder of a handler that is named by text",
        ),
        (
            lambda sim: sim.function("f", "a.b", code_uri="nowhere"),
            "code_uri: found 'nowhere', but there is no such folder",
        ),
        (
            lambda sim: sim.function("f", accept).on_queue(sim.queue("q"), batch_size=3),
            "found 'batch_size', unknown in an event source mapping, did you mean 'BatchSize'?",
        ),
        (
            lambda sim: sim.function("f", accept).on_queue(sim.queue("q"), BatchSize="3"),
            "a mapping from a queue: BatchSize: found '3', expected a whole number",
        ),
        (
            lambda sim: sim.function("f", accept).on_queue(sim.queue("q"), FunctionResponseTypes="All"),
            "a mapping from a queue: FunctionResponseTypes: found 'All', expected a list",
        ),
        (
            lambda sim: sim.function("f", accept).on_queue(
                sim.queue("q"), FilterCriteria={"Filters": [{"Pattern": "{}"}, {"Pattern": 3}]}
            ),
            "a mapping from a queue: FilterCriteria.Filters[1].Pattern: found 3, expected text",
        ),
        (
            lambda sim: sim.function("f", accept).on_queue(
                sim.queue("q"), FilterCriteria={"Filters": [{"body": {"a": [1]}}]}
            ),
            "a mapping from a queue: FilterCriteria.Filters[0]: found 'body', which is unknown there",
        ),
        (
            lambda sim: sim.function("f", accept).on_queue(sim.topic("alerts")),
            "on_queue: found <Topic alerts: 0 subscriptions, 0 messages published>, expected a queue: its handle",
        ),
        (
            lambda sim: sim.queue("q", RedrivePolicy={"deadLetterTargetArn": sim.topic("t"), "maxReceiveCount": 3}),
            "RedrivePolicy.deadLetterTargetArn: found <Topic t: 0 subscriptions, 0 messages published>, expected a q",
        ),
        (lambda sim: sim.queue(3), "found 3 as a name, expected text"),
        (lambda sim: sim.stream(None), "found None as a name, expected text"),
        (lambda sim: sim.table(3, partition_key="id"), "found 3 as a name, expected text"),
        (lambda sim: sim.bucket(b"uploads"), "found b'uploads' as a name, expected text"),
        (lambda sim: sim.topic(3), "found 3 as a name, expected text"),
        (lambda sim: sim.function(accept, accept), "as a name, expected text"),
        (lambda sim: sim.function("f"), "f: found no function of that name, and no handler for one, expected a funct"),
        (lambda sim: sim.function("f", accept, DeadLetterQ={}), "did you mean 'DeadLetterQueue'?"),
        (lambda sim: sim.function("f", accept, Takes="1s"), "did you mean 'takes'?"),
        (
            lambda sim: sim.function("f", Handler="app.handler"),
            "f: found 'Handler', which Python says otherwise: the handler is function()'s second argument",
        ),
        (lambda sim: sim.function("f", accept, Events={}), "what invokes it is on_queue, on_stream, on_table"),
        (
            lambda sim: sim.table("accounts", partition_key="id").get("a"),
            "accounts: found 'a', expected a key as a",
        ),
        (lambda sim: sim.table("accounts", partition_key="id").delete("a"), "found 'a', expected a key as a mapping"),
        (lambda sim: sim.table("accounts", partition_key="id").update({"id": "a"}, 3), "found 3, expected attributes"),
        (lambda sim: sim.table("accounts", partition_key="id").put([]), "accounts: found [], expected an item as a ma"),
        (
            lambda sim: sim.trace.of("invoke.end", "queue.redrve"),
            "found 'queue.redrve', unknown in the trace, did you mean 'queue.redrive'?",
        ),
        (lambda _: Simulation(account=10), 'account: found 10, expected the limits, as in {"ConcurrentExecutions": 10'),  # type: ignore[arg-type]
        (lambda sim: sim.function("f", accept).on_queue(3), "on_queue: found 3, expected a queue"),
        (lambda sim: sim.function("f", accept).invoke({}, LogType="Tail"), "found 'LogType', unknown in Invoke"),
        (
            lambda sim: sim.function("f", accept).invoke({}, InvocationType="Later"),
            "InvocationType: found 'Later', expected RequestResponse or Event",
        ),
        (lambda sim: sim.function("f", accept).invoke({1, object()}), "the event for f: found"),
        (lambda sim: sim.function("f", accept).modules, "f has no modules of its own"),
        (
            lambda sim: sim.function("f", Quick()).update(Environment={"Variables": {"A1": "b"}}),
            "Environment is for Python code",
        ),
    ],
)
def test_what_is_no_setting_is_refused_with_what_is(build: Callable[[Simulation], object], says: str) -> None:
    with Simulation() as sim, pytest.raises(InputError) as refused:
        build(sim)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"seed": -1}, "seed: found -1, expected a whole number from 0 to"),
        ({"seed": "1"}, "seed: found '1'"),
        ({"seed": True}, "seed: found True"),
        ({"start_time": "tomorrow"}, "start_time: found 'tomorrow', expected a datetime"),
        ({"start_time": "1969-01-01"}, "expected a time from 1970 to 2199"),
        ({"start_time": [1]}, "start_time: found [1]"),
        (
            {"account": {"ConcurrentExecution": 1}},
            "found 'ConcurrentExecution', unknown in account, did you mean 'ConcurrentExecutions'?",
        ),
        ({"account": {"ConcurrentExecutions": 0}}, "account: ConcurrentExecutions: found 0"),
        ({"quirks": {"shufle": True}}, "quirks.shufle: found 'shufle', unknown in quirks"),
        ({"quirks": {"shufle": True}}, "did you mean 'shuffle'?"),
        ({"quirks": {"duplicate_rate": 2}}, "quirks.duplicate_rate: found 2, expected a number from 0 to 1"),
        ({"quirks": Quirks(throttle_jitter=2)}, "quirks.throttle_jitter: found 2, expected a number from 0 to 1"),
        ({"quirks": Quirks(async_retry_s=())}, "quirks.async_retry_s: found 0 waits, expected 1 to 10"),
        ({"quirks": ["shuffle"]}, "quirks: found ['shuffle'], expected a mapping of their names"),
    ],
)
def test_a_simulation_that_can_not_be_is_refused(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as refused:
        Simulation(**arguments)
    assert says in str(refused.value)


def test_a_start_can_be_written_in_several_ways() -> None:
    moment = datetime(2026, 5, 1, 10, tzinfo=UTC)
    day_s = datetime(2026, 5, 1, tzinfo=UTC).timestamp()
    ways: list[Any] = [
        moment,
        moment.replace(tzinfo=None),
        moment.timestamp(),
        "2026-05-01T12:00:00+02:00",
        "2026-05-01 10:00",
        None,
        date(2026, 5, 1),
    ]
    starts = []
    for way in ways:
        with Simulation(start_time=way) as sim:
            starts.append(int(sim.queue("q").send("x").attributes["SentTimestamp"]) / 1000)
    assert starts == [moment.timestamp()] * 5 + [datetime(2026, 1, 1, tzinfo=UTC).timestamp(), day_s]


def test_durations_are_seconds_text_timedeltas_or_distributions() -> None:
    with Simulation() as sim:
        ends = [
            sim.function(f"f{n}", accept, Timeout=60, takes=takes).invoke()
            for n, takes in enumerate([2, "2s", timedelta(seconds=2), {"uniform": ["2s", "2s"]}])
        ]
        assert [one.ended - one.at for one in ends if one.ended is not None] == [2, 2, 2, 2]


def test_a_trace_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"trace: .* can't be written: "),
        Simulation(trace=tmp_path / "no" / "t.jsonl"),
    ):
        pass
