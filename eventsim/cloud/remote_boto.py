"""boto3 in handlers against a real endpoint: a call waits without keeping the loop, and with it everybody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

from eventsim.cloud.patches import ImportHook, Patches

if TYPE_CHECKING:
    import asyncio

_CALLS_AT_ONCE = 64


class RemoteBotoHook:
    """Carries out the requests of synchronous handlers in threads, as they are; all others are not touched.

    Use it as a context around a run on *loop*.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._patches = Patches()
        self._imports = ImportHook({"botocore.httpsession": self._change})
        self._threads = ThreadPoolExecutor(_CALLS_AT_ONCE, thread_name_prefix="aws")

    def __enter__(self) -> Self:
        self._imports.install()
        return self

    def __exit__(self, *_: object) -> None:
        self._imports.remove()
        self._patches.undo()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _change(self, module: Any) -> None:
        from eventsim.kernel.greenlets import in_handler, wait_for

        real: Any = module.URLLib3Session.send

        def send(session: Any, request: Any) -> Any:
            if not in_handler():
                return real(session, request)
            return wait_for(self._loop.run_in_executor(self._threads, real, session, request))

        self._patches.attribute(module.URLLib3Session, "send", send)
