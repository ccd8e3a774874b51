from __future__ import annotations

import pytest

from eventsim.cloud.schedules import ScheduleExpressionError, parse_rule_expression, parse_scheduler_expression
from tests.cloud.eventbridge_world import seconds, shown

WRONG_RATES = [
    "rate(10 seconds)",
    "rate(10 years)",
    "rate()",
    "rate(10)",
    "rate(10 minutess)",
    "rate(foo minutes)",
    "rate(0 minutes)",
    "rate(-10 minutes)",
    "rate(+1 minute)",
    "rate(1.5 minutes)",
    "rate(10 MINUTES)",
    "rate( 10 minutes )",
    " rate(10 minutes)",
    "rate(1  minute)",
    "rate(1\tminute)",
    "rate (1 minute)",
    "RATE(1 minute)",
    "rate(1 week)",
    "rate(2147483648 minutes)",
]
WRONG_CRONS = [
    "cron(0 0 1 * ? *]",
    "xcron0 0 1 * ? *)",
    "cron()",
    "cron(INVALID)",
    "cron(0 1 * * * *)",
    "cron(0 0 ? * ? *)",
    "cron(0 0 1 * MON *)",
    "cron(0 12 * * ?)",
    "cron(0 0 12 * * ? *)",
    "cron(7 20 * * NOT *)",
    "cron(0 dummy ? * MON-FRI *)",
    "cron(71 8 1 * ? *)",
    "cron(60 0 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0 0 0 * ? *)",
    "cron(0 0 32 * ? *)",
    "cron(0 0 1 0 ? *)",
    "cron(0 0 1 13 ? *)",
    "cron(0 0 ? * 0 *)",
    "cron(0 0 ? * 8 *)",
    "cron(0 0 0W * ? *)",
    "cron(0 0 32W * ? *)",
    "cron(0 0 L-31 * ? *)",
    "cron(0 0 ? * MON#0 *)",
    "cron(0 0 ? * MON#6 *)",
    "cron(0 0 ? * 3#1,6#3 *)",
    "cron(0 0 1 1 ? 1969)",
    "cron(0 0 1 1 ? 2200)",
    "cron(0 0 1 1 ? 2030-2027)",
    "cron(0 0 1 1 ? -1)",
    "cron(0/-1 * * * ? *)",
    "cron(? 0 * * ? *)",
    "cron(0  0 * * ? *)",
    "cron(0\t0 * * ? *)",
    "cron( 0 0 * * ? * )",
    " cron(0 0 * * ? *) ",
    "CRON(0 0 * * ? *)",
    "cron (0 0 * * ? *)",
]


@pytest.mark.rule("SCH-02", "SCH-03")
@pytest.mark.parametrize(
    "text",
    [*WRONG_RATES, *WRONG_CRONS, "rate(1 minutes)", "rate(1 hours)", "rate(5 hour)", "at(2028-01-01T00:00:00)", ""],
)
def test_a_rule_refuses(text: str) -> None:
    with pytest.raises(ScheduleExpressionError) as caught:
        parse_rule_expression(text)
    assert caught.value.expression == text


@pytest.mark.rule("SCH-09")
@pytest.mark.parametrize(
    "text", [*WRONG_RATES, *WRONG_CRONS, "at(2021-12-31T23:59:59Z)", "at(2021-12-31)", "at(2021-02-30T00:00:00)"]
)
def test_the_scheduler_refuses(text: str) -> None:
    with pytest.raises(ScheduleExpressionError):
        parse_scheduler_expression(text)


def test_a_refusal_says_what_was_found_where_and_what_is_allowed() -> None:
    with pytest.raises(ScheduleExpressionError, match=r"found '71' in its minutes field; allowed: 0 to 59"):
        parse_rule_expression("cron(71 8 1 * ? *)")
    with pytest.raises(ScheduleExpressionError, match=r"found 'NOT' in its day-of-week field; .* SUN to SAT"):
        parse_rule_expression("cron(7 20 ? * NOT *)")


@pytest.mark.rule("SCH-02")
@pytest.mark.parametrize(
    ("text", "period_s"),
    [
        ("rate(1 minute)", 60),
        ("rate(02 minutes)", 120),
        ("rate(1 hour)", 3600),
        ("rate(2147483647 days)", 2**31 * 86400 - 86400),
    ],
)
def test_a_rate_is_so_many_minutes_hours_or_days(text: str, period_s: int) -> None:
    assert parse_rule_expression(text).next_after(1000.0, 1000.0) == 1000 + period_s


@pytest.mark.rule("SCH-09")
@pytest.mark.parametrize("text", ["rate(2 minute)", "rate(1 minutes)", "rate(1 minute)"])
def test_the_scheduler_takes_either_form_of_a_unit(text: str) -> None:
    assert parse_scheduler_expression(text).next_after(0.0, 0.0) in (60, 120)


@pytest.mark.rule("SCH-02")
def test_a_rate_counts_from_its_start_without_drift() -> None:
    rate = parse_rule_expression("rate(7 minutes)")
    start = 1767225600.123456
    when, found = start, []
    for _ in range(1000):
        when = rate.next_after(when, start) or 0.0
        found.append(when)
    assert found == [start + 420 * n for n in range(1, 1001)]


