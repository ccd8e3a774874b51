"""Handlers in Lambda: what Invoke is asked, and what its answers come to."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.errors import InputError
from eventsim.invokers.aws_lambda import LambdaInvoker
from tests.invokers.answering import Reply, answering
from tests.invokers.elsewhere import Elsewhere

if TYPE_CHECKING:
    from eventsim.invokers.base import InvocationResult

THROTTLE = b'{"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "message": "Rate Exceeded."}'


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "AKIDMINE", "AWS_SECRET_ACCESS_KEY": "s"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


def invoked(*replies: Reply, **settings: Any) -> list[InvocationResult]:
    with answering(*replies) as server:
        function = Elsewhere(LambdaInvoker("worker", endpoint_url=server.url, **settings))
        return function.run(*range(len(replies)), timeout_s=1.0)


@pytest.mark.rule("FUN-07")
def test_a_function_is_invoked_with_a_signed_request() -> None:
    log = base64.b64encode(b"START\n").decode()
    with answering(Reply(b'"done"', 200, {"X-Amz-Log-Result": log})) as server:
        invoker = LambdaInvoker("worker", endpoint_url=f"{server.url}/", region="eu-west-1", qualifier="live")
        result = Elsewhere(invoker).one({"n": 1}, client_context={"custom": 1})
    (asked,) = server.asked
    assert (asked.path, asked.body) == ("/2015-03-31/functions/worker/invocations?Qualifier=live", b'{"n":1}')
    assert asked.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDMINE/")
    assert "/eu-west-1/lambda/aws4_request" in asked.headers["authorization"]
    assert asked.headers["x-amz-invocation-type"] == "RequestResponse"
    assert base64.b64decode(asked.headers["x-amz-client-context"]) == b'{"custom": 1}'
    assert (result.payload, result.logs) == ('"done"', "START\n")


@pytest.mark.rule("FUN-07", "FUN-08")
def test_function_errors_come_back_whole() -> None:
    body = b'{"errorMessage": "boom", "errorType": "ValueError", "stackTrace": []}'
    result = invoked(Reply(body, 200, {"X-Amz-Function-Error": "Unhandled"}))[0]
    assert result.error == {"errorMessage": "boom", "errorType": "ValueError", "stackTrace": []}


@pytest.mark.rule("CON-06", "SQS-29")
def test_throttles_and_errors_of_lambda_itself_are_tried_again_and_any_other_refusal_an_error() -> None:
    throttle, missing, broken = invoked(
        Reply(THROTTLE, 429, {"x-amzn-ErrorType": "TooManyRequestsException"}),
        Reply(b'{"Message": "Function not found"}', 404, {"x-amzn-ErrorType": "ResourceNotFoundException:http://x/"}),
        Reply(b"<html>", 503),
    )
    assert throttle.throttled == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert missing.error == {"errorType": "ResourceNotFoundException", "errorMessage": "Function not found"}
    assert broken.error == {"errorType": "Invoker.Status503", "errorMessage": "<html>"}
    assert (missing.throttled, broken.throttled) == (None, "Invoker.Status503")


def test_an_endpoint_that_does_not_answer_in_time_is_a_timeout() -> None:
    assert invoked(Reply(after_s=60))[0].takes_s == float("inf")


def test_nobody_reaches_aws_by_accident() -> None:
    with pytest.raises(InputError, match="name the endpoint_url, or the region"):
        LambdaInvoker("worker")
    assert LambdaInvoker("worker", region="eu-west-1")._endpoint == "https://lambda.eu-west-1.amazonaws.com"


def test_settings_that_can_not_work_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="expected an http or https URL"):
        LambdaInvoker("worker", endpoint_url="localhost:4566")
    with pytest.raises(InputError, match="expected a function's name"):
        LambdaInvoker("", region="eu-west-1")
    with pytest.raises(InputError, match=r"The config profile .* could not be found"):
        LambdaInvoker("worker", region="eu-west-1", profile="nobody")
    monkeypatch.setattr("botocore.session.Session.get_credentials", lambda *_: None)
    with pytest.raises(InputError, match="found no AWS credentials"):
        LambdaInvoker("worker", region="eu-west-1")
    assert LambdaInvoker("worker", endpoint_url="http://localhost:4566")._credentials.access_key == "eventsim"
