"""How long things take: written as text or as a distribution, drawn in seconds."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from random import Random

LONGEST_S = 36_525 * 86_400.0
"""The longest duration accepted: a hundred years."""

FORMS = "150ms, 30s, 5m, 2h, 1d, 1m30s, PT1M30S or a number of seconds"
"""The forms of a duration, for messages."""

# The 99th percentile of the standard normal distribution.
_Z99 = 2.3263478740408408
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SUFFIXED = re.compile(
    r"(?:(\d+(?:\.\d+)?)d)? *(?:(\d+(?:\.\d+)?)h)? *(?:(\d+(?:\.\d+)?)m)? *"
    r"(?:(\d+(?:\.\d+)?)s)? *(?:(\d+(?:\.\d+)?)ms)?"
)
_ISO = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


class Duration(Struct, frozen=True):
    """A length of time, drawn in seconds each time it is needed."""

    def draw(self, stream: Random) -> float:
        """One length in seconds, never negative."""
        raise NotImplementedError


class Fixed(Duration, frozen=True):
    """Always the same number of seconds; draws nothing from the stream."""

    seconds: float

    def draw(self, stream: Random) -> float:  # noqa: ARG002 - the same call as for the distributions
        """The seconds."""
        return self.seconds


class Uniform(Duration, frozen=True):
    """Any length between two, each as likely."""

    low_s: float
    high_s: float

    def draw(self, stream: Random) -> float:
        """One length in seconds, both ends included."""
        return stream.uniform(self.low_s, self.high_s)


class Lognormal(Duration, frozen=True):
    """A long-tailed length: half of all draws are below the median, 99 of 100 below *p99_s*."""

    median_s: float
    p99_s: float

    def draw(self, stream: Random) -> float:
        """One length in seconds, above 0, without an upper end."""
        sigma = math.log(self.p99_s / self.median_s) / _Z99
        return stream.lognormvariate(math.log(self.median_s), sigma)


ZERO = Fixed(0.0)


def parse_seconds(value: Any) -> float:
    """Seconds, from ``150ms``, ``30s``, ``5m``, ``2h``, ``1d``, ``1m30s``, ISO 8601 or a number.

    Raises ValueError saying what was found and what is allowed.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"found {shown(value)}, expected a duration: {FORMS}")  # noqa: TRY004 - one kind for callers
    seconds = _text_s(value) if isinstance(value, str) else float(min(value, LONGEST_S + 1))
    if math.isnan(seconds) or seconds < 0:
        raise ValueError(f"found {shown(value)}, expected a duration of 0 or more: {FORMS}")
    if seconds > LONGEST_S:
        raise ValueError(f"found {shown(value)}, expected at most 36525d (a hundred years)")
    return seconds


def parse_duration(value: Any) -> Duration:
    """A duration as `parse_seconds` reads it, or ``{lognormal: {median, p99}}`` or ``{uniform: [low, high]}``.

    Raises ValueError saying what was found and what is allowed.
    """
    if not isinstance(value, dict):
        return Fixed(parse_seconds(value))
    if value.keys() == {"lognormal"}:
        return _lognormal(value["lognormal"])
    if value.keys() == {"uniform"}:
        return _uniform(value["uniform"])
    raise ValueError(
        f"found {shown(value)}, expected a duration ({FORMS}), {{lognormal: {{median: 120ms, p99: 2s}}}}"
        " or {uniform: [10ms, 1s]}"
    )


def _lognormal(value: Any) -> Lognormal:
    if not isinstance(value, dict) or value.keys() != {"median", "p99"}:
        raise ValueError(f"lognormal: found {shown(value)}, expected {{median: 120ms, p99: 2s}}")
    median_s, p99_s = _part("lognormal.median", value["median"]), _part("lognormal.p99", value["p99"])
    if not 0 < median_s <= p99_s:
        raise ValueError(
            f"lognormal: found median {shown(value['median'])} and p99 {shown(value['p99'])},"
            " expected 0 < median <= p99"
        )
    return Lognormal(median_s, p99_s)


def _uniform(value: Any) -> Uniform:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"uniform: found {shown(value)}, expected [low, high], as in [10ms, 1s]")
    low_s, high_s = _part("uniform[0]", value[0]), _part("uniform[1]", value[1])
    if low_s > high_s:
        raise ValueError(f"uniform: found {shown(value[0])} above {shown(value[1])}, expected low <= high")
    return Uniform(low_s, high_s)


def _part(name: str, value: Any) -> float:
    try:
        return parse_seconds(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _text_s(text: str) -> float:
    bare = text.strip()
    if _NUMBER.fullmatch(bare):
        return float(bare)
    if bare and (match := _SUFFIXED.fullmatch(bare)):
        return _sum_s(match.groups(), ("d", "h", "m", "s", "ms"))
    if match := _ISO.fullmatch(bare):
        weeks, *rest = match.groups()
        if weeks or any(rest):
            return _sum_s(rest, ("d", "h", "m", "s")) + 7 * 86400 * float(weeks or 0)
    raise ValueError(f"found {shown(text)}, expected a duration: {FORMS}")


def _sum_s(numbers: Any, units: tuple[str, ...]) -> float:
    # Rounded, so that 300ms and 0.3 are the same instant.
    return round(math.fsum(float(n) * _UNIT_S[unit] for n, unit in zip(numbers, units, strict=True) if n), 9)


def shown(value: Any) -> str:
    """A value for a message, as the user wrote it, shortened where it is long."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
