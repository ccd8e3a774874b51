"""START, END and REPORT, and what is billed."""

from __future__ import annotations

import pytest

from eventsim.functions.invocations import InvocationRecord, Outcome
from eventsim.functions.log_lines import billed_ms, duration_ms, log_tail, report_lines, whole_log


def record(
    ended_s: float, *, init_s: float = 0.0, outcome: Outcome = Outcome.SUCCESS, logs: str = ""
) -> InvocationRecord:
    found = InvocationRecord(1.0, ended_s, "f", None, "r-1", 1, outcome, init_s > 0, None, None)
    found.init_s, found.logs = init_s, logs
    return found


@pytest.mark.rule("FUN-19")
def test_a_cold_start_is_reported_beside_the_duration() -> None:
    start, end = report_lines(record(1.11311, init_s=0.1101), 128, used_mb=36)
    assert start == "START RequestId: r-1 Version: $LATEST\n"
    assert end == (
        "END RequestId: r-1\n"
        "REPORT RequestId: r-1\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 36 MB\tInit Duration: 110.10 ms\n"
    )


@pytest.mark.rule("FUN-19")
def test_failures_are_reported_with_their_kind() -> None:
    late = record(4.0, outcome=Outcome.TIMEOUT)
    assert report_lines(late, 128)[1].endswith("Max Memory Used: 128 MB\tStatus: timeout\n")
    failed = record(2.0, outcome=Outcome.ERROR)
    failed.error = {"errorType": "ValueError", "errorMessage": "no"}
    assert report_lines(failed, 128)[1].endswith("\tStatus: error\tError Type: ValueError\n")


@pytest.mark.rule("CST-02", "CST-13", "MET-06")
@pytest.mark.parametrize(
    ("ended_s", "init_s", "outcome", "expected"),
    [
        (1.1, 0.0, Outcome.SUCCESS, (100.0, 100)),
        (1.1000001, 0.0, Outcome.SUCCESS, (100.0, 101)),
        (1.3, 0.2, Outcome.SUCCESS, (100.0, 300)),
        (4.0, 0.0, Outcome.TIMEOUT, (3000.0, 3000)),
        (1.05, 0.0, Outcome.ERROR, (50.0, 50)),
        (1.0, 0.0, Outcome.THROTTLE, (0.0, 0)),
        (1.0, 0.0, Outcome.SUCCESS, (0.0, 0)),
    ],
)
def test_every_started_millisecond_is_billed(
    ended_s: float, init_s: float, outcome: Outcome, expected: tuple[float, int]
) -> None:
    found = record(ended_s, init_s=init_s, outcome=outcome)
    assert (duration_ms(found), billed_ms(found)) == expected


@pytest.mark.rule("FUN-07", "FUN-19")
def test_the_tail_is_the_last_four_kilobytes_of_the_whole_log() -> None:
    long = record(2.0, logs="é" * 5000)
    assert len(log_tail(long, 128)) == 4096
    assert whole_log(long, 128).encode().endswith(log_tail(long, 128))
    assert log_tail(record(2.0, logs="hello"), 128).splitlines()[:2] == [
        b"START RequestId: r-1 Version: $LATEST",
        b"hello",
    ]
