"""Versions, aliases and provisioned concurrency of scenario files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim.errors import ScenarioError
from eventsim.scenarios.load import load_scenario
from tests.scenarios.running import run_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.running import Run


def ran(folder: Path, function: str, steps: str, more: str = "") -> Run:
    """A scenario with one scripted function that a queue's mapping invokes."""
    text = f"""
        name: deployments
        queues: {{q: {{VisibilityTimeout: 30}}}}
        functions:
          f:
            script: [{{return: null}}]
            {function}
            Events: {{q: {{Type: SQS, Properties: {{Queue: q, BatchSize: 1}}}}}}
        steps:
          {steps}
        {more}
        """
    return run_text(folder, text)


def versions(run: Run) -> list[tuple[float, str, str]]:
    return [(one["at"], one["qualifier"], one["version"]) for one in run.json["invocations"]]


@pytest.mark.rule("FUN-14", "FUN-15")
def test_a_functions_events_invoke_the_alias_that_it_publishes_to(tmp_path: Path) -> None:
    run = ran(
        tmp_path,
        "AutoPublishAlias: live",
        """- send: {queue: q, body: a}
          - {at: 1s, update: {function: f, MemorySize: 256}}
          - {at: 2s, send: {queue: q, body: b}}
          - {at: 3s, update: {function: f, publish: true}}
          - {at: 4s, send: {queue: q, body: c}}
          - {at: 5s, invoke: {function: f}}
          - {at: 6s, invoke: {function: f, Qualifier: 1}}""".replace("Qualifier: 1", 'Qualifier: "1"'),
    )
    assert versions(run) == [
        (0, "live", "1"),
        (2, "live", "1"),
        (4, "live", "2"),
        (5, "$LATEST", "$LATEST"),
        (6, "1", "1"),
    ]


@pytest.mark.rule("FUN-14")
def test_every_change_is_a_deployment_where_all_properties_publish(tmp_path: Path) -> None:
    run = ran(
        tmp_path,
        "AutoPublishAlias: live\n            AutoPublishAliasAllProperties: true",
        """- {at: 1s, update: {function: f, MemorySize: 256}}
          - send: {queue: q, body: a}""",
    )
    assert versions(run) == [(1, "live", "2")]


@pytest.mark.rule("FUN-15")
def test_an_update_makes_aliases_and_moves_them(tmp_path: Path) -> None:
    run = ran(
        tmp_path,
        "Timeout: 5",
        """- update: {function: f, publish: true, alias: {Name: a, FunctionVersion: 1}}
          - invoke: {function: f, Qualifier: a}
          - {at: 1s, update: {function: f, MemorySize: 256, publish: true}}
          - update: {function: f, alias: {Name: a, RoutingConfig: {AdditionalVersionWeights: {2: 1.0}}}}
          - {at: 2s, invoke: {function: f, Qualifier: a}}
          - {at: 2s, invoke: {function: f, Qualifier: a, InvocationType: Event}}""",
    )
    assert versions(run) == [(0, "a", "1"), (2, "a", "2"), (2, "a", "2")]


@pytest.mark.rule("FUN-15", "CON-09")
@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("invoke: {function: f, Qualifier: nope}", "ResourceNotFoundException: Function not found: arn"),
        ("invoke: {function: f, Qualifier: nope, InvocationType: Event}", "ResourceNotFoundException"),
        ("invoke: {function: f, Qualifier: nope, InvocationType: DryRun}", "ResourceNotFoundException"),
        ("update: {function: f, alias: {Name: b, FunctionVersion: 7}}", "ResourceNotFoundException"),
        ("update: {function: f, ReservedConcurrentExecutions: 1}", "should not be lower than function's total"),
    ],
)
def test_what_lambda_refuses_during_the_run_fails_the_scenario(tmp_path: Path, step: str, says: str) -> None:
    function = "AutoPublishAlias: live\n            ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}"
    [failure] = ran(tmp_path, function, f"- {step}").result.failures
    assert (failure.path, failure.expected) == ("steps[0]", "accepted")
    assert says in str(failure.actual)


@pytest.mark.rule("CON-09")
def test_what_is_declared_is_ready_at_the_start_and_can_be_taken_away(tmp_path: Path) -> None:
    run = ran(
        tmp_path,
        "AutoPublishAlias: live\n            cold_start: 1s\n"
        "            ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}",
        """- invoke: {function: f, Qualifier: live}
          - {at: 5s, update: {function: f, ProvisionedConcurrencyConfig: null}}
          - invoke: {function: f, Qualifier: live}""",
    )
    assert [(one["at"], one["ended"], one["cold_start"]) for one in run.json["invocations"]] == [
        (0, 0, False),
        (5, 6, True),
    ]


@pytest.mark.rule("CON-09", "CON-15", "FUN-20", "FUN-22", "CST-02", "CST-04")
@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}", "without AutoPublishAlias"),
        ("AutoPublishAlias: 12", "expected text"),
        ("AutoPublishAlias: a b", "ValidationException"),
        ("Architectures: [riscv]", "expected one of x86_64, arm64"),
        ("EphemeralStorage: {Size: 100}", "greater than or equal to 512"),
        ("Layers: ['arn:l:1', 'arn:l:2']", "Two different versions of the same layer"),
        ("CapacityProviderConfig: {}", "a capacity provider (CapacityProviderConfig) is not supported yet"),
        ("FunctionScalingConfig: {}", "a capacity provider (FunctionScalingConfig) is not supported yet"),
        ("DurableConfig: {}", "a durable function (DurableConfig) is not supported yet"),
        ("TenancyConfig: {}", "tenant isolation (TenancyConfig) is not supported yet"),
        ("RecursiveLoop: Maybe", "expected one of Terminate, Allow"),
    ],
)
def test_what_a_file_can_not_say(tmp_path: Path, function: str, says: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        ran(tmp_path, function, "- send: {queue: q, body: a}")
    assert says in str(refused.value)


@pytest.mark.rule("CON-09")
def test_an_update_of_provisioned_concurrency_needs_the_alias(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(
        "name: s\nfunctions: {f: {script: [{return: null}]}}\n"
        "steps: [{update: {function: f, ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}}}]\n"
    )
    with pytest.raises(ScenarioError, match="f has no AutoPublishAlias to give it to"):
        load_scenario(file)


@pytest.mark.rule("SCN-17", "CON-03", "CON-07")
def test_a_synchronous_burst(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        name: burst
        account: {ConcurrentExecutions: 10000}
        functions: {f: {script: [{return: null}], takes: 60s, Timeout: 900}}
        steps:
          - invoke: {function: f, count: 3000}
          - {at: 3s, invoke: {function: f, count: 500}}
        """,
    )
    counts: dict[tuple[float, str], int] = {}
    for one in run.json["invocations"]:
        key = (one["at"], one["outcome"])
        counts[key] = counts.get(key, 0) + 1
    assert counts == {(0, "success"): 1000, (0, "throttle"): 2000, (3, "success"): 300, (3, "throttle"): 200}
