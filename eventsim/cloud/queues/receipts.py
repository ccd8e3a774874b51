"""Receipt handles: unique, opaque to look at, and recognised again without being remembered."""

from __future__ import annotations

import random
import string
from typing import Final

PREFIX: Final = "AQEB"
MASK: Final = (1 << 64) - 1
SCRAMBLE: Final = 0x9E3779B97F4A7C15  # odd, so that multiplying by it modulo 2**64 can be undone
UNSCRAMBLE: Final = pow(SCRAMBLE, -1, 1 << 64)
COUNT_BITS: Final = 24
ALPHABET: Final = string.ascii_letters + string.digits + "+/"


def draw_suffix(stream: random.Random) -> str:
    """The part that all handles of one queue share: 54 characters of base64 and its padding."""
    return "".join(stream.choices(ALPHABET, k=54)) + "=="


def make_receipt(order: int, receive_count: int, suffix: str) -> str:
    """The handle of one receive of the message with this arrival *order*."""
    return f"{PREFIX}{((order << COUNT_BITS | receive_count) * SCRAMBLE) & MASK:016x}{suffix}"


def read_order(receipt: str, suffix: str) -> int | None:
    """The arrival order of the message that a handle was made for; None when this queue never made it so."""
    digits = receipt[len(PREFIX) : len(PREFIX) + 16]
    if receipt != f"{PREFIX}{digits}{suffix}" or not all(digit in "0123456789abcdef" for digit in digits):
        return None
    return (int(digits, 16) * UNSCRAMBLE & MASK) >> COUNT_BITS
