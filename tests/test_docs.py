"""What the how-to pages show is what happens: their files are written, their commands run, their output compared."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = [
    "one-handler.md",
    "pipeline.md",
    "incident.md",
    "captured-events.md",
    "moto-or-emulator.md",
    "real-endpoints.md",
    "invokers.md",
]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
FENCE = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN_FOR_READING = {("moto-or-emulator.md", "@pytest.fixture\ndef aws():\n    with mock_aws():\n        yield\n")}
TOOLS = {"pytest": "-m pytest", "python": "", "eventsim": "-m eventsim"}

# pytest says more where these are set; the pages show a developer's terminal.
SET_BY_CI = ("CI", "BUILD_NUMBER")

# The pages speak of a project that has none of the plugins that eventsim's own tests have.
PLUGINS = [f"-pno:{name}" for name in ("asyncio", "cacheprovider", "hypothesispytest", "pytest_cov", "xdist")]


def outside() -> dict[str, str]:
    """The environment of a developer's terminal."""
    return {name: value for name, value in os.environ.items() if name not in SET_BY_CI}


def run(command: str, folder: Path) -> str:
    """The output of a command, as a terminal shows it."""
    tool, *arguments = shlex.split(command)
    environment = {**outside(), "NO_COLOR": "1", "COLUMNS": "80", "PYTEST_ADDOPTS": " ".join(PLUGINS)}
    words = [sys.executable, *TOOLS[tool].split(), *arguments]
    done = subprocess.run(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.stdout


def matches(shown: str, got: str) -> bool:
    """Whether *got* is what is shown: ``...`` stands for anything in a line, alone on its line for some lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else r".*?".join(re.escape(part) for part in line.split("...")) + r"\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, got if not got or got.endswith("\n") else f"{got}\n") is not None


@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_shows(page: str, tmp_path: Path) -> None:
    told = 0
    differing = []
    for language, name, content in FENCE.findall((DOCS / page).read_text(encoding="utf-8")):
        if language == "console":
            for command, shown in zip(
                *[iter(re.split(r"^\$ (.*)\n", content, flags=re.MULTILINE)[1:])] * 2, strict=True
            ):
                told += 1
                got = run(command, tmp_path)
                if not matches(shown, got):
                    differing.append(f"$ {command}\n{got}")
        elif name:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        else:
            assert (page, content) in SHOWN_FOR_READING
    assert told
    assert differing == []


def test_every_page_is_run() -> None:
    assert sorted(path.name for path in DOCS.glob("*.md")) == sorted(PAGES)


@pytest.mark.parametrize("page", [DOCS.parent / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target, heading in LINK.findall(text):
        found = page.parent / target if target else page
        assert found.exists()
        assert not heading or heading in headings(found)


def headings(page: Path) -> set[str]:
    """The names under which the headings of a page are linked to."""
    found = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one).lower().replace(" ", "-") for one in found}
