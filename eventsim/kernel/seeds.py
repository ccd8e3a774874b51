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


_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def draw_uuid(stream: Random) -> str:
    """A random UUID (version 4) in its usual form, drawn from *stream*."""
    digits = f"{stream.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"
