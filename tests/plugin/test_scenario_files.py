"""Scenario files as tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Run

pytest_plugins = ["pytester"]

STORY = """\
name: A poison message reaches the DLQ
seed: {seed}
queues:
  orders: {{VisibilityTimeout: 30, RedrivePolicy: {{deadLetterTargetArn: orders-dlq, maxReceiveCount: 3}}}}
  orders-dlq: {{}}
functions:
  worker:
    script: [{{raise: {{errorMessage: boom}}}}]
    Events: {{orders: {{Type: SQS, Properties: {{Queue: orders}}}}}}
steps:
  - send: {{queue: orders, body: a}}
expect:
  queues: {{orders-dlq: {{visible: {visible}}}}}
  virtual_time: 90s
"""


def story(pytester: pytest.Pytester, name: str, *, visible: int = 1, seed: int = 2) -> None:
    path = pytester.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(STORY.format(visible=visible, seed=seed))


def test_files_named_for_it_and_those_of_the_ini_option_are_tests(run: Run, pytester: pytest.Pytester) -> None:
    for name in ("a.scenario.yaml", "b.scenario.yml", "stories/c.yaml", "stories/deep/d.yml", "single.yaml"):
        story(pytester, name)
    story(pytester, "other.yaml", visible=7)
    pytester.makeini("[pytest]\neventsim_scenarios =\n    stories\n    single.yaml\n")
    result = run("", "-v")
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines_random(
        [
            f"{name}::seed=2 PASSED*"
            for name in ("a.scenario.yaml", "stories/c.yaml", "stories/deep/d.yml", "single.yaml")
        ]
    )


def test_the_seed_can_be_given_and_several_make_several_tests(run: Run, pytester: pytest.Pytester) -> None:
    story(pytester, "a.scenario.yaml")
    result = run("", "-v", "--eventsim-seeds", "20")
    result.assert_outcomes(passed=20)
    result.stdout.fnmatch_lines(["a.scenario.yaml::seed=2 *", "a.scenario.yaml::seed=21 *"])
    run("", "-v", "--eventsim-seed", "7").stdout.fnmatch_lines(["a.scenario.yaml::seed=7 PASSED*"])
    run("", "a.scenario.yaml::seed=2").assert_outcomes(passed=1)


def test_a_file_is_found_by_its_scenarios_name_and_by_the_marker(run: Run, pytester: pytest.Pytester) -> None:
    story(pytester, "a.scenario.yaml")
    text = """
import pytest

def test_other():
    pass

@pytest.mark.eventsim
def test_marked():
    pass
"""
    run(text, "-k", "poison and dlq", "--strict-markers").assert_outcomes(passed=1, deselected=2)
    run("", "-m", "eventsim").assert_outcomes(passed=2, deselected=1)


def test_a_failure_shows_the_expectation_its_place_the_timeline_and_the_command(
    run: Run, pytester: pytest.Pytester
) -> None:
    story(pytester, "a.scenario.yaml", visible=2)
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "_* A poison message reaches the DLQ _*",
            "A poison message reaches the DLQ: 90 s of virtual time, seed 2",
            "*a.scenario.yaml:13: expect.queues.orders-dlq.visible: expected 2, found 1",
            "timeline:",
            "           0 s  step.send         queue=orders  *",
            "          90 s  queue.redrive     queue=orders  to=orders-dlq  *",
            "repeat: eventsim run a.scenario.yaml --seed 2",
            "*eventsim warnings*",
            "*a.scenario.yaml:4:*maxReceiveCount: found 3; AWS advises at least 5*",
        ]
    )
    result.stdout.no_fnmatch_line("*scenario_items.py*")


def test_a_bad_file_is_an_error_of_the_collection_with_its_places(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "bad.scenario.yaml").write_text("queues:\n  orders: {VisibilityTimeuot: 3}\n")
    result = run()
    result.assert_outcomes(errors=1)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*bad.scenario.yaml:2:12: queues.orders.VisibilityTimeuot: *VisibilityTimeout*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_traces_are_those_of_the_command(run: Run, pytester: pytest.Pytester) -> None:
    story(pytester, "a.scenario.yaml")
    run("", "--eventsim-trace", "traces").assert_outcomes(passed=1)
    from eventsim.scenarios.load import load_scenario
    from eventsim.scenarios.run import run_scenario

    with (pytester.path / "expected.jsonl").open("wb") as file:
        run_scenario(load_scenario(pytester.path / "a.scenario.yaml"), trace=file)
    written = (pytester.path / "traces" / "a.scenario.yaml_seed=2.jsonl").read_bytes()
    assert written == (pytester.path / "expected.jsonl").read_bytes() != b""


def test_a_handler_beside_the_file_is_found(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "app.py").write_text("def handler(event, context):\n    pass\n")
    (pytester.path / "a.scenario.yaml").write_text(
        "queues: {q: {}}\nfunctions:\n  f: {Handler: app.handler, Events: {q: {Type: SQS, Properties: {Queue: q}}}}\n"
        "steps: [{send: {queue: q, body: x}}]\nexpect: {functions: {f: {Invocations: 1, Errors: 0}}}\n"
    )
    run().assert_outcomes(passed=1)
