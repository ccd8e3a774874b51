"""What the README shows is what happens: its files are written, its commands run, their output compared."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.test_docs import PLUGINS, matches, outside

README = Path(__file__).parents[1] / "README.md"
FENCE = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str, str]]:
    """(language, file name, content) of each fenced block, in order."""
    return [(match[1], match[2], match[3]) for match in FENCE.finditer(README.read_text())]


def commands(console: str) -> list[tuple[str, str]]:
    """(command, the output shown below it) of a console block."""
    parts = re.split(r"^\$ (.*)\n", console, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def run(command: str, folder: Path) -> str:
    """The output of a command as the README shows it: both streams, and the exit status where it is not 0."""
    tools = {name: f"{shlex.quote(sys.executable)} -m {name}" for name in ("eventsim", "pytest")}
    parts = [re.sub(r"^\S+", lambda word: tools.get(word[0], word[0]), part) for part in command.split(" | ")]
    environment = {**outside(), "NO_COLOR": "1", "COLUMNS": "200", "PYTEST_ADDOPTS": " ".join(PLUGINS)}
    line = " | ".join(parts)
    done = subprocess.run(
        line, shell=True, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    return done.stdout + (f"[exit status {done.returncode}]\n" if done.returncode else "")


def test_the_tour_does_what_it_shows(tmp_path: Path) -> None:
    told: list[tuple[str, str, str]] = []
    for language, name, content in blocks():
        if language == "console":
            told += [(command, shown, run(command, tmp_path)) for command, shown in commands(content)]
        elif name:
            (tmp_path / name).write_text(content)
    assert told
    differing = [f"$ {command}\n{got}" for command, shown, got in told if not matches(shown, got)]
    assert differing == []
