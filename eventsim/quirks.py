"""What a simulation chooses where AWS publishes nothing, and how far it strays from the orderly case."""

from __future__ import annotations

from msgspec import Struct


class Quirks(Struct, frozen=True, kw_only=True):
    """Choices, not AWS's documented behaviour; seconds are virtual.

    Answers: *empty_failure_entry_is_success* acknowledges ``{"batchItemFailures": [{}]}`` on a queue (ESM-29).
    *duplicate_rate*, 0 to 1, is the part of what was delivered that is delivered once more (GEN-03). *shuffle* has
    standard queues give their messages in a drawn order (SQS-36).

    Waits: *transition_s* is how long a mapping's change of state takes (ESM-13). With *long_poll_floor* a batching
    window on a queue that runs empty lasts a whole long poll (SQS-20). A throttled batch of a queue waits
    *throttle_first_s*, doubled each time, at most *throttle_longest_s*, each give or take *throttle_jitter* of it
    (SQS-28); a failed batch of a stream *stream_retry_first_s*, doubled, at most *stream_retry_longest_s* (STR-09). A
    tumbling window closes *window_close_s* after its end (STR-29). *async_retry_s* are the waits before the retries of
    an asynchronous event (ASY-06); throttled ones wait *async_throttle_first_s*, doubled, at most
    *async_throttle_longest_s* (ASY-07), and settings reach waiting events after *config_propagation_s* (ASY-15). An
    execution environment is kept for *environment_idle_s* (CON-11). Rules with a schedule are late by up to
    *schedule_jitter_s* whole seconds (SCH-05), S3's notifications by *notification_latency_s* and up to
    *notification_spread_s* more (S3-13). A shard of a table's stream is open for *shard_roll_s*, for good when None
    (DDB-06).
    """

    empty_failure_entry_is_success: bool = False
    long_poll_floor: bool = False
    duplicate_rate: float = 0.0
    shuffle: bool = False
    transition_s: float = 1.0
    throttle_first_s: float = 1.0
    throttle_longest_s: float = 30.0
    throttle_jitter: float = 0.2
    stream_retry_first_s: float = 0.5
    stream_retry_longest_s: float = 60.0
    window_close_s: float = 120.0
    async_retry_s: tuple[float, ...] = (60.0, 120.0)
    async_throttle_first_s: float = 1.0
    async_throttle_longest_s: float = 300.0
    config_propagation_s: float = 0.0
    environment_idle_s: float = 600.0
    schedule_jitter_s: int = 0
    notification_latency_s: float = 0.0
    notification_spread_s: float = 0.0
    shard_roll_s: float | None = None


NO_QUIRKS = Quirks()
"""The orderly case."""
