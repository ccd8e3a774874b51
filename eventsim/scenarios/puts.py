"""The steps ``put`` and ``reshard``: records for streams, and changes of their shards (KIN-01, KIN-02, KIN-11)."""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING, Any

from eventsim.errors import AwsError
from eventsim.scenarios.convert import Field, items, join, placed_items, read_whole, shown
from eventsim.scenarios.repeating import REPEAT, read_repeat
from eventsim.scenarios.source_steps import PutStep, RecordTemplate, ReshardStep
from eventsim.scenarios.templates import body_template, render
from eventsim.scenarios.values import integer, json_value, text

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.state import State
    from eventsim.scenarios.yaml_nodes import Node


def read_put(reading: Reading, node: Node, path: str, names: Names, state: State) -> PutStep:
    """One put step."""
    table: Table = {
        "stream": Field(names.one("stream"), required=True),
        **_RECORD,
        "records": Field(_records),
        **REPEAT,
    }
    values = read_whole(reading, node, path, table, "put")
    if "records" in values:
        for key in (*_RECORD, "count"):
            if key in values:
                reading.refuse(
                    node.keys[key], join(path, key), f"found {key} beside records, which are one record each"
                )
        records = values["records"]
    else:
        records = [_record(reading, node, path, values)]
    step = PutStep(
        stream=values["stream"],
        records=records,
        **read_repeat(reading, node, path, values, listed=len(records), lists="records"),
    )
    _check(reading, node, path, step, state.streams)
    return step


def read_reshard(reading: Reading, node: Node, path: str, names: Names, state: State) -> ReshardStep:
    """One change of shards; *state* is changed as the run will be."""
    table: Table = {
        "stream": Field(names.one("stream"), required=True),
        "ShardCount": Field(integer),
        "split": Field(_shard_id),
        "NewStartingHashKey": Field(_digits),
        "merge": Field(_two_shards),
    }
    values = read_whole(reading, node, path, table, "reshard")
    given = [key for key in ("ShardCount", "split", "merge") if key in values]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        reading.refuse(node, path, f"found {found}, expected exactly one of ShardCount, split, merge")
    if "NewStartingHashKey" in values and given != ["split"]:
        at = join(path, "NewStartingHashKey")
        reading.refuse(reading.place(at), at, "found NewStartingHashKey without split")
    step = ReshardStep(
        stream=values["stream"],
        shard_count=values.get("ShardCount"),
        split=values.get("split"),
        new_starting_hash_key=values.get("NewStartingHashKey"),
        merge=values.get("merge"),
    )
    if state.streams is not None:
        try:
            reshard(state.streams, step)
        except AwsError as error:
            reading.error(reading.place(join(path, given[0])), join(path, given[0]), str(error))
    return step


def reshard(streams: Streams, step: ReshardStep) -> None:
    """Change the shards of a stream; AwsError as Kinesis answers."""
    from eventsim.cloud.kinesis import resharding

    stream = streams.get(step.stream)
    if step.shard_count is not None:
        resharding.scale(streams, stream, step.shard_count)
    elif step.split is not None:
        resharding.split(streams, stream, step.split, step.new_starting_hash_key)
    elif step.merge is not None:
        resharding.merge(stream, *step.merge)


def put_record(streams: Streams, step: PutStep, n: int) -> str:
    """Put item *n*, and tell its sequence number; AwsError as Kinesis answers. Write limits do not apply."""
    record = step.records[n % len(step.records)]
    hash_key = record.explicit_hash_key
    _, put = streams.get(step.stream).put(
        _base64(record, n), render(record.partition_key, n), None if hash_key is None else render(hash_key, n)
    )
    return put.sequence_number


def _check(reading: Reading, node: Node, path: str, step: PutStep, streams: Streams | None) -> None:
    """Refuse what Kinesis would refuse of any of the records; the last has the longest number."""
    if streams is None:
        return
    from eventsim.cloud.kinesis.records import read_hash_key

    try:
        stream = streams.get(step.stream)
    except AwsError:  # it was refused itself
        return
    for number, record in enumerate(step.records):
        at = f"{join(path, 'records')}[{number}]" if "records" in node.value else path
        n = step.count - 1 if len(step.records) == 1 else number
        try:
            stream.admit(_base64(record, n), render(record.partition_key, n))
            if record.explicit_hash_key is not None:
                read_hash_key(render(record.explicit_hash_key, n))
        except AwsError as error:
            reading.error(reading.place(at) if "records" in node.value else node, at, str(error))


def _base64(record: RecordTemplate, n: int) -> str:
    data = render(record.data, n)
    return data if record.encoded else b2a_base64(data.encode(), newline=False).decode()


def _record(reading: Reading, node: Node, path: str, values: dict[str, Any]) -> RecordTemplate:
    if "PartitionKey" not in values:
        reading.refuse(node, path, "PartitionKey is missing, a record needs it")
    if ("data" in values) == ("data_base64" in values):
        found = "both" if "data" in values else "none"
        reading.refuse(node, path, f"found {found}, expected either data or data_base64")
    encoded = "data_base64" in values
    return RecordTemplate(
        partition_key=values["PartitionKey"],
        data=values["data_base64"] if encoded else body_template(values["data"]),
        encoded=encoded,
        explicit_hash_key=values.get("ExplicitHashKey"),
    )


def _records(reading: Reading, node: Node, path: str) -> list[RecordTemplate]:
    return [
        _record(reading, item, at, read_whole(reading, item, at, _RECORD, "a record"))
        for item, at in placed_items(reading, node, path, "record")
    ]


def _key(reading: Reading, node: Node, path: str) -> str:
    """A partition key; a whole number is taken for its digits."""
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return str(node.value)
    return text(reading, node, path)


def _digits(reading: Reading, node: Node, path: str) -> str:
    """A hash key: up to 39 digits, which may stand without quotes, or a template."""
    written = _key(reading, node, path)
    if not written.replace("{n}", "0").isdecimal():
        reading.refuse(node, path, f"found {shown(node)}, expected a whole number from 0 to 2^128-1")
    return written


def _shard_id(reading: Reading, node: Node, path: str) -> str:
    return _key(reading, node, path)


def _two_shards(reading: Reading, node: Node, path: str) -> tuple[str, str]:
    found = items(reading, node, path)
    if len(found) != 2:
        reading.refuse(node, path, f"found {len(found)} shards, expected two: the second follows the first")
    first, second = (_shard_id(reading, item, f"{path}[{n}]") for n, item in enumerate(found))
    return first, second


_RECORD: Table = {
    "PartitionKey": Field(_key),
    "data": Field(json_value),
    "data_base64": Field(text),
    "ExplicitHashKey": Field(_digits),
}
