"""Lambda's REST protocol: parameters by botocore's model, its checks, answers and errors."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from eventsim.cloud.lambda_api import LambdaEndpoint
from eventsim.cloud.lambda_api.errors import LambdaError
from eventsim.cloud.requests import AwsResponse, identify
from eventsim.errors import AwsError

HOST = "https://lambda.us-east-1.amazonaws.com"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


class Control:
    """Remembers what it was asked, and answers or fails as it was told."""

    def __init__(self, answer: dict[str, Any] | AwsError | None = None) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._answer = answer

    def supports(self, operation: str) -> bool:
        return operation != "ListLayers"

    async def handle(self, operation: str, params: dict[str, Any], *, trace_header: str | None) -> dict[str, Any]:
        self.calls.append((operation, params))
        if isinstance(self._answer, AwsError):
            raise self._answer
        return self._answer or {}


def send(
    control: Control, method: str, path: str, body: bytes = b"", headers: dict[str, str | bytes] | None = None
) -> AwsResponse:
    request = identify(method, HOST + path, headers or {}, body)
    return asyncio.run(LambdaEndpoint(control).handle_request(request))


def asked(method: str, path: str, body: bytes = b"", **headers: str | bytes) -> tuple[str, dict[str, Any]]:
    control = Control()
    response = send(control, method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    assert response.status < 300, response.body
    return control.calls[0]


def test_parameters_come_from_path_query_headers_and_body() -> None:
    assert asked("GET", f"/2015-03-31/functions/{quote(ARN, safe='')}?Qualifier=1") == (
        "GetFunction",
        {"FunctionName": ARN, "Qualifier": "1"},
    )
    assert asked(
        "POST",
        "/2015-03-31/functions/f/invocations",
        b"{not json",
        x_amz_invocation_type="Event",
        X_Amz_Log_Type="Tail",
    ) == (
        "Invoke",
        {"FunctionName": "f", "InvocationType": "Event", "LogType": "Tail", "Payload": b"{not json"},
    )
    assert asked("DELETE", f"/2017-03-31/tags/{quote(ARN, safe='')}?tagKeys=a&tagKeys=b%20c") == (
        "UntagResource",
        {"Resource": ARN, "TagKeys": ["a", "b c"]},
    )
    assert asked("GET", "/2015-03-31/event-source-mappings/?MaxItems=7&FunctionName=f") == (
        "ListEventSourceMappings",
        {"MaxItems": 7, "FunctionName": "f"},
    )
    assert asked("POST", "/2014-11-13/functions/f/invoke-async/", b"[1]") == (
        "InvokeAsync",
        {"FunctionName": "f", "InvokeArgs": b"[1]"},
    )


def test_a_body_is_read_by_its_types_and_null_is_not_given() -> None:
    body = {
        "FunctionName": "f",
        "Enabled": False,
        "BatchSize": 3,
        "KMSKeyArn": None,
        "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": 1767225600.5,
        "FilterCriteria": {"Filters": [{"Pattern": "{}", "Unknown": 1}]},
        "Unknown": [],
    }
    assert asked("POST", "/2015-03-31/event-source-mappings/", json.dumps(body).encode())[1] == {
        "FunctionName": "f",
        "Enabled": False,
        "BatchSize": 3,
        "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": 1767225600.5,
        "FilterCriteria": {"Filters": [{"Pattern": "{}"}]},
    }
    assert asked("PUT", "/2015-03-31/functions/f/code", b'{"ZipFile": "YWI=", "Publish": true}')[1] == {
        "FunctionName": "f",
        "ZipFile": b"ab",
        "Publish": True,
    }


def violated(*constraints: tuple[str, str, str]) -> str:
    """The text about values, where they are, and what they must."""
    texts = [
        f"Value {value} at '{at}' failed to satisfy constraint: Member must {must}" for value, at, must in constraints
    ]
    return f"{len(texts)} validation error{'s' if len(texts) > 1 else ''} detected: {'; '.join(texts)}"


WORDS = "satisfy enum value set: "
UNPARSED = "Could not parse request body into json: "


@pytest.mark.rule("GEN-05", "GEN-06")
@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"{", "InvalidRequestContentException", UNPARSED),
        (b"[]", "InvalidRequestContentException", f"{UNPARSED}it is no object"),
        (b'{"FunctionName": 7}', "SerializationException", "7 can not be converted to String"),
        (b'{"FunctionName": "f", "BatchSize": true}', "SerializationException", "True can not be converted to Integer"),
        (b'{"FunctionName": "f", "Enabled": "yes"}', "SerializationException", "'yes' can not be converted to Boolean"),
        (b"{}", "ValidationException", violated(("null", "functionName", "not be null"))),
        (
            b'{"FunctionName": "f", "BatchSize": 0, "ParallelizationFactor": 11}',
            "ValidationException",
            violated(
                ("'0'", "batchSize", "have value greater than or equal to 1"),
                ("'11'", "parallelizationFactor", "have value less than or equal to 10"),
            ),
        ),
        (
            b'{"FunctionName": "f", "StartingPosition": "SOON"}',
            "ValidationException",
            violated(("'SOON'", "startingPosition", f"{WORDS}[LATEST, AT_TIMESTAMP, TRIM_HORIZON]")),
        ),
        (
            b'{"FunctionName": "f", "FunctionResponseTypes": ["A", "B"]}',
            "ValidationException",
            violated(
                ("'[A, B]'", "functionResponseTypes", "have length less than or equal to 1"),
                (
                    "'[A, B]'",
                    "functionResponseTypes",
                    f"satisfy constraint: [Member must {WORDS}[ReportBatchItemFailures]]",
                ),
            ),
        ),
        (
            b'{"FunctionName": "f", "SourceAccessConfigurations": [{"Type": "X"}]}',
            "ValidationException",
            violated(("'X'", "sourceAccessConfigurations.1.member.type", f"{WORDS}[")),
        ),
    ],
    ids=["json", "object", "text", "number", "boolean", "null", "two", "word", "list", "inside"],
)
def test_what_the_model_forbids_reaches_nobody(body: bytes, code: str, message: str) -> None:
    control = Control()
    response = send(control, "POST", "/2015-03-31/event-source-mappings/", body)
    assert (response.status, response.headers["x-amzn-errortype"], control.calls) == (400, code, [])
    assert (json.loads(response.body).get("message") or "")[: len(message)] == message


def test_answers_are_laid_out_by_the_model() -> None:
    answer = {"StatusCode": 200, "FunctionError": "Unhandled", "ExecutedVersion": "1", "Payload": b'{"a": 1}'}
    response = send(Control(answer), "POST", "/2015-03-31/functions/f/invocations")
    found = {name: response.headers[name] for name in ("x-amz-function-error", "x-amz-executed-version")}
    assert found == {"x-amz-function-error": "Unhandled", "x-amz-executed-version": "1"}
    assert (response.status, response.body) == (200, b'{"a": 1}')
    moment = datetime(2026, 1, 1, 0, 0, 0, 2000, UTC)
    made = send(Control({"LastModified": moment, "UUID": None, "State": "Creating"}), "POST",
                "/2015-03-31/event-source-mappings/", b'{"FunctionName": "f"}')  # fmt: skip
    assert (made.status, json.loads(made.body)) == (202, {"LastModified": 1767225600.002, "State": "Creating"})
    gone = send(Control(), "DELETE", "/2017-10-31/functions/f/concurrency")
    assert (gone.status, gone.body) == (204, b"")


@pytest.mark.rule("GEN-05")
@pytest.mark.parametrize(
    ("error", "status", "headers", "body"),
    [
        (AwsError("ResourceNotFoundException", "none"), 404, {}, {"Type": "User", "Message": "none"}),
        (AwsError("InvalidParameterValueException", "bad"), 400, {}, {"Type": "User", "message": "bad"}),
        (AwsError("ValidationException", "odd"), 400, {}, {"message": "odd"}),
        (AwsError("ServiceException", "ours", status=500), 500, {}, {"Type": "Service", "Message": "ours"}),
        (
            LambdaError(
                "TooManyRequestsException",
                "Rate Exceeded.",
                members={"Reason": "CallerRateLimitExceeded", "retryAfterSeconds": 1},
            ),
            429,
            {"retry-after": "1"},
            {"Type": "User", "message": "Rate Exceeded.", "Reason": "CallerRateLimitExceeded"},
        ),
    ],
    ids=["missing", "parameter", "validation", "service", "throttle"],
)
def test_each_error_has_the_members_of_its_shape(
    error: AwsError, status: int, headers: dict[str, str], body: dict[str, str]
) -> None:
    response = send(Control(error), "GET", "/2015-03-31/functions/f")
    assert (response.status, response.headers["x-amzn-errortype"]) == (status, error.code)
    assert json.loads(response.body) == body
    assert {name: response.headers.get(name) for name in headers} == headers


@pytest.mark.parametrize("path", ["/2018-10-31/layers", "/2015-03-31/nothing", "/"])
def test_what_nobody_carries_out_is_an_unknown_operation(path: str) -> None:
    control = Control()
    response = send(control, "GET", path)
    assert (response.status, response.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    assert b"is not supported by eventsim" in response.body
    assert control.calls == []
