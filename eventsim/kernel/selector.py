"""The selector of a loop in virtual time: it refuses what can't be waited for without real time."""

from __future__ import annotations

import os
import selectors
import socket
import stat
from typing import Any

from eventsim.errors import RealIOError


class GuardedSelector(selectors.DefaultSelector):
    """A real selector that refuses sockets and pipes.

    Admitted are the loop's own self-pipe (the first registration), everything when *allow_real_io* is set, and
    the pipes of child processes once `admit_pipes` is set. `foreign` counts what is registered besides the self-pipe.
    """

    def __init__(self, *, allow_real_io: bool) -> None:
        super().__init__()
        self.allow_real_io = allow_real_io
        self.admit_pipes = False
        self.foreign = -1

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Add *fileobj*; raises RealIOError unless it is admitted."""
        if self.foreign >= 0 and not self.allow_real_io and not (self.admit_pipes and not _is_network(fileobj)):
            raise RealIOError(
                f"{fileobj!r} can't be waited for in virtual time: the simulation has no network. "
                "Talk to the embedded cloud (boto3 does), or run in real time"
            )
        key = super().register(fileobj, events, data)
        self.foreign += 1
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Remove *fileobj*."""
        key = super().unregister(fileobj)
        self.foreign -= 1
        return key


def _is_network(fileobj: Any) -> bool:
    """Whether *fileobj* is a socket with an address; pipes, process descriptors and socket pairs are not."""
    descriptor = fileobj if isinstance(fileobj, int) else fileobj.fileno()
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return False
    with socket.socket(fileno=os.dup(descriptor)) as found:
        return found.family != socket.AF_UNIX or bool(found.getsockname() or found.getpeername())
