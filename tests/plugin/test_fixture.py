"""The fixture ``eventsim``, its seed, its marker, and what a test may leave behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Run

pytest_plugins = ["pytester"]


def test_the_fixture_is_a_fresh_open_simulation_that_boto3_talks_to(run: Run) -> None:
    text = """
import boto3
from building import poisoned

EARLY = boto3.client("sqs", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")

def test_one(eventsim):
    orders, dlq, worker = poisoned(eventsim)
    EARLY.send_message(QueueUrl=orders.url, MessageBody="a")
    eventsim.run()
    assert (dlq.bodies, [one.at for one in worker.invocations]) == (["a"], [0, 30, 60])

def test_two(eventsim):
    assert (list(eventsim.queues), eventsim.now_s, eventsim.seed) == ([], 0, 0)
    assert boto3.client("sqs").list_queues().get("QueueUrls") is None

def test_three():
    assert "AWS_ENDPOINT_URL" not in __import__("os").environ
"""
    run(text).assert_outcomes(passed=3)


def test_the_seed_is_the_options_else_the_nearest_markers_else_0(run: Run) -> None:
    text = """
import pytest
pytestmark = pytest.mark.eventsim(seed=5)

def test_module(eventsim, eventsim_seed, expected):
    assert eventsim.seed == eventsim_seed == (expected or 5)

@pytest.mark.eventsim(seed=6)
class TestClass:
    def test_class(self, eventsim, expected):
        assert eventsim.seed == (expected or 6)

    @pytest.mark.eventsim(seed=7, start_time="2026-05-01T00:00:00Z")
    def test_function(self, eventsim, expected):
        assert eventsim.seed == (expected or 7)
        assert eventsim.queue("q").send("x").attributes["SentTimestamp"] == "1777593600000"

@pytest.fixture
def expected(request):
    return request.config.getoption("--eventsim-seed")
"""
    run(text).assert_outcomes(passed=3)
    run(text, "--eventsim-seed", "9").assert_outcomes(passed=3)


def test_several_seeds_make_several_tests(run: Run) -> None:
    text = """
import pytest
from eventsim import Simulation

def test_fixture(eventsim):
    assert eventsim.seed in (4, 5, 6)

def test_own(eventsim_seed):
    with Simulation(seed=eventsim_seed) as sim:
        assert sim.seed in (4, 5, 6)

def test_plain():
    pass

@pytest.mark.eventsim(drained=False)
@pytest.mark.parametrize("n", [1, 2])
def test_marked(n):
    pass
"""
    result = run(text, "--eventsim-seeds", "3", "--eventsim-seed", "4", "-v")
    result.assert_outcomes(passed=3 + 3 + 1 + 6)
    result.stdout.fnmatch_lines(["*test_fixture[[]seed=4] PASSED*", "*test_own[[]seed=6] PASSED*"])


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--eventsim-seed", "-1", "--eventsim-seed: found -1, allowed is 0 to *"),
        ("--eventsim-seed", "x", "*invalid int value: 'x'*"),
        ("--eventsim-seeds", "0", "--eventsim-seeds: found 0, allowed is 1 or more"),
    ],
)
def test_an_option_that_can_not_be_is_refused(run: Run, option: str, value: str, says: str) -> None:
    result = run("def test(): pass", option, value)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{says}"])


@pytest.mark.parametrize("name", ["eventsim_scenarios", "eventsim_fixtures"])
def test_a_folder_of_the_ini_file_that_is_not_there_is_refused(run: Run, pytester: pytest.Pytester, name: str) -> None:
    pytester.makeini(f"[pytest]\n{name} =\n    .\n    storeis\n")
    result = run("def test(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{name}: found '*storeis', where there is neither a folder nor a file"])


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        ("sed=1", "found 'sed', unknown in @pytest.mark.eventsim, did you mean 'seed'?*"),
        ("1", "@pytest.mark.eventsim: found 1 without a name; allowed: seed=, start_time=, drained="),
        ("seed='x'", "seed: found 'x', expected a whole number from 0 to *"),
        ("start_time='x'", "start_time: found 'x', expected a datetime*"),
        ("drained=1", "@pytest.mark.eventsim: drained: found 1, expected True or False"),
    ],
)
def test_a_marker_that_can_not_be_fails_the_test_without_a_traceback(run: Run, marker: str, says: str) -> None:
    result = run(f"import pytest\n@pytest.mark.eventsim({marker})\ndef test(eventsim): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([says])
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")
    result.stdout.no_fnmatch_line("*another exception*")


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        ("sed=1", "found 'sed', unknown in @pytest.mark.eventsim, did you mean 'seed'?*"),
        ("seed='x'", "seed: found 'x', expected a whole number from 0 to *"),
    ],
)
def test_where_there_are_several_seeds_it_is_an_error_of_the_collection(run: Run, marker: str, says: str) -> None:
    text = f"import pytest\n@pytest.mark.eventsim({marker})\ndef test(eventsim): pass\n"
    result = run(text, "--eventsim-seeds", "2")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([says])
    result.stdout.no_fnmatch_line("*seeds.py*")


def test_the_marker_alone_opens_a_simulation_for_a_test_case_too(run: Run) -> None:
    text = """
import unittest
import boto3
import pytest

@pytest.mark.eventsim(drained=False)
class TestPlain:
    def test_boto3(self):
        boto3.client("sqs").create_queue(QueueName="q")

@pytest.mark.eventsim(seed=3)
class Case(unittest.TestCase):
    def test_boto3(self):
        assert boto3.client("sqs").list_queues().get("QueueUrls") is None

class Own(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _open(self, eventsim):
        self.sim = eventsim

    def test_fixture(self):
        self.sim.queue("q")
        assert len(boto3.client("sqs").list_queues()["QueueUrls"]) == 1
"""
    run(text).assert_outcomes(passed=3)


def test_the_marker_opens_a_simulation_before_the_tests_other_fixtures_and_after_wider_ones(
    run: Run,
) -> None:
    text = """
import boto3
import pytest
from eventsim.facade import opened

@pytest.fixture(scope="module")
def wide():
    assert opened.open_one() is None

@pytest.fixture(autouse=True)
def around(wide):
    assert opened.open_one() is not None

@pytest.fixture
def queue(request):
    return boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]

@pytest.mark.eventsim
@pytest.mark.parametrize("n", [1, 2])
def test_function(queue, n, wide):
    assert boto3.client("sqs").list_queues()["QueueUrls"] == [queue]

@pytest.mark.eventsim
class TestClass:
    def setup_method(self):
        boto3.client("sqs").create_queue(QueueName="of-setup")

    @pytest.mark.parametrize("queue", [1, 2], indirect=True)
    def test_method(self, queue):
        assert len(boto3.client("sqs").list_queues()["QueueUrls"]) == 2

@pytest.mark.eventsim
def test_last_argument(queue, eventsim):
    assert list(eventsim.queues) == ["q"]
"""
    run(text).assert_outcomes(passed=5)
    run(text, "--eventsim-seeds", "2").assert_outcomes(passed=10)


def test_a_parameter_of_the_fixture_is_refused_and_one_of_its_seed_is_taken(run: Run) -> None:
    text = """
import pytest

@pytest.mark.parametrize("eventsim", [1], indirect=True)
def test_refused(eventsim):
    pass

@pytest.mark.parametrize(("eventsim_seed", "n"), [(3, 3), (4, 4)], indirect=["eventsim_seed"])
def test_seed(eventsim, n):
    assert eventsim.seed == n

@pytest.mark.parametrize("n", [0, pytest.param(7, marks=pytest.mark.eventsim(seed=7))])
def test_marked(eventsim, n):
    assert eventsim.seed == n
"""
    result = run(text)
    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(["the fixture eventsim takes no parameter, found 1: parametrize eventsim_seed *"])
    run(text, "-k", "test_seed", "--eventsim-seeds", "5").assert_outcomes(passed=2)


def test_a_fixture_of_the_same_name_runs_with_each_seed_too_unless_tests_share_it(
    run: Run, pytester: pytest.Pytester
) -> None:
    for folder, scope in (("own", "function"), ("shared", "module")):
        (pytester.mkdir(folder) / "conftest.py").write_text(
            "import pytest\nfrom eventsim import Simulation\n\n"
            f"@pytest.fixture(scope={scope!r})\ndef eventsim():\n    with Simulation() as sim:\n        yield sim\n"
        )
        seeds = "(4, 5)" if scope == "function" else "(4,)"
        (pytester.path / folder / f"test_{folder}.py").write_text(
            f"def test_it(eventsim):\n    assert eventsim.seed in {seeds}\n"
        )
    run("", "--eventsim-seeds", "2", "--eventsim-seed", "4").assert_outcomes(passed=3)


def test_what_is_left_undelivered_fails_the_test_and_is_named(run: Run) -> None:
    text = """
import pytest
from building import poisoned

def test_left(eventsim):
    orders, dlq, worker = poisoned(eventsim)
    orders.send({"id": 1})

def test_stopped(eventsim):
    orders, dlq, worker = poisoned(eventsim)
    orders.send({"id": 1})
    eventsim.run(for_s=45)

@pytest.mark.eventsim(drained=False)
def test_allowed(eventsim):
    poisoned(eventsim)[0].send("x")

def test_dead_letters_may_stay(eventsim):
    orders, dlq, worker = poisoned(eventsim)
    orders.send("x")
    eventsim.run()

def test_failed_by_itself(eventsim):
    poisoned(eventsim)[0].send("x")
    assert False

def test_skipped(eventsim):
    poisoned(eventsim)[0].send("x")
    pytest.skip()

@pytest.mark.xfail
def test_expected_to_fail(eventsim):
    poisoned(eventsim)[0].send("x")
    assert False
"""
    result = run(text)
    result.assert_outcomes(passed=4, failed=1, errors=2, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_left*",
            "left undelivered at 0 s of virtual time:",
            '  orders (read by worker/orders): 1 visible: {"id":1}',
            "run the simulation until it is idle, or allow it with @pytest.mark.eventsim(drained=False)",
            "*ERROR at teardown of test_stopped*",
            "left undelivered at 45 s of virtual time:",
            '  orders (read by worker/orders): 1 in flight: {"id":1}',
        ]
    )


def test_the_fixture_and_a_simulation_of_the_tests_own_exclude_each_other(run: Run) -> None:
    text = """
from eventsim import Simulation

def test_nested(eventsim):
    with Simulation():
        pass
"""
    result = run(text)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*InputError: the Simulation of *test_it.py:4 can't be opened while Simulation 'test_nested' is open: *"]
    )


def test_traces_are_written_where_they_are_asked_for(run: Run, pytester: pytest.Pytester) -> None:
    text = """
import pytest
from building import poisoned

@pytest.mark.parametrize("body", ["a", "b/c", "b_c", pytest.param("long", id="x" * 300)])
def test_it(eventsim, body):
    orders, dlq, worker = poisoned(eventsim)
    orders.send(body)
    eventsim.run()
"""
    run(text, "--eventsim-trace", "traces/of/today").assert_outcomes(passed=4)
    folder = pytester.path / "traces" / "of" / "today"
    assert sorted(file.name for file in folder.iterdir()) == [
        "test_it.py_test_it_a_.jsonl",
        "test_it.py_test_it_b_c_-41f899ae.jsonl",
        "test_it.py_test_it_b_c_.jsonl",
        f"test_it.py_test_it_{'x' * 161}-d17ddb67.jsonl",
    ]
    lines = (folder / "test_it.py_test_it_a_.jsonl").read_text().splitlines()
    assert '"kind":"step.send"' in lines[0]
    assert '"kind":"queue.redrive"' in lines[-1]


def test_records_and_asynchronous_events_that_are_left_fail_the_test_too(run: Run) -> None:
    text = """
import pytest
from building import accept

def feed(sim):
    clicks = sim.stream("clicks")
    worker = sim.function("worker", accept)
    worker.on_stream(clicks, StartingPosition="LATEST")
    worker.invoke(InvocationType="Event")
    clicks.put(1, "a")

def test_forgot(eventsim):
    feed(eventsim)

def test_ran(eventsim):
    feed(eventsim)
    eventsim.run()

@pytest.mark.eventsim(drained=False)
def test_meant(eventsim):
    feed(eventsim)
"""
    result = run(text)
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(
        [
            "left undelivered at 0 s of virtual time:",
            "  clicks (read by worker/clicks): 1 record in shardId-000000000000, the oldest 0 s old",
            "  worker: 1 asynchronous event not done with",
        ]
    )
