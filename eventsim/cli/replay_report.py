"""What a replay tells: a table of its files, its failures, and the JSON document."""

from __future__ import annotations

import shutil
import tempfile
from typing import IO, TYPE_CHECKING, Any

import click
import msgspec

from eventsim.cli.failure import command_line
from eventsim.cli.one_run import encode_json
from eventsim.cli.report import printable, table
from eventsim.functions.invocations import Outcome
from eventsim.scenarios.observe import invocation_json
from eventsim.scenarios.result import resources_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.fixtures.read import Captured
    from eventsim.fixtures.replay import Played
    from eventsim.fixtures.replay_run import Replay

MOST_ROWS = 20
"""How many failures people are shown."""
MOST_FILES = 50
"""Of more files than these only those with failures are shown."""
MOST_NOTES = 5
_IN_MEMORY_BYTES = 8_000_000


def report(replay: Replay, words: Sequence[str], *, quiet: bool) -> str:
    """The report: a headline, a row for each file, what failed, what could not be read, and *words* to repeat it.

    Empty if *quiet* and nothing failed.
    """
    good = not (replay.failed or replay.files.errors or replay.interrupted)
    if quiet and good:
        return ""
    lines = [_headline(replay, good=good)]
    if not quiet:
        lines += _files(replay)
        lines += _lacks(replay)
    lines += _failures(replay)
    lines += _errors(replay)
    if not good:
        lines += ["", f"  repeat: {command_line(words)}"]
    return "\n".join(lines)


def _headline(replay: Replay, *, good: bool) -> str:
    word = "interrupted" if replay.interrupted else "passed" if good else "failed"
    count = sum(sum(tally.outcomes.values()) for tally in replay.files.tallies.values())
    virtual_s = 0.0 if replay.core is None else replay.core.world.loop.time()
    ended = f"{count:,} invocation{'' if count == 1 else 's'}, {replay.failed:,} failed"
    times = f"{virtual_s:.6f}".rstrip("0").rstrip(".")
    shown = click.style(word, fg="green" if good else "red")
    return f"{shown}  replay  {ended}, {times} s virtual, {replay.wall_s:.2f} s wall"


def _files(replay: Replay) -> list[str]:
    tallies = list(replay.files.tallies.values())
    shown = tallies
    if len(tallies) > MOST_FILES:
        shown = [tally for tally in tallies if tally.failed or tally.error_count][:MOST_FILES]
    rows = []
    for tally in shown:
        outcomes = ", ".join(f"{count} {outcome.value}" for outcome, count in sorted(tally.outcomes.items()))
        sources = ", ".join(tally.sources) or "-"
        rows.append((tally.file, sources, str(tally.events), str(tally.records), outcomes or "-"))
    lines = table(("file", "source", "events", "records", "outcomes"), rows) if rows else []
    return lines if shown == tallies else [*lines, f"  ... and {len(tallies) - len(shown):,} more files"]


def _lacks(replay: Replay) -> list[str]:
    notes = []
    for tally in replay.files.tallies.values():
        if tally.lacks:
            more = f" and {len(tally.lacks) - 3} more" if len(tally.lacks) > 3 else ""
            told = "; ".join(_shortened(one) for one in tally.lacks[:3])
            notes.append(f"  note: {tally.file}: {printable(told)}{more}")
    if len(notes) <= MOST_NOTES:
        return notes
    return [*notes[:MOST_NOTES], f"  ... and {len(notes) - MOST_NOTES:,} more files that are not as real events are"]


def _failures(replay: Replay) -> list[str]:
    if not replay.failures:
        return []
    shown = replay.failures[:MOST_ROWS]
    rows = [(place(one.captured), _outcome(one), _why(one)) for one in shown]
    lines = ["", *table(("event", "outcome", "error"), rows)]
    if replay.failed > len(shown):
        lines.append(f"  ... and {replay.failed - len(shown):,} more")
    trace = (shown[0].record.error or {}).get("stackTrace")
    if trace:
        lines += ["", "  the first one's traceback:"]
        lines += [f"  {line}" for line in "".join(map(str, trace)).splitlines()]
    return lines


