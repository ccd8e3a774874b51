"""Chance that repeats: one random stream for each name."""

from __future__ import annotations

from random import Random


class Seeds:
    """The random streams of one run.

    A stream depends on the seed and its own name only, so a new consumer of chance leaves all others as they were.
    """

    __slots__ = ("_streams", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._streams: dict[str, Random] = {}

    def stream(self, name: str) -> Random:
        """The stream called *name*, as in ``latency:sqs``; the same object each time."""
        found = self._streams.get(name)
        if found is None:
            # A string seeds through SHA-512: the same numbers in every process and on every machine.
            found = self._streams[name] = Random(f"{self.seed}:{name}")
        return found


_FREE = ~(0xF << 76 | 0xC << 60)  # the bits of a UUID that neither its version nor its variant takes
_VERSION_4 = 4 << 76 | 8 << 60


def draw_uuid(stream: Random) -> str:
    """A random UUID (version 4) in its usual form, drawn from *stream*."""
    digits = (stream.getrandbits(128) & _FREE | _VERSION_4).to_bytes(16, "big").hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
