"""Filter criteria over the records of each source."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from eventsim.errors import AwsError
from eventsim.patterns.errors import PatternError
from eventsim.patterns.filter_criteria import compile_filters, lint
from eventsim.patterns.json_numbers import decode_object

TIME = "dynamodb.ApproximateCreationDateTime"


def message(body: str, **attributes: str) -> dict[str, Any]:
    return {
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", **attributes},
        "messageAttributes": {"kind": {"stringValue": "a", "dataType": "String"}},
        "md5OfBody": "0",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders",
        "awsRegion": "us-east-1",
    }


def stream_record(data: bytes) -> dict[str, Any]:
    inner = {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": "u1",
        "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
        "data": b64encode(data).decode(),
        "approximateArrivalTimestamp": 1545084650.987,
    }
    return {"kinesis": inner, "eventSource": "aws:kinesis", "eventName": "aws:kinesis:record", "awsRegion": "us-east-1"}


def change(**image: Any) -> dict[str, Any]:
    dynamodb = {"ApproximateCreationDateTime": 1767225600.0, "Keys": {"id": {"S": "a"}}, "NewImage": image}
    return {"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": dynamodb}


def rejections(pattern: Any, record: dict[str, Any], source: Any = "sqs") -> list[str] | None:
    filters = compile_filters([pattern], source)
    assert filters is not None
    return filters.rejections(record)


def refusal(patterns: list[Any], source: Any = "sqs") -> tuple[str, str, str]:
    with pytest.raises(AwsError) as caught:
        compile_filters(patterns, source)
    error = caught.value
    assert isinstance(error.__cause__, PatternError)
    assert error.status == 400
    return error.code, error.message, str(error.__cause__)


@pytest.mark.rule("FLT-01")
def test_no_patterns_are_no_filters() -> None:
    assert compile_filters([], "sqs") is None


@pytest.mark.rule("FLT-05", "FLT-07")
@pytest.mark.parametrize(
    ("body", "pattern", "rejected"),
    [
        ("hello", {"body": ["hello", {"prefix": "x"}]}, None),
        ("hello", {"body": [{"prefix": "x"}]}, ["body"]),
        ("hello", {"attributes": {"ApproximateReceiveCount": ["1"]}}, None),
        ("hello", {"attributes": {"ApproximateReceiveCount": ["2"]}}, ["attributes.ApproximateReceiveCount"]),
        ("hello", {"body": {"kind": ["a"]}}, ["body"]),
        ("hello", {"body": {"kind": [{"exists": False}]}}, ["body"]),
        ('{"kind": "a"}', {"body": ["hello", {"prefix": "{"}]}, ["body"]),
        ('{"kind": "a"}', {"body": [{"exists": False}]}, ["body"]),
        ('{"kind": "a"}', {"attributes": {"ApproximateReceiveCount": ["1"]}}, None),
        ('{"kind": "a"}', {"messageAttributes": {"kind": {"stringValue": ["a"]}}}, None),
        ('{"kind": "a"}', {"body": {"kind": ["a"]}}, None),
        (' {"kind": "a"}\n', {"body": {"kind": ["a"]}}, None),
        ('{"kind": "a"}', {"body": {"kind": ["b"]}}, ["body.kind"]),
        ('{"kind": "a"}', {"body": {"kind": ["a"]}, "attributes": {"A": ["t"]}}, ["attributes.A"]),
        ('{"kind": "a"}', {"$or": [{"body": ["x"]}, {"body": {"kind": ["a"]}}]}, None),
        ("x", {"$or": [{"body": ["x"]}, {"body": {"kind": ["a"]}}]}, None),
        ("y", {"$or": [{"body": ["x"]}, {"body": {"kind": ["a"]}}]}, ["$or"]),
    ],
)  # fmt: skip
def test_the_forms_of_body_and_pattern_decide(body: str, pattern: dict[str, Any], rejected: list[str] | None) -> None:
    assert rejections(json.dumps(pattern), message(body)) == rejected
    assert rejections(pattern, message(body)) == rejected


@pytest.mark.rule("FLT-07")
@pytest.mark.parametrize("body", ["5", '"text"', "[1]", "null", "{", "[" * 99999, '{"a": NaN}', "\ud800"])
def test_a_body_that_holds_no_object_is_plain_text(body: str) -> None:
    assert rejections({"body": [body]}, message(body)) is None
    assert rejections({"body": {"a": [{"exists": False}]}}, message(body)) == ["body"]


@pytest.mark.rule("FLT-01")
def test_one_matching_filter_is_enough_and_else_each_names_its_first_mismatch() -> None:
    patterns: list[Any] = [{"body": {"kind": ["a"]}}, {"attributes": {"MessageGroupId": ["g"]}}, {"body": ["x"]}]
    filters = compile_filters(patterns, "sqs")
    assert filters is not None
    assert filters.rejections(message('{"kind": "a"}')) is None
    assert filters.rejections(message("text", MessageGroupId="g")) is None
    assert filters.rejections(message('{"kind": "b"}')) == ["body.kind", "attributes.MessageGroupId", "body"]


@pytest.mark.rule("FLT-05")
def test_the_body_is_parsed_at_most_once_and_only_for_patterns_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str | bytes] = []

    def counted(text: str | bytes) -> dict[str, Any] | None:
        parsed.append(text)
        return decode_object(text)

    monkeypatch.setattr("eventsim.patterns.record_documents.decode_object", counted)
    about_body: list[Any] = [{"body": {"kind": [kind]}} for kind in ("a", "b", "c")]
    about_metadata: list[Any] = [{"attributes": {"MessageGroupId": ["g"]}}]
    for patterns in (about_body, about_metadata, about_body + about_metadata):
        filters = compile_filters(patterns, "sqs")
        assert filters is not None
        assert filters.rejections(message('{"kind": "z"}')) is not None
    assert parsed == ['{"kind": "z"}'] * 2


@pytest.mark.rule("FLT-05")
def test_the_record_itself_stays_as_it_is() -> None:
    for record, source in ((message('{"a": 1}'), "sqs"), (stream_record(b'{"a": 1}'), "kinesis")):
        before = json.dumps(record)
        rejections({"body" if source == "sqs" else "data": {"a": [1]}}, record, source)
        assert json.dumps(record) == before


@pytest.mark.rule("FLT-11")
def test_numbers_in_a_body_compare_as_they_are_written() -> None:
    pattern = '{"body": {"total": [300]}}'
    bodies = ['{"total": 300}', '{"total": 300.0}', '{"total": 3.0e2}', '{"total": "300"}']
    assert [rejections(pattern, message(body)) is None for body in bodies] == [True, False, False, False]


@pytest.mark.rule("FLT-05", "FLT-09")
@pytest.mark.parametrize(
    ("data", "pattern", "rejected"),
    [
        (b'{"kind": "a"}', {"data": {"kind": ["a"]}}, None),
        (b'{"kind": "a"}', {"data": {"kind": ["b"]}}, ["data.kind"]),
        (b'{"kind": "a"}', {"partitionKey": ["u1"]}, None),
        (b'{"kind": "a"}', {"eventSource": ["aws:kinesis"], "data": {"kind": ["a"]}}, None),
        (b'{"kind": "a"}', {"kinesis": {"partitionKey": ["u1"]}}, ["kinesis"]),
        (b'{"kind": "a"}', {"approximateArrivalTimestamp": [{"numeric": [">", 1545084650]}]}, None),
        (b"text", {"data": {"kind": [{"exists": False}]}}, ["data"]),
        (b"\xff\x00", {"data": {"kind": ["a"]}}, ["data"]),
        (b"[1]", {"data": {"kind": [{"exists": False}]}}, ["data"]),
        (b"text", {"partitionKey": ["u1"]}, None),
        (b"text", {"partitionKey": ["u2"]}, ["partitionKey"]),
    ],
)
def test_a_stream_record_is_matched_by_its_inner_object(
    data: bytes, pattern: dict[str, Any], rejected: list[str] | None
) -> None:
    assert rejections(pattern, stream_record(data), "kinesis") == rejected


@pytest.mark.rule("FLT-05", "FLT-06", "FLT-13", "FLT-16")
@pytest.mark.parametrize(
    ("pattern", "rejected"),
    [
        ({"dynamodb": {"NewImage": {"total": {"N": ["101"]}}}}, None),
        ({"dynamodb": {"NewImage": {"total": {"N": [101]}}}}, ["dynamodb.NewImage.total.N"]),
        ({"dynamodb": {"NewImage": {"total": {"N": [{"numeric": [">", 1]}]}}}}, ["dynamodb.NewImage.total.N"]),
        ({"dynamodb": {"NewImage": {"total": {"N": [{"anything-but": "5"}]}}}}, None),
        ({"dynamodb": {"NewImage": {"total": {"N": [{"prefix": "10"}]}}}}, None),
        ({"dynamodb": {"ApproximateCreationDateTime": [{"numeric": [">=", 1767225600]}]}}, None),
        ({"dynamodb": {"ApproximateCreationDateTime": [{"numeric": [">", 1767225600]}]}}, [TIME]),
        ({"dynamodb": {"NewImage": {"total": [{"exists": True}]}}}, ["dynamodb.NewImage.total"]),
        ({"dynamodb": {"NewImage": {"total": [{"exists": False}]}}}, None),
        ({"dynamodb": {"NewImage": {"total": {"N": [{"exists": True}]}}}}, None),
        ({"dynamodb": {"NewImage": {"other": {"N": [{"exists": False}]}}}}, None),
        ({"eventName": ["INSERT"], "dynamodb": {"Keys": {"id": {"S": ["a"]}}}}, None),
        ({"eventName": ["REMOVE"]}, ["eventName"]),
    ],
)  # fmt: skip
def test_a_change_is_matched_with_its_type_tags(pattern: dict[str, Any], rejected: list[str] | None) -> None:
    assert rejections(pattern, change(total={"N": "101"}), "dynamodb") == rejected


@pytest.mark.rule("FLT-09")
@pytest.mark.parametrize(("source", "key"), [("kinesis", "data"), ("dynamodb", "dynamodb")])
def test_a_stream_refuses_text_patterns_for_its_data(source: str, key: str) -> None:
    detail = f"{key}: found a list of values; allowed: an object, since the data is matched as JSON"
    expected = ("InvalidParameterValueException", "Invalid filter pattern definition.", detail)
    assert refusal([{key: ["text"]}], source) == expected
    assert refusal([{"$or": [{key: ["text"]}, {"eventName": ["x"]}]}], source) == expected


@pytest.mark.rule("FLT-02", "FLT-08")
@pytest.mark.parametrize(
    "pattern",
    [None, "text", '["a"]', "{", '{"body": "text"}', '{"a": {"b": "c"}}', '{"a": []}', '{"a": [{"like": 1}]}'],
)
@pytest.mark.parametrize("source", ["sqs", "kinesis", "dynamodb"])
def test_a_bad_pattern_is_aws_error_with_the_detail_as_its_cause(pattern: Any, source: str) -> None:
    code, text, _ = refusal([pattern], source)
    assert (code, text) == ("InvalidParameterValueException", "Invalid filter pattern definition.")


@pytest.mark.rule("FLT-02")
def test_the_detail_names_the_filter_when_there_are_several() -> None:
    assert (
        refusal([{"body": ["a"]}, {"body": {"kind": "a"}}])[2]
        == 'filter 2: body.kind: found the string "a"; allowed: a list of values, or an object, as in ["a"]'
    )


@pytest.mark.rule("FLT-01")
def test_a_mapping_has_at_most_five_filters_unless_the_quota_is_raised() -> None:
    patterns: list[Any] = [{"body": [str(number)]} for number in range(6)]
    assert compile_filters(patterns[:5], "sqs") is not None
    assert compile_filters(patterns, "sqs", most=10) is not None
    with pytest.raises(AwsError, match=r"InvalidParameterValueException: .* 5 filters") as caught:
        compile_filters(patterns, "sqs")
    assert caught.value.status == 400


@pytest.mark.rule("FLT-01", "GEN-06")
def test_a_pattern_has_at_most_4096_characters() -> None:
    longest = json.dumps({"body": ["x" * 4080]})
    longest += " " * (4096 - len(longest))
    assert compile_filters([longest], "sqs") is not None
    with pytest.raises(AwsError) as caught:
        compile_filters(["{}", longest + " "], "sqs")
    place = f"Value '{longest} ' at 'filterCriteria.filters.2.member.pattern'"
    constraint = "failed to satisfy constraint: Member must have length less than or equal to 4096"
    assert str(caught.value) == f"ValidationException: 1 validation error detected: {place} {constraint}"


@pytest.mark.rule("FLT-06", "FLT-16")
def test_lint_warns_about_keys_outside_the_data_key() -> None:
    pattern = '{"body": {"a": [1]}, "attributes": {"x": ["1"]}, "$or": [{"boddy": [1]}, {"awsRegion": ["x"]}]}'
    keys = (
        "body, messageId, receiptHandle, attributes, messageAttributes, md5OfBody, md5OfMessageAttributes, eventSource"
    )
    keys += ", eventSourceARN, awsRegion"
    assert lint([pattern, pattern], "sqs") == [
        'the key "attributes" is metadata: for this source AWS documents filters on "body" only',
        f'no record of this source has the key "boddy"; its keys are {keys}',
        'the key "awsRegion" is metadata: for this source AWS documents filters on "body" only',
    ]
    assert lint([{"data": {"a": [1]}}], "kinesis") == []
    (wrapped,) = lint([{"kinesis": {"data": {"a": [1]}}}], "kinesis")
    assert wrapped.startswith('no record of this source has the key "kinesis"; its keys are data, ')


@pytest.mark.rule("FLT-16")
def test_lint_warns_about_numeric_on_numbers_of_dynamodb() -> None:
    numeric = [{"numeric": [">", 1]}]
    image = {"$or": [{"total": {"N": numeric}}, {"N": {"S": ["x"]}}]}
    warning = "dynamodb.NewImage.total.N: numeric never matches, since DynamoDB writes numbers as strings"
    assert lint([{"dynamodb": {"NewImage": image, "ApproximateCreationDateTime": numeric}}], "dynamodb") == [warning]
