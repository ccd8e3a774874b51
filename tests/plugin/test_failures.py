"""What a failing test says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim import Simulation

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


@pytest.mark.parametrize("shown", ["no", "stdout"])
def test_hiding_captured_output_does_not_hide_it(run: Run, shown: str) -> None:
    result = run(FAILING, f"--show-capture={shown}")
    result.stdout.fnmatch_lines(
        ["test_it.py:7: AssertionError", "*- eventsim -*", "seed: 0", "repeat: pytest test_it.py::test_it *"]
    )
    result.stdout.no_fnmatch_line("*what handlers logged*")


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


def test_a_simulation_that_several_tests_share_tells_its_story_to_each(run: Run) -> None:
    text = """
import pytest
from building import poisoned
from eventsim import Simulation

@pytest.fixture(scope="module")
def shared():
    with Simulation(name="shared") as sim:
        yield sim

def test_first(shared):
    poisoned(shared)[0].send("x")
    shared.run()

def test_second(shared):
    assert shared.queues["orders-dlq"].bodies == []
"""
    result = run(text)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["<Simulation 'shared' seed=0 at 90 s: *", "*90 s  queue.redrive *"])


def test_what_pytest_is_told_inside_of_a_handler_is_no_result_of_the_handler(run: Run) -> None:
    text = """
import asyncio
import pytest

def failing(event, context):
    pytest.fail("it is called")

async def skipping(event, context):
    await asyncio.sleep(1)
    pytest.skip("not here")

def leaving(event, context):
    pytest.exit("enough")

@pytest.mark.parametrize("handler", [failing, skipping])
def test_it(eventsim, handler):
    queue = eventsim.queue("q")
    eventsim.function("f", handler).on_queue(queue)
    queue.send("a")
    eventsim.run()

def test_leaving(eventsim):
    eventsim.function("f", leaving).invoke()

def test_not_reached():
    pass
"""
    result = run(text, "--tb=short")
    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.fnmatch_lines(["test_it.py:5: in failing", "E   Failed: it is called", "*Exit: enough*"])
    result.stdout.no_fnmatch_line("*eventsim/*")


def test_a_refusal_is_shown_at_the_tests_own_line(run: Run) -> None:
    text = """
def test_it(eventsim):
    eventsim.function("f", print).on_stream("nowhere", StartingPosition="LATEST")
"""
    result = run(text)
    result.assert_outcomes(failed=1)
    shown = result.stdout.str()
    assert "test_it.py:2: AwsError" in shown
    assert "eventsim/facade" not in shown
    assert "eventsim/facade" in run(text, "--full-trace").stdout.str()


OWN = """
import pytest
from eventsim import Simulation
from building import poisoned

def test_plain():
    with Simulation() as sim:
        poisoned(sim)[0].send("x")
        sim.run()
        assert sim.seed == 0

def test_given():
    with Simulation(seed=4) as sim:
        sim.queue("q")
        assert sim.seed == 0

@pytest.fixture
def own():
    with Simulation(name="first") as sim:
        pass
    return sim

def test_two(own):
    with Simulation(name="second") as sim:
        assert (own.seed, sim.seed) == (0, 0)
"""


def test_the_seed_reaches_simulations_that_a_test_opens_without_one(run: Run) -> None:
    result = run(OWN, "--eventsim-seed", "9")
    result.assert_outcomes(failed=3)
    text = result.stdout.str()
    assert text.count("seed: 9\n") == 2
    assert "repeat: pytest test_it.py::test_plain --eventsim-seed 9\n" in text
    assert "seed: 4\nrepeat: pytest test_it.py::test_given\n" in text


def test_each_simulation_that_a_test_opens_has_a_trace_file(run: Run, pytester: pytest.Pytester) -> None:
    run(OWN, "--eventsim-trace", "traces").assert_outcomes(passed=2, failed=1)
    traces = {path.name: path.read_bytes() for path in (pytester.path / "traces").iterdir()}
    assert sorted(traces) == [
        "test_it.py_test_given.jsonl",
        "test_it.py_test_plain.jsonl",
        "test_it.py_test_two-2.jsonl",
        "test_it.py_test_two.jsonl",
    ]
    assert traces["test_it.py_test_plain.jsonl"].count(b"queue.redrive") == 1


def test_a_test_that_names_simulation_itself_runs_with_each_seed(run: Run) -> None:
    text = """
