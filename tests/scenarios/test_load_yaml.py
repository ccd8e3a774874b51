# ruff: noqa: E501 - the expected texts stand whole, one a line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim.errors import ScenarioError
from eventsim.scenarios.load import load_scenario
from eventsim.scenarios.model import SendStep
from eventsim.scenarios.yaml_text import MAX_BYTES
from tests.scenarios.loading import loader, refuser, warnings_of

if TYPE_CHECKING:
    from pathlib import Path


def refused_bytes(folder: Path, data: bytes) -> str:
    (folder / "s.yaml").write_bytes(data)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(folder / "s.yaml")
    return str(caught.value).replace(f"{folder}/", "")


def bodies(folder: Path, body: str) -> list[str]:
    scenario = loader(folder)(f"queues: {{q: {{}}}}\nsteps:\n  - send:\n      queue: q\n      body: {body}\n")
    action = scenario.steps[0].action
    assert isinstance(action, SendStep)
    return [*action.bodies, *(line.split(": ", 2)[2] for line in warnings_of(scenario))]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "s.yaml: found an empty file, expected a mapping that begins with name:"),
        (b"# nothing\n", "s.yaml: found an empty file, expected a mapping that begins with name:"),
        (b"\x7fELF\x00\x01\xff", "s.yaml: found binary data, expected YAML text"),
        (b"name: a\x00b\n", "s.yaml: found binary data, expected YAML text"),
        (b"\xff\xfen\x00a\x00", "s.yaml: found UTF-16, expected UTF-8: save the file as UTF-8"),
        (b"name: a\nseed: \xe9\n", "s.yaml:2:7: found the byte 0xe9, which is not UTF-8: save as UTF-8"),
        (
            b"name: a\x01\n",
            's.yaml:1:8: found the control character U+0001, expected text: write it as an escape in "…"',
        ),
        (b"- a\n", "s.yaml:1:1: found a list, expected a mapping with sections such as queues, functions and steps"),
        (b"hi\n", "s.yaml:1:1: found 'hi', expected a mapping with sections such as queues, functions and steps"),
        (b"name: a\n---\nname: b\n", "s.yaml:2:1: found a second document (---), expected one scenario a file"),
        (b" " * (MAX_BYTES + 1), "s.yaml: found more than 10 MiB, expected a scenario file"),
    ],
)
def test_a_file_that_is_no_scenario_is_told_from_one(tmp_path: Path, data: bytes, message: str) -> None:
    assert refused_bytes(tmp_path, data) == message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.yaml", "there is no such file"),
        ("", "found a folder, expected a scenario file"),
        ("a\0b", "can't be read"),
    ],
)
def test_a_file_that_can_not_be_read_is_told(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        load_scenario(f"{tmp_path}/{name}")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(b"\xef\xbb\xbfname: a\n")
    assert load_scenario(tmp_path / "s.yaml").name == "a"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "a: [1, 2\nb: 3\n",
            "s.yaml:2:2: this is no YAML: the list that begins at line 1, column 4 is not closed: expected ',' or ']'",
        ),
        (
            "a: {b: 1\n",
            "s.yaml:2:1: this is no YAML: the mapping that begins at line 1, column 4 is not closed: expected ',' or '}'",
        ),
        ("a: 'x\n", "s.yaml:2:1: this is no YAML: the quoted text that begins at line 1, column 4 is not closed"),
        ("a: @x\n", "s.yaml:1:4: this is no YAML: found a character that no value can begin with (@, `, % or a tab): quote the value"),
        ("a:\n\tb: 1\n", "s.yaml:2:1: this is no YAML: found a character that no value can begin with (@, `, % or a tab): quote the value"),
        ("a: 1\n\tb: 2\n", "s.yaml:2:1: this is no YAML: found a tab in the indentation, expected spaces"),
        (
            "a: b: c\n",
            ("s.yaml:1:5: this is no YAML: found a ':' where no key can begin: indent the line as its neighbours, "
            "or quote the text that holds it"),
        ),
        (
            "a:\n  - b\n c: 1\n",
            ("s.yaml:3:2: this is no YAML: the indentation does not fit the mapping that begins at line 1, column 1: "
            "align the line with the keys it belongs to"),
        ),
        (
            'a: "\\q"\n',
            ("s.yaml:1:5: this is no YAML: found a backslash that begins no escape: double it, or use '…' instead of "
            '"…"'),
        ),
    ],
)  # fmt: skip
def test_broken_syntax_is_told_in_words_with_its_place(tmp_path: Path, text: str, line: str) -> None:
    assert refuser(tmp_path)(text) == [line]


