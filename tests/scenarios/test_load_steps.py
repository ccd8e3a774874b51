# ruff: noqa: E501 - the expected texts stand whole, one a line
from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.scenarios.model import InvokeStep, RedriveStep, SendStep, UpdateStep
from eventsim.scenarios.templates import body_template, render, render_value
from tests.scenarios.loading import loader, refuser

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = """\
account: {ConcurrentExecutions: 200}
queues:
  q: {RedrivePolicy: {deadLetterTargetArn: dead, maxReceiveCount: 3}}
  dead: {}
  small: {MaximumMessageSize: 1024}
  f.fifo: {ContentBasedDeduplication: true}
  strict.fifo: {}
functions:
  w: {script: [{return: 1}], Events: {e: {Type: SQS, Properties: {Queue: q}}, f: {Type: SQS, Properties: {Queue: f.fifo}}}}
"""
# What an AWS text and ours have in common is told apart in `test_load_functions`.


def steps(*written: str) -> str:
    return DECLARED + "steps:\n" + "".join(f"  - {one}\n" for one in written)


def told(lines: list[str]) -> list[str]:
    """The lines without file and place."""
    return [re.sub(r"^s\.yaml:\d+:\d+: ", "", line) for line in lines]


def sent(folder: Path, written: str) -> SendStep:
    action = loader(folder)(steps(f"send: {written}")).steps[0].action
    assert isinstance(action, SendStep)
    return action


def test_times_are_absolute_and_the_default_is_the_last_item_of_the_step_before(tmp_path: Path) -> None:
    body = "queue: q, body: x"
    scenario = loader(tmp_path)(
        steps(
            f"send: {{{body}}}",
            f"{{at: 10s, send: {{{body}}}}}",
            f"{{after: 5s, send: {{{body}, count: 4, every: 100ms}}}}",
            "{at: 15.1s, invoke: {function: w}}",
            f"{{at: 16s, send: {{{body}, count: 3, every: 1s}}}}",
            f"send: {{{body}}}",
            "{after: 2, expect: {idle: false}}",
            "{at: PT1M, send: {queue: q, bodies: [a, b, c], every: 10}}",
            "invoke: {function: w}",
        )
    )
    assert [(step.index, step.at_s, step.last_at_s) for step in scenario.steps] == [
        (0, 0.0, 0.0),
        (1, 10.0, 10.0),
        (2, 15.0, 15.3),
        (3, 15.1, 15.1),
        (4, 16.0, 18.0),
        (5, 18.0, 18.0),
        (6, 20.0, 20.0),
        (7, 60.0, 80.0),
        (8, 80.0, 80.0),
    ]


def test_items_of_a_step_fall_on_exact_instants(tmp_path: Path) -> None:
    step = loader(tmp_path)(steps("{at: 1s, send: {queue: q, body: x, count: 11, every: 100ms}}")).steps[0]
    assert [step.item_at_s(n) for n in range(11)] == [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0]


@pytest.mark.parametrize(
    ("written", "messages"),
    [
        (["{at: 10s, invoke: {function: w}}", "{at: 5s, invoke: {function: w}}"], ["steps[1].at: found 5 s, before an earlier step's 10 s: steps stand in order of time"]),
        (["{at: 1s, after: 1s, invoke: {function: w}}"], ["steps[0].after: found at and after, expected one of them"]),
        (["{at: 1s}"], ["steps[0]: found none, expected exactly one action; allowed: send, put, write, upload, delete_object, publish, invoke, replay, update, reshard, redrive, expect"]),
        (["{invoke: {function: w}, redrive: {queue: dead}}"], ["steps[0]: found invoke and redrive, expected exactly one action; allowed: send, put, write, upload, delete_object, publish, invoke, replay, update, reshard, redrive, expect"]),
        (["{at: soon, invoke: {function: w}}"], ["steps[0].at: found 'soon', expected a duration: 150ms, 30s, 5m, 2h, 1d, 1m30s, PT1M30S or a number of seconds"]),
        (["{snd: {queue: q}}"], ["steps[0].snd: found 'snd', unknown in a step, did you mean 'send'? Allowed: at, after, send, put, write, upload, delete_object, publish, invoke, replay, update, reshard, redrive, expect"]),
        (["send"], ["steps[0]: found 'send', expected a mapping (key: value)"]),
    ],
)  # fmt: skip
def test_a_step_that_is_wrong_is_told(tmp_path: Path, written: list[str], messages: list[str]) -> None:
    assert told(refuser(tmp_path)(steps(*written))) == messages


