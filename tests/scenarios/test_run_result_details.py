"""Parts of a result: responses, listed messages, times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.running import run_text

if TYPE_CHECKING:
    from pathlib import Path


def test_times_are_rounded_to_microseconds(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {}}
        functions:
          f:
            takes: {uniform: [100ms, 2s]}
            Timeout: 5
            script: [{return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q}}}
        steps: [{send: {queue: q, count: 20, every: 333ms, body: a}}]
        """,
    )
    times = [run.json["virtual_s"]] + [one[name] for one in run.json["invocations"] for name in ("at", "ended")]
    assert all(round(at, 6) == at for at in times)
    assert len(set(times)) > 20


def test_messages_are_listed_for_queues_that_no_enabled_mapping_reads(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        run_for: 10s
        queues: {read: {}, unread: {}, off: {}, plenty: {}}
        functions:
          f:
            script: [{return: null}]
            Events:
              read: {Type: SQS, Properties: {Queue: read}}
              off: {Type: SQS, Properties: {Queue: 'off', Enabled: false}}
        steps:
          - send: {queue: unread, bodies: [c, b, a]}
          - send: {queue: 'off', body: x}
          - send: {queue: plenty, count: 1100, body: "{n}"}
        """.replace("off: {}", "'off': {}"),
    )
    queues = run.json["queues"]
    assert list(queues) == ["read", "unread", "off", "plenty"]
    assert "messages" not in queues["read"]
    assert [message["Body"] for message in queues["unread"]["messages"]] == ["c", "b", "a"]
    assert [message["Body"] for message in queues["off"]["messages"]] == ["x"]
    assert [message["Body"] for message in queues["plenty"]["messages"]] == [str(n) for n in range(1000)]
    assert queues["unread"]["messages"][0]["Attributes"]["ApproximateReceiveCount"] == "0"


def test_a_response_is_shown_as_the_value_it_is(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {}}
        functions:
          f:
            script: [{return: {b: 1, a: [1.5, null, "ü"]}}, {return: text}, {return: null}, {return: 0}]
            Events: {q: {Type: SQS, Properties: {Queue: q}}}
        steps: [{send: {queue: q, count: 4, every: 1s, body: a}}]
        """,
    )
    assert [one["response"] for one in run.json["invocations"]] == [
        {"b": 1, "a": [1.5, None, "ü"]}, "text", None, 0,
    ]  # fmt: skip
    assert [one["error"] for one in run.json["invocations"]] == [None] * 4
    assert list(run.json["invocations"][0]["response"]) == ["b", "a"]


@pytest.mark.rule("FUN-09")
def test_a_timeouts_whole_payload_is_shown(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 30}}
        functions:
          f:
            Timeout: 2
            script: [{timeout: true}, {return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q}}}
        steps: [{send: {queue: q, body: a}}]
        """,
    )
    first, second = run.json["invocations"]
    assert (first["at"], first["ended"], first["outcome"], first["response"]) == (0, 2, "timeout", None)
    assert first["error"] == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {first['request_id']} Error: Task timed out after 2.00 seconds",
    }
    assert (second["at"], second["cold_start"]) == (30, True)