def test_an_error_of_syntax_comes_with_the_double_keys_before_it(tmp_path: Path) -> None:
    assert [line.split(": ")[0] for line in refuser(tmp_path)("a: 1\na: 2\nb: [\n")] == ["s.yaml:2:1", "s.yaml:4:1"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("text", ["text"]),
        ("'1'", ["1"]),
        ("1", ["1"]),
        ("1.5", ["1.5"]),
        ("true", ["true"]),
        ("null", ["null"]),
        ("~", ["null"]),
        ("2026-01-01", ["2026-01-01"]),
        ("{when: 2026-01-01T00:00:00Z}", ['{"when":"2026-01-01T00:00:00Z"}']),
        ("{1: a, on: b, null: c}", ['{"1":"a","on":"b","null":"c"}']),
        ("{z: 1, a: é}", ['{"z":1,"a":"é"}']),
        ("!!str 1", ["1"]),
        ("!!int '3'", ["3"]),
        ("! yes", ["true", "yes is read as true: write true, or quote it to mean the word"]),
        ("off", ["false", "off is read as false: write false, or quote it to mean the word"]),
        ("0777", ["511", "0777 is read as 511 (base 8): write 511, or quote it to mean the text"]),
        ("1:30", ["90", "1:30 is read as 90 (base 60): write 90, or quote it to mean the text"]),
        ("0x1F", ["31"]),
        ("1_000", ["1000"]),
        ("=", ["="]),
    ],
)
def test_scalars_are_read_as_yaml_1_1_with_a_warning_where_that_surprises(
    tmp_path: Path, body: str, expected: list[str]
) -> None:
    assert bodies(tmp_path, body) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("!Ref orders", "found the tag !Ref: CloudFormation's functions are not evaluated, write the resource's name or its ARN"),
        ("!GetAtt [orders, Arn]", "found the tag !GetAtt: CloudFormation's functions are not evaluated, write the resource's name or its ARN"),
        ("!!python/object/apply:os.system [id]", "found the tag !!python/object/apply:os.system, expected plain YAML: nothing is constructed from tags"),
        ("!!binary aGk=", "found the tag !!binary, expected plain YAML: nothing is constructed from tags"),
        ("!!int x", "found 'x', which is no int that can be read"),
        ("1" + "0" * 5000, "found '1" + "0" * 39 + "', which is no int that can be read"),
    ],
)  # fmt: skip
def test_nothing_is_constructed_from_tags(tmp_path: Path, value: str, message: str) -> None:
    lines = refuser(tmp_path)(f"queues: {{q: {{}}}}\nsteps:\n  - send: {{queue: q, body: {value}}}\n")
    assert lines[0] == f"s.yaml:3:28: steps[0].send.body: {message}"


def test_double_keys_are_refused_with_both_places(tmp_path: Path) -> None:
    text = "queues:\n  a: {VisibilityTimeout: 1, VisibilityTimeout: 2}\nname: x\nname: y\n"
    assert refuser(tmp_path)(text) == [
        (
            "s.yaml:2:29: queues.a.VisibilityTimeout: found the key 'VisibilityTimeout' twice, first at line 2, "
            "column 7: keep one"
        ),
        "s.yaml:4:1: name: found the key 'name' twice, first at line 3, column 1: keep one",
    ]


def test_aliases_and_merges_share_values(tmp_path: Path) -> None:
    text = """\
queues:
  a: &a {VisibilityTimeout: 60, DelaySeconds: 3}
  b: *a
  c: {<<: *a, DelaySeconds: 5}
  d: {<<: [{DelaySeconds: 7}, *a]}
"""
    assert {name: queue.attributes for name, queue in loader(tmp_path)(text).queues.items()} == {
        "a": {"VisibilityTimeout": "60", "DelaySeconds": "3"},
        "b": {"VisibilityTimeout": "60", "DelaySeconds": "3"},
        "c": {"DelaySeconds": "5", "VisibilityTimeout": "60"},
        "d": {"DelaySeconds": "7", "VisibilityTimeout": "60"},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: *a\n", "found *a, expected an anchor &a further up"),
        ("queues: &a {b: *a}\n", "found *a inside &a: a value can't contain itself"),
        ("queues: {<<: 3}\n", "found no mapping after <<, expected *an-anchor"),
        ("queues: {[a]: 3}\n", "found a list, a mapping or an alias as a key, expected a plain word"),
        ("steps: " + "[" * 100_000, "found lists and mappings nested deeper than 50"),
        ("steps: " + "{a: " * 60 + "}" * 60, "found lists and mappings nested deeper than 50"),
        ("steps:\n" + "".join(" " * n + "-\n" for n in range(60)), "found lists and mappings nested deeper than 50"),
    ],
)
def test_structures_that_make_no_tree_are_refused(tmp_path: Path, text: str, message: str) -> None:
    assert [line.split(": ", 2)[-1] for line in refuser(tmp_path)(text)][:1] == [message]


def test_aliases_can_not_make_a_small_file_large(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
    )
    lines = refuser(tmp_path)(bomb)
    assert len(lines) == 1
    assert lines[0].endswith("found aliases that repeat more than 100,000 values")


def test_aliases_can_not_nest_deeper_than_the_bound(tmp_path: Path) -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))
    assert refuser(tmp_path)(text)[0].endswith("found lists and mappings nested deeper than 50")


def test_a_large_plain_file_is_read(tmp_path: Path) -> None:
    steps = "".join(f"  - {{at: {n}s, send: {{queue: q, body: {{id: {n}}}}}}}\n" for n in range(2000))
    assert len(loader(tmp_path)(f"queues: {{q: {{}}}}\nsteps:\n{steps}").steps) == 2000


@pytest.mark.parametrize("value", [".nan", ".inf", "-.inf", "18446744073709551616"])
def test_what_json_does_not_have_is_no_body(tmp_path: Path, value: str) -> None:
    lines = refuser(tmp_path)(f"queues: {{q: {{}}}}\nsteps:\n  - send: {{queue: q, body: {{a: [{value}]}}}}\n")
    assert [line.split(": ")[:2] for line in lines] == [["s.yaml:3:33", "steps[0].send.body.a[0]"]]