def test_a_body_that_is_no_text_is_compact_json_in_its_order(tmp_path: Path) -> None:
    assert sent(tmp_path, "{queue: q, body: {b: 1, a: [true, null, 1.5, é], '{n}': '{n} {m}'}}").bodies == [
        '{"b":1,"a":[true,null,1.5,"é"],"{\\u006e}":"{n} {m}"}'
    ]
    assert sent(tmp_path, "{queue: q, bodies: [a, {b: 1}, 3, null]}").bodies == ["a", '{"b":1}', "3", "null"]


def test_only_the_item_number_is_replaced_and_only_in_values() -> None:
    template = body_template({"{n}": "{n}", "x": {"y{n}": ["a{n}b{n}", "{m}", "{{n}}"]}})
    assert msgspec.json.decode(render(template, 12)) == {
        "{n}": "12",
        "x": {"y{n}": ["a12b12", "{m}", "{12}"]},
    }
    assert render('{"id": {n}}', 3) == '{"id": 3}'
    assert render_value({"a{n}": ["g{n}", 1, None]}, 7) == {"a{n}": ["g7", 1, None]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(alphabet='{n}ab\ue000é"\\', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="{n}a\ue000", max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(alphabet="{n}b", max_size=5), JSON, max_size=3), st.integers(0, 10**6))
def test_rendering_the_text_is_rendering_the_values(body: dict[str, object], n: int) -> None:
    assert msgspec.json.decode(render(body_template(body), n)) == render_value(body, n)


def test_what_send_message_takes_is_kept(tmp_path: Path) -> None:
    written = """{queue: "arn:aws:sqs:us-east-1:123456789012:q", body: x, count: 3, every: 1s, DelaySeconds: 5,
      MessageGroupId: "g{n}",
      MessageAttributes: {Kind: {DataType: Number, StringValue: 1}, Blob: {DataType: Binary, BinaryValue: aGk=}},
      MessageSystemAttributes: {AWSTraceHeader: {DataType: String, StringValue: Root=1}}}"""
    assert sent(tmp_path, written) == SendStep(
        queue="q",
        bodies=["x"],
        count=3,
        every_s=1.0,
        parameters={
            "DelaySeconds": 5,
            "MessageGroupId": "g{n}",
            "MessageAttributes": {
                "Kind": {"DataType": "Number", "StringValue": "1"},
                "Blob": {"DataType": "Binary", "BinaryValue": "aGk="},
            },
            "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}},
        },
    )


NO_DEDUPLICATION = (
    "steps[0].send.MessageDeduplicationId: InvalidParameterValueException: The queue should either have "
    "ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
)


