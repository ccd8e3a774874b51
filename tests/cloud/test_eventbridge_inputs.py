"""What a target gets: the event, a constant, a part of the event, or a filled template, each as AWS answered it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cloud.eventbridge_world import (
    FUNCTION,
    EventWorld,
    close_worlds,  # noqa: F401 - a fixture
    error_of,
)

DETAIL = {
    "text": "hello",
    "number": 42,
    "flag": True,
    "nothing": None,
    "object": {"first": "one", "second": 2},
    "array": ["one", "two", {"x": 3}],
    "items": [{"name": "first"}, {"name": "second"}],
    "hyphen-key": "hyphen",
    "under_score": "underscore",
    "slash/key": "slash",
    "quoted": 'say "hello"',
    "escaped": "line\nslash\\tab\tend",
    "price": 1.50,
}
PATHS = {
    name: f"$.detail.{name}"
    for name in ("text", "number", "flag", "nothing", "object", "array", "quoted", "escaped", "missing")
}
RULE_ARN = "arn:aws:events:us-east-1:123456789012:rule/r"


def target(**given: Any) -> dict[str, Any]:
    return {"Id": "target", "Arn": FUNCTION, **given}


def transformed(template: str, paths: dict[str, str] | None = None) -> dict[str, Any]:
    transformer: dict[str, Any] = {"InputTemplate": template}
    return target(InputTransformer=transformer if paths is None else transformer | {"InputPathsMap": paths})


class Sent:
    """One event sent to one target: what that got, and what the dead-letter queue."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.world = EventWorld()
        self.world.queues.create("dlq")
        with_queue = given | {"DeadLetterConfig": {"Arn": self.world.queues.arn_of("dlq")}}
        self.world.rule(pattern={"source": ["shop"]}, targets=[with_queue])
        event = {"source": "shop", "detail-type": "order", "detail": DETAIL}
        self.id = self.world.bridge.publish(event)

    @property
    def payload(self) -> str:
        [payload] = self.world.payloads
        assert self.world.queues.get("dlq").messages() == []
        return payload

    @property
    def dead_letter(self) -> tuple[str, dict[str, str]]:
        assert self.world.payloads == []
        [message] = self.world.queues.get("dlq").messages()
        return message.body, {name: value["StringValue"] for name, value in (message.attributes or {}).items()}


def refusal(given: dict[str, Any]) -> str:
    world = EventWorld()
    world.rule(pattern={"source": ["shop"]})
    code, message = error_of(world.bridge.put_targets, "r", [given])
    assert code == "ValidationException"
    assert list(world.bridge.bus().rule("r").targets) == ["1"]
    return message


# --- constants ---


@pytest.mark.rule("SCH-01")
@pytest.mark.parametrize("text", ['{ "fixed": true }', '"text"', "17", "null", "[]"])
def test_a_constant_arrives_as_it_is_written(text: str) -> None:
    assert Sent(target(Input=text)).payload == text


def test_what_can_not_be_an_input_is_refused() -> None:
    assert refusal(target(Input="not-json")) == (
        'JSON syntax error in input for target target: [Source: (String)"not-json"; line: 1, column: 1]'
    )
    assert refusal(target(Input="1", InputPath="$")) == (
        "Only one of Input, InputPath, or InputTransformer must be provided for target target."
    )


# --- paths ---


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("$.detail.text", '"hello"'),
        ("$.detail.number", "42"),
        ("$.detail.flag", "true"),
        ("$.detail.nothing", "{}"),
        ("$.detail.missing", "{}"),
        ("$.detail.text.deeper", "{}"),
        ("$.detail.object", '{"first":"one","second":2}'),
        ("$.detail.object.second", "2"),
        ("$.detail.array", '["one","two",{"x":3}]'),
        ("$.detail.array[1]", '"two"'),
        ("$.detail.array[9]", "{}"),
        ("$.detail.items[1].name", '"second"'),
        ("$.detail.items[*].name", '["first","second"]'),
        ("$.detail.text[*]", "{}"),
        ("$.detail.hyphen-key", '"hyphen"'),
        ("$.detail.under_score", '"underscore"'),
        ("$.detail.slash/key", '"slash"'),
        ("$.detail-type", '"order"'),
        ("", "{}"),
    ],
)
def test_a_path_selects_a_part_of_the_event(path: str, payload: str) -> None:
    assert Sent(target(InputPath=path)).payload == payload


@pytest.mark.parametrize("given", [target(), target(InputPath="$")])
def test_without_a_path_and_with_the_root_it_is_the_whole_event(given: dict[str, Any]) -> None:
    sent = Sent(given)
    event = json.loads(sent.payload)
    assert (event["id"], event["detail"]) == (sent.id, DETAIL)


