"""A script's outcomes are taken one an invocation, in order."""

from __future__ import annotations

import asyncio
import json
import math
import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.errors import AwsError, InputError
from eventsim.functions.durations import Fixed, Uniform
from eventsim.invokers.scripted import Outcome, ScriptedInvoker
from tests.invokers.running import an_invocation

if TYPE_CHECKING:
    from eventsim.invokers.base import InvocationResult

NOTHING: dict[str, Any] = {"Records": []}


def sqs(*bodies: Any) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m{n}",
                "body": json.dumps(body),
                "attributes": {"MessageGroupId": "ab"[n % 2]},
                "eventSource": "aws:sqs",
            }
            for n, body in enumerate(bodies)
        ]
    }


def play(invoker: ScriptedInvoker, *events: Any) -> list[InvocationResult]:
    async def all_of_them() -> list[InvocationResult]:
        return [await invoker.invoke(an_invocation(event)) for event in events]

    return asyncio.run(all_of_them())


def scripted(*outcomes: Outcome, seed: int = 0) -> ScriptedInvoker:
    return ScriptedInvoker(outcomes, random.Random(seed))


def error_of(result: InvocationResult) -> dict[str, Any]:
    assert result.error is not None
    return result.error


def test_outcomes_come_in_order_as_often_as_they_say_and_the_last_repeats() -> None:
    invoker = scripted(
        Outcome(kind="return", value={"n": 1}, times=2), Outcome(kind="return"), Outcome(kind="return", value=[3])
    )
    payloads = [result.payload for result in play(invoker, *[NOTHING] * 6)]
    assert payloads == ['{"n":1}', '{"n":1}', None, "[3]", "[3]", "[3]"]


def test_the_last_outcome_repeats_beyond_its_times() -> None:
    invoker = scripted(Outcome(kind="return", value=1), Outcome(kind="return", value=2, times=2))
    assert [result.payload for result in play(invoker, *[NOTHING] * 5)] == ["1", "2", "2", "2", "2"]


@pytest.mark.rule("FUN-08")
def test_raise_gives_the_payload_of_an_exception() -> None:
    boom = {"errorType": "ValueError", "errorMessage": "boom", "stackTrace": ["  File x"]}
    results = play(scripted(Outcome(kind="raise", error=boom), Outcome(kind="raise")), NOTHING, NOTHING)
    assert [list(error_of(result).items()) for result in results] == [
        [
            ("errorMessage", "boom"),
            ("errorType", "ValueError"),
            ("requestId", "request-1"),
            ("stackTrace", ["  File x"]),
        ],
        [("errorMessage", ""), ("errorType", "ScriptedError"), ("requestId", "request-1"), ("stackTrace", [])],
    ]
    assert not any(result.environment_lost for result in results)


def test_fail_items_names_the_messages_that_match() -> None:
    invoker = scripted(Outcome(kind="fail_items", pattern={"body": {"poison": [True]}}))
    event = sqs({"poison": True}, {"poison": False}, {"poison": True})
    assert [json.loads(str(result.payload)) for result in play(invoker, event, sqs({"poison": 1}), NOTHING, None)] == [
        {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]},
        {"batchItemFailures": []},
        {"batchItemFailures": []},
        {"batchItemFailures": []},
    ]


def test_fail_items_sees_a_records_metadata() -> None:
    invoker = scripted(Outcome(kind="fail_items", pattern={"attributes": {"MessageGroupId": ["a"]}}))
    assert play(invoker, sqs(1, 2, 3))[0].payload == (
        '{"batchItemFailures":[{"itemIdentifier":"m0"},{"itemIdentifier":"m2"}]}'
    )


def test_fail_items_names_stream_records_by_sequence_number() -> None:
    kinesis = {"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": "49", "data": "eyJwIjogdHJ1ZX0="}}
    table = {"eventSource": "aws:dynamodb", "dynamodb": {"SequenceNumber": "7", "Keys": {"id": {"S": "p"}}}}
    by_data = scripted(Outcome(kind="fail_items", pattern={"data": {"p": [True]}}))
    by_key = scripted(Outcome(kind="fail_items", pattern={"dynamodb": {"Keys": {"id": {"S": ["p"]}}}}))
    assert play(by_data, {"Records": [kinesis]})[0].payload == '{"batchItemFailures":[{"itemIdentifier":"49"}]}'
    assert play(by_key, {"Records": [table]})[0].payload == '{"batchItemFailures":[{"itemIdentifier":"7"}]}'


def test_raise_if_raises_for_the_first_record_that_matches_and_else_returns_null() -> None:
    invoker = scripted(Outcome(kind="raise_if", pattern={"body": {"poison": [True]}}))
    quiet, loud = play(invoker, sqs({"poison": False}), sqs({}, {"poison": True}))
    assert (quiet.payload, quiet.error) == (None, None)
    assert error_of(loud) == {
        "errorMessage": "record m1 matches raise_if",
        "errorType": "ScriptedError",
        "requestId": "request-1",
        "stackTrace": [],
    }


def test_raise_if_looks_at_the_whole_of_an_event_without_records() -> None:
    invoker = scripted(Outcome(kind="raise_if", pattern={"job": ["night"]}, error={"errorMessage": "no"}))
    assert [result.error is not None for result in play(invoker, {"job": "night"}, {"job": "day"})] == [True, False]


def test_a_pattern_that_aws_refuses_is_refused() -> None:
    invoker = scripted(Outcome(kind="raise_if", pattern={"body": {"poison": True}}))
    with pytest.raises(AwsError, match="Invalid filter pattern definition"):
        play(invoker, sqs(1))


def test_timeout_never_ends_by_itself_and_loses_the_environment() -> None:
    result = play(scripted(Outcome(kind="timeout")), NOTHING)[0]
    assert (result.takes_s, result.environment_lost, result.error) == (math.inf, True, None)


def test_an_outcomes_own_duration_is_drawn_from_the_stream() -> None:
    outcomes = (Outcome(kind="return", takes=Fixed(3.0)), Outcome(kind="return", takes=Uniform(1.0, 2.0)))
    drawn = [[result.takes_s for result in play(scripted(*outcomes, seed=seed), *[NOTHING] * 3)] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0][0] == 3.0
    assert play(scripted(Outcome(kind="return")), NOTHING)[0].takes_s is None


@pytest.mark.rule("FUN-03")
def test_a_response_over_the_limit_is_an_error() -> None:
    fits, over = Outcome(kind="return", value="x" * 6_291_554), Outcome(kind="return", value="x" * 6_291_555)
    results = play(scripted(fits, over), NOTHING, NOTHING)
    assert [result.error for result in results] == [
        None,
        {
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            "errorType": "Function.ResponseSizeTooLarge",
        },
    ]


@pytest.mark.parametrize(
    ("outcomes", "message"),
    [
        ([], "a script needs at least one outcome"),
        ([Outcome(kind="return", times=0)], "script outcome 0: times is 0; it must be at least 1"),
        ([Outcome(kind="timeout", takes=Fixed(1.0))], "runs past Timeout"),
    ],
)
def test_a_script_that_makes_no_sense_is_refused(outcomes: list[Outcome], message: str) -> None:
    with pytest.raises(InputError, match=message):
        scripted(*outcomes)


def test_an_invocation_ends_without_waiting() -> None:
    call = scripted(Outcome(kind="return", value={"a": 1})).invoke(an_invocation(NOTHING))
    with pytest.raises(StopIteration) as ended:
        call.send(None)
    assert msgspec.json.decode(ended.value.value.payload) == {"a": 1}
