"""Shards of a table that roll, and who waits for their records."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim.cloud.dynamodb.streams import TableStreams, show_label
from eventsim.errors import AwsError
from eventsim.kernel.clock import Clock
from eventsim.kernel.seeds import Seeds
from tests.cloud.stream_calls import ARN, DAY_S, ask, iterator, keys, shards
from tests.cloud.tables_account import BOTH, START_S, Account, n, opened


@pytest.mark.rule("DDB-06", "DDB-09", "STR-01")
def test_shards_roll_when_a_write_finds_them_old_enough() -> None:
    with opened(roll_every_s=14_400) as account:
        account.create()
        account.put(x=n(1))
        account.wait(14_399)
        account.put(x=n(2))
        account.wait(1)
        account.put(x=n(3))
        account.wait(50_000)
        assert len(shards(account)) == 2
        account.put(x=n(4))
        old, middle, new = account.stream()._shards.values()
        listed = shards(account)
        assert [one.get("ParentShardId") for one in listed] == [None, old.id, middle.id]
        assert ["EndingSequenceNumber" in one["SequenceNumberRange"] for one in listed] == [True, True, False]
        assert [one.arrival_ms for shard in (old, middle, new) for one in shard._log._records] == [
            START_S * 1000 + ms for ms in (0, 14_399_000, 14_400_000, 64_400_000)
        ]
        sequence = [int(one.sequence_number) for shard in (old, middle, new) for one in shard._log._records]
        assert sorted(set(sequence)) == sequence


@pytest.mark.rule("DDB-06", "STR-01")
def test_a_rolled_shard_ends_and_its_child_goes_on() -> None:
    with opened(roll_every_s=10) as account:
        account.create()
        account.put("a")
        place = iterator(account)
        account.wait(10)
        account.put("b")
        first, second = (one["ShardId"] for one in shards(account))
        assert shards(account, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": first})[0]["ShardId"] == second
        assert [one["ShardId"] for one in shards(account, ExclusiveStartShardId=first)] == [second]
        assert shards(account, ExclusiveStartShardId=second) == shards(account, ExclusiveStartShardId="s" * 30) == []
        limited = ask(account, "DescribeStream", StreamArn=ARN, Limit=1)["StreamDescription"]
        assert limited["LastEvaluatedShardId"] == first
        page = ask(account, "GetRecords", ShardIterator=place)
        child = ask(account, "GetRecords", ShardIterator=iterator(account, shard=second))
        assert (keys(page), "NextShardIterator" in page, keys(child)) == (["a"], False, ["b"])
        with pytest.raises(AwsError, match="Shard does not exist"):
            shards(account, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": "s" * 30})


@pytest.mark.rule("DDB-06")
def test_shards_do_not_roll_by_default(account: Account) -> None:
    account.put(x=n(1))
    account.wait(30 * DAY_S)
    account.put(x=n(2))
    assert (len(shards(account)), len(account.records())) == (1, 1)


def test_a_shard_that_rolls_all_the_time_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 second"):
        TableStreams(Clock(lambda: 0.0), Seeds(1), roll_every_s=0.5)


def test_who_waits_for_a_record_wakes_with_the_write_and_with_the_end(account: Account) -> None:
    shard = account.stream().open_shards[0]

    async def main() -> list[float]:
        woken = []
        works: list[Any] = [account.put, lambda: account.call("DeleteTable", TableName="accounts")]
        for position, work in enumerate(works):
            account.loop.call_later(5, work)
            await shard.wait_beyond(position)
            woken.append(account.loop.time())
        return woken

    assert account.loop.run_until_complete(main()) == [5.0, 10.0]
    assert shard.is_drained(1)


def test_labels_are_times_with_milliseconds() -> None:
    assert show_label(1560194786525) == "2019-06-10T19:26:26.525"
    assert show_label(1767225600007) == "2026-01-01T00:00:00.007"
    assert BOTH == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
