"""A static look at the handlers of a scenario: nothing of the user's code is imported.

A handler that can't be found is no error of the file: Lambda deploys it, and answers each invocation with the error of
FUN-11. It is worth a warning all the same.
"""

from __future__ import annotations

import ast
import sys
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from typing import TYPE_CHECKING

from eventsim.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from eventsim.scenarios.model import FunctionSpec, Scenario


def check_handlers(scenario: Scenario) -> list[Problem]:
    """Warnings about handlers whose module is absent or broken, or lacks the name (FUN-11)."""
    found = []
    for function in scenario.functions.values():
        message = _check(function)
        place = function.handler_place
        if message is not None and place is not None:
            found.append(Problem(scenario.file, place.line, place.column, place.path, message))
    return found


def _is_python(function: FunctionSpec) -> bool:
    """Whether the handler names a Python function: a runtime's own command may read it in another way."""
    elsewhere = function.elsewhere
    return elsewhere is None or (elsewhere.name == "runtime" and "command" not in elsewhere.settings)


def _check(function: FunctionSpec) -> str | None:
    if function.handler is None or function.code_folder is None or not _is_python(function):
        return None
    module, dot, name = function.handler.rpartition(".")
    if not dot:
        return f"found {function.handler!r}, expected module.function"
    parts = module.replace("/", ".").split(".")
    file = _module_file(function.code_folder, parts)
    if file is None:
        if _is_elsewhere(function.code_folder, parts):
            return None
        return f"found no module {module!r} in {function.code_folder}: invocations will fail to import it"
    if file.suffix != ".py":
        return None
    try:
        tree = ast.parse(file.read_bytes(), str(file))
    except (SyntaxError, ValueError) as error:
        return f"found a syntax error in {file}: {error}"
    except (OSError, RecursionError) as error:
        return f"{file} can't be read: {error}"
    names = _names(tree.body)
    if name in names or "*" in names or "__getattr__" in names:
        return None
    return f"found no {name!r} in {file}: invocations will not find the handler"


def _module_file(folder: Path, parts: list[str]) -> Path | None:
    base = folder.joinpath(*parts)
    candidates = [base / "__init__.py", base.with_name(f"{base.name}.py")]
    candidates += [base.with_name(base.name + suffix) for suffix in EXTENSION_SUFFIXES]
    try:
        return next((file for file in candidates if file.is_file()), None)
    except (OSError, ValueError):
        return None


def _is_elsewhere(folder: Path, parts: list[str]) -> bool:
    """Whether the module's top package is installed, or lies beside without the rest, so that no more can be said."""
    if (folder / parts[0]).is_dir() or not all(part.isidentifier() for part in parts):
        return False
    return parts[0] in sys.builtin_module_names or PathFinder.find_spec(parts[0], sys.path) is not None


def _names(body: Iterable[ast.stmt]) -> set[str]:
    """The names that a module's statements bind, whichever way its conditions go."""
    names: set[str] = set()
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            names.update(alias.asname or alias.name.split(".")[0] for alias in statement.names)
        else:
            bound = (one for one in ast.walk(statement) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
            names.update(one.id for one in bound)
            names |= _names(one for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt))
            for handler in getattr(statement, "handlers", []):
                names |= _names(handler.body)
    return names
