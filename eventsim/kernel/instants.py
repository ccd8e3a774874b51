"""Instants that are sums: what falls due together must not be set apart by the dust of floating-point addition."""

from __future__ import annotations


def after(now_s: float, delay_s: float) -> float:
    """The instant *delay_s* seconds after *now_s*, to the nanosecond: 0.1 s after 0.2 s is at 0.3 s."""
    return round(now_s + delay_s, 9)
