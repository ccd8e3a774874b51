"""Laws: every delivery has exactly one end, and a FIFO queue's groups keep their order, whatever fails."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.cloud.topics import RetryPolicy
from tests.cloud.topics_account import SQS, Account, string

ENDS = {"delivered", "filtered", "dead-letter", "lost"}
FEW = RetryPolicy(growing=1, long=1)


@pytest.mark.rule("SNS-05", "SNS-08", "SNS-14", "SNS-15")
@given(
    st.lists(st.sampled_from(["all", "a", "gone", "gone with dlq", "function"]), min_size=1, max_size=6),
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.floats(0, 5)), max_size=8),
)
def test_each_subscription_gets_each_message_exactly_once_or_it_is_filtered_or_dead_lettered_or_said_to_be_lost(
    kinds: list[str], messages: list[tuple[str, int, float]]
) -> None:
    account = Account(retries=FEW)
    topic = account.topic()
    account.queue("dlq")
    for n, kind in enumerate(kinds):
        redrive = {"RedrivePolicy": f'{{"deadLetterTargetArn": "{SQS}dlq"}}'} if kind == "gone with dlq" else {}
        if kind == "function":
            account.to_function(topic, f"f{n}")
        else:
            policy = {"FilterPolicy": '{"kind": ["a"]}'} if kind == "a" else {}
            account.to_queue(topic, f"q{n}", **policy, **redrive)
        if kind.startswith("gone"):
            account.queues.delete(account.queues.get(f"q{n}"))
    published = []
    for kind, outages, wait in messages:
        account.outages = outages
        published.append(topic.publish("x", attributes={"kind": string(kind)}).id)
        account.run(account.now_s + wait)
    account.run()
    lines = [line for line in account.trace.events() if line["outcome"] in ENDS]
    ends = Counter((line["to"], line["message"]) for line in lines)
    targets = [("f" if kind == "function" else "q") + str(n) for n, kind in enumerate(kinds)]
    assert ends == Counter((target, message) for target in targets for message in published)
    outcomes = Counter(line["outcome"] for line in lines)
    metrics = topic.metrics
    assert (metrics.delivered, metrics.filtered_out) == (outcomes["delivered"], outcomes["filtered"])
    assert (metrics.failed, metrics.redriven) == (outcomes["dead-letter"] + outcomes["lost"], outcomes["dead-letter"])
    assert len(account.bodies("dlq")) == outcomes["dead-letter"]
    present = [n for n, kind in enumerate(kinds) if kind in ("all", "a")]
    delivered = sum(len(account.bodies(f"q{n}")) for n in present) + len(account.events)
    assert delivered == outcomes["delivered"]


@pytest.mark.rule("SNS-16")
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 8), st.floats(0, 3)), max_size=10))
def test_a_groups_messages_arrive_in_the_order_they_were_published(messages: list[tuple[str, int, float]]) -> None:
    account = Account(retries=FEW)
    topic = account.topic("t.fifo")
    account.to_queue(topic, "q.fifo", RawMessageDelivery="true")
    for n, (group, outages, wait) in enumerate(messages):
        account.outages = outages
        topic.publish(str(n), group_id=group, dedup_id=str(n))
        account.run(account.now_s + wait)
    account.run()
    for group in "ab":
        arrived = [int(one.body) for one in account.queues.get("q.fifo").messages() if one.group_id == group]
        assert arrived == sorted(arrived)
    assert topic.metrics.delivered + topic.metrics.failed == len(messages)


@pytest.mark.rule("SNS-17")
@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 200)), max_size=12))
def test_no_two_messages_with_one_id_are_delivered_within_five_minutes(messages: list[tuple[str, int]]) -> None:
    account = Account()
    topic = account.topic("t.fifo")
    account.to_queue(topic, "q")
    windows: dict[str, tuple[float, str]] = {}
    for dedup_id, wait in messages:
        account.now_s += wait
        published = topic.publish("x", group_id="g", dedup_id=dedup_id)
        since, original = windows.get(dedup_id, (-300.0, ""))
        duplicate = account.now_s - since < 300
        assert (published.id == original) is duplicate
        if not duplicate:
            windows[dedup_id] = account.now_s, published.id
    assert topic.metrics.delivered == len(account.bodies("q"))
