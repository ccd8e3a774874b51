"""Where in a scenario file something stands."""

from __future__ import annotations

from msgspec import Struct


class Place(Struct, frozen=True):
    """Where in the file something stands; *line* and *column* count from 1, *path* is the key's."""

    line: int
    column: int
    path: str
