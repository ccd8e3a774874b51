"""Invokers that other packages bring."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.errors import InputError
from eventsim.invokers.checked import checked
from eventsim.invokers.http import HttpInvoker
from eventsim.invokers.registry import check_settings, installed_names, load_invoker, make_invoker
from tests.invokers.elsewhere import Elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = """
    from eventsim import InvocationResult

    class Shouting:
        def __init__(self, word, *, times=1):
            if times < 1:
                raise ValueError("times is below 1")
            self.answer = '"' + word.upper() * times + '"'

        async def invoke(self, invocation):
            return InvocationResult(self.answer)

    class Telling:
        async def invoke(self, invocation):
            return {"seen": invocation.event}

    class Wrong:
        def invoke(self, invocation):
            return None

    number = 7
"""


def install(folder: Path, name: str, entries: dict[str, str]) -> None:
    """Lay a distribution beside its module, as an installer leaves it."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "".join(f"{key} = {value}\n" for key, value in entries.items())
    (info / "entry_points.txt").write_text(f"[eventsim.invokers]\n{lines}")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "shouting_invoker.py").write_text(dedent(CODE))
    entries = {
        "shouting": "shouting_invoker:Shouting",
        "telling": "shouting_invoker:Telling",
        "wrong": "shouting_invoker:Wrong",
        "number": "shouting_invoker:number",
        "missing": "nowhere:X",
    }
    install(tmp_path, "shouting", entries)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("shouting_invoker", None)


def refusal(name: str, **settings: Any) -> str:
    with pytest.raises(InputError) as caught:
        make_invoker(name, load_invoker(name), settings)
    return str(caught.value)


def test_an_installed_invoker_is_found_by_its_name_and_gets_its_settings(installed: Path) -> None:
    assert {"shouting", "wrong"} <= set(installed_names())
    invoker = make_invoker("shouting", load_invoker("shouting"), {"word": "hey", "times": 2})
    assert Elsewhere(invoker).one().payload == '"HEYHEY"'


def test_its_answers_are_checked(installed: Path) -> None:
    invoker = make_invoker("telling", load_invoker("telling"), {})
    with pytest.raises(InputError, match=r"\(Telling\) returned {'seen': .*}, expected an eventsim.InvocationResult"):
        Elsewhere(invoker).one()


def test_eventsims_own_need_no_check() -> None:
    own = HttpInvoker("http://localhost:9000/")
    assert checked(own) is own


def test_looking_for_names_loads_nothing(installed: Path) -> None:
    installed_names()
    assert "shouting_invoker" not in sys.modules


def test_settings_that_an_invoker_does_not_take_are_refused(installed: Path) -> None:
    assert refusal("shouting", wrod="x") == (
        "the invoker 'shouting' can't take these settings: missing a required argument: 'word'; "
        "it takes word, times (optional)"
    )
    assert refusal("shouting", word="x", loud=True).startswith(
        "the invoker 'shouting' can't take these settings: got an unexpected keyword argument 'loud'"
    )
    assert refusal("shouting", word="x", times=0) == (
        "the invoker 'shouting' refuses its settings: ValueError: times is below 1"
    )
    check_settings("shouting", load_invoker("shouting"), {"word": "x"})


def test_what_can_not_be_loaded_or_is_no_invoker_is_refused(installed: Path) -> None:
    assert refusal("missing") == (
        "the invoker 'missing' of shouting (nowhere:X) can't be loaded: ModuleNotFoundError: No module named 'nowhere'"
    )
    assert refusal("number") == (
        "the invoker 'number' of shouting (shouting_invoker:number) is 7, expected a class or a function"
    )
    assert "has no async def invoke(self, invocation)" in refusal("wrong")
    assert refusal("loud").startswith("found no invoker 'loud' among the installed packages; registered under")


def test_one_name_in_two_packages_is_refused(installed: Path) -> None:
    install(installed, "other", {"shouting": "other:Shouting"})
    assert refusal("shouting") == (
        "found the invoker 'shouting' in several packages: other (other:Shouting), "
        "shouting (shouting_invoker:Shouting); remove all but one"
    )
