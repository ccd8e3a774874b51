"""Filter policies that SNS refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cloud.topic_filters import RECORDED, SET, SUBSCRIBE, error_of, passed
from tests.cloud.topics_account import Account, refusal, string


def metric(*, sources: int, spaces: int) -> dict[str, Any]:
    inner = [{"metricId": [1] * 4}, {"spaceId": [1] * spaces}]
    return {"source": [1] * sources, "$or": [{"metricName": [1] * 6}, {"metricType": [1] * 4, "$or": inner}]}


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
