"""Python's cyclic garbage collector during a run."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

THRESHOLDS = (50_000, 20, 20)


@contextmanager
def quiet_collector() -> Iterator[None]:
    """Collect young objects some seventy times less often than Python does by default; restore it afterwards.

    A run keeps what it makes: with the default thresholds a third of its time goes into looking for garbage, and more
    the longer the backlog is.
    """
    before = gc.get_threshold()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
