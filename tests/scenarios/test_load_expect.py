# ruff: noqa: E501 - the expected texts stand whole, one a line
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.scenarios.comparisons import equal_to, parse_comparison, parse_matcher
from tests.scenarios.loading import loader, refuser

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.scenarios.comparisons import Unit

DECLARED = """\
queues: {q: {}}
functions:
  w: {script: [{return: 1}], Events: {e: {Type: SQS, Properties: {Queue: q}}}}
"""


@pytest.mark.parametrize(
    ("written", "unit", "holding", "failing"),
    [
        (3, "number", [3, 3.0], [2, "3", None, True]),
        ("3", "number", [3], [4]),
        ("== 3", "number", [3], [4]),
        (">= 3", "number", [3, 4.5], [2.9, None, "4", True]),
        (">3", "number", [4], [3]),
        ("<= 3", "number", [3, -1], [4]),
        ("< 3", "number", [2], [3]),
        ("!= 0", "number", [1, None], [0, 0.0]),
        ("1..5", "number", [1, 3, 5], [0, 6, None]),
        ("-1 .. 1.5", "number", [-1, 1.5], [-2]),
        ("90s", "seconds", [90, 90.0, 90.0000001], [90.001]),
        (90, "seconds", [90], [91]),
        ("300ms", "seconds", [0.1 + 0.2], [0.31]),
        ("<= 300ms", "seconds", [0.1 + 0.2], [0.300001]),
        ("< 1m30s", "seconds", [89.9], [90]),
        ("1s..1m", "seconds", [1, 60], [0.9, 61]),
        ("< 3s", "milliseconds", [2999], [3000]),
        (3000, "milliseconds", [3000], [3]),
        ("error", "text", ["error"], ["success", None]),
        ("!= error", "text", ["success", None], ["error"]),
        ("< 5", "text", ["< 5"], [4]),
        (None, "text", [None], ["x"]),
        (None, "any", [None], [0, ""]),
        (True, "any", [True], [1, "true"]),
        (1, "any", [1, 1.0], [True]),
        (">= 3", "any", [3], [2, "3"]),
        ("1..5", "any", ["1..5"], [3]),
        ("!= x", "any", ["y"], ["x"]),
    ],
)
def test_a_comparison_holds_for_what_it_says(written: Any, unit: Unit, holding: list[Any], failing: list[Any]) -> None:
    comparison = parse_comparison(written, unit)
    assert comparison.expected == written
    assert [value for value in holding if not comparison.holds(value)] == []
    assert [value for value in failing if comparison.holds(value)] == []


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("three", "number"),
        (">= three", "number"),
        (">=", "number"),
        ("5..1", "number"),
        ("1..", "number"),
        (None, "number"),
        (True, "number"),
        ([1], "number"),
        (float("nan"), "number"),
        ("nan", "number"),
        ("inf", "number"),
        ("90 sec", "seconds"),
        (">= -1s", "seconds"),
        (-1, "seconds"),
        ("1m..1s", "seconds"),
    ],
)
def test_what_is_no_comparison_is_refused(written: Any, unit: Unit) -> None:
    with pytest.raises(ValueError, match="found"):
        parse_comparison(written, unit)


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_comparisons_are_the_ordering_of_numbers(one: int, other: int) -> None:
    def holds(operator: str) -> bool:
        return parse_comparison(f"{operator} {other}").holds(one)

    assert holds(">=") == (one >= other) == (not holds("<"))
    assert holds("<=") == (one <= other) == (not holds(">"))
    assert holds("==") == (one == other) == (not holds("!="))
    low, high = sorted((one, other))
    assert parse_comparison(f"{low}..{high}").holds(one)


