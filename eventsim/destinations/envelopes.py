"""What an on-failure destination is told of records that a stream mapping gives up (STR-20 to STR-22, STR-31)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.events.times import iso_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.events.stream import RecordShape, StreamBatch, WindowPart


class Failure(msgspec.Struct, frozen=True):
    """How a batch came to be given up.

    *invoke_count* is approximateInvokeCount. *responded*: the function answered, and *function_error* says how; it is
    None where the answer itself named the failures or could not be read.
    """

    request_id: str
    function_arn: str
    condition: str
    invoke_count: int
    responded: bool
    function_error: str | None = None


def failure_document(failure: Failure, batch: StreamBatch, now_ms: int) -> dict[str, Any]:
    """The document for one batch, its members in AWS's order (STR-20, STR-21)."""
    document: dict[str, Any] = {
        "requestContext": {
            "requestId": failure.request_id,
            "functionArn": failure.function_arn,
            "condition": failure.condition,
            "approximateInvokeCount": failure.invoke_count,
        }
    }
    if failure.responded:
        document["responseContext"] = {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": failure.function_error,
        }
    document["version"] = "1.0"
    document["timestamp"] = iso_ms(now_ms)
    document[batch.shape.info_member] = batch_info(batch)
    if batch.window is not None:
        document["timeWindowInfo"] = time_window_info(batch.window)
    return document


def batch_info(batch: StreamBatch) -> dict[str, Any]:
    """Which records they are; of none only where they would have been (STR-31)."""
    shape = batch.shape
    info: dict[str, Any] = {"shardId": shape.shard_id}
    if batch.records:
        first, last = batch.records[0], batch.records[-1]
        info["startSequenceNumber"] = first.sequence_number
        info["endSequenceNumber"] = last.sequence_number
        info["approximateArrivalOfFirstRecord"] = shape.show_time(shape.arrival_ms(first))
        info["approximateArrivalOfLastRecord"] = shape.show_time(shape.arrival_ms(last))
        info["batchSize"] = len(batch.records)
    info["streamArn"] = shape.source_arn
    return info


def time_window_info(window: WindowPart) -> dict[str, Any]:
    """The tumbling window of the batch (STR-31)."""
    return {
        "window": window.window(),
        "isFinalInvokeForWindow": window.final,
        "isWindowTerminatedEarly": window.early,
        "windowState": msgspec.json.decode(window.state),
    }


def with_payload(document: Mapping[str, Any], batch: StreamBatch) -> dict[str, Any]:
    """The document as a bucket gets it: with the whole event as JSON text (STR-22)."""
    return {**document, "payload": msgspec.json.encode(batch.event()).decode()}


def object_key(mapping_uuid: str, shape: RecordShape, now_ms: int, object_uuid: str) -> str:
    """The key of the document in a bucket (STR-22)."""
    moment = iso_ms(now_ms)
    day, time = moment[:10], moment[11:19].replace(":", ".")
    return f"aws/lambda/{mapping_uuid}/{shape.shard_id}/{day.replace('-', '/')}/{day}T{time}-{object_uuid}"
