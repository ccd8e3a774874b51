"""The steps ``upload`` and ``delete_object``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.scenarios.convert import Field, join, read_whole
from eventsim.scenarios.repeating import REPEAT, read_repeat
from eventsim.scenarios.source_steps import UploadStep
from eventsim.scenarios.templates import body_template, render
from eventsim.scenarios.values import json_value, text

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.yaml_nodes import Node

LONGEST_KEY_BYTES = 1_024


def read_upload(reading: Reading, node: Node, path: str, names: Names) -> UploadStep:
    """One upload; a body that is no text is written as compact JSON, and none is empty."""
    return _step(reading, node, path, names, {"body": Field(json_value), "ContentType": Field(text)}, "upload")


def read_delete_object(reading: Reading, node: Node, path: str, names: Names) -> UploadStep:
    """One deletion."""
    return _step(reading, node, path, names, {}, "delete_object")


def _step(reading: Reading, node: Node, path: str, names: Names, more: Table, what: str) -> UploadStep:
    table: Table = {
        "bucket": Field(names.one("bucket"), required=True),
        "key": Field(text, required=True),
        **more,
        **REPEAT,
    }
    values = read_whole(reading, node, path, table, what)
    repeat = read_repeat(reading, node, path, values)
    size = len(render(values["key"], repeat["count"] - 1).encode())
    if not 1 <= size <= LONGEST_KEY_BYTES:
        at = join(path, "key")
        message = "KeyTooLongError: Your key is too long" if size else "found an empty key"
        reading.refuse(reading.place(at), at, f"{message}: found {size} bytes, allowed 1 to {LONGEST_KEY_BYTES}")
    return UploadStep(
        bucket=values["bucket"],
        key=values["key"],
        body=None if what == "delete_object" else body_template(values.get("body", "")),
        content_type=values.get("ContentType"),
        **repeat,
    )
