from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn
from xml.etree import ElementTree as ET

from click.testing import Result

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Runs

Command = Callable[..., Result]


def crash(*_: Any) -> NoReturn:
    raise LookupError("<gone>")


def written(command: Command, file: Path, *scenarios: str) -> ET.Element:
    command("run", *scenarios, "--junit-xml", file)
    return ET.fromstring(file.read_bytes())


def case_of(case: ET.Element) -> tuple[str | None, list[tuple[str, str | None, str | None]]]:
    return case.get("name"), [(end.tag, end.get("message"), end.text) for end in case]


def test_a_scenario_is_a_suite_and_its_expectations_are_cases(runs: Runs, command: Command, tmp_path: Path) -> None:
    failure = {"path": "expect.idle", "expected": True, "actual": False}
    runs.changes["b"] = {"passed": False, "failures": [failure]}
    runs.behaviour["c"] = crash
    root = written(command, tmp_path / "x.xml", "a.yaml", "b.yaml", "c.yaml")
    assert root.tag == "testsuites"
    counts = ("id", "name", "tests", "failures", "errors", "skipped", "time")
    assert [[suite.get(key) for key in counts] for suite in root] == [
        ["0", "a", "1", "0", "0", "0", "0.250"],
        ["1", "b", "2", "1", "0", "0", "0.250"],
        ["2", "c", "1", "0", "1", "0", "0.000"],
    ]
    cases = [
        [(case.get("name"), [(e.tag, e.get("message"), e.text) for e in case]) for case in s.iter("testcase")]
        for s in root
    ]
    assert cases == [
        [("runs to its end", [])],
        [
            ("runs to its end", []),
            ("expect.idle", [("failure", "expected true, actual false", "repeat: eventsim run b.yaml --seed 7")]),
        ],
        [("runs to its end", [("error", "LookupError: <gone>", "repeat: eventsim run c.yaml --seed 7")])],
    ]


def test_it_has_the_shape_that_the_schema_of_ant_and_jenkins_asks_for(
    runs: Runs, command: Command, tmp_path: Path
) -> None:
    suite = written(command, tmp_path / "x.xml", "a.yaml")[0]
    assert [child.tag for child in suite] == ["properties", "testcase", "system-out", "system-err"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
    assert suite.attrib["hostname"]
    assert set(suite[1].attrib) == {"classname", "name", "time"}
    properties = {item.attrib["name"]: item.attrib["value"] for item in suite[0]}
    assert properties == {"file": "a.yaml", "seed": "7"}


def test_expectations_that_hold_are_cases_too_sections_are_not(runs: Runs, command: Command, tmp_path: Path) -> None:
    values = ["queues.q.visible", "queues.q.delayed", "invocations.w[0].at", "invocations.w[1].at", "invocations.w10"]
    sections = ["queues", "queues.q", "invocations", "invocations.w", "invocations.w[0]", "invocations.w[1]"]
    runs.expect = SimpleNamespace(places=dict.fromkeys(f"expect.{path}" for path in [*sections, *values]))
    failed = ["expect.invocations.w[1]", "expect.queues.q.delayed"]
    runs.changes["a"] = {"passed": False, "failures": [{"path": path, "expected": 1, "actual": 2} for path in failed]}
    suite = written(command, tmp_path / "x.xml", "a.yaml")[0]
    assert [case.get("name") for case in suite.iter("testcase")] == [
        "runs to its end",
        "expect.queues.q.visible",
        "expect.invocations.w[0].at",
        "expect.invocations.w10",
        *failed,
    ]
    assert (suite.get("tests"), suite.get("failures")) == ("6", "2")


def test_any_character_can_stand_in_it(runs: Runs, command: Command, tmp_path: Path) -> None:
    odd = 'a<&>"\x00\x1b\ud800\uffff é 😀'
    runs.changes["a"] = {"passed": False, "failures": [{"path": odd, "expected": odd, "actual": 1}]}
    case = written(command, tmp_path / "x.xml", "a.yaml")[0][2]
    assert case.get("name") == 'a<&>"\\x00\\x1b\\xd800\\xffff é 😀'
    assert b"<?xml version='1.0' encoding='utf-8'?>" in (tmp_path / "x.xml").read_bytes()
