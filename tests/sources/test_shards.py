"""Which shards may be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.sources.shards import Lineage, ShardInfo


@pytest.mark.rule("STR-01")
def test_a_child_is_ready_when_all_its_parents_have_ended() -> None:
    lineage = Lineage()
    lineage.add([ShardInfo("a"), ShardInfo("b"), ShardInfo("c", ("a", "b"))])
    assert [lineage.is_ready(one) for one in "abc"] == [True, True, False]
    lineage.end("a")
    assert not lineage.is_ready("c")
    lineage.end("b")
    assert lineage.is_ready("c")
    assert lineage.unfinished() == ["c"]


@pytest.mark.rule("STR-01", "KIN-07")
def test_a_parent_that_is_no_longer_listed_holds_nothing_up() -> None:
    lineage = Lineage()
    lineage.add([ShardInfo("c", ("gone",))])
    assert lineage.is_ready("c")


@pytest.mark.rule("STR-02")
def test_only_shards_of_the_first_listing_were_there() -> None:
    lineage = Lineage()
    lineage.add([ShardInfo("a")])
    lineage.add([ShardInfo("a"), ShardInfo("b", ("a",))])
    assert [lineage.was_there(one) for one in "ab"] == [True, False]


@pytest.mark.rule("STR-01")
@given(st.lists(st.integers(0, 5), max_size=20), st.randoms(use_true_random=False))
def test_reading_ready_shards_reaches_all_of_them_parents_first(choices: list[int], random: object) -> None:
    infos = [ShardInfo("0")]
    for n, choice in enumerate(choices, 1):
        parents = {str(choice % n), str((choice + 1) % n)}
        infos.append(ShardInfo(str(n), tuple(sorted(parents))))
    lineage, read = Lineage(), []
    lineage.add(infos)
    while lineage.unfinished():
        ready = [one for one in lineage.unfinished() if lineage.is_ready(one)]
        one = random.choice(ready)  # type: ignore[attr-defined]
        lineage.end(one)
        read.append(one)
    assert sorted(read) == sorted(info.id for info in infos)
    assert all(read.index(parent) < read.index(info.id) for info in infos for parent in info.parent_ids)