def test_objects_match_in_part_and_lists_item_by_item() -> None:
    matcher = parse_matcher({"errorType": "ValueError", "at": {"line": "> 3"}, "items": [1, {"a": 2}]})
    actual = {"errorType": "ValueError", "more": 1, "at": {"line": 4, "x": 0}, "items": [1, {"a": 2, "b": 3}]}
    assert matcher.holds(actual)
    for key, value in (
        ("errorType", "KeyError"),
        ("at", None),
        ("items", [1]),
        ("items", [1, {"a": 3}]),
        ("items", "x"),
    ):
        assert not matcher.holds({**actual, key: value})
    assert not matcher.holds({"errorType": "ValueError"})
    assert not matcher.holds(None)


def test_a_plain_value_is_compared_as_a_whole() -> None:
    assert equal_to({"a": [1, 2.0]}).holds({"a": [1.0, 2]})
    assert not equal_to({"a": 1}).holds({"a": 1, "b": 2})
    assert equal_to(">= 3").holds(">= 3")


def test_every_key_of_an_expectation_is_read(tmp_path: Path) -> None:
    text = f"""{DECLARED}expect:
  queues:
    q:
      visible: 0
      bodies: [text, {{b: 1, a: é}}, "< 5"]
      messages: [{{Body: {{id: 7}}, Attributes: {{ApproximateReceiveCount: "3"}}, MessageAttributes: {{}}}}]
  functions: {{w: {{Duration: {{p50: 0, p99: "< 1s", max: 10..20}}, ColdStarts: 1}}}}
  mappings: {{w/e: {{IteratorAge: {{max: 0}}, FilteredOutEventCount: 2}}}}
  invocations:
    w:
      - {{}}
      - at: 30s
        ended: "< 31s"
        records: 1..10
        outcome: "!= error"
        attempt: 2
        mapping: w/e
        request_id: x
        invocation_type: RequestResponse
        qualifier: $LATEST
        record_ids: [a]
        event: {{Records: [{{body: x}}]}}
        response: null
        error: {{errorType: ValueError}}
        cold_start: true
"""
    expect = loader(tmp_path)(text).expect
    assert expect is not None
    queue = expect.queues["q"]
    assert queue.bodies is not None
    assert [one.operand for one in queue.bodies] == ["text", '{"b":1,"a":"é"}', "< 5"]
    assert queue.messages is not None
    attributes = {"ApproximateReceiveCount": "3", "SentTimestamp": "1"}
    assert queue.messages[0].holds(
        {"Body": '{"id":7}', "Attributes": attributes, "MessageAttributes": {}, "MessageId": "m"}
    )
    assert not queue.messages[0].holds({"Body": '{"id":8}', "Attributes": attributes, "MessageAttributes": {}})
    assert expect.functions["w"]["Duration"].holds({"p50": 0.0, "p99": 999.9, "max": 20.0})
    assert not expect.functions["w"]["Duration"].holds({"p50": 0.0, "p99": 1000.0, "max": 20.0})
    first, second = expect.invocations["w"]
    assert first == {}
    actual = {
        "at": 30.0, "ended": 30.5, "records": 10, "outcome": "success", "attempt": 2, "mapping": "w/e", "request_id": "x",
        "invocation_type": "RequestResponse", "qualifier": "$LATEST", "record_ids": ["a"], "response": None,
        "event": {"Records": [{"body": "x", "messageId": "a"}]}, "cold_start": True,
        "error": {"errorType": "ValueError", "stackTrace": []},
    }  # fmt: skip
    assert {key: matcher.holds(actual[key]) for key, matcher in second.items()} == dict.fromkeys(actual, True)
    changed = {**dict.fromkeys(actual, "other"), "outcome": "error"}
    assert {key: matcher.holds(changed[key]) for key, matcher in second.items()} == dict.fromkeys(actual, False)


