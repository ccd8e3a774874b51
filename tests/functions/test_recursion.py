"""Chains of requests, as trace headers tell of them."""

from __future__ import annotations

import re

import pytest

from eventsim.errors import AwsError
from eventsim.functions.recursion import THRESHOLD, Chain, LoopDetector, RecursiveLoop, chain_of, function_key, root_of
from eventsim.kernel.clock import Clock
from eventsim.kernel.seeds import Seeds

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
OWN = "Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=1"


def detector(name: str = "f", seed: int = 0) -> LoopDetector:
    return LoopDetector(ARN + name, Clock(lambda: 5.0), Seeds(seed).stream(name))


def go_round(times: int, *names: str, setting: RecursiveLoop = RecursiveLoop.TERMINATE) -> str:
    """The header after the functions ran in turn, so many rounds."""
    detectors = [detector(name) for name in names]
    header: str | None = None
    for _ in range(times):
        for one in detectors:
            header = one.follow((header,), setting)
    assert header is not None
    return header


@pytest.mark.rule("FUN-17")
def test_a_chain_begins_with_a_trace_of_its_own() -> None:
    header = detector().follow((), RecursiveLoop.TERMINATE)
    assert re.fullmatch(r"Root=1-6955b905-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:1", header)
    assert header == detector().follow((), RecursiveLoop.TERMINATE)
    assert header != detector(seed=1).follow((), RecursiveLoop.TERMINATE)


@pytest.mark.rule("FUN-17")
def test_a_function_is_stopped_when_it_has_run_sixteen_times() -> None:
    header = go_round(THRESHOLD, "f", "g")
    assert THRESHOLD == 16
    for name in ("f", "g"):
        with pytest.raises(AwsError) as caught:
            detector(name).follow((header,), RecursiveLoop.TERMINATE)
        assert (caught.value.code, caught.value.status) == ("RecursiveInvocationException", 400)
        assert caught.value.message.startswith("Lambda has detected your function being invoked in a recursive loop")
    assert f"{function_key(ARN + 'h')}:1" in detector("h").follow((header,), RecursiveLoop.TERMINATE)


@pytest.mark.rule("FUN-17")
def test_a_loop_that_is_allowed_goes_on() -> None:
    header = go_round(40, "f", setting=RecursiveLoop.ALLOW)
    assert chain_of([header]).runs == {function_key(ARN + "f"): 40}
    assert not detector().was_stopped((header,), RecursiveLoop.ALLOW)
    assert detector().was_stopped((header,), RecursiveLoop.TERMINATE)


@pytest.mark.rule("FUN-17")
def test_the_threshold_can_be_set() -> None:
    one = detector()
    one.threshold = 2
    header = one.follow((one.follow((), RecursiveLoop.TERMINATE),), RecursiveLoop.TERMINATE)
    with pytest.raises(AwsError, match="RecursiveInvocationException"):
        one.follow((header,), RecursiveLoop.TERMINATE)


@pytest.mark.rule("FUN-17")
def test_all_headers_of_a_chain_have_one_root() -> None:
    first = detector("f").follow((OWN,), RecursiveLoop.TERMINATE)
    second = detector("g").follow((first,), RecursiveLoop.TERMINATE)
    assert [root_of(header) for header in (OWN, first, second)] == ["Root=1-67891233-abcdef012345678912345678"] * 3
    assert root_of(None) is None


@pytest.mark.rule("FUN-17")
def test_a_batch_is_as_far_round_as_the_message_that_is_furthest() -> None:
    f, g = function_key(ARN + "f"), function_key(ARN + "g")
    headers = [None, "Root=1-a", f"Root=1-b;Lineage={f}:3|{g}:1", f"Lineage={g}%3A7%7C{f}:2", OWN]
    assert chain_of(headers) == Chain("1-a", {f: 3, g: 7})


@pytest.mark.rule("FUN-17")
@pytest.mark.parametrize("header", ["", "nonsense", "Lineage=", "Lineage=|:|x|a:b|c:-1", ";;=;"])
def test_a_header_that_tells_nothing_begins_a_chain(header: str) -> None:
    assert chain_of([header]).runs == {}


@pytest.mark.rule("FUN-17")
def test_a_functions_versions_count_together() -> None:
    assert function_key(ARN + "f:$LATEST") == function_key(ARN + "f:7") == function_key(ARN + "f")
    assert len({function_key(f"{ARN}f{n}") for n in range(1000)}) == 1000


@pytest.mark.rule("FUN-17")
def test_what_is_sent_on_goes_through_the_function_whether_it_ran_or_not() -> None:
    header = go_round(THRESHOLD, "f")
    beyond = detector().onward((header,))
    assert chain_of([beyond]).runs == {function_key(ARN + "f"): 17}
    assert [detector().was_stopped((one,), RecursiveLoop.TERMINATE) for one in (header, beyond)] == [False, True]
