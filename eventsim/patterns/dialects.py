"""What the services that share the pattern language allow differently, as data."""

from __future__ import annotations

from typing import Final

import msgspec


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """One service's edition of the pattern language.

    *operators* and *anything_but* name the operators allowed in a list of values and inside ``anything-but``;
    *folded_affixes* allows ``{"prefix": {"equals-ignore-case": "x"}}``; *numbers_by_value* makes exact numbers compare
    by value instead of by text; *empty_pattern* allows ``{}``, which matches everything. *number_limit* and
    *number_decimals* bound the operands and values of ``numeric``.
    """

    operators: frozenset[str]
    anything_but: frozenset[str]
    folded_affixes: bool = True
    numbers_by_value: bool = False
    empty_pattern: bool = False
    or_combinations: int = 1000
    number_limit: float = 5.0e9
    number_decimals: int = 6


_COMMON: Final = frozenset({"anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix"})

# FLT-10, FLT-15, FLT-18. Lambda's own table lacks cidr and wildcard; they are accepted as in event rules.
LAMBDA: Final = Dialect(
    operators=_COMMON | {"wildcard"}, anything_but=frozenset({"equals-ignore-case", "prefix", "suffix", "wildcard"})
)
EVENTBRIDGE: Final = LAMBDA
# SNS-08 to SNS-10; the number of keys and of combinations (SNS-12) is counted by the service.
SNS: Final = Dialect(
    operators=_COMMON,
    anything_but=frozenset({"prefix"}),
    folded_affixes=False,
    numbers_by_value=True,
    empty_pattern=True,
    or_combinations=1_000_000,  # its own limit is lower, and counted otherwise
    number_limit=1.0e9,
    number_decimals=5,
)
