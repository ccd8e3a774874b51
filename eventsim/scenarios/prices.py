"""What AWS asks for the services that are simulated: one table, which is an estimate (CST-01 to CST-12).

Public prices in US dollars for us-east-1, before taxes and discounts. Those that are not marked `checked` come from
second-hand lists. To work with others, replace the entries; nothing else has a price in it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

PRICES_OF: Final = "2026-11"
"""The month whose prices these are."""
REGION: Final = "us-east-1"
CURRENCY: Final = "USD"

UNLIMITED: Final = float("inf")


class Price(NamedTuple):
    """A price in US dollars for *per* units; *checked* where AWS's own page says so."""

    usd: float
    per: float
    unit: str
    checked: bool = False

    def of(self, amount: float) -> float:
        """What *amount* units come to."""
        return amount / self.per * self.usd


MILLION: Final = 1_000_000

PRICES: Final[dict[str, Price]] = {
    "lambda.request": Price(0.20, MILLION, "requests", checked=True),
    "lambda.ephemeral_storage": Price(0.0000000309, 1, "GB-seconds above 512 MB"),
    "lambda.provisioned": Price(0.0000041667, 1, "GB-seconds configured"),
    "lambda.provisioned_duration": Price(0.0000097222, 1, "GB-seconds"),
    "sqs.standard": Price(0.40, MILLION, "requests"),
    "sqs.fifo": Price(0.50, MILLION, "requests"),
    "kinesis.shard_hour": Price(0.015, 1, "shard-hours"),
    "kinesis.put_unit": Price(0.014, MILLION, "PUT payload units of 25 KB"),
    "kinesis.consumer_shard_hour": Price(0.015, 1, "consumer-shard-hours"),
    "sns.publish": Price(0.50, MILLION, "publishes of 64 KB"),
    "scheduler.invocation": Price(1.00, MILLION, "invocations"),
}
"""Every price but that of a GB-second of Lambda, which falls with the amount."""

DURATION: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "x86_64": ((6e9, 0.0000166667), (15e9, 0.000015), (UNLIMITED, 0.0000133334)),
    "arm64": ((UNLIMITED, 0.0000133334),),
}
"""A GB-second of Lambda by architecture: up to how many a month at which price."""

FREE: Final = {"lambda.request": 1_000_000.0, "lambda.gb_s": 400_000.0, "sqs": 1_000_000.0, "scheduler": 14_000_000.0}
"""What a month has free (CST-03, CST-06, CST-12)."""

ASYNC_FIRST_BYTES: Final = 262_144
PUT_UNIT_BYTES: Final = 25_600

IDLE_POLLS_PER_MINUTE: Final = 15
"""Empty long polls of 20 s by the five pollers of an idle queue mapping (CST-07)."""
PROVISIONED_STEP_S: Final = 300.0
"""Provisioned concurrency is paid in steps of five minutes (CST-05)."""


def duration_usd(gb_s: float, architecture: str = "x86_64") -> float:
    """What so many GB-seconds of one month come to (CST-02)."""
    total, before = 0.0, 0.0
    for limit, usd in DURATION[architecture]:
        part = min(gb_s, limit) - before
        if part <= 0:
            break
        total += part * usd
        before = limit
    return total
