"""Encryption and shard metrics of a stream: kept and shown, without keys or metrics behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.kinesis.errors import invalid_argument
from eventsim.cloud.kinesis.lookup import active_stream_of

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.registry import Streams

METRICS: Final = {
    "IncomingBytes",
    "IncomingRecords",
    "IteratorAgeMilliseconds",
    "OutgoingBytes",
    "OutgoingRecords",
    "ReadProvisionedThroughputExceeded",
    "WriteProvisionedThroughputExceeded",
}


def start_encryption(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """StartStreamEncryption: puts and records say KMS from now on."""
    stream = active_stream_of(streams, params)
    if params["EncryptionType"] != "KMS":
        raise invalid_argument("StartStreamEncryption takes the EncryptionType KMS only.")
    stream.encrypt("KMS", params["KeyId"])
    return {}


def stop_encryption(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """StopStreamEncryption."""
    stream = active_stream_of(streams, params)
    if stream.encryption != (params["EncryptionType"], params["KeyId"]):
        kind, key_id = stream.encryption
        raise invalid_argument(
            f"Stream {stream.name} is encrypted with {kind} and key {key_id}, not as in the request."
        )
    stream.encrypt("NONE", None)
    return {}


def enable_monitoring(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """EnableEnhancedMonitoring."""
    return _monitor(streams, params, lambda present, named: present | named)


def disable_monitoring(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """DisableEnhancedMonitoring."""
    return _monitor(streams, params, lambda present, named: present - named)


def _monitor(streams: Streams, params: dict[str, Any], change: Any) -> dict[str, Any]:
    stream = active_stream_of(streams, params)
    named = METRICS if "ALL" in params["ShardLevelMetrics"] else set(params["ShardLevelMetrics"])
    before, stream.metrics = stream.metrics, change(stream.metrics, named)
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "CurrentShardLevelMetrics": sorted(before),
        "DesiredShardLevelMetrics": sorted(stream.metrics),
    }
