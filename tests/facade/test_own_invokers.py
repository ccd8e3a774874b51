"""Invokers of the user's own, in place of a handler: what they answer counts, what is no answer is told."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest

from eventsim import InputError, Invocation, InvocationResult, Invoker, Simulation


class Answering:
    """Gives the same answer each time, after *waits_s* of virtual time."""

    def __init__(self, answer: Any, waits_s: float = 0) -> None:
        self.answer, self.waits_s = answer, waits_s
        self.told: list[str] = []

    def attach(self, *, variables: dict[str, str], cloud_variables: Any) -> None:
        self.told.append(f"attach {variables}")

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        await anyio.sleep(self.waits_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        answer: InvocationResult = self.answer
        return answer

    async def close(self) -> None:
        self.told.append("close")


@pytest.mark.parametrize(
    ("payload", "response"),
    [
        ({"batchItemFailures": []}, {"batchItemFailures": []}),
        ([1, "two"], [1, "two"]),
        (3, 3),
        (False, False),
        (None, None),
        ('{"a": 1}', {"a": 1}),
        (b'{"a": 1}', {"a": 1}),
        ("no JSON", "no JSON"),
    ],
)
def test_a_payload_is_any_json_value_or_its_text(payload: Any, response: Any) -> None:
    with Simulation() as sim:
        assert sim.function("f", Answering(InvocationResult(payload))).invoke().response == response


def test_a_payload_that_is_a_list_of_failures_is_read_by_the_mapping() -> None:
    class Refusing:
        async def invoke(self, invocation: Invocation) -> InvocationResult:
            ids = [record["messageId"] for record in invocation.event["Records"] if record["body"] == "bad"]
            return InvocationResult({"batchItemFailures": [{"itemIdentifier": one} for one in ids]})

    with Simulation() as sim:
        dlq = sim.queue("dlq")
        orders = sim.queue("orders", RedrivePolicy={"deadLetterTargetArn": dlq, "maxReceiveCount": 1})
        worker = sim.function("worker", Refusing())
        worker.on_queue(orders, FunctionResponseTypes=["ReportBatchItemFailures"])
        orders.send("good")
        orders.send("bad")
        sim.run()
        assert (worker.invocations[0].outcome, dlq.bodies) == ("partial", ["bad"])


@pytest.mark.rule("FUN-05", "FUN-09")
def test_what_waits_longer_than_the_timeout_is_cut_off() -> None:
    with Simulation() as sim:
        answer = InvocationResult("1")
        in_time = sim.function("in-time", Answering(answer, 2), Timeout=2).invoke()
        late = sim.function("late", Answering(answer, 3), Timeout=2).invoke()
        both = sim.function("both", Answering(answer, 2), Timeout=3, takes="2s").invoke()
        again = sim.function("again", Answering(answer, 2), Timeout=3).invoke()
        ends = [(one.ended - one.at, one.outcome) for one in (in_time, late, both, again) if one.ended is not None]
    assert ends == [(2, "success"), (2, "timeout"), (3, "timeout"), (2, "success")]


@pytest.mark.rule("FUN-09")
def test_what_waits_for_ever_ends_in_a_timeout() -> None:
    class Stuck:
        async def invoke(self, invocation: Invocation) -> InvocationResult:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

    with Simulation() as sim:
        assert sim.function("stuck", Stuck(), Timeout=5).invoke() == {"ended": 5, "outcome": "timeout"}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, "the invoker of f (Answering) returned None, expected an eventsim.InvocationResult, as in Invocation"),
        ({"a": 1}, "the invoker of f (Answering) returned {'a': 1}, expected an eventsim.InvocationResult"),
        (InvocationResult(object()), "the invoker of f (Answering): payload: found <object object at "),
        (InvocationResult(error="boom"), 'error: found \'boom\', expected {"errorType": ..., "errorMessage": ...}'),  # type: ignore[arg-type]
        (InvocationResult(logs=b"x"), "the invoker of f (Answering): logs: found bytes, expected text"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_answer_is_told(answer: Any, says: str) -> None:
    with Simulation() as sim, pytest.raises(InputError) as told:
        sim.function("f", Answering(answer)).invoke()
    assert says in str(told.value)


def test_invoke_has_to_be_asynchronous() -> None:
    class Synchronous:
        def invoke(self, invocation: Invocation) -> InvocationResult:
            return InvocationResult(1)

    with Simulation() as sim:
        wrong: Any = Synchronous()
        with pytest.raises(InputError, match=r"the invoker of f \(Synchronous\): found invoke\(\) that is not asynch"):
            sim.function("f", wrong).invoke()


def test_an_exception_fails_the_run_and_says_whose_it_is() -> None:
    with Simulation() as sim:
        orders = sim.queue("orders")
        sim.function("broken", Answering(RuntimeError("a bug"))).on_queue(orders)
        orders.send("a")
        with pytest.raises(RuntimeError, match="a bug") as raised:
            sim.run()
    note = "raised by the invoker of broken (Answering): how a function fails is an InvocationResult(error=...)"
    assert raised.value.__notes__ == [note]


def test_it_is_told_what_its_function_has_and_closed_at_the_end() -> None:
    invoker = Answering(InvocationResult())
    assert isinstance(invoker, Invoker)
    with Simulation() as sim:
        sim.function("f", invoker, Environment={"Variables": {"TABLE": "accounts"}})
        assert invoker.told == ["attach {'TABLE': 'accounts'}"]
    assert invoker.told[1:] == ["close"]
