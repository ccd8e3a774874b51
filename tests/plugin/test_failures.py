"""What a failing test says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Run

pytest_plugins = ["pytester"]

FAILING = """
from building import poisoned

def test_it(eventsim):
    orders, dlq, worker = poisoned(eventsim)
    orders.send({"id": 1})
    eventsim.run()
    assert dlq.bodies == []
"""


def test_a_failure_shows_the_end_of_the_timeline_the_seed_and_how_to_repeat_it(run: Run) -> None:
    result = run(FAILING, "--eventsim-seed", "3")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- eventsim -*",
            "<Simulation 'test_it' seed=3 at 90 s: 2 queues and 1 function>",
            "           0 s  step.send         queue=orders  records=[[]????????]",
            "*30 s  invoke.end        function=worker  mapping=worker/orders  * outcome=error  error=ValueError: boom",
            "*90 s  queue.redrive     queue=orders  to=orders-dlq  record=???????? *receive_count=3",
            "seed: 3",
            "repeat: pytest test_it.py::test_it --eventsim-seed 3",
        ]
    )


def test_the_command_is_for_the_folder_that_pytest_was_started_in(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]")
    (pytester.mkdir("unit") / "test_deep.py").write_text(FAILING)
    pytester.mkdir("elsewhere")
    with pytest.MonkeyPatch.context() as patching:
        patching.chdir(pytester.path / "elsewhere")
        result = run("", "../unit", "--rootdir", "..")
    result.stdout.fnmatch_lines(["repeat: pytest ../unit/test_deep.py::test_it --eventsim-seed 0"])


def test_one_of_several_seeds_is_repeated_by_its_own_id(run: Run) -> None:
    result = run(FAILING, "--eventsim-seeds", "2", "--eventsim-seed", "8")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["repeat: pytest 'test_it.py::test_it[[]seed=9]' --eventsim-seeds 2 --eventsim-seed 8"])


def test_a_simulation_that_the_test_opened_itself_tells_its_story_too(run: Run) -> None:
    text = """
from building import poisoned
from eventsim import Simulation

def test_before():
    with Simulation(name="another test's") as sim:
        poisoned(sim)
    global kept
    kept = sim

def test_it():
    with Simulation(seed=4) as sim:
        orders, dlq, worker = poisoned(sim)
        orders.send("x")
        sim.run()
        assert worker.invocations == []

def test_unrelated():
    assert False
"""
    result = run(text)
    result.assert_outcomes(passed=1, failed=2)
    text = result.stdout.str()
    assert text.count("- eventsim -") == 1
    assert "seed: 4\nrepeat: pytest test_it.py::test_it\n" in text


def test_only_the_last_lines_are_shown(run: Run) -> None:
    text = """
from building import fail

def test_it(eventsim):
    queue = eventsim.queue("q", VisibilityTimeout=3)
    eventsim.function("f", fail).on_queue(queue)
    queue.send("x")
    eventsim.run(for_s=300)
    assert False
"""
    result = run(text)
    shown = [line for line in result.outlines if " s  " in line and "=" in line]
    assert len(shown) == 25
    result.stdout.fnmatch_lines(["(4?? earlier lines)"])


EXPLAINED = [
    pytest.param(
        'worker.invocations == [{"at": 0, "outcome": "success"}, {"at": 30, "records": 2}, {"at": 60}, {"at": 90}]',
        [
            "E*assert invocations of worker == [[]{'at': 0, *",
            "E*there are 3, expected 4",
            "E*[[]0] <invocation of worker from worker/orders at 0 s, 1 record: error, ValueError: boom>",
            "E*    outcome is 'error', expected 'success'",
            "E*[[]1] <invocation of worker from worker/orders at 30 s, *",
            "E*    records is 1, expected 2",
            "E*[[]3] missing: {'at': 90}",
        ],
        id="invocations",
    ),
    pytest.param("[] == worker.invocations", ["E*[[]0] unexpected: <invocation of worker *"], id="reversed"),
    pytest.param(
        'worker.invocations[0] == {"outcome": "success", "nonsense": 1}',
        ["E*    outcome is 'error', expected 'success'", "E*nonsense is 'no member of an invocation; there are at, *"],
        id="one invocation",
    ),
    pytest.param(
        """dlq.bodies == ['{"id":1,"to":{"name":"b"},"more":1}', "plain"]""",
        [
            "E*assert bodies of orders-dlq == *",
            'E*[[]0] <Message {"id":1,"to":{"name":"a"}} on orders-dlq: visible, sent at 0 s, received 3 times>',
            "E*    to.name is 'a', expected 'b'",
            "E*    more is missing, expected 1",
            "E*[[]1] <Message text on orders-dlq: *",
            "E*    expected 'plain'",
        ],
        id="bodies",
    ),
    pytest.param(
        """dlq.bodies == ["text", '{"id":1,"to":{"name":"a"}}']""",
        ["E*the same bodies in another order"],
        id="order",
    ),
    pytest.param(
        """dlq.bodies == ['{"id": 1, "to": {"name": "a"}}', 'text']""",
        ["E*: the same JSON, written in another way"],
        id="spelling",
    ),
    pytest.param('"missing" in dlq.bodies', ["E*'missing' in bodies of orders-dlq", "E*there are 2:"], id="in"),
    pytest.param("dlq.messages == []", ["E*[[]0] unexpected: <Message *"], id="messages"),
    pytest.param(
        "worker.invocations[0] == worker.invocations[1]",
        ["E*    at is 0.0, expected 30.0"],
        id="two invocations",
    ),
]


@pytest.mark.parametrize(("claim", "lines"), EXPLAINED)
def test_an_assertion_says_what_differs_and_where(run: Run, claim: str, lines: list[str]) -> None:
    text = f"""
from building import poisoned

def test_it(eventsim):
    orders, dlq, worker = poisoned(eventsim)
    orders.send({{"id": 1, "to": {{"name": "a"}}}})
    worker.on_queue("orders-dlq") if False else None
    eventsim.run()
    eventsim.queue("orders-dlq").send("text")
    assert {claim}
"""
    result = run(text)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(lines)
