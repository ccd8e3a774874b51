"""What a message may be: sizes, characters, attributes, digests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.queue_lab import KENOBI, Lab, bodies, counts, refusal


@pytest.mark.rule("SQS-02")
def test_the_size_counts_utf8_bytes_of_body_and_attributes(lab: Lab) -> None:
    queue = lab.queue(MaximumMessageSize="1024")
    attributes = {"size": {"DataType": "String", "StringValue": "ä"}}  # 4 + 6 + 2 bytes
    assert queue.send("é" * 506, attributes=attributes).size_bytes == 1024
    text = "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    for body in ("é" * 506 + "x", "x" * 1013):
        assert refusal(queue.send, body, attributes=attributes)[2] == text
    assert counts(queue) == (1, 0, 0)


@pytest.mark.rule("SQS-02")
def test_a_message_of_1_mib_is_the_largest(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("x" * 1_048_576)
    assert refusal(lambda: queue.send("x" * 1_048_577))[1] == "InvalidParameterValue"


@pytest.mark.rule("SQS-02")
@pytest.mark.parametrize("body", ["\x00", "a\x0bb", "\ufffe", "\uffff", "\ud800", "x\x1f"])
def test_characters_outside_xml_are_refused(lab: Lab, body: str) -> None:
    assert refusal(lambda: lab.queue().send(body))[:2] == ("InvalidMessageContents", "InvalidMessageContents")


@pytest.mark.rule("SQS-02")
def test_other_characters_are_kept(lab: Lab) -> None:
    body = '\t\n\r "é" \x7f\x85\u2028\ufffd\U0001f600\U0010fffd'
    lab.queue().send(body)
    assert bodies(lab.queue().receive()) == [body]


BAD_ATTRIBUTES = [
    ({"a": {"DataType": "String", "StringValue": ""}}, "must contain a non-empty value of type 'String'"),
    ({"a": {"DataType": "Binary"}}, "must contain a non-empty value of type 'Binary'"),
    ({"a": {"DataType": "Text", "StringValue": "x"}}, "prefixes: Binary, Number, String."),
    ({"a": {"StringValue": "x"}}, "must contain a non-empty attribute type"),
    ({"a": {"DataType": "Number", "StringValue": "one"}}, "Can't cast the value of message (user) attribute 'a'"),
    ({"a": {"DataType": "Binary", "BinaryValue": "not base64"}}, "must hold bytes, or base64 text"),
    ({"a": {"DataType": "String", "StringListValues": ["x"]}}, "List values are not supported."),
    ({"a": {"DataType": "String", "StringValue": 1}}, "must be a string"),
    ({"a": "x"}, "must contain a non-empty attribute type"),
    ({".a": {"DataType": "String", "StringValue": "x"}}, "Invalid attribute name '.a'"),
    ({"a..b": {"DataType": "String", "StringValue": "x"}}, "Invalid attribute name 'a..b'"),
    ({"AWS.x": {"DataType": "String", "StringValue": "x"}}, "beginning with 'AWS.'"),
    ({"n" * 257: {"DataType": "String", "StringValue": "x"}}, "Length of message (user) attribute name"),
    ({f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}, "attributes [11] exceeds"),
]


@pytest.mark.rule("SQS-02", "SQS-34")
@pytest.mark.parametrize(("attributes", "text"), BAD_ATTRIBUTES)
def test_message_attributes_are_checked(lab: Lab, attributes: dict[str, Any], text: str) -> None:
    code, query_code, message = refusal(lambda: lab.queue().send("x", attributes=attributes))
    assert (code, query_code) == ("InvalidParameterValueException", "InvalidParameterValue")
    assert text in message


TRACEPARENT = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"


@pytest.mark.rule("SQS-35")
@pytest.mark.parametrize(
    ("attributes", "digest"),
    [
        (KENOBI, "4c360f3fdafd970e05fae2f149d997f5"),
        ({"Foo": {"DataType": "String", "StringValue": "Bar"}}, "ae7155c6026991b6d54b11589678bf9c"),
        ({"attr1": {"DataType": "Binary", "BinaryValue": TRACEPARENT}}, "8cbe4db156db8a94db8b801b7addb984"),
        (None, None),
    ],
)
def test_the_digest_of_the_attributes_is_aws_s(lab: Lab, attributes: dict[str, Any] | None, digest: str | None) -> None:
    assert lab.queue().send("msg", attributes=attributes).md5_attributes == digest


@pytest.mark.rule("SQS-35")
def test_custom_types_count_in_the_digest(lab: Lab) -> None:
    plain, custom = (
        lab.queue().send("x", attributes={"a": {"DataType": kind, "StringValue": "1"}})
        for kind in ("Number", "Number.int")
    )
    assert plain.md5_attributes != custom.md5_attributes
