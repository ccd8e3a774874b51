"""YAML scalars as plain values: null, booleans, numbers and text; what reads unlike it looks is warned of.

Words and numbers resolve as PyYAML resolves them (YAML 1.1). Dates stay text.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_PREFIX = "tag:yaml.org,2002:"
_BOOLEANS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_KINDS = {"str", "null", "bool", "int", "float", "timestamp", "value", "merge"}
# All that can begin a plain scalar which is not text; any other need not be resolved.
_MAY_RESOLVE = re.compile(r"[-+.\d~=<nNtTfFyYoO]")
_CLOUDFORMATION = re.compile(r"!(Ref|GetAtt|Sub|Join|ImportValue|Select|FindInMap|If|Base64|Split)")


def scalar(event: Any, loader: Any) -> tuple[Any, str | None]:
    """A scalar event's value, and a warning when it is not what a reader would take it for.

    Raises ValueError with the reason when the value can't be made.
    """
    text: str = event.value
    tag = event.tag
    if tag is None or tag == "!":
        if not event.implicit[0] or (text and not _MAY_RESOLVE.match(text)):
            return text, None
        tag = loader.resolve(yaml.ScalarNode, text, (True, False))
    kind = tag.removeprefix(_PREFIX)
    if kind not in _KINDS:
        raise ValueError(unknown_tag(tag))
    return _value(kind, text, explicit=event.tag not in {None, "!"})


def unknown_tag(tag: str) -> str:
    """What to say of a tag that is not read."""
    if _CLOUDFORMATION.match(tag):
        return (
            f"found the tag {tag}: CloudFormation's functions are not evaluated, write the resource's name or its ARN"
        )
    return f"found the tag {tag.replace(_PREFIX, '!!')}, expected plain YAML: nothing is constructed from tags"


def _value(kind: str, text: str, *, explicit: bool) -> tuple[Any, str | None]:
    try:
        if kind == "null":
            return None, None
        if kind == "bool":
            value = _BOOLEANS[text.lower()]
            plain = text.lower() in {"true", "false"}
            said = f"{text} is read as {str(value).lower()}: write {str(value).lower()}, or quote it to mean the word"
            return value, None if plain else said
        if kind == "int":
            return _integer(text)
        if kind == "float":
            return _float(text)
    except (KeyError, ValueError):
        if explicit or len(text) > 100:
            raise ValueError(f"found {text[:40]!r}, which is no {kind} that can be read") from None
        raise
    return text, None


def _integer(text: str) -> tuple[int, str | None]:
    digits = text.replace("_", "")
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    if digits == "0":
        return 0, None
    if digits[:2] in {"0b", "0x"}:
        return sign * int(digits, 0), None
    if ":" in digits:
        value = sign * int(_base_60(digits))
        return value, f"{text} is read as {value} (base 60): write {value}, or quote it to mean the text"
    if digits.startswith("0"):
        value = sign * int(digits, 8)
        return value, f"{text} is read as {value} (base 8): write {value}, or quote it to mean the text"
    return sign * int(digits), None


def _float(text: str) -> tuple[float, str | None]:
    digits = text.replace("_", "").lower()
    sign = -1.0 if digits.startswith("-") else 1.0
    digits = digits.lstrip("+-")
    if digits == ".inf":
        return sign * float("inf"), None
    if digits == ".nan":
        return float("nan"), None
    if ":" in digits:
        value = sign * _base_60(digits)
        return value, f"{text} is read as {value} (base 60): write {value}, or quote it to mean the text"
    return sign * float(digits), None


def _base_60(digits: str) -> float:
    value = 0.0
    for part in digits.split(":"):
        value = value * 60 + float(part)
    return value