@pytest.mark.rule("SCH-03", "SCH-04")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("0-15/1 8-8 ? * 2,3,4,5,6,7 *", ["2026-01-01 08:00", "2026-01-01 08:01", "2026-01-01 08:02"]),
        ("*/15 * * * ? *", ["2026-01-01 00:15", "2026-01-01 00:30", "2026-01-01 00:45"]),
        ("0-59/10 0-23/2 ? * * *", ["2026-01-01 00:10", "2026-01-01 00:20", "2026-01-01 00:30"]),
        ("5,35 14 * * ? *", ["2026-01-01 14:05", "2026-01-01 14:35", "2026-01-02 14:05"]),
        ("0/40 23 * * ? *", ["2026-01-01 23:00", "2026-01-01 23:40", "2026-01-02 23:00"]),
        ("30 20-2 * * ? *", ["2026-01-01 00:30", "2026-01-01 01:30", "2026-01-01 02:30"]),
        ("50-10/5 3 * * ? *", ["2026-01-01 03:00", "2026-01-01 03:05", "2026-01-01 03:10"]),
        ("0 0 1 NOV-FEB ? *", ["2026-02-01 00:00", "2026-11-01 00:00", "2026-12-01 00:00"]),
        ("0 0 28-3 * ? *", ["2026-01-02 00:00", "2026-01-03 00:00", "2026-01-28 00:00"]),
        ("0 0 ? * FRI-MON *", ["2026-01-02 00:00", "2026-01-03 00:00", "2026-01-04 00:00"]),
        ("0 2 ? * SAT#3 *", ["2026-01-17 02:00", "2026-02-21 02:00", "2026-03-21 02:00"]),
        ("0 0 ? * 3#2 *", ["2026-01-13 00:00", "2026-02-10 00:00", "2026-03-10 00:00"]),
        ("0 0 ? * MON#5 *", ["2026-03-30 00:00", "2026-06-29 00:00", "2026-08-31 00:00"]),
        ("0 0 ? 2 1#5 *", ["2032-02-29 00:00", "2060-02-29 00:00", "2088-02-29 00:00"]),
        ("15 10 ? * 6L 2026-2027", ["2026-01-30 10:15", "2026-02-27 10:15", "2026-03-27 10:15"]),
        ("0 0 ? * fril *", ["2026-01-30 00:00", "2026-02-27 00:00", "2026-03-27 00:00"]),
        ("0 0 ? * L *", ["2026-01-03 00:00", "2026-01-10 00:00", "2026-01-17 00:00"]),
        ("0 0 ? * 1/3 *", ["2026-01-03 00:00", "2026-01-04 00:00", "2026-01-07 00:00"]),
        ("0 0 ? jan Monday *", ["2026-01-05 00:00", "2026-01-12 00:00", "2026-01-19 00:00"]),
        ("0 0 L * ? *", ["2026-01-31 00:00", "2026-02-28 00:00", "2026-03-31 00:00"]),
        ("0 0 L-3 * ? *", ["2026-01-28 00:00", "2026-02-25 00:00", "2026-03-28 00:00"]),
        ("0 0 LW * ? *", ["2026-01-30 00:00", "2026-02-27 00:00", "2026-03-31 00:00"]),
        ("0 0 3W * ? *", ["2026-01-02 00:00", "2026-02-03 00:00", "2026-03-03 00:00"]),
        ("0 0 1W 8,11 ? *", ["2026-08-03 00:00", "2026-11-02 00:00", "2027-08-02 00:00"]),
        ("0 0 31W * ? *", ["2026-01-30 00:00", "2026-03-31 00:00", "2026-05-29 00:00"]),
        ("0 0 29 2 ? *", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("0 0 1 1 ? 2030/100", ["2030-01-01 00:00", "2130-01-01 00:00", "None"]),
        ("0 0 1 1 ? 2027,2028-2032/2", ["2027-01-01 00:00", "2028-01-01 00:00", "2030-01-01 00:00"]),
        ("33/0 22 * * ? *", ["2026-01-01 22:33", "2026-01-02 22:33", "2026-01-03 22:33"]),
        ("33/61 22 * * ? *", ["2026-01-01 22:33", "2026-01-02 22:33", "2026-01-03 22:33"]),
        ("0 0 31 2 ? *", ["None", "None", "None"]),
        ("0 0 1 1 ? 1970-2025", ["None", "None", "None"]),
    ],
)
def test_cron_means(fields: str, expected: list[str]) -> None:
    cron = parse_rule_expression(f"cron({fields})")
    when: float | None = seconds("2026-01-01T00:00:00+00:00")
    found = []
    for _ in expected:
        when = None if when is None else cron.next_after(when)
        found.append(str(shown(when)))
    assert found == expected


@pytest.mark.rule("SCH-05")
def test_an_occurrence_is_at_second_0_and_never_now() -> None:
    cron = parse_rule_expression("cron(0 12 * * ? *)")
    noon = seconds("2026-01-01T12:00:00+00:00")
    assert [cron.next_after(noon + part) for part in (-0.25, 0.0, 0.25, 59.0)] == [
        noon,
        noon + 86_400,
        noon + 86_400,
        noon + 86_400,
    ]


@pytest.mark.rule("SCH-09")
def test_at_happens_once() -> None:
    once = parse_scheduler_expression("at(2026-03-01T08:30:15)")
    when = seconds("2026-03-01T08:30:15+00:00")
    assert [once.next_after(when + part) for part in (-1e9, -0.5, 0.0, 1.0)] == [when, when, None, None]
