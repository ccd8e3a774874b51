"""The dependencies of eventsim's parts point one way, its files are small, its public names are known."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

import eventsim

PACKAGE = Path(eventsim.__file__).parent

# Highest first: a part may import later rows and, as long as no circle comes of it, its neighbours.
LAYERS = (
    {"eventsim"},
    {"__main__"},
    {"cli", "plugin", "pytest_plugin"},
    {"facade", "realtime"},
    {"scenarios", "fixtures"},
    {"simulation"},
    {"control"},
    {"mappings"},
    {"sources", "functions", "destinations"},
    {"invokers"},
    {"cloud", "events", "patterns"},
    {"kernel"},
    {"errors", "quirks"},
)
RANKS = {part: rank for rank, parts in enumerate(LAYERS) for part in parts}

PUBLIC_NAMES = [
    "AwsError",
    "Bucket",
    "DeadlockError",
    "EventSimError",
    "Function",
    "InputError",
    "Invocation",
    "InvocationResult",
    "Invoker",
    "Queue",
    "Result",
    "ScenarioError",
    "Simulation",
    "Stream",
    "Table",
    "Topic",
    "VirtualTimeError",
]

LONGEST_FILE_LINES = 400


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    """The name below ``eventsim`` under which *path* lies; ``eventsim`` for the package's own ``__init__``."""
    relative = path.relative_to(PACKAGE)
    name = relative.parts[0].removesuffix(".py")
    return "eventsim" if name == "__init__" else name


def imported_parts(source: str) -> set[str]:
    """The parts of eventsim that *source* imports anywhere, for the types alone included."""
    parts = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module="eventsim", level=0, names=names):
                modules = [f"eventsim.{alias.name}" if alias.name in RANKS else "eventsim" for alias in names]
            case ast.ImportFrom(module=str(module), level=0):
                modules = [module]
            case _:
                continue
        for module in modules:
            package, _, rest = module.partition(".")
            if package == "eventsim":
                parts.add(rest.partition(".")[0] or "eventsim")
    return parts


def forbidden(part: str, source: str) -> set[str]:
    """What *part* may not import, and does in *source*: parts of earlier rows and unknown ones."""
    return {other for other in imported_parts(source) if RANKS.get(other, -1) < RANKS[part]}


def has_relative_import(source: str) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.level > 0 for node in ast.walk(ast.parse(source)))


def test_every_part_has_its_layer() -> None:
    assert {part_of(path) for path in sources()} - RANKS.keys() == set()


def test_a_part_imports_only_what_lies_below_it() -> None:
    found = {
        str(path.relative_to(PACKAGE)): bad
        for path in sources()
        if (bad := forbidden(part_of(path), path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_parts_do_not_import_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for path in sources():
        part = part_of(path)
        graph.setdefault(part, set()).update(imported_parts(path.read_text(encoding="utf-8")) - {part})
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError, which shows the circle
    assert graph.keys() <= set(order)


@pytest.mark.parametrize(
    ("part", "source", "expected"),
    [
        ("kernel", "from eventsim.errors import InputError", set()),
        ("kernel", "from eventsim.kernel.clock import Clock", set()),
        ("errors", "import eventsim.kernel.clock", {"kernel"}),
        ("cloud", "from eventsim.patterns.pattern import Pattern", set()),
        ("sources", "from eventsim.mappings.settings import QueueMappingSettings", {"mappings"}),
        ("cloud", "from eventsim import Simulation", {"eventsim"}),
        ("cloud", "from eventsim import errors, simulation", {"simulation"}),
        ("invokers", "def f():\n    from eventsim.mappings.queue import X", {"mappings"}),
        ("invokers", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import eventsim.cli", {"cli"}),
        ("cli", "import eventsimulator, os.path", set()),
    ],
)
def test_the_check_itself_sees_each_form_of_import(part: str, source: str, expected: set[str]) -> None:
    assert forbidden(part, source) == expected


def test_each_layer_may_import_the_next_and_not_the_other_way_round() -> None:
    for upper, lower in pairwise(LAYERS[1:]):
        for one in upper:
            for other in lower:
                assert forbidden(one, f"import eventsim.{other}") == set()
                assert forbidden(other, f"import eventsim.{one}") == {one}


def test_imports_are_absolute() -> None:
    assert [str(path) for path in sources() if has_relative_import(path.read_text(encoding="utf-8"))] == []
    assert has_relative_import("from . import clock")


def test_no_file_is_long() -> None:
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE_LINES} == {}


def test_the_public_names_are_these() -> None:
    assert sorted(eventsim.__all__) == PUBLIC_NAMES
    assert [name for name in PUBLIC_NAMES if not hasattr(eventsim, name)] == []
    assert set(PUBLIC_NAMES) <= set(dir(eventsim))
