"""Provisioned concurrency through boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.control.lambdas import create, refused, shown

if TYPE_CHECKING:
    from eventsim import Simulation

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


def counts(amount: int, available: int, status: str) -> dict[str, Any]:
    return {
        "RequestedProvisionedConcurrentExecutions": amount,
        "AllocatedProvisionedConcurrentExecutions": available,
        "AvailableProvisionedConcurrentExecutions": available,
        "Status": status,
        "LastModified": "2026-01-01T00:00:00.000+0000",
    }


@pytest.mark.rule("CON-09", "CON-10")
def test_it_is_put_shown_and_deleted(sim: Simulation, lam: Any) -> None:
    create("f", Publish=True)
    f = {"FunctionName": "f", "Qualifier": "1"}
    assert shown(lam.put_provisioned_concurrency_config(**f, ProvisionedConcurrentExecutions=3)) == counts(
        3, 0, "IN_PROGRESS"
    )
    sim.run(for_s=60)
    ready = counts(3, 3, "READY")
    assert shown(lam.get_provisioned_concurrency_config(**f)) == ready
    listed = lam.list_provisioned_concurrency_configs(FunctionName="f")["ProvisionedConcurrencyConfigs"]
    assert listed == [{"FunctionArn": f"{ARN}:1", **ready}]
    lam.invoke(**f)
    assert sim.functions["f"].metrics["ColdStarts"] == 0
    lam.delete_provisioned_concurrency_config(**f)
    error = refused(lam.get_provisioned_concurrency_config, **f)["Error"]
    assert error["Code"] == "ProvisionedConcurrencyConfigNotFoundException"


@pytest.mark.rule("CON-05", "CON-09")
def test_it_is_refused_as_by_aws(lam: Any) -> None:
    create("f", Publish=True)
    call = lam.put_provisioned_concurrency_config
    unpublished = refused(call, FunctionName="f", Qualifier="$LATEST", ProvisionedConcurrentExecutions=1)["Error"]
    call(FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=2)
    too_low = refused(lam.put_function_concurrency, FunctionName="f", ReservedConcurrentExecutions=1)["Error"]
    assert [(one["Code"], one["Message"]) for one in (unpublished, too_low)] == [
        (
            "InvalidParameterValueException",
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
        ),
        (
            "InvalidParameterValueException",
            " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].",
        ),
    ]
