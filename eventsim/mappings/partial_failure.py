"""What a function's answer says about its batch (ESM-26 to ESM-30)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection


class Clause(StrEnum):
    """Why a whole batch counts as failed (ESM-28)."""

    FUNCTION_ERROR = "function error"
    TIMEOUT = "timeout"
    INVALID_JSON = "response is not valid JSON"
    NOT_AN_OBJECT = "response is not an object"
    NOT_A_LIST = "batchItemFailures is not a list"
    NOT_AN_ENTRY = "an entry of batchItemFailures is not an object"
    EMPTY_ENTRY = "an entry of batchItemFailures is empty"
    NO_IDENTIFIER = "an entry has no itemIdentifier"
    EMPTY_IDENTIFIER = "an itemIdentifier is empty or null"
    NOT_TEXT = "an itemIdentifier is not a string"
    UNKNOWN_IDENTIFIER = "an itemIdentifier is not in the batch"
    THROTTLED = "throttled until a visibility timeout ended"
    NO_STATE = "response has no state for the tumbling window"
    TOO_LARGE = "event exceeds 6 MB"
    LOOP = "stopped: the function ran too often in one chain of requests"
    GROUP_BUSY = "another batch of its message group ran until a visibility timeout ended"


class AllSucceeded(msgspec.Struct, frozen=True):
    """Every record of the batch was processed."""


class SomeFailed(msgspec.Struct, frozen=True):
    """The records that the function reported, each once, in the order it named them (ESM-30)."""

    identifiers: tuple[str, ...]


class AllFailed(msgspec.Struct, frozen=True):
    """The whole batch failed, and why."""

    clause: Clause


Verdict = AllSucceeded | SomeFailed | AllFailed

SUCCEEDED = AllSucceeded()


def read_response(
    response: str | bytes | None,
    identifiers: Collection[str],
    *,
    reports: bool,
    empty_entry_is_success: bool = False,
) -> Verdict:
    """Read the JSON text that a function returned for a batch whose records are called *identifiers*.

    *reports*: whether the mapping has ReportBatchItemFailures; without it any answer is success (ESM-26).
    *empty_entry_is_success* is the quirk of ESM-29. One bad entry spoils the whole answer (ESM-28).
    """
    if response is None or not reports:
        return SUCCEEDED
    if not response:
        return SUCCEEDED
    try:
        answer = msgspec.json.decode(response)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return AllFailed(Clause.INVALID_JSON)
    return _read_answer(answer, identifiers, empty_entry_is_success)


def _read_answer(answer: Any, identifiers: Collection[str], empty_entry_is_success: bool) -> Verdict:
    if answer is None or answer in ("", []):
        return SUCCEEDED
    if not isinstance(answer, dict):
        return AllFailed(Clause.NOT_AN_OBJECT)
    failures = answer.get("batchItemFailures")
    if failures is None:
        return SUCCEEDED
    if not isinstance(failures, list):
        return AllFailed(Clause.NOT_A_LIST)
    named: dict[str, None] = {}
    for entry in failures:
        if entry == {} and empty_entry_is_success:
            continue
        if clause := _fault_of(entry, identifiers):
            return AllFailed(clause)
        named[entry["itemIdentifier"]] = None
    return SomeFailed(tuple(named)) if named else SUCCEEDED


def _fault_of(entry: Any, identifiers: Collection[str]) -> Clause | None:
    """What is wrong with one entry of ``batchItemFailures`` (ESM-28, ESM-29)."""
    if not isinstance(entry, dict):
        return Clause.NOT_AN_ENTRY
    if not entry:
        return Clause.EMPTY_ENTRY
    if "itemIdentifier" not in entry:
        return Clause.NO_IDENTIFIER
    identifier = entry["itemIdentifier"]
    if identifier is None or identifier == "":
        return Clause.EMPTY_IDENTIFIER
    if not isinstance(identifier, str):
        return Clause.NOT_TEXT
    return None if identifier in identifiers else Clause.UNKNOWN_IDENTIFIER


def breaks_group_order(group_ids: list[str | None], failed: list[bool]) -> bool:
    """Whether a FIFO answer deletes a message behind one of its group that it reported (SQS-26).

    Both lists run in batch order. Lambda does not enforce it: the order within the group is then lost.
    """
    blocked: set[str | None] = set()
    for group_id, has_failed in zip(group_ids, failed, strict=True):
        if has_failed:
            blocked.add(group_id)
        elif group_id in blocked:
            return True
    return False