@pytest.mark.rule("SQS-02", "SQS-10", "SQS-11", "SQS-13")
@pytest.mark.parametrize(
    ("written", "messages"),
    [
        ("{queue: q}", ["steps[0].send: found none, expected either body or bodies"]),
        ("{queue: q, body: a, bodies: [b]}", ["steps[0].send: found both, expected either body or bodies"]),
        ("{queue: q, bodies: []}", ["steps[0].send.bodies: found an empty list, expected at least one body"]),
        ("{queue: q, bodies: [a], count: 2}", ["steps[0].send.count: found count with bodies, which are one message each"]),
        ("{queue: q, body: a, every: 1s}", ["steps[0].send.every: found every without count, expected count or bodies"]),
        ("{queue: q, body: a, count: 0}", ["steps[0].send.count: found 0, expected a whole number from 1 to 10000000"]),
        ("{queue: qq, body: a}", ["steps[0].send.queue: found 'qq', which names no queue of this file; allowed: q, dead, small, f.fifo, strict.fifo"]),
        ("{body: a}", ["steps[0].send: queue is missing, send needs it"]),
        ("{queue: q, body: a, QueueUrl: x}", ["steps[0].send.QueueUrl: found 'QueueUrl', unknown in send, did you mean 'queue'? Allowed: queue, body, bodies, count, every, DelaySeconds, MessageAttributes, MessageDeduplicationId, MessageGroupId, MessageSystemAttributes"]),
        ("{queue: q, body: a, MessageDeduplicationId: x}", ["steps[0].send.MessageDeduplicationId: InvalidParameterValueException: Value x for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type."]),
        ("{queue: q, body: a, DelaySeconds: 901}", ["steps[0].send.DelaySeconds: found 901, expected a whole number from 0 to 900"]),
        ("{queue: f.fifo, body: a}", ["steps[0].send.MessageGroupId: MissingRequiredParameterException: The request must contain the parameter MessageGroupId."]),
        ("{queue: f.fifo, body: a, MessageGroupId: g, DelaySeconds: 1}", ["steps[0].send.DelaySeconds: InvalidParameterValueException: Value 1 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type."]),
        ("{queue: strict.fifo, body: a, MessageGroupId: g}", [NO_DEDUPLICATION]),
        ("{queue: q, body: a, MessageGroupId: 'a b'}", ["steps[0].send.MessageGroupId: InvalidParameterValueException: Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length."]),
        ("{queue: q, body: ''}", ["steps[0].send.body: MissingRequiredParameterException: The request must contain the parameter MessageBody."]),
        ('{queue: q, body: "\\x01"}', ["steps[0].send.body: InvalidMessageContents: Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"]),
        ("{queue: q, body: a, MessageAttributes: {A: {DataType: String}}}", ["steps[0].send.MessageAttributes: InvalidParameterValueException: Message (user) attribute 'A' must contain a non-empty value of type 'String'."]),
        ("{queue: q, body: a, MessageSystemAttributes: {X: {}}}", ["steps[0].send.MessageSystemAttributes: InvalidParameterValueException: MessageSystemAttributes can only hold AWSTraceHeader, not ['X']."]),
    ],
)  # fmt: skip
def test_a_message_that_sqs_would_refuse_is_refused(tmp_path: Path, written: str, messages: list[str]) -> None:
    assert told(refuser(tmp_path)(steps(f"send: {written}"))) == messages


@pytest.mark.rule("SQS-02")
def test_bodies_are_measured_in_bytes_after_the_item_number(tmp_path: Path) -> None:
    head = "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    exact = "é" * 511 + "{n}"
    assert sent(tmp_path, f"{{queue: small, body: '{exact}', count: 100}}").count == 100
    assert told(refuser(tmp_path)(steps(f"send: {{queue: small, body: '{exact}', count: 101}}"))) == [
        f"steps[0].send.body: InvalidParameterValueException: {head} Found 1025 bytes, allowed 1 to 1024."
    ]
    attributes = "MessageAttributes: {Kind: {DataType: String, StringValue: abcd}}"
    bodies = f"bodies: [a, {'b' * 1010}, {'c' * 1011}]"
    assert told(refuser(tmp_path)(steps(f"send: {{queue: small, {bodies}, {attributes}}}"))) == [
        f"steps[0].send.bodies[2]: InvalidParameterValueException: {head} Found 1025 bytes, allowed 1 to 1024."
    ]


def test_invocations_are_read(tmp_path: Path) -> None:
    written = ["invoke: {function: w}", "invoke: {function: w, event: [1, é], InvocationType: DryRun}"]
    assert [step.action for step in loader(tmp_path)(steps(*written)).steps] == [
        InvokeStep(function="w", event={}),
        InvokeStep(function="w", event=[1, "é"], invocation_type="DryRun"),
    ]
    arn = "arn:aws:lambda:us-east-1:123456789012:function:w"
    assert loader(tmp_path)(steps(f'invoke: {{function: "{arn}"}}')).steps[0].action == InvokeStep(
        function="w", event={}
    )


@pytest.mark.parametrize(
    ("written", "messages"),
    [
        ("{}", ["steps[0].invoke: function is missing, invoke needs it"]),
        ("{function: w, InvocationType: Sync}", ["steps[0].invoke.InvocationType: found 'Sync', expected one of RequestResponse, Event, DryRun"]),
        ("{function: w, Qualifier: 1}", ["steps[0].invoke.Qualifier: found 1, expected text: quote it"]),
        ("{function: w, event: .nan}", ["steps[0].invoke.event: found nan, which JSON does not have"]),
        (f"{{function: w, event: {'x' * 6291455}}}", ["steps[0].invoke.event: RequestTooLargeException: found an event of 6291457 bytes, allowed 6291456"]),
    ],
    ids=range(5),
)  # fmt: skip
def test_an_invocation_that_is_wrong_is_told(tmp_path: Path, written: str, messages: list[str]) -> None:
    assert told(refuser(tmp_path)(steps(f"invoke: {written}"))) == messages


