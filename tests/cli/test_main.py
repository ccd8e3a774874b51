from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from click.testing import Result

if TYPE_CHECKING:
    from tests.cli.conftest import Runs

Command = Callable[..., Result]


def test_help_lists_the_commands_and_the_statuses(command: Command) -> None:
    result = command("--help")
    assert result.exit_code == 0
    listed = result.stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    assert [line.split()[0] for line in listed.splitlines()] == [
        "run",
        "replay",
        "capture",
        "generate",
        "validate",
        "serve",
        "version",
    ]
    assert "3 eventsim itself failed, 130 interrupted" in result.stdout


@pytest.mark.parametrize("name", ["run", "replay", "capture", "generate", "validate", "serve", "version"])
def test_each_command_has_its_help(command: Command, name: str) -> None:
    whole, own = command("--help").stdout, command(name, "--help")
    assert own.exit_code == 0
    summary = next(line.split(maxsplit=1)[1] for line in whole.splitlines() if line.startswith(f"  {name} "))
    assert summary in own.stdout


def test_version_is_the_distributions(command: Command) -> None:
    assert command("version").stdout == f"eventsim {version('eventsim')}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run"], "Missing argument 'SCENARIO...'."),
        (["validate"], "Missing argument 'SCENARIO...'."),
        (["run", "a", "--seed", "x"], "Invalid value for '--seed': 'x' is not a valid integer."),
        (["run", "a", "--seed", "-1"], "Invalid value for '--seed': found -1, allowed is 0 to 9223372036854775807."),
        (["run", "a", "--seed", "1.5"], "Invalid value for '--seed': '1.5' is not a valid integer."),
        (
            ["run", "a", "--events", "some"],
            "Invalid value for '--events': 'some' is not one of 'all', 'failed', 'none'.",
        ),
        (
            ["run", "a", "--log-format", "xml"],
            "Invalid value for '--log-format': 'xml' is not one of 'console', 'json'.",
        ),
        (["run", "a", "-q", "-v"], "-q and -v exclude each other"),
        (["run", "a", "--junitxml", "1"], "No such option '--junitxml'. Did you mean '--junit-xml'?"),
        (["rnu"], "No such command 'rnu'."),
    ],
)
def test_bad_words_are_refused(runs: Runs, command: Command, words: list[str], message: str) -> None:
    result = command(*words)
    assert (result.exit_code, runs.started) == (2, [])
    assert f"Error: {message}" in result.stderr


def test_validate_names_what_is_valid_and_runs_nothing(runs: Runs, command: Command) -> None:
    result = command("validate", "a.yaml", "b.yaml")
    assert (result.exit_code, result.stdout, runs.started) == (0, "valid  a.yaml\nvalid  b.yaml\n", [])


def test_validate_shows_all_problems(runs: Runs, command: Command) -> None:
    result = command("validate", "a.yaml", "bad.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "bad.yaml:3:5: queues.q: unknown key\nbad.yaml:4:5: queues.r: another\n"


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "eventsim", "version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"eventsim {version('eventsim')}\n"


def test_help_imports_nothing_but_click() -> None:
    code = "import sys; before = set(sys.modules); import eventsim.cli.main; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    third_party = {name for name in loaded if name not in sys.stdlib_module_names}
    assert third_party <= {"click", "eventsim"}
    assert loaded.isdisjoint({"asyncio", "dataclasses", "json", "logging"})
