"""What holds of a table's records whatever is written: they are the table's history, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventsim.cloud.dynamodb.attributes import item_key, same_attributes
from eventsim.errors import AwsError
from tests.cloud.tables_account import START_S, Account, opened

Image = dict[str, dict[str, Any]]

numbers = st.sampled_from(["0", "1", "1.0", "-2", "3E2", "300"])
scalars = st.one_of(
    st.builds(lambda text: {"S": text}, st.text(max_size=2)),
    st.builds(lambda number: {"N": number}, numbers),
    st.builds(lambda raw: {"B": raw}, st.sampled_from(["", "AP8=", "Zm9v"])),
    st.builds(lambda flag: {"BOOL": flag}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda texts: {"SS": texts}, st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True)),
    st.builds(lambda some: {"NS": some}, st.lists(st.sampled_from(["1", "2", "30"]), min_size=1, unique=True)),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.builds(lambda members: {"M": members}, st.dictionaries(st.sampled_from("kl"), inner, max_size=2)),
        st.builds(lambda elements: {"L": elements}, st.lists(inner, max_size=2)),
    ),
    max_leaves=4,
)
names = st.sampled_from(["x", "y", "s"])
keys = st.tuples(st.sampled_from("ab"), st.sampled_from(["1", "2"]))
attributes = st.dictionaries(names, values, max_size=3)
expiries = st.none() | st.integers(-5, 20)
writes = st.one_of(
    st.tuples(st.just("put"), keys, attributes, expiries),
    st.tuples(st.just("set"), keys, names, values),
    st.tuples(st.just("remove"), keys, names),
    st.tuples(st.just("add"), keys, st.sampled_from(["0", "1", "2.5"])),
    st.tuples(st.just("delete"), keys),
    st.tuples(st.just("put if absent"), keys, attributes),
    st.tuples(st.just("batch"), st.lists(st.tuples(keys, attributes | st.none()), min_size=1, max_size=4)),
    st.tuples(
        st.just("transaction"),
        st.lists(
            st.tuples(keys, attributes | st.none() | values),
            min_size=1,
            max_size=3,
            unique_by=lambda pair: pair[0],
        ),
        st.booleans(),
    ),
    st.tuples(st.just("partiql"), keys, st.sampled_from(["insert", "update", "delete"])),
    st.tuples(st.just("wait"), st.integers(1, 5)),
)


def key_of(key: tuple[str, str]) -> Image:
    return {"id": {"S": key[0]}, "n": {"S": key[1]}}


def transact(key: tuple[str, str], change: Any) -> dict[str, Any]:
    """One write of a transaction: a deletion, a put of attributes, or an update to one value."""
    at: dict[str, Any] = {"TableName": "accounts"}
    if change is None:
        return {"Delete": at | {"Key": key_of(key)}}
    if change.keys() <= {"x", "y", "s"}:
        return {"Put": at | {"Item": key_of(key) | change}}
    update = {"UpdateExpression": "SET x = :v", "ExpressionAttributeValues": {":v": change}}
    return {"Update": at | {"Key": key_of(key)} | update}


def request(kind: str, key: Any, *rest: Any) -> tuple[str, dict[str, Any]]:
    """The operation and parameters of a write."""
    at: dict[str, Any] = {"TableName": "accounts"}
    if kind in {"put", "put if absent"}:
        item = key_of(key) | rest[0]
        if kind == "put if absent":
            return "PutItem", at | {"Item": item, "ConditionExpression": "attribute_not_exists(id)"}
        ttl = {} if rest[1] is None else {"ttl": {"N": str(START_S + rest[1])}}
        return "PutItem", at | {"Item": item | ttl}
    if kind == "batch":
        requests = [
            {"DeleteRequest": {"Key": key_of(one)}} if item is None else {"PutRequest": {"Item": key_of(one) | item}}
            for one, item in key
        ]
        return "BatchWriteItem", {"RequestItems": {"accounts": requests}}
    if kind == "transaction":
        items = [transact(one, item) for one, item in key]
        condition = "attribute_not_exists(id)" if rest[0] else "attribute_exists(id)"
        check = at | {"Key": key_of(("nobody", "0")), "ConditionExpression": condition}
        return "TransactWriteItems", {"TransactItems": [*items, {"ConditionCheck": check}]}
    if kind == "partiql":
        where = f"WHERE id = '{key[0]}' AND n = '{key[1]}'"
        statement = {
            "insert": f"INSERT INTO accounts value {{'id': '{key[0]}', 'n': '{key[1]}'}}",
            "update": f"UPDATE accounts SET y = 'p' {where}",
            "delete": f"DELETE FROM accounts {where}",
        }[rest[0]]
        return "ExecuteStatement", {"Statement": statement}
    at["Key"] = key_of(key)
    if kind == "delete":
        return "DeleteItem", at
    if kind == "remove":
        return "UpdateItem", at | {"UpdateExpression": f"REMOVE {rest[0]}"}
    word, value = ("ADD x", {"N": rest[0]}) if kind == "add" else (f"SET {rest[0]} =", rest[1])
    return "UpdateItem", at | {"UpdateExpression": f"{word} :v", "ExpressionAttributeValues": {":v": value}}


def carry_out(account: Account, write: tuple[Any, ...]) -> None:
    if write[0] == "wait":
        account.wait(write[1])
        return
    operation, params = request(*write)
    before = account.items(), account.stream().open_shards[0].tip
    try:
        account.call(operation, **params)
    except AwsError:
        assert operation != "DeleteItem"
        assert (account.items(), account.stream().open_shards[0].tip) == before


def by_key(items: list[Image]) -> dict[str, Image]:
    return {item_key({name: item[name] for name in ("id", "n")}): item for item in items}


@pytest.mark.rule("DDB-03", "DDB-04", "DDB-09", "DDB-10", "DDB-12")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=st.lists(writes, max_size=12))
def test_the_records_are_the_history_of_the_table(sequence: list[tuple[Any, ...]]) -> None:
    with opened() as account:
        account.create(partition_key="id", sort_key="n", TimeToLiveSpecification={"AttributeName": "ttl"})
        states: list[dict[str, Image]] = [{}]
        ends = [0]
        for write in sequence:
            carry_out(account, write)
            states.append(by_key(account.items()))
            ends.append(account.stream().open_shards[0].tip)
        records = account.records()
    replayed: dict[str, Image] = {}
    for record in records:
        change = record.data
        key = item_key(change.keys)
        assert record.partition_key == key
        before = replayed.get(key)
        assert (change.old_image is None) == (before is None)
        assert before is None or same_attributes(change.old_image, before)
        assert change.event_name == ("INSERT" if before is None else "REMOVE" if change.new_image is None else "MODIFY")
        assert before is None or change.new_image is None or not same_attributes(before, change.new_image)
        assert change.by_service <= (change.event_name == "REMOVE" and "ttl" in change.old_image)
        if change.new_image is None:
            del replayed[key]
        else:
            replayed[key] = change.new_image
        position = int(record.sequence_number) - int(records[0].sequence_number) + 1
        for state, end in zip(states, ends, strict=True):
            if end == position:
                assert all(same_attributes(state[one], image) for one, image in replayed.items())
                assert state.keys() == replayed.keys()
    assert replayed.keys() == states[-1].keys()
    assert [int(one.sequence_number) for one in records] == sorted({int(one.sequence_number) for one in records})
