"""How much a batch takes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.mappings.batching import (
    ENVELOPE_BYTES,
    PAYLOAD_LIMIT_BYTES,
    fitting,
    receive_visibility_s,
    record_size_bytes,
    surely_fits,
)


@pytest.mark.rule("ESM-20", "GEN-01")
@given(st.lists(st.dictionaries(st.text(max_size=9), st.text()), min_size=1, max_size=20))
def test_the_sizes_add_up_to_the_serialized_event(records: list[dict[str, str]]) -> None:
    event = msgspec.json.encode({"Records": records})
    assert ENVELOPE_BYTES + sum(map(record_size_bytes, records)) - 1 == len(event)


@pytest.mark.rule("ESM-18", "ESM-20")
def test_a_batch_takes_records_up_to_the_last_byte_of_6_mb() -> None:
    room = PAYLOAD_LIMIT_BYTES - ENVELOPE_BYTES
    exact = [1000, room - 1000 + 1]
    assert fitting(ENVELOPE_BYTES, exact, 10, empty=True) == 2
    assert fitting(ENVELOPE_BYTES, [1000, exact[1] + 1], 10, empty=True) == 1


@pytest.mark.rule("ESM-18")
def test_a_record_over_the_limit_is_a_batch_of_its_own() -> None:
    assert fitting(ENVELOPE_BYTES, [7_000_000, 10], 10, empty=True) == 1
    assert fitting(ENVELOPE_BYTES + 500, [7_000_000], 10, empty=False) == 0


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), st.integers(1, 5))
def test_what_surely_fits_does_fit(body: str, copies: int) -> None:
    if surely_fits(len(body.encode()) * copies, copies):
        size = len(msgspec.json.encode({"Records": [{"body": body}] * copies}))
        assert size <= PAYLOAD_LIMIT_BYTES


@pytest.mark.rule("SQS-21")
@pytest.mark.parametrize(
    ("window_s", "timeout_s", "queue_s", "expected"),
    [(0, 30, 30, None), (5, 25, 30, None), (5, 26, 30, 61), (300, 900, 0, 1230)],
)
def test_a_window_that_the_visibility_timeout_does_not_cover_raises_it(
    window_s: int, timeout_s: float, queue_s: int, expected: int | None
) -> None:
    assert receive_visibility_s(window_s, timeout_s, queue_s) == expected
