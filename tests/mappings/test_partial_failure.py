"""What a function's answer says about its batch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.mappings.partial_failure import (
    SUCCEEDED,
    AllFailed,
    Clause,
    SomeFailed,
    breaks_group_order,
    read_response,
)

BATCH = ("m1", "m2", "m3")


def read(answer: Any, **options: bool) -> object:
    text = answer if isinstance(answer, bytes) or answer is None else json.dumps(answer)
    return read_response(text, BATCH, reports=True, **options)


@pytest.mark.rule("ESM-27")
@pytest.mark.parametrize(
    "answer", [None, "", [], {}, {"batchItemFailures": None}, {"batchItemFailures": []}, {"other": 1}, b"", b"null"]
)
def test_these_answers_mean_that_all_records_succeeded(answer: Any) -> None:
    assert read(answer) == SUCCEEDED


@pytest.mark.rule("ESM-28", "ESM-29")
@pytest.mark.parametrize(
    ("answer", "clause"),
    [
        (b"{not json", Clause.INVALID_JSON),
        (b"\xff\xfe", Clause.INVALID_JSON),
        ("text", Clause.NOT_AN_OBJECT),
        (1, Clause.NOT_AN_OBJECT),
        (True, Clause.NOT_AN_OBJECT),
        (["m1"], Clause.NOT_AN_OBJECT),
        ({"batchItemFailures": "m1"}, Clause.NOT_A_LIST),
        ({"batchItemFailures": {"itemIdentifier": "m1"}}, Clause.NOT_A_LIST),
        ({"batchItemFailures": ["m1"]}, Clause.NOT_AN_ENTRY),
        ({"batchItemFailures": [{}]}, Clause.EMPTY_ENTRY),
        ({"batchItemFailures": [{"foo": "m1"}]}, Clause.NO_IDENTIFIER),
        ({"batchItemFailures": [{"foo": None}]}, Clause.NO_IDENTIFIER),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, Clause.EMPTY_IDENTIFIER),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, Clause.EMPTY_IDENTIFIER),
        ({"batchItemFailures": [{"itemIdentifier": 7}]}, Clause.NOT_TEXT),
        ({"batchItemFailures": [{"itemIdentifier": "m2"}, {"itemIdentifier": "nope"}]}, Clause.UNKNOWN_IDENTIFIER),
    ],
)
def test_one_bad_part_spoils_the_whole_answer(answer: Any, clause: Clause) -> None:
    assert read(answer) == AllFailed(clause)


@pytest.mark.rule("ESM-29")
def test_an_empty_entry_is_success_only_where_the_quirk_is_on() -> None:
    assert read({"batchItemFailures": [{}]}, empty_entry_is_success=True) == SUCCEEDED


@pytest.mark.rule("ESM-26")
@pytest.mark.parametrize("answer", [{"batchItemFailures": [{"itemIdentifier": "m1"}]}, "text", [1]])
def test_without_the_switch_any_answer_is_success(answer: Any) -> None:
    assert read_response(json.dumps(answer), BATCH, reports=False) == SUCCEEDED


@pytest.mark.rule("ESM-30")
@given(st.lists(st.sampled_from(BATCH), min_size=1))
def test_order_and_repetition_of_identifiers_do_not_matter(named: list[str]) -> None:
    verdict = read({"batchItemFailures": [{"itemIdentifier": one} for one in named]})
    assert isinstance(verdict, SomeFailed)
    assert sorted(verdict.identifiers) == sorted(set(named))


@pytest.mark.rule("SQS-26")
@pytest.mark.parametrize(
    ("groups", "failed", "breaks"),
    [
        (["a", "a", "a"], [False, True, True], False),
        (["a", "a", "a"], [True, False, True], True),
        (["a", "b", "a"], [True, False, True], False),
        (["a", "b", "a"], [True, False, False], True),
    ],
)
def test_deleting_behind_a_reported_message_of_the_group_breaks_its_order(
    groups: list[str | None], failed: list[bool], breaks: bool
) -> None:
    assert breaks_group_order(groups, failed) is breaks
