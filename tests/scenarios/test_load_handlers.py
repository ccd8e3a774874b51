from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim.scenarios.handlers import check_handlers
from tests.scenarios.loading import loader

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """\
import os, json as j
from x import y as z
try:
    from fast import quick
except ImportError:
    def quick(event, context): ...
if os.name == "posix":
    conditional = lambda event, context: None
class Callable: ...
assigned = 1
with open("x") as opened: ...
async def waiting(event, context):
    def inner(): ...
raise SystemExit("a module that must not be imported")
"""


def warned(folder: Path, handler: str) -> list[str]:
    scenario = loader(folder)(f"functions:\n  w:\n    Handler: {handler}\n    CodeUri: code\n")
    return [str(problem).replace(f"{folder}/", "") for problem in check_handlers(scenario)]


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    (folder / "package").mkdir(parents=True)
    (folder / "orders.py").write_text(MODULE)
    (folder / "package" / "__init__.py").write_text("from package.inner import *\n")
    (folder / "package" / "inner.py").write_text("def handler(event, context): ...\n")
    (folder / "broken.py").write_text("def handler(:\n")
    (folder / "binary.py").write_bytes(b"\xff\x00")
    (folder / "lazy.py").write_text("def __getattr__(name): ...\n")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["quick", "conditional", "Callable", "assigned", "opened", "waiting", "z", "os", "j"]
)  # fmt: skip
def test_a_name_that_the_module_binds_is_found(code: Path, name: str) -> None:
    assert warned(code, f"orders.{name}") == []


@pytest.mark.parametrize("handler", ["package.anything", "package.inner.handler", "package/inner.handler", "lazy.x"])
def test_packages_paths_and_lazy_modules_are_looked_into(code: Path, handler: str) -> None:
    assert warned(code, handler) == []


def test_a_module_that_is_installed_is_left_to_the_run(code: Path) -> None:
    assert warned(code, "email.message_from_string") == []


@pytest.mark.rule("FUN-11")
@pytest.mark.parametrize(
    ("handler", "message"),
    [
        ("handler", "found 'handler', expected module.function"),
        ("order.handler", "found no module 'order' in code: invocations will fail to import it"),
        ("package.other.handler", "found no module 'package.other' in code: invocations will fail to import it"),
        ("orders.inner", "found no 'inner' in code/orders.py: invocations will not find the handler"),
        ("broken.handler", "found a syntax error in code/broken.py: invalid syntax (broken.py, line 1)"),
    ],
)
def test_a_handler_that_is_not_there_is_a_warning_and_no_error(code: Path, handler: str, message: str) -> None:
    assert warned(code, handler) == [f"s.yaml:3:14: functions.w.Handler: {message}"]


def test_a_module_that_is_no_text_is_a_warning(code: Path) -> None:
    assert [line.split(": ")[2] for line in warned(code, "binary.x")] == ["found a syntax error in code/binary.py"]
