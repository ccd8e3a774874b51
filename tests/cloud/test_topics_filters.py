"""Filter policies: which messages pass them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eventsim.patterns.json_numbers import decode_object
from tests.cloud.topic_filters import RECORDED, SUBSCRIBE, error_of, passed
from tests.cloud.topics_account import Account, number, string


@pytest.mark.rule("SNS-08", "SNS-10")
def test_a_policy_passes_the_recorded_messages_only() -> None:
    account = Account()
    topic = account.topic()
    subscription = account.to_queue(topic, "q")
    subscription.change({"FilterPolicy": '{"attr1": [{"numeric": [">", 0, "<=", 100]}]}'})
    for value in ("99", "111"):
        topic.publish(f"This is {value}", attributes={"attr1": number(value)})
    subscription.change({"FilterPolicy": '{"attr1": [null, {"anything-but": "whatever"}]}'})
    topic.publish("This the test message for null")
    subscription.change({"FilterPolicy": ""})
    topic.publish("This the test message for null")
    assert account.texts("q") == ["This is 99", "This the test message for null"]
    assert account.log("outcome", "reason") == [
        (0.0, "delivered", None),
        (0.0, "filtered", "attr1"),
        (0.0, "filtered", "attr1"),
        (0.0, "delivered", None),
    ]
    assert (topic.metrics.delivered, topic.metrics.filtered_out, topic.metrics.filtered_out_invalid_body) == (2, 2, 0)


@pytest.mark.rule("SNS-08")
def test_an_empty_policy_passes_everything() -> None:
    assert passed({}, "text", "1") == ["text", "1"]


@pytest.mark.rule("SNS-09", "SNS-10")
@pytest.mark.parametrize(
    ("conditions", "values"),
    [
        (["a"], [string("a")]),
        (["a"], [{"DataType": "String.custom", "StringValue": "a"}]),
        (["value1"], [{"DataType": "String.Array", "StringValue": '["value1", "value2"]'}]),
        ([301.5], [number("3.015e2"), number("301.50"), {"DataType": "Number.float", "StringValue": "301.5"}]),
        ([True, None], [{"DataType": "String.Array", "StringValue": "[true]"}]),
        ([{"prefix": "val"}], [{"DataType": "String.Array", "StringValue": '["x", "value"]'}]),
        ([{"anything-but": ["a"]}], [{"DataType": "String.Array", "StringValue": '["a", "b"]'}, string("b")]),
        ([{"exists": False}], [None]),
        ([{"equals-ignore-case": "ABC"}], [string("abc")]),
        ([{"cidr": "10.0.0.0/24"}], [string("10.0.0.7")]),
    ],
)
def test_attributes_are_compared_by_their_type(conditions: list[Any], values: list[Any]) -> None:
    others = [
        None,
        string("zzz"),
        number("7"),
        {"DataType": "Binary", "BinaryValue": b"a"},
        {"DataType": "String.Array", "StringValue": "[7]"},
    ]
    messages = [{} if value is None else {"k": value} for value in values]
    rest = [{} if value is None else {"k": value} for value in others]
    kept = passed({"k": conditions}, *messages, *rest, scope="MessageAttributes")
    assert kept[: len(messages)] == messages
    unexpected = {
        "anything-but": [1, 2, 4],
        "exists": [0, 3],
    }  # what these two also let through: anything else that is there, and nothing or what can't be compared
    operator = next((name for condition in conditions if isinstance(condition, dict) for name in condition), "")
    assert kept[len(messages) :] == [rest[n] for n in unexpected.get(operator, [])]


@pytest.mark.rule("SNS-10")
@pytest.mark.parametrize("text", ["no list", '{"no": "list"}'])
def test_attributes_that_can_not_be_read_pass_no_policy(text: str) -> None:
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q", FilterPolicy='{"k": [{"exists": false}]}')
    topic.publish("x", attributes={"other": {"DataType": "String.Array", "StringValue": text}})
    assert account.log("outcome", "reason") == [(0.0, "filtered", "a String.Array attribute is no JSON list")]
    assert topic.metrics.filtered_out_invalid_attributes == 1


@pytest.mark.rule("SNS-09")
def test_keys_are_all_needed_and_values_are_alternatives() -> None:
    policy = {"a": ["1", "2"], "$or": [{"b": ["x"]}, {"c": [{"exists": True}]}]}
    messages = [
        {"a": string("2"), "b": string("x")},
        {"a": string("1"), "c": string("any"), "other": string("ignored")},
        {"a": string("3"), "b": string("x")},
        {"b": string("x")},
        {"a": string("1")},
    ]
    assert passed(policy, *messages, scope="MessageAttributes") == messages[:2]


@pytest.mark.rule("SNS-11")
def test_a_policy_on_the_body_passes_json_objects_that_fit(capture: Any) -> None:
    recorded = capture("snsf_test_filter_policy_on_message_body_True")[RECORDED]
    expected = [recorded[f"recv-passed-msg-{n}"]["Messages"][0]["Body"] for n in range(2)]
    policy = {
        "object": {"key": [{"prefix": "auto-"}, "hardcodedvalue"], "nested_key": [{"exists": False}]},
        "test": [{"exists": False}],
    }
    others = [
        {"object": {"key": "test-auto"}},
        {"object": {"key": "auto-test"}, "test": "just-exists"},
        {"object": {"key": "auto-test", "nested_key": "just-exists"}},
        {"object": {"test": "auto-test"}},
        {"test": "auto-test"},
        "Regular string message",
        '"Regular string message"',
        "[1]",
    ]
    assert passed(policy, *expected, *others) == expected


@pytest.mark.rule("SNS-11")
def test_a_body_that_is_no_object_is_filtered_out_and_counted() -> None:
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q", FilterPolicyScope="MessageBody", FilterPolicy='{"a": [{"exists": false}]}')
    account.queue("dlq")
    topic.publish("plain")
    topic.publish("{}")
    assert account.log("outcome", "reason") == [
        (0.0, "filtered", "the message is no JSON object"),
        (0.0, "delivered", None),
    ]
    assert (topic.metrics.filtered_out, topic.metrics.filtered_out_invalid_body) == (1, 1)


@pytest.mark.rule("SNS-11")
def test_a_dotted_key_and_nested_objects_are_the_same_place(capture: Any) -> None:
    recorded = capture("snsf_test_filter_policy_on_message_body_dot_attribute")[RECORDED]

    def messages(prefix: str) -> list[Any]:
        names = [name for name in recorded if name.startswith(prefix)]
        return [json.loads(recorded[name]["Messages"][0]["Body"]["Message"]) for name in names]

    shallow, deep = messages("recv-nested"), messages("recv-deep")
    others = [{"object": {"nested": "test-auto"}}, {"object": {"nested": {"test": "string.notvalue"}}}, {"object": "x"}]
    assert passed({"object.nested": ["string.value"]}, *shallow, *deep, *others) == shallow
    assert passed({"object.nested.test": ["string.value"]}, *shallow, *deep, *others) == deep
    assert passed({"object": {"nested.test": ["string.value"]}}, *shallow, *deep, *others) == deep


@pytest.mark.rule("SNS-11")
def test_one_place_reached_by_several_keys() -> None:
    policy = {"a.b": ["x"], "a": {"c": ["y"]}}
    fitting = [{"a": {"b": "x", "c": "y"}}, {"a.b": "x", "a": {"c": "y"}}, {"a": {"b": 1, "c": "y"}, "a.b": "x"}]
    assert passed(policy, *fitting, {"a.b": "x"}, {"a": {"b": "z"}, "a.c": "y"}) == fitting
    assert passed({"l": {"k": ["x"]}}, {"l": [{"k": "x"}, 1.5]}, {"l": [{"k.m": "x"}]}) == [{"l": [{"k": "x"}, 1.5]}]
    clash = 'FilterPolicy: "a.b" names a place that another key of the policy names too'
    assert error_of('{"a.b": ["x"], "a": {"b": ["y"]}}', FilterPolicyScope="MessageBody").endswith(
        'FilterPolicy: "a" names a place that another key of the policy names too'
    )
    for policy_with_clash in ('{"a": ["x"], "a.b": ["y"]}', '{"a": {"b": ["x"]}, "a.b": ["y"]}'):
        assert error_of(policy_with_clash, FilterPolicyScope="MessageBody").endswith(SUBSCRIBE + clash)


@pytest.mark.rule("SNS-09", "SNS-11")
def test_alternatives_in_a_body(capture: Any) -> None:
    recorded = capture("snsf_test_filter_policy_on_message_body_or_attribute")[RECORDED]["messages-queue"]
    expected = [message["Body"] for message in recorded["Messages"]]
    policy = {
        "$or": [
            {"metricName": ["CPUUtilization", "ReadLatency"]},
            {"namespace": ["AWS/EC2", "AWS/ES"]},
        ],
        "detail": {
            "scope": ["Service"],
            "$or": [{"source": ["aws.cloudwatch"]}, {"type": ["CloudWatch Alarm State Change"]}],
        },
    }
    others = [
        {
            "metricName": "CPUUtilization",
            "detail": {"scope": "aws.cloudwatch", "type": "CloudWatch Alarm State Change"},
        },
        {"metricName": "CPUUtilization", "detail": {"scope": "Service", "type": "CPUUtilization"}},
        {"metricName": "CPUUtilization", "detail": {"scope": "Service"}},
        {"namespace": "CPUUtilization", "detail": {"scope": "Service", "type": "CloudWatch Alarm State Change"}},
    ]
    assert passed(policy, *expected, *others) == expected


@pytest.mark.rule("SNS-09", "SNS-11")
def test_addresses_and_lists_in_a_body(capture: Any) -> None:
    recorded = capture("snsf_test_filter_policy_ip_address_condition")[RECORDED]["messages-queue"]["Messages"]
    four, six = (message["Body"] for message in recorded)
    policy = {
        "detail": {
            "$or": [
                {"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]},
                {"sourceIPAddressV6": [{"cidr": "2001:db8:1234:1a00::/64"}]},
            ]
        }
    }
    other = {**four, "detail": {"sourceIPAddress": "10.0.1.255"}}
    assert passed(policy, four, six, other) == [four, six]
    lists = capture("snsf_test_filter_policy_on_message_body_array_attributes")[RECORDED]
    everything = [message["Body"] for queue in lists.values() for message in queue["Messages"]]
    for n in range(2):
        expected = [message["Body"] for message in lists[f"messages-queue-{n}"]["Messages"]]
        kept = passed({"headers": {"route-to": [f"queue{n + 1}"]}}, *everything, {"headers": {"route-to": ["queue3"]}})
        assert sorted(map(str, kept)) == sorted(str(body) for body in everything if body in expected)


@pytest.mark.rule("SNS-06", "SNS-11")
def test_the_body_is_the_text_for_the_protocol() -> None:
    account = Account()
    topic = account.topic()
    for name in ("q", "f"):
        policy = {"FilterPolicyScope": "MessageBody", "FilterPolicy": f'{{"for": ["{name}"]}}'}
        account.to_queue(topic, name, **policy) if name == "q" else account.to_function(topic, name, **policy)
    topic.publish('{"default": "{\\"for\\": \\"f\\"}", "sqs": "{\\"for\\": \\"q\\"}"}', structure="json")
    assert [line[1:] for line in account.log("to", "outcome")] == [("q", "delivered"), ("f", "delivered")]


@pytest.mark.rule("SNS-11")
def test_a_message_is_parsed_once_for_all_its_subscriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def counting(text: str) -> dict[str, Any] | None:
        parsed.append(text)
        return decode_object(text)

    monkeypatch.setattr("eventsim.cloud.topics.notification.decode_object", counting)
    account = Account()
    topic = account.topic()
    policy = {"FilterPolicyScope": "MessageBody", "FilterPolicy": '{"a": [1]}'}
    for n in range(3):
        account.to_queue(topic, f"q{n}", **policy)
    account.to_function(topic, "f", **policy)
    topic.publish('{"a": 1}')
    topic.publish("no object")
    assert parsed == ['{"a": 1}', "no object"]


@pytest.mark.rule("SNS-08")
def test_a_change_holds_from_the_next_message() -> None:
    account = Account()
    topic = account.topic()
    subscription = account.to_queue(topic, "q", FilterPolicy='{"a": ["1"]}')
    message = '{"a": "1"}'
    topic.publish(message)
    subscription.change({"FilterPolicyScope": "MessageBody"})
    topic.publish(message)
    subscription.change({"FilterPolicy": '{"a": ["2"]}'})
    topic.publish(message)
    assert [outcome for _, outcome in account.log("outcome")] == ["filtered", "delivered", "filtered"]


@pytest.mark.rule("SNS-08")
def test_each_message_of_a_batch_is_filtered_by_itself(capture: Any) -> None:
    recorded = capture("snsf_test_filter_policy_for_batch")[RECORDED]
    assert passed({"attr1": [{"numeric": [">", 0, "<=", 100]}]}, {"attr1": number("99")}, {"attr1": number("111")},
                  scope="MessageAttributes") == [{"attr1": number("99")}]  # fmt: skip
    assert recorded["messages-with-filter-after-publish-filtered"] == {}
