"""Receipt handles: unique, opaque to look at, and recognised again without being remembered."""

from __future__ import annotations

import random
import re
import string
from typing import Final

PREFIX: Final = "AQEB"
MASK: Final = (1 << 64) - 1
SCRAMBLE: Final = 0x9E3779B97F4A7C15  # odd, so that no two serials give the same product modulo 2**64
ALPHABET: Final = string.ascii_letters + string.digits + "+/"
FORM: Final = re.compile(r"AQEB([0-9]{1,15})x[0-9a-f]{16}(.{56})")


def draw_suffix(stream: random.Random) -> str:
    """The part that all handles of one queue share: 54 characters of base64 and its padding."""
    return "".join(stream.choices(ALPHABET, k=54)) + "=="


def make_tail(serial: int, suffix: str) -> str:
    """What follows a message's arrival order in all handles of one receive.

    The whole handle is ``f"{PREFIX}{order}{tail}"``; *serial* counts the receives of the queue.
    """
    return f"x{serial * SCRAMBLE & MASK:016x}{suffix}"


def read_order(receipt: str, suffix: str) -> int | None:
    """The arrival order of the message that a handle was made for; None when this queue never made it so."""
    match = FORM.fullmatch(receipt)
    return int(match[1]) if match and match[2] == suffix else None