@pytest.mark.rule("ESM-17", "CON-05")
def test_updates_are_read(tmp_path: Path) -> None:
    written = [
        "update: {function: w, ReservedConcurrentExecutions: 100, Timeout: 20, MemorySize: 512}",
        "update: {function: w, ReservedConcurrentExecutions: }",
        "update: {mapping: w/e, BatchSize: 100, MaximumBatchingWindowInSeconds: 1, FilterCriteria: {}, ScalingConfig: null}",
        "update: {mapping: w/e, KmsKeyArn: arn}",
        "update: {queue: q, VisibilityTimeout: 10, RedrivePolicy: ''}",
    ]
    assert [step.action for step in loader(tmp_path)(steps(*written)).steps] == [
        UpdateStep(
            target="function",
            name="w",
            changes={"ReservedConcurrentExecutions": 100, "Timeout": 20, "MemorySize": 512},
        ),
        UpdateStep(target="function", name="w", changes={"ReservedConcurrentExecutions": None}),
        UpdateStep(
            target="mapping",
            name="w/e",
            changes={
                "BatchSize": 100,
                "MaximumBatchingWindowInSeconds": 1,
                "FilterCriteria": {},
                "ScalingConfig": None,
            },
        ),
        UpdateStep(target="mapping", name="w/e", changes={"KMSKeyArn": "arn"}),
        UpdateStep(target="queue", name="q", changes={"VisibilityTimeout": "10", "RedrivePolicy": ""}),
    ]


BATCH = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
RESERVED = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."  # fmt: skip


@pytest.mark.rule("ESM-03", "ESM-17", "CON-05", "FUN-01")
@pytest.mark.parametrize(
    ("written", "messages"),
    [
        ("{}", ["update: found none, expected exactly one of function, mapping, queue"]),
        ("{function: w, queue: q}", ["update: found function and queue, expected exactly one of function, mapping, queue"]),
        ("{function: w}", ["update: found no change, expected settings of the function 'w' with their new values"]),
        ("{function: w, Timeout: 901}", ["update.Timeout: ValidationException: 1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"]),
        ("{function: w, ReservedConcurrentExecutions: 101}", [f"update.ReservedConcurrentExecutions: InvalidParameterValueException: {RESERVED}"]),
        ("{function: w, Environment: {}}", ["update.Environment: a change of Environment is not supported yet"]),
        ("{mapping: w, Enabled: true}", ["update.mapping: found 'w', which names no mapping of this file; allowed: w/e, w/f"]),
        ("{mapping: w/e, BatchSize: 11}", [f"update.BatchSize: InvalidParameterValueException: {BATCH}"]),
        ("{mapping: w/f, MaximumBatchingWindowInSeconds: 1}", ["update.MaximumBatchingWindowInSeconds: InvalidParameterValueException: Batching window is not supported for FIFO queues"]),
        ("{mapping: w/e, Queue: dead}", ["update.Queue: found Queue, which an update can't change"]),
        ("{mapping: w/e, StartingPosition: LATEST}", ["update.StartingPosition: found StartingPosition, which an update can't change"]),
        ("{mapping: w/e, MaximumRetryAttempts: 1}", ["update.MaximumRetryAttempts: InvalidParameterValueException: MaximumRetryAttempts isn't supported for this event source type"]),
        ("{queue: q, VisibilityTimeout: -1}", ["update.VisibilityTimeout: InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout. Found -1, allowed 0 to 43200."]),
        ("{queue: dead, RedrivePolicy: {deadLetterTargetArn: q, maxReceiveCount: 1}}", ["update.RedrivePolicy: found a circle of dead-letter queues: dead -> q -> dead"]),
        ("{queue: q, FifoQueue: true}", ["update.FifoQueue: found FifoQueue, which an update can't change"]),
    ],
)  # fmt: skip
def test_an_update_that_aws_would_refuse_is_refused(tmp_path: Path, written: str, messages: list[str]) -> None:
    assert told(refuser(tmp_path)(steps(f"update: {written}"))) == [f"steps[0].{message}" for message in messages]


