"""What runs a function's code, by its runtime."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from eventsim.control.errors import invalid, not_simulated

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.control.account import Account
    from eventsim.functions.settings import FunctionSettings
    from eventsim.invokers.base import Invoker

_PYTHON: Final = "python3."
_PROGRAM: Final = "provided"


def check_runtime(runtime: str | None) -> None:
    """AwsError for a runtime that AWS does not have; every one that it ever had will do."""
    from eventsim.cloud.lambda_api.model import lambda_model

    if runtime is None:
        raise invalid("Runtime is mandatory for functions created with deployment packages.")
    known = lambda_model().shape("Runtime")["enum"]
    if runtime not in known:
        raise invalid(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{', '.join(known)}] or be a valid ARN"
        )


def make_invoker(account: Account, runtime: str, folder: Path, settings: FunctionSettings) -> Invoker:
    """What runs the code in *folder*; AwsError, which names what is missing, for a runtime that can't be run here.

    Python code runs in this process, whatever version of Python 3 the function names.
    """
    handler = settings.handler
    if handler is None:
        raise invalid("Handler is mandatory for functions created with deployment packages.")
    if runtime.startswith(_PYTHON):
        return account.python_invoker(handler, folder, settings.environment)
    if runtime.startswith(_PROGRAM):
        return _program(runtime, folder, handler)
    raise not_simulated(
        f"The runtime {runtime}",
        "functions made through Lambda's API run Python code (python3.x) and programs that bring their own runtime "
        "client (provided.al2023, with an executable file named bootstrap)",
    )


def _program(runtime: str, folder: Path, handler: str) -> Invoker:
    """What runs the program ``bootstrap``, which asks for its events over the Runtime API."""
    from eventsim.invokers.runtime_api import RuntimeInvoker

    program = folder / "bootstrap"
    if not (program.is_file() and os.access(program, os.X_OK)):
        raise invalid(
            f"The runtime {runtime} runs a program named bootstrap at the top of the zip file: there is none that may "
            "be executed"
        )
    return RuntimeInvoker([str(program)], handler=handler, code_folder=folder)
