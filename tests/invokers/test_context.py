"""The context object says what Lambda's says."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim.invokers.base import Environment, Invocation
from eventsim.invokers.context import LambdaContext
from tests.invokers.running import ARN, an_invocation


def a_context(now_s: float = 0.0, **changes: Any) -> LambdaContext:
    return LambdaContext(an_invocation(None, **changes), lambda: now_s)


@pytest.mark.rule("FUN-13")
def test_the_fields_are_those_of_the_invocation() -> None:
    context = a_context()
    assert {
        name: value for name, value in vars(context).items() if not name.startswith("_") and name != "identity"
    } == {
        "aws_request_id": "request-1",
        "function_name": "worker",
        "function_version": "$LATEST",
        "invoked_function_arn": ARN,
        "memory_limit_in_mb": "128",
        "log_group_name": "/aws/lambda/worker",
        "log_stream_name": "2026/01/01/[$LATEST]0001",
        "tenant_id": None,
        "client_context": None,
    }
    assert (context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id) == (None, None)
    assert context.w3c() == {}


@pytest.mark.rule("FUN-13")
@pytest.mark.parametrize(
    ("now_s", "left_ms"), [(0.0, 10_000), (0.1 + 0.2, 9_700), (9.9999, 0), (9.999, 1), (10.0, 0), (11.0, 0)]
)
def test_the_remaining_time_is_whole_milliseconds_and_never_negative(now_s: float, left_ms: int) -> None:
    remaining = a_context(now_s, deadline_s=10.0).get_remaining_time_in_millis()
    assert remaining == left_ms
    assert type(remaining) is int


@pytest.mark.rule("FUN-13")
def test_the_client_context_is_an_object_without_the_trace_context() -> None:
    sent = {
        "custom": {"a": 1},
        "env": {"locale": "de"},
        "client": {"app_title": "shop", "other": 1},
        "w3c": {"traceparent": "00-1", "tracestate": 7, "unknown": "x"},
    }
    context = a_context(client_context=sent)
    assert context.client_context is not None
    assert context.client_context.client is not None
    assert (context.client_context.custom, context.client_context.env) == ({"a": 1}, {"locale": "de"})
    assert repr(context.client_context.client) == (
        "Client([app_package_name=None,app_title=shop,app_version_code=None,app_version_name=None,installation_id=None])"
    )
    assert context.w3c() == {"traceparent": "00-1"}
    assert "w3c" in sent


@pytest.mark.rule("FUN-13")
def test_log_writes_the_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    a_context().log({"a": 1})
    assert capsys.readouterr().out == "{'a': 1}"


def test_the_text_of_a_context_shows_its_fields() -> None:
    assert repr(a_context()).startswith("LambdaContext([aws_request_id=request-1,log_group_name=/aws/lambda/worker,")


def test_environments_and_invocations_are_themselves_only() -> None:
    assert Environment(1, "s") != Environment(1, "s")
    assert isinstance(an_invocation({}), Invocation)
