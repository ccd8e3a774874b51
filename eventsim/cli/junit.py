"""The results as JUnit XML: a suite for each scenario, a case for its run and for each expectation."""

from __future__ import annotations

import platform
import re
import time
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from eventsim.cli.failure import repeat_command
from eventsim.cli.report import value_text
from eventsim.cli.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.cli.one_run import Finished

# What XML 1.0 can't hold, not even escaped.
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(runs: Sequence[Finished]) -> bytes:
    """Return one ``testsuites`` document for *runs*; times are real seconds."""
    root = ET.Element("testsuites")
    for number, run in enumerate(runs):
        root.append(_suite(number, run))
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(number: int, run: Finished) -> ET.Element:
    failures = run.summary["failures"]
    crashed = run.status in (Status.CRASHED, Status.INTERRUPTED)
    wall_s = f"{run.summary.get('wall_s', 0.0):.3f}"
    failed_paths = {failure["path"] for failure in failures}
    met = [path for path in run.summary.get("expectations", ()) if path not in failed_paths]
    suite = ET.Element(
        "testsuite",
        id=str(number),
        package="eventsim",
        name=_text(run.name),
        timestamp=time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
        hostname=platform.node() or "localhost",
        tests=str(1 + len(met) + len(failures)),
        failures=str(len(failures)),
        errors=str(int(crashed)),
        skipped="0",
        time=wall_s,
    )
    properties = ET.SubElement(suite, "properties")
    for key, value in (("file", run.file), ("seed", run.seed), ("trace_sha256", run.summary.get("trace_sha256"))):
        if value is not None:
            ET.SubElement(properties, "property", name=key, value=_text(str(value)))
    itself = _case(suite, run, "runs to its end", wall_s)
    if crashed:
        kind = "crashed" if run.status is Status.CRASHED else "interrupted"
        error = ET.SubElement(itself, "error", type=kind, message=_text(run.crash or kind))
        error.text = _text(f"repeat: {repeat_command(run.file, run.seed)}")
    for path in met:
        _case(suite, run, path, "0")
    for failure in failures:
        expected, actual = value_text(failure["expected"]), value_text(failure["actual"])
        element = ET.SubElement(
            _case(suite, run, failure["path"], "0"),
            "failure",
            type="expectation",
            message=_text(f"expected {expected}, actual {actual}"),
        )
        element.text = _text(f"repeat: {repeat_command(run.file, run.seed)}")
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")
    return suite


def _case(suite: ET.Element, run: Finished, name: str, time_s: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=_text(run.file), name=_text(name), time=time_s)


def _text(text: str) -> str:
    return _UNSPEAKABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