@pytest.mark.parametrize(
    "path",
    [
        "$.detail.object.*",
        "$['detail']['text']",
        "$..text",
        "$.detail.array[-1]",
        "$.detail.array[0:2]",
        "detail.text",
        "$.",
        "$.detail.",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    assert refusal(target(InputPath=path)) == "InputPath for target target is invalid."
    assert refusal(transformed('"<x>"', {"x": path})) == "InputPath for target target is invalid."


def test_an_empty_path_is_none_in_a_map() -> None:
    assert refusal(transformed('"<x>"', {"x": ""})) == "InputPath for target target is invalid."


# --- object templates ---


@pytest.mark.parametrize(
    ("template", "payload"),
    [
        ('{"a": <text>}', '{"a": "hello"}'),
        ('{"a": <number>, "b": <flag>}', '{"a": 42, "b": true}'),
        ('{"a": <object>}', '{"a": {"first":"one","second":2}}'),
        ('{"a": <array>}', '{"a": ["one","two",{"x":3}]}'),
        ('{"a": <quoted>}', '{"a": "say \\"hello\\""}'),
        ('{"a": <escaped>}', '{"a": "line\\nslash\\\\tab\\tend"}'),
        ('{"a": <missing>}', '{"a": ""}'),
        ('{"a": [<missing>]}', '{"a": [""]}'),
        ('{"a": "<text>"}', '{"a": "hello"}'),
        ('{"a": "x <text> <number> y"}', '{"a": "x hello 42 y"}'),
        ('{"a": "<quoted>"}', '{"a": "say \\"hello\\""}'),
        ('{"a": "<missing>"}', '{"a": ""}'),
        ('{"a": "\\"<text>\\""}', '{"a": "\\"hello\\""}'),
        ('{"a": "\\"", "b": <text>}', '{"a": "\\"", "b": "hello"}'),
        ('{"fixed": 1}', '{"fixed": 1}'),
        ('  {"a": <text>}', '  {"a": "hello"}'),
    ],
)
def test_an_object_template_takes_values_as_json(template: str, payload: str) -> None:
    sent = Sent(transformed(template, PATHS)).payload
    assert sent == payload
    json.loads(sent)


def test_an_object_within_quotation_marks_is_no_json_and_a_dead_letter() -> None:
    body, attributes = Sent(transformed('{"text": <text>, "object": "<object>"}', PATHS)).dead_letter
    assert body == '{"text": "hello", "object": "{"first":"one","second":2}"}'
    assert attributes == {
        "ERROR_CODE": "INVALID_JSON",
        "ERROR_MESSAGE": "Invalid input for target.",
        "RULE_ARN": RULE_ARN,
        "TARGET_ARN": FUNCTION,
    }


# --- text templates ---


@pytest.mark.parametrize(
    ("template", "payload"),
    [
        (
            '"text=<text>; object=<object>; array=<array>"',
            '"text=hello; object={first:one,second:2}; array=[one,two,{x:3}]"',
        ),
        ('"<text> <missing>."', '"hello ."'),
        ("<number>", "42"),
        ("<nothing>", "null"),
        ('"prefix \\"<text>\\" suffix"', '"prefix \\"hello\\" suffix"'),
        ('"first <text>"\n"second <number>"', '"first hello"\n"second 42"'),
        ("[<number>, <flag>]", "[42, true]"),
    ],
)
def test_a_text_template_takes_values_without_quotation_marks(template: str, payload: str) -> None:
    assert Sent(transformed(template, PATHS)).payload == payload


@pytest.mark.parametrize(
    ("template", "body"),
    [
        ("<text>", "hello"),
        ("[1,<missing>,2]", "[1,,2]"),
        ('"<quoted>"', '"say "hello""'),
        ("<array>", "[one,two,{x:3}]"),
        ("1\n<text>", "1\nhello"),
    ],
)
def test_a_text_template_that_comes_out_as_no_json_is_a_dead_letter(template: str, body: str) -> None:
    assert Sent(transformed(template, PATHS)).dead_letter[0] == body


# --- placeholders ---


def test_reserved_placeholders_tell_of_the_rule_and_the_event() -> None:
    template = (
        '{"name": <aws.events.rule-name>, "arn": <aws.events.rule-arn>, '
        '"came": "<aws.events.event.ingestion-time>", "event": <aws.events.event>, "json": <aws.events.event.json>}'
    )
    sent = Sent(transformed(template))
    got = json.loads(sent.payload)
    assert (got["name"], got["arn"], got["came"]) == ("r", RULE_ARN, "2026-01-01T00:00:00.000Z")
    assert got["event"] == {
        "id": sent.id,
        "account": "123456789012",
        "detailType": "order",
        "time": 1767225600000,
        "source": "shop",
        "region": "us-east-1",
        "resources": [],
        "version": "0",
    }
    assert got["json"]["detail"] == DETAIL
    text = '"<aws.events.rule-name> <aws.events.event.ingestion-time>"'
    assert Sent(transformed(text)).payload == '"r 2026-01-01T00:00:00.000Z"'


def test_what_is_no_placeholder_stays_without_a_map_and_is_refused_with_one() -> None:
    assert Sent(transformed('{"a": "<unknown>"}')).payload == '{"a": "<unknown>"}'
    assert Sent(transformed('{"a": <unknown>}')).dead_letter[0] == '{"a": <unknown>}'
    assert refusal(transformed('{"a": <unknown>}', PATHS)) == (
        "InputTemplate for target target contains invalid placeholder unknown."
    )


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ('{"<text>": "value"}', "InputTemplate placeholder present as a JSON object key for target target."),
        (
            "hello <text>",
            'Invalid InputTemplate for target target : [Source: (String)"hello null"; line: 1, column: 1].',
        ),
        (
            '"<aws.events.event.json>"',
            "InputTemplate for target target contains placeholder aws.events.event.json valid only for JSON template.",
        ),
    ],
)
def test_what_can_not_be_a_template_is_refused(template: str, message: str) -> None:
    assert refusal(transformed(template, PATHS)) == message


@pytest.mark.rule("SCH-01")
def test_a_template_of_a_schedule_is_filled_with_its_event() -> None:
    world = EventWorld()
    given = transformed('{"at": <when>, "why": "<aws.events.rule-name>"}', {"when": "$.time"})
    world.rule("nightly", schedule="cron(0 3 * * ? *)", targets=[given])
    world.run(4 * 3600)
    assert world.payloads == ['{"at": "2026-01-01T03:00:00Z", "why": "nightly"}']
