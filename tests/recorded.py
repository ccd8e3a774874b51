"""Compares what a run gave with what was recorded from real AWS, where the recording's names are placeholders."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

# What the recordings write instead of a value, without angle brackets.
MASKS = {"timestamp", "date", "sent-timestamp", "sender-id", "maximum-batching-window-in-seconds"}
PLACEHOLDER = re.compile(r"<([A-Za-z][\w-]*(?::[^<>]*)?)>")
KNOWN = {"partition": "aws", "region": "us-east-1"}


class Recording:
    """One recording's placeholders: each stands for one value throughout, and no two of a kind for the same.

    The mask of a timestamp shows its format, which has to be met to the letter.
    """

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def differences(self, recorded: Any, found: Any, path: str = "$") -> list[str]:
        """Where *found* is not what was recorded; a text is read as JSON where the recording shows what it says."""
        if isinstance(recorded, dict | list) and isinstance(found, str):
            found = json.loads(found)
        if isinstance(recorded, dict) and isinstance(found, dict):
            if recorded.keys() != found.keys():
                return [f"{path}: the names {sorted(recorded.keys() ^ found.keys())} are on one side only"]
            pairs: list[tuple[Any, Any, str]] = [(recorded[name], found[name], f"{path}.{name}") for name in recorded]
            return [line for pair in pairs for line in self.differences(*pair)]
        if isinstance(recorded, list) and isinstance(found, list):
            if len(recorded) != len(found):
                return [f"{path}: {len(found)} instead of {len(recorded)}: {found!r}"]
            items = zip(recorded, found, range(len(found)), strict=True)
            return [line for one, other, n in items for line in self.differences(one, other, f"{path}[{n}]")]
        return [] if self.fits(recorded, found) else [f"{path}: {found!r} instead of {recorded!r}"]

    def fits(self, recorded: Any, found: Any) -> bool:
        """Whether one value is what was recorded."""
        if not isinstance(recorded, str):
            return type(recorded) is type(found) and bool(recorded == found)
        if recorded in MASKS:
            return found is not None
        if recorded == "<datetime>":
            return isinstance(found, datetime)
        if isinstance(found, bytes):
            return recorded == repr(found)
        if found is None or not isinstance(found, str | int | float):
            return False
        return self.reads(recorded, str(found))

    def reads(self, recorded: str, found: str) -> bool:
        """Whether a text is the recorded one with values for its placeholders."""
        parts = PLACEHOLDER.split(recorded.replace("111111111111", "123456789012"))
        names = [name for name in parts[1::2] if name not in KNOWN]
        pattern = "".join(
            re.escape(part) if not n % 2 else re.escape(KNOWN[part]) if part in KNOWN else shape(part)
            for n, part in enumerate(parts)
        )
        match = re.fullmatch(pattern, found, re.DOTALL)
        if match is None:
            return False
        return all(self.bind(name, value) for name, value in zip(names, match.groups(), strict=True))

    def bind(self, name: str, value: str) -> bool:
        """Take the value of a numbered placeholder, or compare it with the one that it has."""
        kind, _, number = name.rpartition(":")
        if not number.isdigit():
            return True
        same_kind = [other for other in self.values if other.startswith(f"{kind}:") and other != name]
        if name not in self.values and value in [self.values[other] for other in same_kind]:
            return kind.endswith("md5-of-body")
        return self.values.setdefault(name, value) == value


def shape(placeholder: str) -> str:
    """The pattern of a placeholder's value."""
    kind, _, sample = placeholder.partition(":")
    if kind == "timestamp" and sample:
        return "(" + re.sub(r"\d", r"\\d", re.escape(sample)) + ")"
    return r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})" if kind == "uuid" else "(.+?)"
