"""Where a test is, as one types it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def nodeid_from_here(item: pytest.Item) -> str:
    """The id of a test as pytest takes it in the folder that it was started in."""
    path, colons, rest = str(item.nodeid).partition("::")
    here, root = item.config.invocation_params.dir, item.config.rootpath
    shown = path if here == root else os.path.relpath(root / path, here)
    return f"{shown}{colons}{rest}"