from hypothesis import given, settings, strategies as st
from eventsim import Simulation

def test_own():
    with Simulation() as sim:
        assert sim.seed == 1

@settings(max_examples=3, deadline=None)
@given(n=st.integers())
def test_drawn(n):
    with Simulation() as sim:
        assert sim.seed == 1

def test_unrelated():
    pass
"""
    arguments = ("--eventsim-seeds", "3", "--eventsim-seed", "1", "--eventsim-trace", "traces")
    result = run(text, *arguments, process=True, beside=["hypothesispytest"])
    result.assert_outcomes(passed=3, failed=4)
    result.stdout.fnmatch_lines(
        ["repeat: pytest 'test_it.py::test_own[[]seed=2]' --eventsim-seeds 3 --eventsim-seed 1"]
    )


def test_options_do_not_outlast_the_run(run: Run) -> None:
    text = "from eventsim import Simulation\ndef test_it():\n    assert Simulation().seed == 3\n"
    run(text, "--eventsim-seed", "3").assert_outcomes(passed=1)
    assert Simulation().seed == 0


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
        """dlq.messages == [{"json": {"id": 2}, "receive_count": 3}, {"json": 1, "bdy": "text"}]""",
        [
            "E*assert messages of orders-dlq == *",
            "E*    json is {'id': 1, 'to': {'name': 'a'}}, expected {'id': 2}",
            "E*    json is 'no JSON: text', expected 1",
            "E*    bdy is 'no member of a message; there are queue, id, body, *",
        ],
        id="members of messages",
    ),
    pytest.param(
        """dlq.messages[1] == {"body": "txt"}""",
        ["E*assert <Message text on orders-dlq: *> == {'body': 'txt'}", "E*    body is 'text', expected 'txt'"],
        id="one message",
    ),
    pytest.param(
        """worker.invocations[0] == {"error": {"errorType": "KeyError"}}""",
        ["E*    error is {'errorType': 'ValueError'}, expected {'errorType': 'KeyError'}"],
        id="a part of the error",
    ),
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


def test_long_bodies_and_lines_lose_their_middle_unless_all_is_asked_for(run: Run) -> None:
    text = """
def handler(event, context):
    print("x" * 9000)

def test_it(eventsim, capsys):
    queue = eventsim.queue("q")
    worker = eventsim.function("worker", handler)
    worker.on_queue(queue)
    queue.send("y" * 9000 + "z")
    eventsim.run()
    capsys.readouterr()
    assert worker.invocations == [{"bodies": ["b" * 9000]}]
"""
    result = run(text, "--tb=short")
    result.stdout.fnmatch_lines(
        [
            "E   AssertionError: assert invocations of worker == [[]{'bodies': [[]'bbbb*bbbb']}]",
            "E     [[]0] <invocation of worker from worker/q at 0 s, 1 record: success>",
            "E         bodies is [[]'yyy*...*bbb']",
            "  xxx*...xxx*",
        ]
    )
    assert max(map(len, result.outlines)) < 310
    assert max(map(len, run(text, "--tb=short", "-vv").outlines)) > 18000


def test_a_failure_shows_what_handlers_logged_with_their_time_and_request_id(run: Run) -> None:
    text = """
def handler(event, context):
    print("got", event["n"])

def test_it(eventsim):
    worker = eventsim.function("worker", handler)
    worker.invoke({"n": 1})
    assert worker.invocations == []
"""
    result = run(text)
    result.stdout.fnmatch_lines(["*- eventsim: what handlers logged -*", "0 s  worker  ????????-*", "  got 1"])
