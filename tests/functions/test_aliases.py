"""Aliases: names for versions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.errors import AwsError
from eventsim.functions.aliases import Alias
from tests.simulation.building import add_function, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.functions.function import Function
    from eventsim.simulation import Simulation


def build(simulation: Simulation) -> None:
    """A function with the versions 1 and 2."""
    function = add_function(simulation)
    function.versions.publish()
    function.update(msgspec.structs.replace(function.settings, memory_mb=512))
    function.versions.publish()


def two_versions() -> Function:
    return run(build).functions["f"]


def versions_of(simulation: Simulation) -> list[str]:
    return [one.version for one in simulation.invocations]


@pytest.mark.rule("FUN-15")
def test_an_alias_leads_to_its_version_until_it_is_moved() -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        function.aliases.create("live", "1")
        for _ in range(2):
            await function.invoke({}, request_id="r", qualifier="live")
            function.aliases.update("live", "2")

    simulation = run(build, main=main)
    assert versions_of(simulation) == ["1", "2"]
    assert {one.qualifier for one in simulation.invocations} == {"live"}


@pytest.mark.rule("FUN-15")
def test_each_invocation_is_drawn_for_itself_and_the_same_seed_draws_the_same() -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        function.aliases.create("live", "1", weights={"2": 0.25})
        for _ in range(400):
            await function.invoke({}, request_id="r", qualifier="live")

    drawn = versions_of(run(build, main=main, seed=1))
    assert drawn == versions_of(run(build, main=main, seed=1))
    assert drawn != versions_of(run(build, main=main, seed=2))
    assert 70 <= Counter(drawn)["2"] <= 130


@pytest.mark.rule("FUN-15")
@pytest.mark.parametrize(("weight", "version"), [(0.0, {"1"}), (1.0, {"2"})])
def test_the_ends_of_the_weights_are_no_chance(weight: float, version: set[str]) -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        function.aliases.create("live", "1", weights={"2": weight})
        for _ in range(50):
            await function.invoke({}, request_id="r", qualifier="live")

    assert set(versions_of(run(build, main=main))) == version


@pytest.mark.rule("FUN-15", "CON-09")
@given(amount=st.integers(0, 10_000), weight=st.floats(0, 1))
def test_shares_lose_nothing(amount: int, weight: float) -> None:
    shares = Alias("a", "arn", "1", "", {"2": weight}, "r").shares(amount)
    assert sum(shares.values()) == amount
    assert all(share >= 0 for share in shares.values())


@pytest.mark.rule("FUN-15")
def test_an_alias_shows_awss_members() -> None:
    aliases = two_versions().aliases
    shown = aliases.create("live", "2", "all", {"1": 0.5}).to_aws()
    assert shown | {"RevisionId": "", "AliasArn": shown["AliasArn"][-7:]} == {
        "AliasArn": ":f:live",
        "Name": "live",
        "FunctionVersion": "2",
        "Description": "all",
        "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}},
        "RevisionId": "",
    }
    aliases.create("beta", "$LATEST")
    assert [one.name for one in aliases.list()] == ["beta", "live"]
    assert [one.name for one in aliases.list("1")] == ["live"]
    assert "RoutingConfig" not in aliases.update("live", weights={}).to_aws()


def _refusal(act: Callable[[Any], object]) -> str:
    aliases = two_versions().aliases
    aliases.create("live", "1")
    with pytest.raises(AwsError) as refused:
        act(aliases)
    return str(refused.value)


ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


@pytest.mark.rule("FUN-15")
@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda a: a.create("live", "1"), f"ResourceConflictException: Alias already exists: {ARN}:live"),
        (lambda a: a.create("x", "9"), f"ResourceNotFoundException: Function not found: {ARN}:9"),
        (lambda a: a.create("x", "1", weights={"9": 0.5}), f"ResourceNotFoundException: Function not found: {ARN}:9"),
        (lambda a: a.get("x"), f"ResourceNotFoundException: Cannot find alias arn: {ARN}:x"),
        (lambda a: a.update("x", "1"), f"ResourceNotFoundException: Alias not found: {ARN}:x"),
        (
            lambda a: a.create("x", "1", weights={"2": 0.1, "3": 0.1}),
            "InvalidParameterValueException: Number of items in AdditionalVersionWeights cannot be greater than 1",
        ),
        (
            lambda a: a.create("x", "$LATEST", weights={"2": 0.1}),
            "InvalidParameterValueException: $LATEST is not supported for an alias pointing to more than 1 version",
        ),
        (
            lambda a: a.create("x", "1", weights={"1": 0.1}),
            (
                "InvalidParameterValueException: Invalid function version 1. Function version 1 is already included in "
                "routing configuration."
            ),
        ),
    ],
)
def test_what_lambda_refuses(act: Callable[[Any], object], expected: str) -> None:
    assert _refusal(act) == expected


@pytest.mark.rule("FUN-15")
@pytest.mark.parametrize("name", ["12", "", "a b", "$LATEST", "x" * 129])
def test_names_that_no_alias_has(name: str) -> None:
    assert _refusal(lambda aliases: aliases.create(name, "1")).startswith("ValidationException: 1 validation error")


@pytest.mark.rule("FUN-15")
@pytest.mark.parametrize(("version", "weight"), [("2", 1.5), ("2", -0.1), ("live", 0.5), ("$LATEST", 0.5)])
def test_weights_that_no_alias_has(version: str, weight: float) -> None:
    assert "routingConfig.additionalVersionWeights" in _refusal(
        lambda aliases: aliases.create("x", "1", weights={version: weight})
    )


@pytest.mark.rule("FUN-15")
def test_a_change_must_know_the_last_one() -> None:
    text = _refusal(lambda aliases: aliases.update("live", "2", revision_id="another"))
    assert text.startswith("PreconditionFailedException: The Revision Id provided does not match")
