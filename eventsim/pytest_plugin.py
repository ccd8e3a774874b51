"""The pytest plugin: options, markers, fixtures and hooks. What they do is in `eventsim.plugin`, loaded when needed.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from eventsim.facade.simulation import Simulation

MARKERS = """\
eventsim(*, seed=0, start_time=None, drained=True): open a simulation for the test, before its other fixtures; \
drained=False lets it leave messages undelivered
eventsim_replay(*patterns): run the test once for each captured event of these files, as eventsim_event; patterns are \
relative to its own file, or to the root\
"""
_YAML = (".yaml", ".yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options and the ini option."""
    group = parser.getgroup("eventsim", "AWS Lambda's event sources, simulated")
    group.addoption(
        "--eventsim-seed",
        type=int,
        metavar="N",
        help="Seed of every simulation that is given none by the test, and of every scenario file.",
    )
    group.addoption(
        "--eventsim-seeds",
        type=int,
        metavar="N",
        default=1,
        help="Run each test with a simulation and each scenario file with N seeds, one after the other.",
    )
    group.addoption(
        "--eventsim-trace",
        metavar="DIR",
        help="Write the trace of each simulation and each scenario file to a file in DIR.",
    )
    parser.addini(
        "eventsim_scenarios",
        "Folders whose YAML files are scenarios and tests, and such files; *.scenario.yaml files always are.",
        type="paths",
        default=[],
    )
    parser.addini(
        "eventsim_fixtures",
        "Folders of captured events, beside those that eventsim_fixture looks into by itself.",
        type="paths",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """The markers; options that can't be are refused before anything runs."""
    for marker in MARKERS.splitlines():
        config.addinivalue_line("markers", marker)
    seed, seeds = config.getoption("--eventsim-seed"), config.getoption("--eventsim-seeds")
    if seed is not None and not 0 <= seed < 2**63:
        raise pytest.UsageError(f"--eventsim-seed: found {seed}, allowed is 0 to {2**63 - 1}")
    if seeds < 1:
        raise pytest.UsageError(f"--eventsim-seeds: found {seeds}, allowed is 1 or more")
    for name in ("eventsim_scenarios", "eventsim_fixtures"):
        for path in config.getini(name):
            if not path.exists():
                raise pytest.UsageError(f"{name}: found {str(path)!r}, where there is neither a folder nor a file")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Scenario files are tests."""
    if file_path.suffix not in _YAML:
        return None
    folders: list[Path] = parent.config.getini("eventsim_scenarios")
    if not file_path.name.endswith((".scenario.yaml", ".scenario.yml")) and not any(
        folder == file_path or folder in file_path.parents for folder in folders
    ):
        return None
    from eventsim.plugin.scenario_items import ScenarioFile

    found: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return found


def pytest_itemcollected(item: pytest.Item) -> None:
    """The marker alone opens a simulation too, before any other fixture of the test may call AWS."""
    names: list[str] | None = getattr(item, "fixturenames", None)
    if names is not None and item.get_closest_marker("eventsim") is not None:
        from eventsim.plugin.scopes import put_first

        put_first("eventsim", item, names)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each captured event, and for each seed."""
    if metafunc.definition.get_closest_marker("eventsim_replay") is not None:
        from eventsim.plugin.captured import parametrize

        parametrize(metafunc)
    if metafunc.config.getoption("--eventsim-seeds") > 1:
        from eventsim.plugin.seeds import several_seeds, takes_a_seed

        if takes_a_seed(metafunc):
            several_seeds(metafunc)


@pytest.fixture
def eventsim_seed(request: pytest.FixtureRequest) -> int:
    """The seed of the test's simulation: that of ``--eventsim-seed``, else the marker's, else 0."""
    from eventsim.plugin.seeds import seed_of

    return seed_of(request)


@pytest.fixture
def eventsim(request: pytest.FixtureRequest, eventsim_seed: int) -> Iterator[Simulation]:
    """A fresh `eventsim.Simulation`, open for the test; every boto3 client of the process talks to it."""
    from eventsim.plugin.opening import open_simulation

    with open_simulation(request, eventsim_seed) as simulation:
        yield simulation


@pytest.fixture
def eventsim_event(request: pytest.FixtureRequest) -> Any:
    """The captured event that ``@pytest.mark.eventsim_replay`` is at."""
    from eventsim.plugin.captured import replayed_event

    return replayed_event(request)


@pytest.fixture
def eventsim_fixture(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """Loads a captured event by its file's name: from the test's folder, ``fixtures`` in it, or the folders above."""
    from eventsim.plugin.captured import loader

    return loader(request)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A failure is told with the simulations of its own test; the options reach those that it opens itself."""
    opened = sys.modules.get("eventsim.facade.opened")
    if opened is not None:
        opened.latest = None  # type: ignore[attr-defined]  # a module, found by its name
    option = item.config.getoption
    if option("--eventsim-seed") is None and option("--eventsim-seeds") == 1 and option("--eventsim-trace") is None:
        return (yield)
    from eventsim.plugin.surrounding import surrounding

    with surrounding(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure tells the end of its simulation's timeline."""
    if "eventsim.facade.opened" not in sys.modules:
        return (yield)
    from eventsim.plugin.reporting import hide_inside, note

    if call.excinfo is not None:
        hide_inside(call.excinfo)
    report = yield
    note(item, call, report)
    return report


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """What differs, and where, between invocations or messages."""
    if "eventsim.facade.invocations" not in sys.modules:
        return None
    from eventsim.plugin.explaining import explain

    return explain(op, left, right, whole=config.getoption("verbose") > 1)
