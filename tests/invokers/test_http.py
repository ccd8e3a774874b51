"""Handlers behind HTTP: plain servers and Runtime Interface Emulators."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from eventsim.errors import InputError
from eventsim.invokers.http import HttpInvoker
from tests.invokers.answering import Reply, answering
from tests.invokers.elsewhere import Elsewhere
from tests.invokers.running import ARN

EMULATOR = "/2015-03-31/functions/function/invocations"


def outcome(reply: Reply, path: str = "/") -> tuple[Any, Any]:
    """(payload, error) of one answer; the server's address is called HERE."""
    with answering(reply) as server:
        result = Elsewhere(HttpInvoker(server.url + path)).one({"n": 1})
        error = result.error and {k: v.replace(server.url, "HERE") for k, v in result.error.items()}
        return result.payload, error


@pytest.mark.parametrize("real", [False, True])
def test_events_are_posted_over_one_connection_with_what_a_runtime_is_told(real: bool) -> None:
    with answering(Reply(b'{"ok": true}'), Reply(b"")) as server:
        invoker = HttpInvoker(f"{server.url}/work?x=1", headers={"X-Key": "secret"})
        results = Elsewhere(invoker, real=real).run({"n": 1}, "ü", trace_id="Root=1-2")
    assert [(one.payload, one.error) for one in results] == [('{"ok": true}', None), (None, None)]
    assert [(one.path, one.body) for one in server.asked] == [
        ("/work?x=1", b'{"n":1}'),
        ("/work?x=1", '"ü"'.encode()),
    ]
    names = ("content-type", "x-key", "x-amzn-trace-id", "lambda-runtime-aws-request-id")
    assert [server.asked[0].headers[name] for name in names] == ["application/json", "secret", "Root=1-2", "request-1"]
    assert server.asked[0].headers["lambda-runtime-invoked-function-arn"] == ARN


def test_a_status_of_400_or_more_is_a_function_error() -> None:
    assert outcome(Reply(b"no such order\n", 404), "/x") == (
        None,
        {"errorType": "Invoker.Status404", "errorMessage": "POST HERE/x: status 404: no such order"},
    )
    assert outcome(Reply(b"", 500)) == (
        None,
        {"errorType": "Invoker.Status500", "errorMessage": "POST HERE/: status 500"},
    )
    given = {"errorType": "Mine", "errorMessage": "x"}
    assert outcome(Reply(b'{"errorType": "Mine", "errorMessage": "x"}', 500)) == (None, given)


def test_a_plain_server_may_return_any_json() -> None:
    assert outcome(Reply(b'{"errorType": "Mine", "errorMessage": "x"}')) == (
        '{"errorType": "Mine", "errorMessage": "x"}',
        None,
    )
    assert outcome(Reply(b"")) == (None, None)


def test_an_answer_that_is_no_json_acknowledges_nothing() -> None:
    message = "POST HERE/: status 200 with an answer that is no JSON: <html>"
    assert outcome(Reply(b"<html>")) == (None, {"errorType": "Invoker.NotJson", "errorMessage": message})


def test_a_redirect_is_not_followed() -> None:
    _, error = outcome(Reply(b"", 302, {"Location": "http://elsewhere/"}))
    assert error["errorMessage"] == (
        "POST HERE/: status 302 leads to http://elsewhere/; name that address in the scenario"
    )


@pytest.mark.rule("FUN-07", "FUN-08")
def test_an_emulator_tells_a_function_error_by_its_body_or_its_header() -> None:
    body = b'{"errorMessage": "boom", "errorType": "ValueError", "requestId": "r", "stackTrace": []}'
    error = {"errorMessage": "boom", "errorType": "ValueError", "requestId": "r", "stackTrace": ""}
    with answering(Reply(body), Reply(b"text", 200, {"X-Amz-Function-Error": "Unhandled"})) as server:
        first, second = Elsewhere(HttpInvoker(server.url + EMULATOR)).run(1, 2)
    assert first.error == {**error, "stackTrace": []}
    assert second.error == {"errorType": "Unhandled", "errorMessage": "text"}
    assert outcome(Reply(b'{"errorType": "x", "errorMessage": "y", "order": 7}'), EMULATOR)[1] is None
    assert outcome(Reply(b'{"errorType": "Runtime.ExitError", "errorMessage": "y"}', 502), EMULATOR)[1] == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "y",
    }


@pytest.mark.rule("FUN-09")
def test_an_emulators_timeout_and_our_own_are_timeouts() -> None:
    with answering(Reply(b"Task timed out after 3.00 seconds"), Reply(after_s=60)) as server:
        results = Elsewhere(HttpInvoker(server.url + EMULATOR)).run(1, 2, timeout_s=0.4)
    assert [(one.takes_s, one.error) for one in results] == [(float("inf"), None)] * 2


def test_an_endpoint_that_is_not_there_is_a_clear_function_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    result = Elsewhere(HttpInvoker(url)).one()
    assert result.error == {"errorType": "Invoker.Unreachable", "errorMessage": f"POST {url}: Connection refused"}


def test_an_answer_that_breaks_off_is_a_function_error() -> None:
    assert outcome(Reply(b"[1", cut_off=True)) == (
        None,
        {
            "errorType": "Invoker.Unreachable",
            "errorMessage": "POST HERE/: the connection was closed before the answer was whole",
        },
    )


@pytest.mark.parametrize("url", ["", "localhost:9000", "ftp://x/", "http://", 7, None])
def test_what_is_no_url_is_refused(url: Any) -> None:
    with pytest.raises(InputError, match="expected an http or https URL"):
        HttpInvoker(url)
