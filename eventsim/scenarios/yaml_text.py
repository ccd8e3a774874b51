"""A scenario file's text: read, bounded, and checked to be text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import yaml

from eventsim.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
"""The size of the largest file read."""

_UNPRINTABLE = yaml.reader.Reader.NON_PRINTABLE


def read_text(path: Path, file: str) -> str:
    """The file's text, a byte order mark removed; *file* names it in messages.

    Raises ScenarioError when it can't be read, is larger than 10 MiB or is no UTF-8 text.
    """
    data = _read_bytes(path, file)
    if len(data) > MAX_BYTES:
        _refuse(file, "found more than 10 MiB, expected a scenario file")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        _refuse(file, "found UTF-16, expected UTF-8: save the file as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\x00" in data:
            _refuse(file, "found binary data, expected YAML text")
        line, column = _place(data[: error.start].decode("utf-8-sig"))
        _refuse(file, f"found the byte 0x{data[error.start]:02x}, which is not UTF-8: save as UTF-8", line, column)
    if "\x00" in text:
        _refuse(file, "found binary data, expected YAML text")
    if match := _UNPRINTABLE.search(text):
        line, column = _place(text[: match.start()])
        found = f"U+{ord(match[0]):04X}"
        _refuse(file, f'found the control character {found}, expected text: write it as an escape in "…"', line, column)
    return text


def _read_bytes(path: Path, file: str) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        _refuse(file, "there is no such file")
    except IsADirectoryError:
        _refuse(file, "found a folder, expected a scenario file")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        _refuse(file, f"the file can't be read: {reason}")


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _refuse(file: str, message: str, line: int = 0, column: int = 0) -> NoReturn:
    raise ScenarioError([Problem(file, line, column, "", message)])
