"""Filter policies: what passes, what is refused as a policy, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eventsim.patterns.json_numbers import decode_object
from tests.cloud.topics_account import Account, number, refusal, string

RECORDED = "expected_event_or_destination_record"
SET, SUBSCRIBE = "Invalid parameter: ", "Invalid parameter: Attributes Reason: "


def passed(policy: Any, *messages: Any, scope: str = "MessageBody") -> list[Any]:
    """Which of the messages reach a subscription with that policy; attributes where the scope is theirs."""
    account = Account()
    topic = account.topic()
    subscription = account.to_queue(
        topic, "q", FilterPolicyScope=scope, FilterPolicy=json.dumps(policy), RawMessageDelivery="true"
    )
    assert json.loads(subscription.attributes.to_strings()["FilterPolicy"]) == policy
    kept = []
    for message in messages:
        before = len(account.bodies("q"))
        if scope == "MessageBody":
            topic.publish(message if isinstance(message, str) else json.dumps(message))
        else:
            topic.publish("x", attributes=message)
        kept += [message] * (len(account.bodies("q")) - before)
    return kept


def error_of(policy: str, **attributes: str) -> str:
    account = Account()
    topic = account.topic()
    return refusal(lambda: account.to_queue(topic, "q", FilterPolicy=policy, **attributes))


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


@pytest.mark.rule("SNS-12")
@pytest.mark.parametrize(
    ("case", "policy"),
    [
        ("empty-array", {"key": []}),
        ("is-numeric", {"key": [{"suffix": 100}]}),
        ("is-none", {"key": [{"suffix": None}]}),
        ("is-not-list-and-operator", {"key": {"suffix": "value"}}),
        ("empty-list", {"key": [{"suffix": []}]}),
        ("is-not-list-two-ops", {"key": {"suffix": "value", "prefix": "value"}}),
        ("bad-cidr-str", {"key": [{"cidr": "bad-filter"}]}),
        ("bad-cidr-v4", {"key": [{"cidr": "xx.11.xx/8"}]}),
    ],
)
def test_a_bad_policy_is_refused_in_the_recorded_words(capture: Any, case: str, policy: Any) -> None:
    recorded = capture("snsf_test_validate_policy_string_operators")[RECORDED][f"error-condition-{case}"]["Error"]
    assert error_of(json.dumps(policy)) == f"{recorded['Code']}: {recorded['_normalized']}"


@pytest.mark.rule("SNS-12")
@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ({"key": [["value"]]}, "Match value must be String, number, true, false, or null"),
        ({"key": [{"wrong-operator": True}]}, "Unrecognized match type wrong-operator"),
        ({"key": [{"suffix": "value", "prefix": "value2"}]}, "Only one key allowed in match expression"),
        ({"key": [{"exists": None}]}, "exists match pattern must be either true or false."),
        ({"key": [{"anything-but": {"suffix": "test"}}]}, "Unsupported anything-but pattern: suffix"),
        ({"key": [{"anything-but": {"prefix": False}}]}, "prefix match pattern must be a string"),
        ({"key": [{"numeric": []}]}, "Invalid member in numeric match: ]"),
        ({"key": [{"numeric": ["operator"]}]}, "Unrecognized numeric range operator: operator"),
        ({"key": [{"numeric": [1, "<="]}]}, "Invalid member in numeric match: 1"),
        ({"key": [{"numeric": [1.5, "<="]}]}, "Invalid member in numeric match: 1.5"),
        ({"key": [{"numeric": ["=", "000"]}]}, "Value of equals must be numeric"),
        ({"key": [{"numeric": ["=", 1, "<", 2]}]}, "Too many elements in numeric expression"),
        ({"key": [{"numeric": [">="]}]}, "Value of >= must be numeric"),
        ({"key": [{"numeric": ["<", 100, ">", 10]}]}, "Too many elements in numeric expression"),
        ({"key": [{"numeric": [">=", 1, ">", 2]}]}, "Bad numeric range operator: >"),
        ({"key": [{"numeric": [">", 3, "<", 1]}]}, "Bottom must be less than top"),
        ({"key": [{"numeric": [">", 20, "<="]}]}, "Value of <= must be numeric"),
        ({"key": [{"numeric": [">", 20, 30]}]}, "Bad value in numeric range: 30"),
        ({"key": [{"numeric": [">", 20, "test"]}]}, "Bad numeric range operator: test"),
        ({"key": [{"numeric": [">", "20", "<", "30"]}]}, "Value of > must be numeric"),
        ({"key": [{"numeric": [">", 20, "<", "30"]}]}, "Value of < must be numeric"),
        ({"key": [{"numeric": [">", 20, "<", 30, "<", 50]}]}, "Too many terms in numeric range expression"),
        ("text", "Filter is not an object"),
    ],
)
def test_a_policy_is_refused_in_the_words_of_the_rule_compiler(policy: Any, text: str) -> None:
    assert error_of(json.dumps(policy)) == f"InvalidParameter: {SUBSCRIBE}FilterPolicy: {text}"


@pytest.mark.rule("SNS-12")
def test_text_that_is_not_json_is_refused() -> None:
    account = Account()
    subscription = account.to_queue(account.topic(), "q")
    start = "FilterPolicy: failed to parse JSON. "
    assert error_of("{invalidjson}").startswith(f"InvalidParameter: {SUBSCRIBE}{start}")
    assert refusal(lambda: subscription.change({"FilterPolicy": "{invalidjson}"})).startswith(
        f"InvalidParameter: {SET}{start}"
    )


@pytest.mark.rule("SNS-10", "SNS-12")
def test_what_a_scope_does_not_take(capture: Any) -> None:
    nested = capture("snsf_test_sub_filter_policy_nested_property")[RECORDED]["sub-filter-policy-nested-error"]["Error"]
    scope = capture("snsf_test_set_subscription_filter_policy_scope")[RECORDED]["sub-attrs-filter-scope-error"]["Error"]
    account = Account()
    subscription = account.to_queue(account.topic(), "q")
    policy = '{"object": {"key": [{"prefix": "auto-"}]}}'
    assert refusal(lambda: subscription.change({"FilterPolicy": policy})).endswith(nested["Message"])
    assert refusal(lambda: subscription.change({"FilterPolicyScope": "RandomValue"})).endswith(scope["Message"])
    in_or = '{"$or": [{"a": ["x"]}, {"b": {"c": ["x"]}}]}'
    assert refusal(lambda: subscription.change({"FilterPolicy": in_or})).endswith(nested["Message"])
    subscription.change({"FilterPolicyScope": "MessageBody"})
    subscription.change({"FilterPolicy": policy})
    assert refusal(lambda: subscription.change({"FilterPolicyScope": "MessageAttributes"})).endswith(nested["Message"])
    assert subscription.attributes.scope == "MessageBody"


@pytest.mark.rule("SNS-12")
@pytest.mark.parametrize(
    ("case", "policy"),
    [
        ("complexity-in-one-condition", {"key": [f"value{n}" for n in range(151)]}),
        ("complexity-in-two-conditions", {"a": [str(n) for n in range(100)], "b": [str(n) for n in range(51)]}),
        ("complexity-too-many-fields", {f"key{n}": ["value"] for n in range(6)}),
    ],
)
def test_a_policy_has_at_most_5_keys_and_150_combinations(capture: Any, case: str, policy: Any) -> None:
    recorded = capture("snsf_test_policy_complexity")[RECORDED][f"error-{case}"]["Error"]
    assert error_of(json.dumps(policy)) == f"{recorded['Code']}: {recorded['Message']}"
    assert passed({"key": [str(n) for n in range(150)]}, {"key": string("7")}, scope="MessageAttributes")


@pytest.mark.rule("SNS-12")
def test_a_nested_key_counts_as_often_as_it_is_deep(capture: Any) -> None:
    recorded = capture("snsf_test_sub_filter_policy_nested_property_constraints")[RECORDED]
    values = ["value_one", "value_two", "value_three", "value_four"]
    policies = {
        "nested-error-too-many-combinations": {  # (4 x 3) x (3 x 2) x 3 = 216
            "key_a": {"key_b": {"key_c": values}},
            "key_d": {"key_e": values[:3]},
            "key_f": values[:3],
        },
        "max-attr-keys": {f"key_{n}": ["x"] for n in range(6)},
        "rule-no-list": {"key_a": "value_one"},
    }
    account = Account()
    subscription = account.to_queue(account.topic(), "q", FilterPolicyScope="MessageBody")
    for case, policy in policies.items():
        message = recorded[f"sub-filter-policy-{case}"]["Error"]["Message"].partition("\n")[0]
        text = refusal(lambda policy=policy: subscription.change({"FilterPolicy": json.dumps(policy)}))  # type: ignore[misc]
        assert text == f"InvalidParameter: {message}"


def metric(*, sources: int, spaces: int) -> dict[str, Any]:
    inner = [{"metricId": [1] * 4}, {"spaceId": [1] * spaces}]
    return {"source": [1] * sources, "$or": [{"metricName": [1] * 6}, {"metricType": [1] * 4, "$or": inner}]}


@pytest.mark.rule("SNS-12")
@pytest.mark.parametrize(
    ("scope", "policy", "complex_"),
    [
        ("MessageAttributes", {"a": [1, 2], "$or": [{"b": [1] * 5}, {"c": [1] * 7}]}, False),  # 2 x 5 + 2 x 7
        ("MessageAttributes", metric(sources=4, spaces=4), True),  # 4 x 6 + 4 x 4 x 4 + 4 x 4 x 4 = 152
        ("MessageAttributes", metric(sources=3, spaces=7), False),  # 3 x 6 + 3 x 4 x 4 + 3 x 4 x 7 = 150
        (
            "MessageBody",  # (3 + 2) x (2 x 2) x (1 x 2 + 3 x 2) = 160
            {
                "$or": [{"m": [1] * 3}, {"n": [1] * 2}],
                "d": {"s": [1] * 2, "$or": [{"o": [1]}, {"t": [1] * 3}]},
            },
            True,
        ),
        ("MessageBody", {"$or": [{f"k{n}": [1]} for n in range(2000)]}, True),
    ],
)
def test_alternatives_add_up(scope: str, policy: Any, complex_: bool) -> None:
    account = Account()
    topic = account.topic()
    attributes = {"FilterPolicyScope": scope, "FilterPolicy": json.dumps(policy)}
    if complex_:
        text = refusal(lambda: account.to_queue(topic, "q", **attributes))
        assert text == f"InvalidParameter: {SUBSCRIBE}FilterPolicy: Filter policy is too complex"
    else:
        account.to_queue(topic, "q", **attributes)
