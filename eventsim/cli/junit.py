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
    broken = run.status in (Status.CRASHED, Status.INTERRUPTED)
    met = [] if broken else met_paths(run)
    wall_s = f"{run.wall_s or 0.0:.3f}"
    suite = ET.Element(
        "testsuite",
        id=str(number),
        package="eventsim",
        name=_text(run.scenario.name),
        timestamp=time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
        hostname=platform.node() or "localhost",
        tests=str(1 + len(met) + len(run.failures)),
        failures=str(len(run.failures)),
        errors=str(int(broken)),
        skipped="0",
        time=wall_s,
    )
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", name="file", value=_text(run.scenario.file))
    ET.SubElement(properties, "property", name="seed", value=str(run.seed))
    whole = _case(suite, run, "runs to its end", wall_s)
    if broken:
        kind = "crash" if run.status is Status.CRASHED else "interrupt"
        _ending(whole, run, "error", kind, run.crash or "interrupted")
    for path in met:
        _case(suite, run, path, "0")
    for failure in run.failures:
        message = f"expected {value_text(failure.expected)}, actual {value_text(failure.actual)}"
        _ending(_case(suite, run, failure.path, "0"), run, "failure", "expectation", message)
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")
    return suite


def met_paths(run: Finished) -> list[str]:
    """Return the paths of the expectations that hold, in the order of the file: single values, not their sections."""
    steps = (step.action.expectation for step in run.scenario.steps if hasattr(step.action, "expectation"))
    ends = () if run.scenario.expect is None else (run.scenario.expect,)
    paths = [path for expectation in (*steps, *ends) for path in expectation.places]
    failed = [failure.path for failure in run.failures]
    return [
        path
        for path in paths
        if not any(_lies_in(other, path) for other in paths)
        and not any(path == bad or _lies_in(path, bad) for bad in failed)
    ]


def _lies_in(path: str, section: str) -> bool:
    return path.startswith((f"{section}.", f"{section}["))


def _ending(case: ET.Element, run: Finished, tag: str, kind: str, message: str) -> None:
    ending = ET.SubElement(case, tag, type=kind, message=_text(message))
    ending.text = _text(f"repeat: {repeat_command(run.scenario.file, run.seed, run.place.words)}")


def _case(suite: ET.Element, run: Finished, name: str, time_s: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=_text(run.scenario.file), name=_text(name), time=time_s)


def _text(text: str) -> str:
    return _UNSPEAKABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
