"""Versions: what is published stays as it was."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.errors import AwsError
from eventsim.functions.durations import Fixed
from tests.simulation.building import Answers, add_function, run

if TYPE_CHECKING:
    from eventsim.functions.function import Function
    from eventsim.invokers.base import Invocation, InvocationResult
    from eventsim.simulation import Simulation


def changed(function: Function, **settings: Any) -> None:
    function.update(msgspec.structs.replace(function.settings, **settings))


def published(**settings: Any) -> Function:
    """A function with version 1."""
    simulation = run(lambda one: add_function(one, **settings))
    simulation.functions["f"].versions.publish("first")
    return simulation.functions["f"]


@pytest.mark.rule("FUN-14")
def test_a_version_keeps_the_settings_and_the_code_of_its_moment() -> None:
    function = published(memory_mb=256)
    code = function.invoker
    function.invoker = Answers()
    changed(function, memory_mb=512)
    function.versions.publish("second")
    assert [
        (one.number, one.arn[-4:], one.description, one.settings.memory_mb, one.invoker is code)
        for one in function.versions.list()
    ] == [("1", ":f:1", "first", 256, True), ("2", ":f:2", "second", 512, False)]


@pytest.mark.rule("FUN-14")
def test_nothing_is_published_where_nothing_has_changed() -> None:
    function = published()
    assert function.versions.publish("again") is function.versions.get("1")
    changed(function, reserved_concurrency=3)  # of the function as a whole, not of a version
    assert function.versions.publish().number == "1"
    function.versions.code_sha256 = "another"
    assert function.versions.publish().number == "2"


@pytest.mark.rule("FUN-14")
def test_numbers_are_never_used_again() -> None:
    function = published()
    function.versions.delete("1")
    assert [function.versions.publish().number, len(function.versions)] == ["2", 1]
    with pytest.raises(AwsError, match=r"^ResourceNotFoundException: Function not found: arn:.*:function:f:1$"):
        function.versions.get("1")


@pytest.mark.rule("FUN-14")
def test_what_is_published_must_be_what_the_caller_has_seen() -> None:
    function = published()
    function.versions.code_sha256 = "abc"
    with pytest.raises(AwsError) as wrong:
        function.versions.publish(code_sha256="xyz")
    assert str(wrong.value) == (
        "InvalidParameterValueException: CodeSHA256 (xyz) is different from current CodeSHA256 in $LATEST (abc). "
        "Please try again with the CodeSHA256 in $LATEST."
    )
    seen = function.versions.revision_id
    changed(function, memory_mb=1024)
    with pytest.raises(AwsError, match="PreconditionFailedException: The Revision Id provided does not match") as late:
        function.versions.publish(revision_id=seen)
    assert late.value.status == 412


@pytest.mark.rule("CON-11", "FUN-13", "FUN-14")
def test_versions_run_by_their_own_settings_in_their_own_environments() -> None:
    told: list[tuple[str, str, int, str]] = []

    def answer(call: Invocation) -> InvocationResult | None:
        log = call.environment.log_stream
        told.append((call.function_version, call.invoked_arn[34:], call.memory_mb, log[log.index("[") : -32]))
        return None

    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        for qualifier in (None, "1", None, "1", "$LATEST"):
            await function.invoke({}, request_id="r", qualifier=qualifier)

    def build(simulation: Simulation) -> None:
        function = add_function(simulation, answer, memory_mb=256)
        function.versions.publish()
        changed(function, memory_mb=512)

    simulation = run(build, main=main)
    latest, first = ("$LATEST", "function:f", 512, "[$LATEST]"), ("1", "function:f:1", 256, "[1]")
    assert [(one[0], one[1].split("2:")[-1], *one[2:]) for one in told] == [
        latest, first, latest, first, (*latest[:1], "function:f:$LATEST", *latest[2:])
    ]  # fmt: skip
    assert [(one.qualifier, one.version, one.cold_start) for one in simulation.invocations] == [
        (None, "$LATEST", True),
        ("1", "1", True),
        (None, "$LATEST", False),
        ("1", "1", False),
        ("$LATEST", "$LATEST", False),
    ]


@pytest.mark.rule("CON-05")
def test_a_reservation_counts_all_versions_together() -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        calls = [function.invoke({}, request_id="r", qualifier=one) for one in (None, "1", "1", None)]
        await asyncio.gather(*calls)

    def build(simulation: Simulation) -> None:
        add_function(simulation, takes=Fixed(1.0), reserved_concurrency=3).versions.publish()

    assert [str(one.outcome) for one in run(build, main=main).invocations] == ["success"] * 3 + ["throttle"]


@pytest.mark.rule("FUN-22")
def test_tenants_share_no_environment_and_the_code_is_told_whose_it_is() -> None:
    told: list[str | None] = []

    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        for tenant in ("a", "b", "a", None):
            await function.invoke({}, request_id="r", tenant_id=tenant)

    simulation = run(lambda one: add_function(one, lambda call: told.append(call.tenant_id)), main=main)
    assert told == ["a", "b", "a", None]
    assert [one.cold_start for one in simulation.invocations] == [True, True, False, True]


@pytest.mark.rule("FUN-21")
def test_a_function_can_be_invoked_the_moment_it_is_there() -> None:
    async def main(simulation: Simulation) -> None:
        await add_function(simulation).invoke({}, request_id="r")

    [record] = run(lambda _: None, main=main).invocations
    assert (record.at_s, str(record.outcome)) == (0, "success")


@pytest.mark.rule("FUN-14", "ASY-14")
def test_a_mapping_whose_version_is_gone_fails_and_nothing_is_invoked() -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        view = function.qualified("1")
        assert (view.arn[-4:], view.settings.memory_mb, view is function.qualified("1")) == (":f:1", 256, True)
        function.versions.delete("1")
        await view.invoke({}, request_id="r", mapping="f/q")

    def build(simulation: Simulation) -> None:
        add_function(simulation, memory_mb=256).versions.publish()

    simulation = run(build, main=main)
    [record] = simulation.invocations
    assert (str(record.outcome), record.mapping, record.qualifier) == ("error", "f/q", "1")
    assert record.error is not None
    assert record.error["errorType"] == "ResourceNotFoundException"
    assert simulation.functions["f"].metrics.invocations == 0
