from __future__ import annotations

import hashlib
import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.kernel.clock import Clock
from eventsim.kernel.trace import KINDS, Trace
from eventsim.mappings.batching import CloseReason

TEXTS = st.text('aé☃😀 \n\0"\\', max_size=5)


class Now:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.at_s = 0.0
        self.clock = Clock(lambda: self.at_s)


def test_a_line_tells_its_number_the_virtual_time_and_what_happened() -> None:
    now, sink = Now(), io.BytesIO()
    trace = Trace(now.clock, sink)
    trace.add("step.send", queue="orders")
    now.at_s = 30.0
    trace.add("poll.receive", records=["a", "b"], mapping="worker/orders")
    now.at_s = 30.1 + 0.2
    trace.add("invoke.end", response=None, name="é")
    trace.flush()
    assert sink.getvalue().decode().splitlines() == [
        '{"n":1,"t":0.0,"kind":"step.send","queue":"orders"}',
        '{"n":2,"t":30.0,"kind":"poll.receive","records":["a","b"],"mapping":"worker/orders"}',
        '{"n":3,"t":30.3,"kind":"invoke.end","response":null,"name":"é"}',
    ]


@pytest.mark.parametrize("count", [0, 1, 1023, 1024, 1025, 3000])
@pytest.mark.parametrize("keep", [True, False])
def test_the_hash_is_that_of_the_bytes_that_are_written(count: int, keep: bool) -> None:
    sink = io.BytesIO()
    trace = Trace(Now().clock, sink, keep=keep)
    for n in range(count):
        trace.add("queue.delete", record=n)
    before = trace.sha256()
    trace.flush()
    assert before == trace.sha256() == hashlib.sha256(sink.getvalue()).hexdigest()
    assert trace.count == count == sink.getvalue().count(b"\n")
    kept = list(trace.lines())
    assert kept == (sink.getvalue().splitlines() if keep else [])


@given(fields=st.lists(st.dictionaries(st.sampled_from("abcd"), TEXTS | st.integers(-9, 9) | st.none())))
def test_what_is_added_can_be_read_back(fields: list[dict[str, Any]]) -> None:
    trace = Trace(Now().clock)
    for line in fields:
        trace.add("log.line", **line)
    expected = [{"n": n, "t": 0.0, "kind": "log.line", **line} for n, line in enumerate(fields, 1)]
    assert list(trace.events()) == expected
    assert [json.loads(line) for line in trace.lines()] == expected


def test_an_unknown_kind_and_a_value_that_is_not_json_leave_no_line() -> None:
    trace = Trace(Now().clock)
    trace.add("log.line", text="before")
    with pytest.raises(ValueError, match=r"'log\.lines' is not a kind of trace line"):
        trace.add("log.lines")
    with pytest.raises(TypeError):
        trace.add("log.line", good=1, bad=object())
    trace.add("log.line", text="after")
    assert [(line["n"], line["text"]) for line in trace.events()] == [(1, "before"), (2, "after")]


@pytest.mark.parametrize("count", [1, 1023, 1024, 2500])
def test_a_writer_writes_what_add_writes_wherever_a_block_ends(count: int) -> None:
    now, added, written = Now(), io.BytesIO(), io.BytesIO()
    one, other = Trace(now.clock, added), Trace(now.clock, written)
    write = other.writer("poll.receive", "mapping", "records", "reason", "cold")
    for n in range(count):
        now.at_s = n * 0.3
        fields: dict[str, Any] = {"mapping": None, "records": [f"é{n}", "b"], "reason": CloseReason.SIZE, "cold": False}
        one.add("poll.receive", **fields)
        write(*fields.values())
        if n % 2:
            one.add("log.line", text="between")
            other.add("log.line", text="between")
    assert one.sha256() == other.sha256()
    assert list(one.lines()) == list(other.lines())
    for trace in (one, other):
        trace.flush()
    assert added.getvalue() == written.getvalue()


def test_a_writer_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'log\.lines' is not a kind of trace line"):
        Trace(Now().clock).writer("log.lines", "text")


def test_each_line_is_announced() -> None:
    announced = []
    trace = Trace(Now().clock, on_line=lambda: announced.append(trace.count))
    trace.add("step.send")
    trace.writer("step.send", "queue")("orders")
    assert announced == [1, 2]


def test_each_kind_is_a_noun_and_a_verb_with_a_meaning() -> None:
    assert [kind for kind, meaning in KINDS.items() if not re.fullmatch(r"[a-z]+\.[a-z]+", kind) or not meaning] == []
    promised = """step.send poll.receive batch.close invoke.start invoke.end queue.delete queue.redrive shard.checkpoint
        batch.bisect batch.retry record.filter record.discard destination.deliver async.enqueue async.retry
        function.throttle environment.start mapping.state"""
    assert set(promised.split()) - set(KINDS) == set()
