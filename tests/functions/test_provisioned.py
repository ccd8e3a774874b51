"""Provisioned concurrency: environments that are there before anybody calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.errors import AwsError
from eventsim.functions.durations import Fixed
from tests.simulation.building import add_function, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.functions.function import Function
    from eventsim.simulation import Simulation


async def burst(function: Function, calls: int, qualifier: str | None = "1") -> None:
    await asyncio.gather(*(function.invoke({}, request_id="r", qualifier=qualifier) for _ in range(calls)))


def made(**settings: Any) -> Callable[[Simulation], None]:
    def build(simulation: Simulation) -> None:
        add_function(simulation, takes=Fixed(1.0), cold_start=Fixed(2.0), **settings).versions.publish()

    return build


def told(simulation: Simulation) -> list[tuple[float, str, bool, bool | None]]:
    """(at, outcome, cold start, provisioned) of each invocation."""
    return [(one.at_s, str(one.outcome), one.cold_start, one.provisioned) for one in simulation.invocations]


@pytest.mark.rule("CON-09", "MET-08")
def test_provisioned_environments_have_no_cold_start_and_what_is_beyond_them_spills_over() -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        function.provisioned.put("1", 2, at_once=True)
        await burst(function, 3)

    simulation = run(made(), main=main)
    assert told(simulation) == [
        (0, "success", False, True),
        (0, "success", False, True),
        (0, "success", True, False),
    ]
    assert [one.ended_s for one in simulation.invocations] == [1, 1, 3]


@pytest.mark.rule("CON-10")
def test_none_of_them_serves_until_all_are_allocated() -> None:
    states: list[tuple[Any, ...]] = []

    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        function.provisioned.put("1", 200)  # 100 a second
        for until_s in (0.0, 1.0, 1.99, 2.0):
            await asyncio.sleep(until_s - simulation.world.loop.time())
            shown = function.provisioned.get("1")
            states.append(
                (
                    shown["Status"],
                    shown["AllocatedProvisionedConcurrentExecutions"],
                    shown["AvailableProvisionedConcurrentExecutions"],
                )
            )

    run(made(), main=main)
    assert states == [
        ("IN_PROGRESS", 0, 0),
        ("IN_PROGRESS", 100, 0),
        ("IN_PROGRESS", 199, 0),
        ("READY", 200, 200),
    ]


@pytest.mark.rule("CON-10")
def test_while_more_are_allocated_the_earlier_ones_go_on_serving() -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        function.provisioned.put("1", 1, at_once=True)
        function.provisioned.put("1", 2)
        await burst(function, 2)
        await burst(function, 2)

    assert [(cold, provisioned) for _, _, cold, provisioned in told(run(made(), main=main))] == [
        (False, True), (True, False), (False, True), (False, True),
    ]  # fmt: skip


@pytest.mark.rule("CON-09")
def test_it_counts_against_the_reservation_from_the_moment_of_asking(capture: Any) -> None:
    block = capture("lam_test_lambda_concurrency_block")["expected_event_or_destination_record"]
    shown: list[dict[str, Any]] = []

    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        await burst(function, 1, None)
        shown.append(function.provisioned.put("1", 1))
        await burst(function, 1, None)
        await asyncio.sleep(1)
        await burst(function, 1)
        await burst(function, 1, None)

    simulation = run(made(reserved_concurrency=1), main=main)
    assert [outcome for _, outcome, _, _ in told(simulation)] == ["success", "throttle", "success", "throttle"]
    assert shown[0] | {"LastModified": "date"} == block["provisioned_concurrency_result"]
    throttles = [line for line in simulation.world.trace.events() if line["kind"] == "function.throttle"]
    assert {line["reason"] for line in throttles} == {block["invoke_latest_first_exc"]["Reason"]}


@pytest.mark.rule("CON-09", "CON-12")
def test_without_a_reservation_it_is_taken_from_the_accounts_pool() -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        function.provisioned.put("1", 20, at_once=True)
        await burst(function, 100, None)
        function.provisioned.delete("1")
        await burst(function, 120, None)

    simulation = run(made(), main=main, account_concurrency=120)
    assert [sum(one.at_s == at_s and str(one.outcome) == "success" for one in simulation.invocations)
            for at_s in sorted({one.at_s for one in simulation.invocations})] == [100, 120]  # fmt: skip


@pytest.mark.rule("CON-09", "FUN-15")
def test_an_alias_divides_its_environments_by_weight_and_allocates_anew_when_it_moves() -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        function.update(msgspec.structs.replace(function.settings, memory_mb=512))
        function.versions.publish()
        function.aliases.create("live", "1", weights={"2": 0.25})
        function.provisioned.put("live", 4, at_once=True)
        pools = [function.provisioned.pool(number, 0.0) for number in ("1", "2")]
        assert [pool and pool.capacity for pool in pools] == [3, 1]
        function.aliases.update("live", "2", weights={})
        assert function.provisioned.get("live")["Status"] == "IN_PROGRESS"
        await asyncio.sleep(0.04)
        assert function.provisioned.get("live")["Status"] == "READY"
        await burst(function, 4, "live")
        function.aliases.delete("live")
        assert function.provisioned.list() == []

    simulation = run(made(), main=main)
    assert [(one.version, one.provisioned) for one in simulation.invocations] == [("2", True)] * 4


@pytest.mark.rule("CON-09")
@pytest.mark.parametrize(
    ("qualifier", "amount", "expected"),
    [
        (
            "$LATEST",
            1,
            (
                "InvalidParameterValueException: Provisioned Concurrency Configs cannot be applied to unpublished "
                "function versions."
            ),
        ),
        ("9", 1, "ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:9"),
        (
            "1",
            0,
            (
                "ValidationException: 1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' "
                "failed to satisfy constraint: Member must have value greater than or equal to 1"
            ),
        ),
        (
            "1",
            6,
            (
                "InvalidParameterValueException: Requested Provisioned Concurrency should not be greater than the "
                "reservedConcurrentExecution for function"
            ),
        ),
    ],
)
def test_what_lambda_refuses(qualifier: str, amount: int, expected: str) -> None:
    function = run(made(reserved_concurrency=5)).functions["f"]
    with pytest.raises(AwsError) as refused:
        function.provisioned.put(qualifier, amount)
    assert str(refused.value) == expected
    assert function.provisioned.total == 0


@pytest.mark.rule("CON-09")
def test_the_account_keeps_its_hundred_unreserved() -> None:
    function = run(made()).functions["f"]
    function.provisioned.put("1", 900)
    with pytest.raises(AwsError, match=r"UnreservedConcurrentExecution below its minimum value of \[100\]\.$"):
        function.provisioned.put("1", 901)
    with pytest.raises(AwsError, match=r"is greater than account's unreserved concurrency \[1000\]\.$"):
        function.provisioned.put("1", 1001)


@pytest.mark.rule("CON-09")
def test_a_reservation_is_not_lower_than_what_is_provisioned() -> None:
    function = run(made(reserved_concurrency=5)).functions["f"]
    function.provisioned.put("1", 2)
    function.check_reserved(2)
    with pytest.raises(AwsError) as refused:
        function.check_reserved(1)
    assert str(refused.value) == (
        "InvalidParameterValueException:  ReservedConcurrentExecutions  1 should not be lower than function's total "
        "provisioned concurrency [2]."
    )


@pytest.mark.rule("CON-09")
def test_there_is_none_until_it_is_put() -> None:
    function = run(made()).functions["f"]
    with pytest.raises(AwsError) as missing:
        function.provisioned.get("1")
    assert str(missing.value) == (
        "ProvisionedConcurrencyConfigNotFoundException: No Provisioned Concurrency Config found for this function"
    )


@pytest.mark.rule("CON-09")
def test_a_version_and_an_alias_for_it_do_not_both_have_it() -> None:
    function = run(made()).functions["f"]
    function.aliases.create("live", "1")
    function.provisioned.put("1", 1)
    with pytest.raises(AwsError, match="ResourceConflictException: Alias can't be used"):
        function.provisioned.put("live", 1)
    function.provisioned.delete("1")
    function.provisioned.put("live", 1)
    with pytest.raises(AwsError, match="ResourceConflictException: Version is pointed by"):
        function.provisioned.put("1", 1)
