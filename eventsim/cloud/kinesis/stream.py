"""A Kinesis data stream: its shards, its settings, and the checks of what is put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventsim.cloud.kinesis.consumers import MAXIMUM_CONSUMERS, Consumer
from eventsim.cloud.kinesis.errors import (
    consumer_exists,
    consumer_not_found,
    invalid_argument,
    limit_exceeded,
    rate_exceeded,
    stream_not_active,
)
from eventsim.cloud.kinesis.records import read_hash_key, size_of_record
from eventsim.cloud.shards.numbers import kinesis_numbers
from eventsim.cloud.shards.stream import ShardedStream

if TYPE_CHECKING:
    from eventsim.cloud.shards.record import Record
    from eventsim.cloud.shards.shard import Shard
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.trace import Trace

HOUR_MS: Final = 3_600_000
MINIMUM_HOURS: Final = 24
MAXIMUM_HOURS: Final = 8_760
PROVISIONED: Final = "PROVISIONED"
ON_DEMAND: Final = "ON_DEMAND"


class KinesisStream(ShardedStream):
    """One stream.

    *mode* is PROVISIONED or ON_DEMAND; an on-demand stream starts with four shards and keeps them, since nothing
    here scales it. *metrics*, *tags* and the key of *encryption* are kept and shown; there are no shard metrics
    and no keys here. *serial* tells it from others of the same name. All times are Unix milliseconds.
    """

    def __init__(
        self,
        name: str,
        arn: str,
        clock: Clock,
        *,
        shard_count: int,
        mode: str = PROVISIONED,
        retention_hours: int = MINIMUM_HOURS,
        max_record_kib: int = 1_024,
        active_ms: int = 0,
        serial: int = 0,
        trace: Trace | None = None,
    ) -> None:
        super().__init__(
            name,
            clock,
            shard_count=shard_count,
            retention_ms=retention_hours * HOUR_MS,
            numbers=kinesis_numbers,
            trace=trace,
        )
        self.arn = arn
        self.account_id = arn.split(":")[4]
        self.mode = mode
        self.max_record_kib = max_record_kib
        self.serial = serial
        self.tags: dict[str, str] = {}
        self.metrics: set[str] = set()
        self.consumers: dict[str, Consumer] = {}
        self.scaled_ms: list[int] = []
        self._active_ms = active_ms
        self._encryptions: list[tuple[int, str, str | None]] = []  # since when, type, key

    # --- records ---

    def put(
        self, data: str, partition_key: str, explicit_hash_key: str | None = None, *, limited: bool = False
    ) -> tuple[Shard, Record]:
        """Put a record whose *data* is base64 text; the shard it went to and the record (KIN-01, KIN-02).

        *limited* applies the shard's write limits. AwsError SerializationException, ValidationException,
        InvalidArgumentException or ProvisionedThroughputExceededException.
        """
        size_bytes = self.admit(data, partition_key)
        hash_key = None if explicit_hash_key is None else read_hash_key(explicit_hash_key)
        return self.place(data, partition_key, hash_key, size_bytes, limited=limited)

    def admit(self, data: object, partition_key: object, path: str = "") -> int:
        """The size in bytes of a record that the stream takes; AwsError for one that it does not."""
        size_bytes = size_of_record(data, partition_key, path)
        if size_bytes > self.max_record_kib * 1024:
            raise invalid_argument(
                f"The record's data and partition key have {size_bytes} bytes, more than the maximum record size of "
                f"{self.max_record_kib} KiB of stream {self.name} under account {self.account_id}."
            )
        return size_bytes

    def place(
        self, data: str, partition_key: str, hash_key: int | None, size_bytes: int, *, limited: bool
    ) -> tuple[Shard, Record]:
        """Append a record that was admitted; AwsError ProvisionedThroughputExceededException if *limited*."""
        shard = self.shard_of(partition_key) if hash_key is None else self.shard_of_hash(hash_key)
        now_ms = self._clock.wall_ms()
        if limited and not shard.writes.take(size_bytes, now_ms):
            raise rate_exceeded(shard.id, self.name, self.account_id)
        return shard, shard.append(partition_key, data, size_bytes, now_ms)

    # --- state ---

    @property
    def status(self) -> str:
        """CREATING or ACTIVE; a deleted stream is not to be found."""
        return "ACTIVE" if self._clock.wall_ms() >= self._active_ms else "CREATING"

    def check_active(self) -> None:
        """AwsError ResourceInUseException while the stream is being created."""
        if self.status != "ACTIVE":
            raise stream_not_active(self.name, self.account_id, self.status)

    @property
    def retention_hours(self) -> int:
        """The retention period in hours (KIN-07)."""
        return self.retention_ms // HOUR_MS

    def delete(self) -> None:
        """Drop everything, wake whoever waits for a shard and end all subscriptions."""
        super().delete()
        for consumer in self.consumers.values():
            consumer.leave()

    # --- encryption ---

    def encrypt(self, kind: str, key_id: str | None) -> None:
        """Say KMS or NONE, and which key, of the records that come from now on."""
        self._encryptions.append((self._clock.wall_ms(), kind, key_id))

    @property
    def encryption(self) -> tuple[str, str | None]:
        """The type and the key of it."""
        return self._encryptions[-1][1:] if self._encryptions else ("NONE", None)

    @property
    def was_encrypted(self) -> bool:
        """Whether any record may be."""
        return bool(self._encryptions)

    def encryption_at(self, arrival_ms: int) -> str:
        """The type for a record that arrived then."""
        return next((kind for since_ms, kind, _ in reversed(self._encryptions) if since_ms <= arrival_ms), "NONE")

    # --- consumers ---

    def register(self, name: str) -> Consumer:
        """A new consumer; AwsError ResourceInUseException for a name in use, LimitExceededException for the 21st."""
        if name in self.consumers:
            raise consumer_exists(name, self.name, self.account_id)
        if len(self.consumers) >= MAXIMUM_CONSUMERS:
            raise limit_exceeded(f"Stream {self.name} can have at most {MAXIMUM_CONSUMERS} registered consumers.")
        consumer = self.consumers[name] = Consumer(self, name, self._clock)
        return consumer

    def consumer(self, name: str) -> Consumer:
        """The consumer of that name; AwsError ResourceNotFoundException."""
        found = self.consumers.get(name)
        if found is None:
            raise consumer_not_found(name, self.account_id)
        return found

    def deregister(self, consumer: Consumer) -> None:
        """Forget a consumer and end what it is subscribed to."""
        del self.consumers[consumer.name]
        consumer.leave()


def check_retention(hours: int) -> None:
    """AwsError InvalidArgumentException unless *hours* is 24 to 8,760 (KIN-07)."""
    if hours < MINIMUM_HOURS:
        raise invalid_argument(
            f"Minimum allowed retention period is {MINIMUM_HOURS} hours. "
            f"Requested retention period ({hours} hours) is too short."
        )
    if hours > MAXIMUM_HOURS:
        raise invalid_argument(
            f"Maximum allowed retention period is {MAXIMUM_HOURS} hours. "
            f"Requested retention period ({hours} hours) is too long."
        )
