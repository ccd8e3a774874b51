from __future__ import annotations

import pytest

from eventsim.cloud.shards import Allowance, ReadQuota, WriteQuota
from eventsim.cloud.shards.quotas import MIB


@pytest.mark.rule("KIN-03")
def test_five_reads_a_second() -> None:
    quota = ReadQuota()
    taken = [(now_ms, quota.take(now_ms)) for now_ms in (100, 200, 300, 300, 1_000, 1_050, 1_099, 1_100)]
    assert [now_ms for now_ms, let in taken if let] == [100, 200, 300, 300, 1_000, 1_100]


@pytest.mark.rule("KIN-03")
def test_ten_mebibytes_close_the_shard_for_five_seconds() -> None:
    quota = ReadQuota()
    assert quota.take(0)
    quota.spend(10 * MIB, 0)
    assert quota.ready_ms(0) == 5_000
    assert [quota.take(now_ms) for now_ms in (1, 2_500, 4_999, 5_000)] == [False, False, False, True]


@pytest.mark.rule("KIN-03")
def test_two_mebibytes_a_second_are_shared_by_all_readers() -> None:
    quota = ReadQuota()
    for now_ms, size in ((0, MIB), (0, MIB // 2), (400, MIB // 2)):
        assert quota.take(now_ms)
        quota.spend(size, now_ms)
    assert [quota.take(now_ms) for now_ms in (500, 999, 1_000)] == [False, False, True]


@pytest.mark.rule("KIN-02")
def test_a_thousand_records_a_second() -> None:
    quota = WriteQuota()
    assert all(quota.take(1, 7) for _ in range(1_000))
    assert [quota.take(1, now_ms) for now_ms in (7, 1_006, 1_007)] == [False, False, True]


@pytest.mark.rule("KIN-02")
def test_a_mebibyte_written_a_second() -> None:
    quota = WriteQuota()
    sizes = (MIB - 10, 11, 10, 1)
    assert [quota.take(size, 0) for size in sizes] == [True, False, True, False]
    assert quota.take(MIB, 1_000)


@pytest.mark.rule("KIN-02")
def test_a_large_record_is_let_in_and_paid_for_afterwards() -> None:
    quota = WriteQuota()
    assert quota.take(10 * MIB, 0)
    assert [quota.take(1, now_ms) for now_ms in (0, 9_999, 10_000)] == [False, False, True]


def test_seconds_begin_with_the_first_use() -> None:
    allowance = Allowance(2)
    allowance.use(1, 700)
    allowance.use(1, 1_600)
    assert [allowance.opens_ms(1_600), allowance.opens_ms(1_700)] == [1_700, 1_700]
    allowance.use(2, 9_000)
    assert allowance.opens_ms(9_500) == 10_000
