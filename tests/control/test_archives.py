"""Zip files of code are written below their folder, in their limits, or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim import AwsError, Simulation
from eventsim.control import archives
from eventsim.control.archives import check_upload, unzip
from tests.control.lambdas import ROLE, refused, zipped

if TYPE_CHECKING:
    from collections.abc import Iterable

LEADS_OUT = "which leads out of the function's folder."
BACK = "\\"


def archive_of(entries: Iterable[tuple[zipfile.ZipInfo | str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return out.getvalue()


def entry(name: str, mode: int) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def message(data: bytes, folder: Path) -> str:
    with pytest.raises(AwsError) as caught:
        unzip(data, folder)
    assert caught.value.code == "InvalidParameterValueException"
    return caught.value.message


def test_files_and_folders_are_written_and_stay_executable(tmp_path: Path) -> None:
    unzip(archive_of([("a/", b""), ("a/b.py", b"x = 1"), (entry("bootstrap", 0o100755), b"#!/bin/sh")]), tmp_path)
    assert files_below(tmp_path) == {"a/b.py": b"x = 1", "bootstrap": b"#!/bin/sh"}
    assert (os.access(tmp_path / "bootstrap", os.X_OK), (tmp_path / "a/b.py").stat().st_mode & 0o111) == (True, 0)


@pytest.mark.rule("FUN-01")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"no zip", "Could not unzip uploaded file. Please check your file, then try to upload again."),
        (archive_of([]), "Uploaded file must be a non-empty zip"),
        (archive_of([("../x", b"")]), f"The zip file holds '../x', {LEADS_OUT}"),
        (archive_of([("a/../../x", b"")]), f"The zip file holds 'a/../../x', {LEADS_OUT}"),
        (archive_of([("/x", b"")]), f"The zip file holds '/x', {LEADS_OUT}"),
        (archive_of([("C:/x", b"")]), f"The zip file holds 'C:/x', {LEADS_OUT}"),
        (archive_of([(f"..{BACK}x", b"")]), f"The zip file holds {f'..{BACK}x'!r}, {LEADS_OUT}"),
        (
            archive_of([(entry("link", 0o120777), b"/etc")]),
            "The zip file holds 'link', which is neither a file nor a folder.",
        ),
    ],
    ids=["no zip", "empty", "up", "up inside", "absolute", "drive", "backslash", "link"],
)
def test_what_is_no_code_is_refused_before_anything_is_written(data: bytes, expected: str, tmp_path: Path) -> None:
    assert message(data, tmp_path) == expected
    assert list(tmp_path.iterdir()) == []


@pytest.mark.rule("FUN-01")
def test_what_is_too_large_is_refused_whatever_its_headers_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGEST_UNZIPPED_BYTES", 1000)
    monkeypatch.setattr(archives, "LARGEST_UPLOAD_BYTES", 2000)
    honest = archive_of([("a", bytes(600)), ("b", bytes(401))])
    too_large = "Unzipped size must be smaller than 1000 bytes"
    assert message(honest, tmp_path) == too_large
    assert list(tmp_path.iterdir()) == []
    lying = honest.replace((401).to_bytes(4, "little"), (1).to_bytes(4, "little"))
    assert lying != honest
    assert message(lying, tmp_path) in (
        too_large,
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
    )
    check_upload(bytes(2000))
    with pytest.raises(AwsError, match="smaller than 2000 bytes"):
        check_upload(bytes(2001))


@given(st.lists(st.text(alphabet="ab./\\:", min_size=1, max_size=8), min_size=1, max_size=4))
def test_nothing_is_ever_written_outside_of_the_folder(names: list[str]) -> None:
    data = archive_of([(zipfile.ZipInfo(name), b"x") for name in dict.fromkeys(names)])
    with tempfile.TemporaryDirectory() as outer:
        folder = Path(outer, "up", "code")
        folder.mkdir(parents=True)
        with contextlib.suppress(AwsError):
            unzip(data, folder)
        outside = [path for path in Path(outer).rglob("*") if path.is_file() and folder not in path.parents]
        assert outside == []


def test_a_refused_zip_file_makes_no_function() -> None:
    with Simulation():
        lam = boto3.client("lambda")
        given_ = {"FunctionName": "f", "Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler"}
        error = refused(lam.create_function, **given_, Code={"ZipFile": zipped({"../x.py": ""})})["Error"]
        assert error["Message"] == f"The zip file holds '../x.py', {LEADS_OUT}"
        assert lam.list_functions()["Functions"] == []