def _errors(replay: Replay) -> list[str]:
    errors = replay.files.errors
    if not errors:
        return []
    count = sum(tally.error_count for tally in replay.files.tallies.values())
    lines = ["", "  not replayed, since it can't be read:"]
    lines += [f"  {printable(str(error))}" for error in errors[:MOST_ROWS]]
    if count > MOST_ROWS:
        lines.append(f"  ... and {count - MOST_ROWS:,} more")
    return lines


def place(one: Captured) -> str:
    """Where an event stands: ``FILE``, ``FILE:LINE`` or ``FILE[INDEX]``."""
    line = "" if one.line is None else f":{one.line}"
    return f"{one.file}{line}{'' if one.index is None else f'[{one.index}]'}"


def _outcome(one: Played) -> str:
    return "" if one.record.outcome is None else one.record.outcome.value


def _why(one: Played) -> str:
    error = one.record.error or {}
    told = [str(error[name]) for name in ("errorType", "errorMessage") if error.get(name)]
    if told:
        return ": ".join(told)
    if one.clause is not None:
        return one.clause
    if one.record.outcome is Outcome.PARTIAL:
        return f"batchItemFailures: {_text(one.record.response)}"
    return ""


def _text(response: str | bytes | None) -> str:
    text = response.decode(errors="backslashreplace") if isinstance(response, bytes) else response or ""
    return _shortened(text, 200)


def _shortened(text: str, most: int = 120) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


class ReplayJson:
    """The JSON document; invocations are put aside as they end, on disk when they are many."""

    def __init__(self) -> None:
        self._kept: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by `write`
        self._count = 0

    def add(self, one: Played) -> None:
        """Take one invocation."""
        captured, batch = one.captured, one.record.batch
        shown = invocation_json(one.record, with_event=False)
        raw = getattr(batch, "raw", None)
        shown["event"] = None if raw is None else msgspec.Raw(raw)
        shown["fixture"] = {"file": captured.file, "line": captured.line, "index": captured.index}
        try:
            written = msgspec.json.encode(shown)
        except (UnicodeError, OverflowError, msgspec.MsgspecError):  # an answer that msgspec can't write
            written = encode_json({**shown, "event": None if batch is None else batch.event()})
        self._kept.write(b"," + written if self._count else written)
        self._count += 1

    def write(self, file: IO[bytes], replay: Replay) -> None:
        """Write the document of the replay, which is over."""
        head = encode_json(_head(replay))
        file.write(b'{"scenarios":[' + head[:-1] + b',"invocations":[')
        self._kept.seek(0)
        shutil.copyfileobj(self._kept, file)
        self._kept.close()
        file.write(b"]}]}\n")


def _head(replay: Replay) -> dict[str, Any]:
    core = replay.core
    assert core is not None
    tallies = list(replay.files.tallies.values())
    failures = [
        {
            "path": place(one.captured),
            "expected": "success",
            "actual": ": ".join(filter(None, [_outcome(one), _why(one)])),
        }
        for one in replay.failures
    ]
    failures += [
        {"path": str(error).partition(": ")[0], "expected": "an event", "actual": str(error).partition(": ")[2]}
        for error in replay.files.errors
    ]
    shown: dict[str, Any] = {
        "name": "replay",
        "file": tallies[0].file if len(tallies) == 1 else None,
        "seed": replay.seed,
        "passed": not (failures or replay.interrupted),
        "idle": core.idle,
        "virtual_s": round(core.world.loop.time(), 6),
        "wall_s": round(replay.wall_s, 3),
        "trace_sha256": core.world.trace.sha256(),
        "failures": failures,
        "files": [tally.to_json() for tally in tallies],
        **resources_json(core),
    }
    if replay.interrupted:
        shown["interrupted"] = True
    return shown