@pytest.mark.rule("ESM-17")
@pytest.mark.parametrize(
    ("refused", "later", "message"),
    [
        ("{function: w, Timeout: 901}", "{function: w, MemorySize: 512}", "Timeout: ValidationException"),
        (
            "{function: w, ReservedConcurrentExecutions: 101}",
            "{function: w, ReservedConcurrentExecutions: 100}",
            "ReservedConcurrentExecutions: InvalidParameterValueException",
        ),
        (
            "{mapping: w/e, BatchSize: 11}",
            "{mapping: w/e, Enabled: false}",
            "BatchSize: InvalidParameterValueException",
        ),
        (
            "{queue: dead, RedrivePolicy: {deadLetterTargetArn: q, maxReceiveCount: 1}}",
            "{queue: q, RedrivePolicy: {deadLetterTargetArn: dead, maxReceiveCount: 2}}",
            "RedrivePolicy: found a circle of dead-letter queues",
        ),
    ],
)
def test_an_update_that_is_refused_is_refused_once_and_changes_nothing(
    tmp_path: Path, refused: str, later: str, message: str
) -> None:
    (one,) = told(refuser(tmp_path)(steps(f"update: {refused}", f"update: {later}")))
    assert one.startswith(f"steps[0].update.{message}")


@pytest.mark.rule("ESM-17")
def test_an_update_is_judged_by_the_settings_that_earlier_steps_left(tmp_path: Path) -> None:
    window = "update: {mapping: w/e, MaximumBatchingWindowInSeconds: 1}"
    size = "update: {mapping: w/e, BatchSize: 11}"
    assert len(loader(tmp_path)(steps(window, size)).steps) == 2
    assert told(refuser(tmp_path)(steps(size, window))) == [
        f"steps[0].update.BatchSize: InvalidParameterValueException: {BATCH}"
    ]
    shrink = "update: {queue: q, MaximumMessageSize: 1024}"
    send = f"send: {{queue: q, body: {'x' * 1025}}}"
    assert len(loader(tmp_path)(steps(send, shrink)).steps) == 2
    assert len(refuser(tmp_path)(steps(shrink, send))) == 1


@pytest.mark.rule("ESM-05")
def test_an_update_does_not_repeat_the_admission_check(tmp_path: Path) -> None:
    longer, shorter = "update: {function: w, Timeout: 60}", "update: {queue: q, VisibilityTimeout: 1}"
    assert len(loader(tmp_path)(steps(longer, shorter, "update: {mapping: w/e, BatchSize: 3}")).steps) == 3


@pytest.mark.rule("SQS-08")
def test_redrives_are_read(tmp_path: Path) -> None:
    written = [
        "redrive: {queue: dead}",
        "redrive: {queue: dead, destination: small, MaxNumberOfMessagesPerSecond: 500}",
    ]
    assert [step.action for step in loader(tmp_path)(steps(*written)).steps] == [
        RedriveStep(queue="dead"),
        RedriveStep(queue="dead", destination="small", max_per_second=500),
    ]


@pytest.mark.rule("SQS-08")
@pytest.mark.parametrize(
    ("written", "messages"),
    [
        (["redrive: {queue: q}"], ["steps[0].redrive.queue: found 'q', which is the dead-letter queue of no queue at this point"]),
        (["update: {queue: q, RedrivePolicy: ''}", "redrive: {queue: dead}"], ["steps[1].redrive.queue: found 'dead', which is the dead-letter queue of no queue at this point"]),
        (["redrive: {queue: dead, destination: dead}"], ["steps[0].redrive.destination: found 'dead', the queue that the messages come from"]),
        (["redrive: {queue: dead, destination: f.fifo}"], ["steps[0].redrive.destination: found a queue of the other kind: FIFO to FIFO, standard to standard"]),
        (["redrive: {queue: dead, MaxNumberOfMessagesPerSecond: 501}"], ["steps[0].redrive.MaxNumberOfMessagesPerSecond: found 501, expected a whole number from 1 to 500"]),
    ],
)  # fmt: skip
def test_a_redrive_that_sqs_would_refuse_is_refused(tmp_path: Path, written: list[str], messages: list[str]) -> None:
    assert told(refuser(tmp_path)(steps(*written))) == messages
