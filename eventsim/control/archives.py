"""Zip files of code: what they hold is checked before any of it is written."""

from __future__ import annotations

import io
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile, ZipFile

from eventsim.control.errors import invalid
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from zipfile import ZipInfo

LARGEST_UPLOAD_BYTES: Final = 50 * 1024 * 1024
"""A zip file that comes with the request (FUN-01)."""

LARGEST_UNZIPPED_BYTES: Final = 250 * 1024 * 1024
"""What a function's code may take unzipped (FUN-01)."""

_PIECE_BYTES: Final = 1 << 20


def check_upload(data: bytes) -> None:
    """AwsError for a zip file that is too large to come with a request (FUN-01)."""
    if len(data) > LARGEST_UPLOAD_BYTES:
        raise AwsError(
            "RequestEntityTooLargeException",
            f"Request must be smaller than {LARGEST_UPLOAD_BYTES} bytes for the zip file: upload it to S3",
            status=413,
        )


def unzip(data: bytes, folder: Path) -> None:
    """Write what a zip file holds below *folder*, which exists and is empty.

    AwsError, and then nothing outside of *folder* is touched, for what is no zip file, is too large unzipped, or has
    an entry that leads out of it.
    """
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if not entries:
                raise invalid("Uploaded file must be a non-empty zip")
            targets = [_target(folder, entry) for entry in entries]
            if sum(entry.file_size for entry in entries) > LARGEST_UNZIPPED_BYTES:
                raise _too_large()
            left = LARGEST_UNZIPPED_BYTES
            for entry, target in zip(entries, targets, strict=True):
                left -= _write(archive, entry, target, left)
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        text = "Could not unzip uploaded file. Please check your file, then try to upload again."
        raise invalid(text) from error


def _target(folder: Path, entry: ZipInfo) -> Path:
    """Where an entry goes; refused when that is not below *folder*."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    parts = path.parts
    if not parts or path.is_absolute() or ".." in parts or ":" in parts[0] or "\0" in entry.filename:
        raise invalid(f"The zip file holds {entry.filename!r}, which leads out of the function's folder.")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise invalid(f"The zip file holds {entry.filename!r}, which is neither a file nor a folder.")
    return folder / path


def _write(archive: ZipFile, entry: ZipInfo, target: Path, limit_bytes: int) -> int:
    """Write one entry; how many bytes it had, which its header may have told wrong."""
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(entry) as source, target.open("wb") as file:
        while piece := source.read(_PIECE_BYTES):
            written += len(piece)
            if written > limit_bytes:
                raise _too_large()
            file.write(piece)
    if (entry.external_attr >> 16) & stat.S_IXUSR:
        target.chmod(0o755)
    return written


def _too_large() -> AwsError:
    return invalid(f"Unzipped size must be smaller than {LARGEST_UNZIPPED_BYTES} bytes")
