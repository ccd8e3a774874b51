from __future__ import annotations

from typing import Any

import msgspec
import pytest

from eventsim.functions.settings import FunctionSettings, check_environment, check_function, check_reserved


def refusals(**settings: Any) -> list[str]:
    found = check_function(FunctionSettings(**{"name": "worker", **settings}))
    return [f"{member}: {error}" for member, error in found]


CONSTRAINT = (
    "ValidationException: 1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must {}"
)


@pytest.mark.rule("FUN-01")
def test_settings_have_lambdas_names_and_defaults() -> None:
    assert msgspec.to_builtins(FunctionSettings(name="worker")) == {
        "FunctionName": "worker",
        "Handler": None,
        "Timeout": 3,
        "MemorySize": 128,
        "ReservedConcurrentExecutions": None,
        "Environment": {},
        "RecursiveLoop": "Terminate",
        "Architectures": "x86_64",
        "EphemeralStorage": 512,
        "Role": None,
    }


@pytest.mark.rule("FUN-01", "CON-05")
def test_the_limits_themselves_are_allowed() -> None:
    assert refusals(timeout_s=1, memory_mb=128, reserved_concurrency=0, name="a" * 64) == []
    assert refusals(timeout_s=900, memory_mb=10_240, environment={"Ab": "x" * 4094}) == []


@pytest.mark.rule("FUN-01", "GEN-06")
def test_numbers_out_of_range_are_refused_as_lambda_refuses_them() -> None:
    assert refusals(timeout_s=0, memory_mb=127, reserved_concurrency=-1) == [
        "Timeout: " + CONSTRAINT.format(0, "timeout", "have value greater than or equal to 1"),
        "MemorySize: " + CONSTRAINT.format(127, "memorySize", "have value greater than or equal to 128"),
        "ReservedConcurrentExecutions: "
        + CONSTRAINT.format(-1, "reservedConcurrentExecutions", "have value greater than or equal to 0"),
    ]
    assert refusals(timeout_s=901, memory_mb=10_241) == [
        "Timeout: " + CONSTRAINT.format(901, "timeout", "have value less than or equal to 900"),
        "MemorySize: " + CONSTRAINT.format(10241, "memorySize", "have value less than or equal to 10240"),
    ]


@pytest.mark.parametrize("name", ["", "a b", "a" * 65, "é", "a.b"])
def test_a_name_that_lambda_does_not_take_is_refused(name: str) -> None:
    assert [line.split(":")[0] for line in refusals(name=name)] == ["FunctionName"]


@pytest.mark.parametrize("handler", ["", "a b.c", "a." + "b" * 127])
def test_a_handler_that_lambda_does_not_take_is_refused(handler: str) -> None:
    assert [line.split(":")[0] for line in refusals(handler=handler)] == ["Handler"]


@pytest.mark.rule("FUN-18")
def test_variables_that_lambda_sets_itself_are_refused() -> None:
    variables = {"AWS_REGION": "eu-west-1", "TABLE": "x", "_HANDLER": "y"}
    assert [error.message for error in check_environment(variables)] == [
        (
            "1 validation error detected: Value '{AWS_REGION=eu-west-1, TABLE=x, _HANDLER=y}' at "
            "'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must "
            "satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"
        ),
        (
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
            "this request: AWS_REGION, _HANDLER"
        ),
    ]


@pytest.mark.rule("FUN-01")
def test_variables_of_more_than_4_kb_are_refused() -> None:
    assert [error.code for error in check_environment({"Ab": "é" * 2047})] == []
    assert [error.code for error in check_environment({"Ab": "é" * 2048})] == ["InvalidParameterValueException"]


@pytest.mark.rule("CON-05")
def test_a_hundred_of_the_account_stay_unreserved() -> None:
    assert check_reserved([500, None, 400, 0], 1000) is None
    assert check_reserved([], 50) is None
    assert check_reserved([0, None], 50) is None
    error = check_reserved([500, 401], 1000)
    assert error is not None
    assert (error.code, error.status, error.message) == (
        "InvalidParameterValueException",
        400,
        (
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            "below its minimum value of [100]."
        ),
    )
