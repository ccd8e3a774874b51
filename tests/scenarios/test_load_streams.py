# ruff: noqa: E501 - the expected texts stand whole, one a line
"""Mappings from streams, and the steps that feed and change streams and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim.scenarios.model import StreamMappingSpec
from tests.scenarios.loading import loader, refuser

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.scenarios.model import Scenario

SOURCES = """\
queues: {q: {}, f.fifo: {}}
streams: {s: {}, t: {ShardCount: 2}, o: {StreamModeDetails: {StreamMode: ON_DEMAND}}}
tables: {abc: {partition_key: id, sort_key: "at:N", StreamSpecification: {StreamViewType: NEW_IMAGE}}, plain: {partition_key: id}}
buckets: {failures: {}, q-q: {}}
"""
TABLE_STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/abc/stream/2026-01-01T00:00:00.000"


def event(properties: str, kind: str = "Kinesis") -> str:
    return f"{SOURCES}functions:\n  w: {{script: [{{return: 1}}], Events: {{e: {{Type: {kind}, Properties: {properties}}}}}}}\n"


def steps(*written: str) -> str:
    return event("{Stream: s, StartingPosition: LATEST}") + "steps:\n" + "".join(f"  - {one}\n" for one in written)


def mapping(scenario: Scenario) -> StreamMappingSpec:
    (spec,) = scenario.functions["w"].mappings
    assert isinstance(spec, StreamMappingSpec)
    return spec


def told(lines: list[str], under: str = "") -> list[str]:
    """The lines without file and place, paths relative to *under*."""
    return [line.split(" ", 1)[1].removeprefix(f"{under}.").removeprefix(f"{under}: ") for line in lines]


@pytest.mark.rule("KIN-13", "ESM-02")
def test_a_stream_mapping_has_lambdas_defaults(tmp_path: Path) -> None:
    spec = mapping(loader(tmp_path)(event("{Stream: s, StartingPosition: TRIM_HORIZON}")))
    settings = spec.settings
    assert (spec.name, spec.kind, spec.source) == ("w/e", "stream", "s")
    assert (settings.batch_size, settings.maximum_batching_window_in_seconds) == (100, 0)
    assert (settings.parallelization_factor, settings.tumbling_window_in_seconds) == (1, 0)
    assert (settings.maximum_retry_attempts, settings.maximum_record_age_in_seconds) == (-1, -1)
    assert (settings.bisect_batch_on_function_error, settings.on_failure, settings.enabled) == (False, None, True)


@pytest.mark.rule("ESM-02", "STR-19")
@pytest.mark.parametrize(
    ("written", "arn"),
    [
        ("q", "arn:aws:sqs:us-east-1:123456789012:q"),
        ("arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:sqs:us-east-1:123456789012:q"),
        ("failures", "arn:aws:s3:::failures"),
    ],
)
def test_the_destination_is_a_name_or_an_arn(tmp_path: Path, written: str, arn: str) -> None:
    properties = (
        f'{{Stream: s, StartingPosition: LATEST, DestinationConfig: {{OnFailure: {{Destination: "{written}"}}}}}}'
    )
    assert mapping(loader(tmp_path)(event(properties))).settings.on_failure == arn


@pytest.mark.parametrize("written", ["abc", TABLE_STREAM])
def test_a_tables_stream_goes_by_the_tables_name_or_its_own_arn(tmp_path: Path, written: str) -> None:
    spec = mapping(loader(tmp_path)(event(f'{{Stream: "{written}", StartingPosition: LATEST}}', "DynamoDB")))
    assert (spec.kind, spec.source) == ("table", "abc")


def test_the_label_of_a_tables_stream_is_the_start_of_the_run(tmp_path: Path) -> None:
    arn = TABLE_STREAM.replace("2026-01-01T00:00:00", "2020-02-02T10:00:00")
    text = event(f'{{Stream: "{arn}", StartingPosition: LATEST}}', "DynamoDB")
    assert mapping(loader(tmp_path)(f"start_time: 2020-02-02T10:00:00Z\n{text}")).source == "abc"
    assert "names no stream of a table of this file" in refuser(tmp_path)(text)[0]


@pytest.mark.rule("ESM-02", "ESM-06", "ESM-07", "ESM-08", "ESM-11", "STR-10", "STR-19", "DDB-08", "FLT-02")
@pytest.mark.parametrize(
    ("kind", "properties", "messages"),
    [
        ("Kinesis", "{StartingPosition: LATEST}", ["Stream is missing, the Properties of a Kinesis event needs it"]),
        ("Kinesis", "{Stream: s}", ["StartingPosition: InvalidParameterValueException: 1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."]),
        ("Kinesis", "{Stream: s, StartingPosition: NOW}", ["StartingPosition: ValidationException: 1 validation error detected: Value 'NOW' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]"]),
        ("Kinesis", "{Stream: s, StartingPosition: AT_TIMESTAMP}", ["StartingPositionTimestamp: InvalidParameterValueException: StartingPositionTimestamp must be given with the starting position AT_TIMESTAMP, and only then."]),
        ("Kinesis", "{Stream: s, StartingPosition: AT_TIMESTAMP, StartingPositionTimestamp: 2026-01-01T00:00:01Z}", ["StartingPositionTimestamp: InvalidParameterValueException: StartingPositionTimestamp must not be in the future."]),
        ("DynamoDB", "{Stream: abc, StartingPosition: AT_TIMESTAMP, StartingPositionTimestamp: 5}", [f"StartingPosition: InvalidParameterValueException: Unsupported starting position for arn type: {TABLE_STREAM}"]),
        ("DynamoDB", "{Stream: plain, StartingPosition: LATEST}", ["Stream: found 'plain', a table without a stream: give it a StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}"]),
        ("Kinesis", "{Stream: abc, StartingPosition: LATEST}", ["Stream: found 'abc', which names no stream of this file; allowed: s, t, o"]),
        ("Kinesis", "{Stream: s, StartingPosition: LATEST, MaximumRecordAgeInSeconds: 59}", ["MaximumRecordAgeInSeconds: InvalidParameterValueException: MaximumRecordAgeInSeconds must be -1 or at least 60."]),
        ("Kinesis", "{Stream: s, StartingPosition: LATEST, ParallelizationFactor: 11}", ["ParallelizationFactor: ValidationException: 1 validation error detected: Value '11' at 'parallelizationFactor' failed to satisfy constraint: Member must have value less than or equal to 10"]),
        ("Kinesis", "{Stream: s, StartingPosition: LATEST, ParallelizationFactor: 2, TumblingWindowInSeconds: 30}", ["ParallelizationFactor: InvalidParameterValueException: TumblingWindowInSeconds can't be used together with a ParallelizationFactor of more than 1."]),
        ("Kinesis", "{Stream: s, StartingPosition: LATEST, ScalingConfig: {MaximumConcurrency: 3}}", ["ScalingConfig: InvalidParameterValueException: ScalingConfig isn't supported for this event source type"]),
        ("Kinesis", "{Stream: s, StartingPosition: LATEST, DestinationConfig: {OnSuccess: {Destination: q}}}", ["DestinationConfig.OnSuccess: InvalidParameterValueException: Unsupported DestinationConfig parameter for given event source mapping type."]),
        ("Kinesis", "{Stream: s, StartingPosition: LATEST, DestinationConfig: {OnFailure: {Destination: f.fifo}}}", ["DestinationConfig.OnFailure: InvalidParameterValueException: Unsupported destination arn:aws:sqs:us-east-1:123456789012:f.fifo: FIFO queues and FIFO topics are not supported."]),
        ("Kinesis", "{Stream: s, StartingPosition: LATEST, DestinationConfig: {OnFailure: {Destination: qq}}}", ["DestinationConfig.OnFailure.Destination: found 'qq', which names no queue, bucket or topic of this file"]),
        ("Kinesis", "{Stream: s, StartingPosition: LATEST, DestinationConfig: {OnFailure: {Type: SNS, Destination: q}}}", ["DestinationConfig.OnFailure.Type: found SNS, but the destination is arn:aws:sqs:us-east-1:123456789012:q"]),
        ("Kinesis", "{Stream: s, StartingPosition: LATEST, FilterCriteria: {Filters: [{Pattern: '{\"data\": [\"a\"]}'}]}}", ["FilterCriteria.Filters[0].Pattern: InvalidParameterValueException: Invalid filter pattern definition. data: found a list of values; allowed: an object, since the data is matched as JSON"]),
    ],
)  # fmt: skip
def test_a_mapping_that_lambda_refuses_is_refused_in_its_words(
    tmp_path: Path, kind: str, properties: str, messages: list[str]
) -> None:
    found = told(refuser(tmp_path)(event(properties, kind)), "functions.w.Events.e.Properties")
    assert [line.split(", did you mean")[0] for line in found] == [
        one.replace("queue, bucket or topic", "queue, topic or bucket") for one in messages
    ]


@pytest.mark.rule("ESM-09")
def test_a_second_mapping_of_the_stream_to_the_function_is_refused(tmp_path: Path) -> None:
    one = "{Type: Kinesis, Properties: {Stream: s, StartingPosition: LATEST}}"
    text = f"{SOURCES}functions:\n  w: {{script: [{{return: 1}}], Events: {{a: {one}, b: {one}}}}}\n"
    assert told(refuser(tmp_path)(text)) == [
        (
            'functions.w.Events.b.Properties.Stream: ResourceConflictException: The event source arn (" arn:aws:kinesis:us-east-1:123456789012:stream/s ") '
            'and function (" w ") provided mapping already exists. Please update or delete the existing mapping with UUID w/a'
        )
    ]


def test_a_put_step_has_one_record_or_several(tmp_path: Path) -> None:
    scenario = loader(tmp_path)(
        steps(
            'put: {stream: t, PartitionKey: "u{n}", data: {n: "{n}"}, count: 3, every: 1s}',
            "{at: 5s, put: {stream: t, records: [{PartitionKey: 7, data: x}, {PartitionKey: b, data_base64: AAE=, ExplicitHashKey: 5}]}}",
        )
    )
    first, second = (step.action for step in scenario.steps)
    assert [(one.partition_key, one.data, one.encoded) for one in first.records] == [("u{n}", '{"n":"{n}"}', False)]  # type: ignore[union-attr]
    assert (first.count, first.every_s, scenario.steps[0].last_at_s) == (3, 1.0, 2.0)  # type: ignore[union-attr]
    assert [(one.partition_key, one.data, one.encoded, one.explicit_hash_key) for one in second.records] == [  # type: ignore[union-attr]
        ("7", "x", False, None), ("b", "AAE=", True, "5"),
    ]  # fmt: skip


def test_a_written_items_numbers_keep_every_digit(tmp_path: Path) -> None:
    item = "{id: a, at: 1, big: 12345678901234567890.123456789012345678, small: 1.50, tiny: 1.0e-9, yes: true, none: null, list: [1, x], map: {n: 0.1}}"
    (step,) = loader(tmp_path)(steps(f"write: {{table: abc, put: {item}}}")).steps
    assert step.action.item == {  # type: ignore[union-attr]
        "id": {"S": "a"}, "at": {"N": "1"}, "big": {"N": "12345678901234567890.123456789012345678"}, "small": {"N": "1.5"},
        "tiny": {"N": "0.000000001"}, "yes": {"BOOL": True}, "none": {"NULL": True}, "list": {"L": [{"N": "1"}, {"S": "x"}]},
        "map": {"M": {"n": {"N": "0.1"}}},
    }  # fmt: skip


@pytest.mark.parametrize("written", ["{id: a, at: 1}", "{key: {id: a, at: 1}}"])
def test_a_delete_names_the_key_with_or_without_the_word(tmp_path: Path, written: str) -> None:
    (step,) = loader(tmp_path)(steps(f"write: {{table: abc, delete: {written}}}")).steps
    assert step.action.key == {"id": {"S": "a"}, "at": {"N": "1"}}  # type: ignore[union-attr]


@pytest.mark.rule("KIN-01", "KIN-02", "KIN-11")
@pytest.mark.parametrize(
    ("written", "messages"),
    [
        ("put: {stream: s, data: x}", ["put: PartitionKey is missing, a record needs it"]),
        ("put: {stream: s, PartitionKey: a}", ["put: found none, expected either data or data_base64"]),
        ("put: {stream: s, PartitionKey: a, data: x, data_base64: eA==}", ["put: found both, expected either data or data_base64"]),
        ("put: {stream: s, PartitionKey: a, data: x, every: 1s}", ["put.every: found every without count, expected count or records"]),
        ("put: {stream: s, records: []}", ["put.records: found an empty list, expected at least one record"]),
        ("put: {stream: s, count: 2, records: [{PartitionKey: a, data: x}]}", ["put.count: found count beside records, which are one record each"]),
        ("put: {stream: q, PartitionKey: a, data: x}", ["put.stream: found 'q', which names no stream of this file; allowed: s, t, o"]),
        ("put: {stream: s, PartitionKey: a, data_base64: '!'}", ["put: SerializationException: '!' can not be converted to a Blob: it is not base64"]),
        ("put: {stream: s, PartitionKey: a, data: x, ExplicitHashKey: '340282366920938463463374607431768211456'}", ["put: InvalidArgumentException: Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was 340282366920938463463374607431768211456"]),
        ("reshard: {stream: s}", ["reshard: found none, expected exactly one of ShardCount, split, merge"]),
        ("reshard: {stream: s, ShardCount: 3}", ["reshard.ShardCount: LimitExceededException: UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: 1, Target shard count: 3"]),
        ("reshard: {stream: s, split: shardId-000000000009}", ["reshard.split: ResourceNotFoundException: Could not find shard shardId-000000000009 in stream s under account 123456789012."]),
        ("reshard: {stream: t, merge: [shardId-000000000001]}", ["reshard.merge: found 1 shards, expected two: the second follows the first"]),
        ("reshard: {stream: t, ShardCount: 4, NewStartingHashKey: 5}", ["reshard.NewStartingHashKey: found NewStartingHashKey without split"]),
        ("write: {table: abc}", ["write: found none, expected exactly one of put, update, delete"]),
        ("write: {table: abc, put: {id: a}}", ["write.put: ValidationException: Missing the key at in the item. The key of 'abc' is id (S), at (N)."]),
        ("write: {table: abc, put: {id: 1, at: 1}}", ["write.put.id: ValidationException: One or more parameter values were invalid: Type mismatch for key id expected: S actual: N"]),
        ("write: {table: abc, put: {id: '', at: 1}}", ["write.put.id: ValidationException: One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id"]),
        ("write: {table: abc, update: {key: {id: a, at: 1}, set: {at: 2}}}", ["write.update.set.at: ValidationException: One or more parameter values were invalid: Cannot update attribute at. This attribute is part of the key"]),
        ("write: {table: abc, delete: {id: a, at: 1, x: 2}}", ["write.delete: ValidationException: The provided key element does not match the schema. Found x too; the key is id (S), at (N)."]),
        ("write: {table: abc, put: {id: a, at: .inf}}", ["write.put.at: found inf, expected a finite number"]),
        ("write: {table: abc, put: {id: a, at: 123456789012345678901234567890123456789}}", ["write.put.at: ValidationException: Attempting to store more than 38 significant digits in a Number"]),
        ("update: {mapping: w/e, StartingPosition: LATEST}", ["update.StartingPosition: found StartingPosition, which an update can't change"]),
        ("update: {mapping: w/e, BatchSize: 0}", ["update.BatchSize: ValidationException: 1 validation error detected: Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1"]),
        ("update: {mapping: w/e, ScalingConfig: {MaximumConcurrency: 2}}", ["update.ScalingConfig: InvalidParameterValueException: ScalingConfig isn't supported for this event source type"]),
    ],
)  # fmt: skip
def test_a_step_that_the_service_refuses_is_refused_in_its_words(
    tmp_path: Path, written: str, messages: list[str]
) -> None:
    assert told(refuser(tmp_path)(steps(written)), "steps[0]") == messages


def test_a_reshard_is_checked_against_the_shards_that_the_steps_before_left(tmp_path: Path) -> None:
    good = [
        "{at: 1s, reshard: {stream: s, ShardCount: 2}}",
        "{at: 2s, reshard: {stream: s, ShardCount: 4}}",
        "{at: 3s, reshard: {stream: s, split: shardId-000000000003}}",
    ]
    assert len(loader(tmp_path)(steps(*good)).steps) == 3
    again = "{at: 4s, reshard: {stream: s, split: shardId-000000000003}}"
    (message,) = told(refuser(tmp_path)(steps(*good, again)), "steps[3].reshard")
    assert message.startswith("split: ")


def test_an_update_of_a_stream_mapping_is_checked_with_what_stood_before(tmp_path: Path) -> None:
    text = steps(
        "update: {mapping: w/e, TumblingWindowInSeconds: 30}",
        "{at: 5s, update: {mapping: w/e, ParallelizationFactor: 2}}",
    )
    assert [line.split(": ")[1] for line in refuser(tmp_path)(text)] == ["steps[1].update.ParallelizationFactor"]
