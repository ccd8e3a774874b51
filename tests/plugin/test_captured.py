"""Captured events beside the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Run

pytest_plugins = ["pytester"]


@pytest.fixture
def events(pytester: pytest.Pytester) -> None:
    for name, text in {
        "fixtures/sqs.json": '{"Records": [{"body": "a"}]}',
        "fixtures/s3.json": '{"Records": []}',
        "fixtures/bad.txt": '{"Records": [\n  {"body": a}]}',
        "near.json": "[1]",
        "many/lines.jsonl": '{"Records": [1]}\n{"Records": [2]}\n{"Rec\n',
        "many/array.json": '[{"Records": [3]}, {"Records": [4]}]',
        "many/manifest.json": '{"events": []}',
    }.items():
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


@pytest.mark.usefixtures("events")
def test_an_event_is_loaded_by_name_from_the_tests_folder_or_its_fixtures(run: Run) -> None:
    text = """
def test_it(eventsim_fixture):
    assert eventsim_fixture("sqs.json") == {"Records": [{"body": "a"}]}
    assert eventsim_fixture("near.json") == [1]
    assert eventsim_fixture("fixtures/s3.json") == {"Records": []}
    assert eventsim_fixture("many/array.json") == [{"Records": [3]}, {"Records": [4]}]
    assert eventsim_fixture("sqs.json") is not eventsim_fixture("sqs.json")
"""
    run(text).assert_outcomes(passed=1)


@pytest.mark.usefixtures("events")
def test_a_test_in_a_deeper_folder_finds_those_above(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.mkdir("unit") / "test_deep.py").write_text(
        "def test_it(eventsim_fixture):\n    assert eventsim_fixture('sqs.json')\n"
    )
    pytester.makeini("[pytest]")
    run("", "unit").assert_outcomes(passed=1)


@pytest.mark.usefixtures("events")
def test_events_are_found_where_projects_keep_them(run: Run, pytester: pytest.Pytester) -> None:
    """In the folder ``events`` of the root or of the tests, which ``sam init`` makes."""
    (pytester.path / "fixtures").rename(pytester.path / "events")
    (pytester.mkdir("tests") / "unit").mkdir()
    (pytester.path / "tests" / "unit" / "test_deep.py").write_text(
        "import pytest\n\n"
        "def test_by_its_name(eventsim_fixture):\n    assert eventsim_fixture('sqs.json')\n\n"
        "@pytest.mark.eventsim_replay('events/sqs.json')\ndef test_each(eventsim_event): pass\n"
    )
    pytester.makeini("[pytest]")
    run("", "tests").assert_outcomes(passed=2)
    (pytester.path / "events").rename(pytester.path / "tests" / "events")
    run("", "tests").assert_outcomes(passed=2)


@pytest.mark.usefixtures("events")
def test_a_pattern_that_no_file_fits_says_where_it_was_looked_for(run: Run, pytester: pytest.Pytester) -> None:
    text = "import pytest\n\n@pytest.mark.eventsim_replay('no/*.json')\ndef test_it(eventsim_event): pass\n"
    (pytester.mkdir("unit") / "test_deep.py").write_text(text)
    pytester.makeini("[pytest]")
    run("", "unit").stdout.fnmatch_lines(["*found no file for 'no/[*].json' in *unit and the folders above, up to *"])
    result = run(text, "test_it.py")
    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line("*and the folders above*")


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "sqs.jsn",
            "*found no file 'sqs.jsn', did you mean 'sqs.json'? Looked in *fixtures, *events and the folders above*",
        ),
        ("fixtures/bad.txt", "*fixtures/bad.txt:2:12: not JSON: found 'a}]}', expected value*"),
    ],
)
def test_an_event_that_can_not_be_loaded_says_why(run: Run, name: str, says: str) -> None:
    result = run(f"def test_it(eventsim_fixture):\n    eventsim_fixture({name!r})\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([says])


@pytest.mark.usefixtures("events")
def test_other_folders_of_events_are_an_ini_option(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\neventsim_fixtures = many")
    text = "def test_it(eventsim_fixture):\n    assert len(eventsim_fixture('array.json')) == 2\n"
    run(text).assert_outcomes(passed=1)


@pytest.mark.usefixtures("events")
def test_a_test_runs_once_for_each_event_and_fails_for_what_can_not_be_read(run: Run) -> None:
    text = """
import pytest

@pytest.mark.eventsim_replay("many/*.json*")
def test_it(eventsim_event):
    assert eventsim_event["Records"].pop() < 5
"""
    result = run(text, "-v")
    result.assert_outcomes(passed=4, errors=1)
    names = ("array.json[[]0]", "array.json[[]1]", "lines.jsonl:1", "lines.jsonl:2")
    result.stdout.fnmatch_lines([f"*test_it[[]many/{name}] PASSED*" for name in names])
    result.stdout.fnmatch_lines(["*test_it[[]many/lines.jsonl:3] ERROR*", "*lines.jsonl:3:*"])


@pytest.mark.usefixtures("events")
def test_patterns_may_be_relative_to_the_root(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.mkdir("unit") / "test_deep.py").write_text(
        "import pytest\n\n@pytest.mark.eventsim_replay('many/array.json')\ndef test_it(eventsim_event): pass\n"
    )
    pytester.makeini("[pytest]")
    run("", "unit").assert_outcomes(passed=2)


@pytest.mark.usefixtures("events")
def test_patterns_may_be_paths_from_anywhere(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.mkdir("unit") / "test_deep.py").write_text(
        """
from pathlib import Path
import pytest

@pytest.mark.eventsim_replay(Path(__file__).parent.parent / "fixtures" / "s*.json", "../near.json")
def test_it(eventsim_event): pass
"""
    )
    pytester.makeini("[pytest]")
    run("", "unit").assert_outcomes(passed=3)


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("pattern", ["", ".", "/", "/nothing/*.json"])
def test_patterns_of_nothing_find_no_file(run: Run, pattern: str) -> None:
    result = run(f"import pytest\n\n@pytest.mark.eventsim_replay({pattern!r})\ndef test_it(eventsim_event): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*eventsim_replay: found no file for {pattern!r}".replace("*.", "[*].") + "*"])


@pytest.mark.usefixtures("events")
def test_a_test_runs_once_for_each_file(run: Run) -> None:
    text = """
import pytest
from building import accept

@pytest.mark.eventsim_replay("fixtures/*.json", "near.json")
def test_it(eventsim, eventsim_event):
    assert eventsim.function("f", accept).invoke(eventsim_event).outcome == "success"

@pytest.mark.eventsim_replay("near.json")
def test_without_the_argument():
    pass
"""
    result = run(text, "-v")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [f"*test_it[[]{name}] PASSED*" for name in ("fixtures/s3.json", "fixtures/sqs.json", "near.json")]
    )


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("marker", "says"),
    [
        ('"nothing/*.json"', "*eventsim_replay: found no file for 'nothing/[*].json' in *"),
        ("", "*eventsim_replay takes patterns alone*"),
    ],
)
def test_patterns_that_can_not_be_are_refused(run: Run, marker: str, says: str) -> None:
    result = run(f"import pytest\n@pytest.mark.eventsim_replay({marker})\ndef test_it(eventsim_event): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([says])


def test_the_event_needs_the_marker(run: Run) -> None:
    result = run("def test_it(eventsim_event): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*eventsim_event needs the marker that says which files: *"])
