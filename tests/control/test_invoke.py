"""Invoke through boto3: from the test, from a handler, and what it refuses."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.control.lambdas import ECHO, create, payload, queue, refused, shown

if TYPE_CHECKING:
    from eventsim import Simulation


@pytest.mark.rule("FUN-07")
def test_a_synchronous_invocation_lets_virtual_time_pass(sim: Simulation, lam: Any) -> None:
    create("f", "import time\ndef handler(event, context):\n    time.sleep(7)\n    return event['n'] + 1\n", Timeout=9)
    answer = lam.invoke(FunctionName="f", Payload=json.dumps({"n": 1}))
    assert shown(answer) == {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": "2"}
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], sim.now_s) == (200, 7)


@pytest.mark.rule("FUN-07", "FUN-08", "FUN-09")
def test_a_failure_of_the_function_is_an_answer(lam: Any) -> None:
    create("fails", "def handler(event, context):\n    raise ValueError('boom')\n")
    create("sleeps", "import time\ndef handler(event, context):\n    time.sleep(2)\n", Timeout=1)
    error = shown(lam.invoke(FunctionName="fails"))
    found = json.loads(error.pop("Payload"))
    assert error == {"StatusCode": 200, "ExecutedVersion": "$LATEST", "FunctionError": "Unhandled"}
    assert list(found) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (found["errorMessage"], found["errorType"]) == ("boom", "ValueError")
    late = lam.invoke(FunctionName="sleeps")
    assert late["FunctionError"] == "Unhandled"
    assert payload(late)["errorMessage"].endswith("Task timed out after 1.00 seconds")


@pytest.mark.rule("FUN-07", "FUN-19")
def test_the_tail_of_the_log_comes_along(lam: Any) -> None:
    create("f", "def handler(event, context):\n    print('one\\n' + 'x' * event)\n")

    def log(size: int) -> str:
        answer = lam.invoke(FunctionName="f", LogType="Tail", Payload=str(size).encode())
        return base64.b64decode(answer["LogResult"]).decode()

    lines = log(3).splitlines()
    request_id = lines[0].split()[2]
    report = f"REPORT RequestId: {request_id}\tDuration: 0.00 ms\tBilled Duration: 0 ms\tMemory Size: 128 MB\t"
    report += "Max Memory Used: 128 MB\tInit Duration: 0.00 ms"
    assert lines == [
        f"START RequestId: {request_id} Version: $LATEST",
        "one",
        "xxx",
        f"END RequestId: {request_id}",
        report,
    ]
    assert len(log(9000)) == 4096
    assert "LogResult" not in lam.invoke(FunctionName="f", Payload=b"1")


@pytest.mark.rule("CON-16", "FUN-07")
def test_a_dry_run_checks_and_runs_nothing(sim: Simulation, lam: Any) -> None:
    create("f")
    assert shown(lam.invoke(FunctionName="f", InvocationType="DryRun")) == {"StatusCode": 204, "Payload": ""}
    error = refused(lam.invoke, FunctionName="f", InvocationType="DryRun", Qualifier="7")
    assert error["Error"]["Code"] == "ResourceNotFoundException"
    assert sim.run().invocations == []


@pytest.mark.rule("FUN-03", "ASY-02", "ASY-03", "FUN-16")
@pytest.mark.parametrize(
    ("members", "code", "message", "status"),
    [
        (
            {"Payload": b'"' + b"x" * 6_291_455 + b'"'},
            "RequestTooLargeException",
            "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)",
            413,
        ),
        (
            {"Payload": b'"' + b"x" * 1_048_575 + b'"', "InvocationType": "Event"},
            "RequestTooLargeException",
            "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
            413,
        ),
        ({"Payload": b"{"}, "InvalidRequestContentException", "Could not parse request body into json: ", 400),
        (
            {"Payload": b"{", "InvocationType": "Event"},
            "InvalidRequestContentException",
            "Could not parse request body into json: ",
            400,
        ),
        (
            {"FunctionName": "f:1", "Qualifier": "2"},
            "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
            400,
        ),
        (
            {"FunctionName": "g"},
            "ResourceNotFoundException",
            "Function not found: arn:aws:lambda:us-east-1:123456789012:function:g",
            404,
        ),
        (
            {"Qualifier": "live"},
            "ResourceNotFoundException",
            "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:live",
            404,
        ),
        (
            {"InvocationType": "Sometimes"},
            "ValidationException",
            "1 validation error detected: Value 'Sometimes' at 'invocationType' failed to satisfy constraint: Member ",
            400,
        ),
    ],
    ids=["large", "large event", "no JSON", "no JSON event", "two qualifiers", "missing", "alias", "type"],
)
def test_what_can_not_be_invoked_is_refused(
    sim: Simulation, lam: Any, members: dict[str, Any], code: str, message: str, status: int
) -> None:
    create("f")
    given = {"FunctionName": "f", **members}
    error = refused(lam.invoke, **given)["Error"]
    assert (error["Code"], error["Message"][: len(message)]) == (code, message)
    assert sim.run().invocations == []


def test_the_largest_payloads_pass(lam: Any) -> None:
    create("f", "def handler(event, context):\n    return len(event)\n")
    assert payload(lam.invoke(FunctionName="f", Payload=b'"' + b"x" * 6_291_454 + b'"')) == 6_291_454


@pytest.mark.rule("FUN-13")
def test_the_handler_sees_the_client_context_and_the_arn_that_was_used(lam: Any) -> None:
    code = "def handler(event, context):\n    return context.client_context.custom, context.invoked_function_arn\n"
    arn = create("f", code, Publish=True)["FunctionArn"]
    given = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    answer = lam.invoke(FunctionName="f", Qualifier="1", ClientContext=given)
    assert answer["ExecutedVersion"] == "1"
    assert payload(answer) == [{"a": "b"}, arn]


def test_a_function_invokes_another_and_waits_for_its_answer(sim: Simulation, lam: Any) -> None:
    create("inner", "import time\ndef handler(event, context):\n    time.sleep(3)\n    return event + 1\n", Timeout=5)
    create(
        "outer",
        "import boto3, json, os\n"
        "lam = boto3.client('lambda')\n"
        "def handler(event, context):\n"
        "    one = json.loads(lam.invoke(FunctionName='inner', Payload=b'1')['Payload'].read())\n"
        "    two = json.loads(lam.invoke(FunctionName='inner', Payload=b'2')['Payload'].read())\n"
        "    return one, two, os.environ['AWS_LAMBDA_FUNCTION_NAME'], context.get_remaining_time_in_millis()\n",
        Timeout=10,
    )
    assert payload(lam.invoke(FunctionName="outer")) == [2, 3, "outer", 4000]
    calls = [(one["t"], one.get("function")) for one in sim.trace.of("aws.request") if one["operation"] == "Invoke"]
    assert calls == [(3, "outer"), (6, "outer"), (6, None)]


def test_a_thread_of_a_handler_is_told_at_once_that_it_can_not_wait(sim: Simulation, lam: Any) -> None:
    create("inner")
    create(
        "outer",
        "import boto3\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "lam = boto3.client('lambda')\n"
        "def call(kind):\n"
        "    try:\n"
        "        return lam.invoke(FunctionName='inner', InvocationType=kind)['StatusCode']\n"
        "    except lam.exceptions.ClientError as error:\n"
        "        return error.response['Error']['Message'], error.response['ResponseMetadata']['RetryAttempts']\n"
        "def handler(event, context):\n"
        "    with ThreadPoolExecutor(1) as pool:\n"
        "        return list(pool.map(call, ['RequestResponse', 'Event', 'DryRun']))\n",
    )
    refusal = "lambda Invoke has to wait in virtual time: only a handler's own thread can."
    assert payload(lam.invoke(FunctionName="outer")) == [[refusal, 0], 202, 204]
    assert [one.function for one in sim.run().invocations] == ["outer", "inner"]


def test_the_inner_function_goes_on_when_the_outer_one_has_timed_out(sim: Simulation, lam: Any) -> None:
    create("inner", "import time\ndef handler(event, context):\n    time.sleep(3)\n    return 'done'\n", Timeout=5)
    create(
        "outer",
        "import boto3\ndef handler(event, context):\n    boto3.client('lambda').invoke(FunctionName='inner')\n",
        Timeout=1,
    )
    assert lam.invoke(FunctionName="outer")["FunctionError"] == "Unhandled"
    ended = [(one.function, one.outcome, one.ended) for one in sim.run().invocations]
    assert ended == [("outer", "timeout", 1), ("inner", "success", 3)]


@pytest.mark.rule("FUN-17", "ESM-32")
@pytest.mark.parametrize("kind", ["Event", "RequestResponse"])
def test_a_function_that_calls_itself_is_stopped(sim: Simulation, lam: Any, kind: str) -> None:
    create(
        "f",
        "import boto3\n"
        "def handler(event, context):\n"
        f"    boto3.client('lambda').invoke(FunctionName='f', InvocationType='{kind}')\n",
        Timeout=900,
    )
    lam.invoke(FunctionName="f", InvocationType=kind)
    assert sim.run().functions["f"]["Invocations"] == 16
    assert lam.get_function_recursion_config(FunctionName="f")["RecursiveLoop"] == "Terminate"


@pytest.mark.rule("FUN-17")
def test_a_loop_may_be_allowed(sim: Simulation, lam: Any) -> None:
    create(
        "f",
        "import boto3\n"
        "def handler(event, context):\n"
        "    if event['left']:\n"
        "        boto3.client('lambda').invoke(FunctionName='f', InvocationType='Event',\n"
        "            Payload=b'{\"left\": %d}' % (event['left'] - 1))\n",
    )
    assert lam.put_function_recursion_config(FunctionName="f", RecursiveLoop="Allow")["RecursiveLoop"] == "Allow"
    lam.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"left": 29}')
    assert sim.run().functions["f"]["Invocations"] == 30


@pytest.mark.rule("CON-05", "CON-06", "CON-07")
def test_a_clients_retries_after_a_throttle_take_virtual_time(sim: Simulation, lam: Any) -> None:
    create("f", ECHO)
    lam.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    error = refused(lam.invoke, FunctionName="f")
    assert error["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert sim.functions["f"].metrics["Throttles"] == 5
    assert 0 < sim.now_s < 20


def test_a_clients_retry_succeeds_once_there_is_room_again(sim: Simulation, lam: Any) -> None:
    create("f", "import time\ndef handler(event, context):\n    time.sleep(1)\n")
    lam.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    lam.invoke(FunctionName="f", InvocationType="Event")
    sim.run(for_s=0.5)
    answer = lam.invoke(FunctionName="f")
    assert answer["StatusCode"] == 200
    assert answer["ResponseMetadata"]["RetryAttempts"] >= 1


def test_the_legacy_operation_queues_an_event(sim: Simulation, lam: Any) -> None:
    create("f", ECHO)
    assert lam.invoke_async(FunctionName="f", InvokeArgs=b'{"a": 1}')["Status"] == 202
    assert [one.response for one in sim.run().invocations] == [{"a": 1}]
    error = refused(lam.invoke_async, FunctionName="f", InvokeArgs=b'"' + b"x" * 262_144 + b'"')["Error"]
    assert error["Code"] == "RequestTooLargeException"


def test_a_failed_event_goes_to_the_dead_letter_queue_of_the_configuration(sim: Simulation, lam: Any) -> None:
    arn = queue("dead")[1]
    create("f", "def handler(event, context):\n    raise ValueError\n", DeadLetterConfig={"TargetArn": arn})
    lam.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"a": 1}')
    sim.run()
    assert sim.queues["dead"].bodies == ['{"a": 1}']
    lam.update_function_configuration(FunctionName="f", DeadLetterConfig={"TargetArn": ""})
    assert "DeadLetterConfig" not in lam.get_function_configuration(FunctionName="f")
    lam.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"a": 2}')
    sim.run()
    assert sim.queues["dead"].bodies == ['{"a": 1}']
