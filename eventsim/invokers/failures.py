"""The payloads of function errors, in the shapes and key orders of Lambda's Python runtime."""

from __future__ import annotations

from typing import Any

RESPONSE_LIMIT_BYTES = 6 * 1024 * 1024 + 100
"""The largest response of a function (FUN-03)."""


class LoadError(Exception):
    """The handler can't be loaded: the runtime's own error type and text (FUN-11)."""

    def __init__(self, error_type: str, message: str, stack_trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.stack_trace = stack_trace or []


def error_payload(
    error_type: str, message: str, request_id: str, stack_trace: list[str] | None = None
) -> dict[str, Any]:
    """An exception of the handler; *request_id* is "" for one raised while the code was loaded (FUN-08, FUN-11)."""
    return {
        "errorMessage": _sendable(message),
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": stack_trace or [],
    }


def exit_payload(request_id: str, error: BaseException) -> dict[str, Any]:
    """The process ended: by `SystemExit`, or with status 1 by an exception that is no `Exception` (FUN-10)."""
    return ended_payload(request_id, exit_status(error))


def ended_payload(request_id: str, status: int) -> dict[str, Any]:
    """The runtime's process ended by itself, *status* negative for a signal (FUN-10)."""
    if status < 0:
        from signal import strsignal

        reason = f"exited with error: signal: {(strsignal(-status) or f'signal {-status}').lower()}"
    else:
        reason = f"exited with error: exit status {status}" if status else "exited without providing a reason"
    return {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: Runtime {reason}"}


def exit_status(error: BaseException) -> int:
    """What the operating system is told when *error* ends a Python process."""
    if not isinstance(error, SystemExit):
        return 1
    if error.code is None:
        return 0
    return error.code & 0xFF if isinstance(error.code, int) else 1


def too_large_payload() -> dict[str, Any]:
    """The response is over Lambda's limit (FUN-03)."""
    return {
        "errorMessage": f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT_BYTES} bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }


def _sendable(text: str) -> str:
    """*text* with what UTF-8 can't carry, a lone surrogate, written as its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
