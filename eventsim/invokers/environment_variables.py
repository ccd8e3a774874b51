"""The environment variables of a function, visible in `os.environ` only while its code runs (FUN-18)."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.invokers.base import Invocation

TRACE_ID = "_X_AMZN_TRACE_ID"


def function_variables(
    machine: Mapping[str, str], function: Mapping[str, str], reserved: Mapping[str, str]
) -> dict[str, str]:
    """The machine's variables without its AWS ones, under the function's own, under what Lambda reserves (FUN-18).

    The machine's AWS_* variables stay out: a profile or an endpoint of the developer's would change the run.
    """
    kept = {name: value for name, value in machine.items() if not name.startswith("AWS_") and name != TRACE_ID}
    return {**kept, **_LANGUAGE, **function, **reserved}


def reserved_variables(invocation: Invocation, handler: str, task_root: str) -> dict[str, str]:
    """What Lambda sets by itself; region and account come from the function's ARN (FUN-18).

    The credentials are placeholders. LAMBDA_TASK_ROOT is the real code folder, so that files beside the code are found.
    """
    region = invocation.invoked_arn.split(":")[3]
    return {
        "_HANDLER": handler,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime_name()}",
        "AWS_LAMBDA_FUNCTION_NAME": invocation.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": invocation.function_version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(invocation.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{invocation.function_name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": invocation.environment.log_stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": invocation.environment.initialization_type,
        "AWS_ACCESS_KEY_ID": "eventsim",
        "AWS_SECRET_ACCESS_KEY": "eventsim",
        "AWS_SESSION_TOKEN": "eventsim",
        "AWS_CONFIG_FILE": os.devnull,  # the developer's own profile would change the run
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "LAMBDA_TASK_ROOT": task_root,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "TZ": ":UTC",
    }


def runtime_name() -> str:
    """The Lambda runtime that stands for this interpreter; 3.12 is the oldest whose behaviour is followed."""
    return f"python3.{max(12, sys.version_info.minor)}"


class Variables:
    """One environment's variables; what its code changes in `os.environ` stays with it.

    The mapping behind `os.environ` is exchanged, not its content, so that every module that holds `os.environ` sees
    it. Child processes and C libraries read the process's own block, which stays the machine's.
    """

    __slots__ = ("_mine", "_outside")

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._mine: dict[Any, Any] = {_key(name): _value(value) for name, value in variables.items()}
        self._outside: dict[Any, Any] = self._mine

    def set(self, variables: Mapping[str, str]) -> None:
        """Set some of them, from outside of the code."""
        self._mine.update({_key(name): _value(value) for name, value in variables.items()})

    def set_trace_id(self, trace_id: str | None) -> None:
        """Tell the next invocation its X-Ray trace header; None takes the variable away."""
        if trace_id is None:
            self._mine.pop(_TRACE_KEY, None)
        else:
            self._mine[_TRACE_KEY] = _value(trace_id)

    def enter(self) -> None:
        """Put them into `os.environ`."""
        environ: Any = os.environ
        self._outside = environ._data
        environ._data = self._mine

    def leave(self) -> None:
        """Give `os.environ` its own variables back."""
        environ: Any = os.environ
        environ._data = self._outside


_LANGUAGE = {"LANG": "en_US.UTF-8"}
_key: Any = os.environ.encodekey
_value: Any = os.environ.encodevalue
_TRACE_KEY = _key(TRACE_ID)