@pytest.mark.parametrize(
    ("written", "messages"),
    [
        ("{}", ["expect: found nothing, expected at least one expectation"]),
        ("3", ["expect: found 3, expected a mapping (key: value)"]),
        ("{queue: {}}", ["expect.queue: found 'queue', unknown in expect, did you mean 'queues'? Allowed: queues, buckets, functions, mappings, invocations, virtual_time, idle"]),
        ("{queues: {qq: {visible: 0}}}", ["expect.queues.qq: found 'qq', which names no queue of this file; allowed: q"]),
        ("{queues: {q: {visibel: 0, in_flight: few, bodies: x}}}", [
            "expect.queues.q.visibel: found 'visibel', unknown in what is expected of a queue, did you mean 'visible'? Allowed: visible, in_flight, delayed, bodies, messages",
            "expect.queues.q.in_flight: found 'few', expected a number or a comparison: 3, '>= 3', '< 90', '1..5', '!= 0'",
            "expect.queues.q.bodies: found 'x', expected a list",
        ]),
        ("{functions: {w: {Invocation: 1, Errors: {max: 3}, Duration: 3}}}", [
            "expect.functions.w.Invocation: found 'Invocation', unknown in a function's metrics, did you mean 'Invocations'? Allowed: Invocations, Errors, Throttles, ConcurrentExecutions, AsyncEventsReceived, AsyncEventsDropped, DeadLetterErrors, DestinationDeliveryFailures, ColdStarts, RecursiveInvocationsDropped, ProvisionedConcurrencyInvocations, ProvisionedConcurrencySpilloverInvocations, AsyncEventAge, Duration",
            "expect.functions.w.Errors: found {'max': 3}, expected a number or a comparison: 3, '>= 3', '< 90', '1..5', '!= 0'",
            "expect.functions.w.Duration: found 3, expected a mapping, statistics: p50, p99, max",
        ]),
        ("{functions: {w: 3}}", ["expect.functions.w: found 3, expected a mapping, a function's metrics: Invocations, Errors, Throttles, ConcurrentExecutions, AsyncEventsReceived, AsyncEventsDropped, DeadLetterErrors, DestinationDeliveryFailures, ColdStarts, RecursiveInvocationsDropped, ProvisionedConcurrencyInvocations, ProvisionedConcurrencySpilloverInvocations, AsyncEventAge, Duration"]),
        ("{mappings: {w: {}, w/e: {Polled: 1}}}", [
            "expect.mappings.w: found 'w', which names no mapping of this file; allowed: w/e",
            "expect.mappings.w/e.Polled: found 'Polled', unknown in a mapping's metrics; allowed: PolledEventCount, FilteredOutEventCount, InvokedEventCount, FailedInvokeEventCount, DeletedEventCount, DroppedEventCount, OnFailureDestinationDeliveredEventCount, IteratorAge",
        ]),
        ("{invocations: {w: [{outcome: eror}, {at: late}, {cold_start: maybe}, {record_ids: x}, 3]}}", [
            "expect.invocations.w[0].outcome: found 'eror', expected one of success, partial, error, timeout, throttle (did you mean 'error'?)",
            "expect.invocations.w[1].at: found 'late', expected a duration (150ms, 30s, 5m, 2h, 1d, 1m30s, PT1M30S or a number of seconds) or a comparison with one: '>= 3s', '< 90s', '1s..5s'",
            "expect.invocations.w[2].cold_start: found 'maybe', expected true or false",
            "expect.invocations.w[3].record_ids: found 'x', expected a list",
            "expect.invocations.w[4]: found 3, expected a mapping, an expected invocation: at, ended, records, outcome, attempt, mapping, request_id, invocation_type, qualifier, version, record_ids, event, response, error, cold_start",
        ]),
        ("{idle: maybe}", ["expect.idle: found 'maybe', expected true or false"]),
    ],
)  # fmt: skip
def test_an_expectation_that_is_wrong_is_told(tmp_path: Path, written: str, messages: list[str]) -> None:
    for text, path in (
        (f"{DECLARED}expect: {written}\n", ""),
        (f"{DECLARED}steps: [{{expect: {written}}}]\n", "steps[0]."),
    ):
        lines = [re.sub(r"^s\.yaml:\d+:\d+: ", "", line) for line in refuser(tmp_path)(text)]
        assert lines == [f"{path}{message}" for message in messages]
