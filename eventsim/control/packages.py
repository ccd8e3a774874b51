"""Code packages: where a function's code comes from, and the folders that hold it while the simulation is open."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eventsim.control.archives import check_upload, unzip
from eventsim.control.errors import invalid, not_simulated
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class CodePackage(NamedTuple):
    """A function's code: its zip file's hash (SHA-256 in base64) and size, and the folder with what was in it."""

    sha256: str
    size_bytes: int
    folder: Path | None


def no_package(name: str) -> CodePackage:
    """What stands for the code of a function that came without a zip file, as a callable does."""
    return CodePackage(_hash(name.encode()), 0, None)


class Packages:
    """Unpacks zip files, each into a folder of its own; *from_s3* gives an object's bytes by (bucket, key, version)."""

    def __init__(self, from_s3: Callable[[str, str, str | None], bytes]) -> None:
        self._from_s3 = from_s3
        self._root: Path | None = None
        self._count = 0
        self._remove: weakref.finalize[Any, Any] | None = None

    def take(self, code: Mapping[str, Any]) -> CodePackage:
        """The package that Code (CreateFunction) or the same members of UpdateFunctionCode name; raises AwsError."""
        data = self._data(code)
        folder = self._new_folder()
        try:
            unzip(data, folder)
        except AwsError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return CodePackage(_hash(data), len(data), folder)

    def close(self) -> None:
        """Remove all folders."""
        if self._remove is not None:
            self._remove()
        self._root = self._remove = None

    def _data(self, code: Mapping[str, Any]) -> bytes:
        if "ImageUri" in code:
            raise not_simulated("ImageUri", "give the code as ZipFile, or as S3Bucket and S3Key")
        for member in ("SourceKMSKeyArn", "S3ObjectStorageMode"):
            if member in code:
                raise not_simulated(member, "leave it out")
        data = code.get("ZipFile")
        bucket, key = code.get("S3Bucket"), code.get("S3Key")
        if data is not None and (bucket is not None or key is not None):
            raise invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
        if data is not None:
            check_upload(data)
            return bytes(data)
        if bucket is None or key is None:
            raise invalid("Please provide a source for function code.")
        try:
            return self._from_s3(bucket, key, code.get("S3ObjectVersion"))
        except AwsError as error:
            raise invalid(
                f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
            ) from None

    def _new_folder(self) -> Path:
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="eventsim-"))
            self._remove = weakref.finalize(self, shutil.rmtree, self._root, ignore_errors=True)
        self._count += 1
        folder = self._root / f"{self._count}"
        folder.mkdir()
        return folder


def _hash(data: bytes) -> str:
    return b64encode(sha256(data).digest()).decode()
