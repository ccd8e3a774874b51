"""Receipt handles: unique, opaque to look at, and recognised again without being remembered."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

MASK: Final = (1 << 64) - 1
SCRAMBLE: Final = 0x9E3779B97F4A7C15  # odd, so that no two serials give the same product modulo 2**64
ALPHABET: Final = string.ascii_letters + string.digits
TAILS: Final[list[str]] = []
KEY_LENGTH: Final = 40
FORM: Final = re.compile(rf"AQEB[0-9a-f]{{16}}([{ALPHABET}]{{{KEY_LENGTH}}})[0-9a-f]{{4}}==")


class Receipts:
    """The handles of one queue: all those of one receive differ in their last characters only."""

    __slots__ = ("_key", "_receives")

    def __init__(self, stream: random.Random) -> None:
        self._key = "".join(stream.choices(ALPHABET, k=KEY_LENGTH))
        self._receives = 0

    def open(self, count: int) -> tuple[str, Sequence[str]]:
        """What the handles of a new receive of *count* messages begin with, and the at least *count* ends."""
        self._receives += 1
        while len(TAILS) < count:
            TAILS.append(f"{len(TAILS):04x}==")
        return f"AQEB{self._receives * SCRAMBLE & MASK:016x}{self._key}", TAILS

    def made(self, receipt: str) -> bool:
        """Whether a handle has the form of this queue's."""
        found = FORM.fullmatch(receipt)
        return found is not None and found[1] == self._key
