"""One scenario's run, and what is kept of it: a result, an interruption or a crash."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from eventsim.cli.failure import one_line, whole_traceback
from eventsim.cli.outputs import opened
from eventsim.cli.remote_options import Place, real_options, tell_people
from eventsim.cli.status import Status
from eventsim.errors import InputError, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from eventsim.cli.options import RunOptions
    from eventsim.scenarios.expect import Failure
    from eventsim.scenarios.handler_logs import LogBlock
    from eventsim.scenarios.model import Scenario
    from eventsim.scenarios.result import RunResult
    from eventsim.scenarios.run import Progress


class Finished(NamedTuple):
    """What is kept of a scenario's run, small however long the run was."""

    status: Status
    scenario: Scenario
    seed: int
    failures: Sequence[Failure] = ()
    virtual_s: float | None = None
    wall_s: float | None = None
    invocations: Sequence[dict[str, Any]] = ()
    """As the JSON document shows them; kept for ``-v`` alone."""
    logs: Sequence[LogBlock] = ()
    """What handlers printed: of all invocations for ``-v``, else of failed ones where the run failed."""
    cost: dict[str, Any] | None = None
    json: bytes = b""
    """The scenario's object of the JSON document, if there is to be one."""
    crash: str | None = None
    """How eventsim itself failed, in one line."""
    traceback: str | None = None
    place: Place = Place()
    """Where it ran, for the command that repeats it."""


def run_one(scenario: Scenario, trace: str | None, options: RunOptions) -> Finished:
    """Run *scenario*, writing its trace to the file *trace*; whatever happens to it is in the answer."""
    seed = scenario.seed if options.seed is None else options.seed
    try:
        with _trace_sink(trace, options) as sink, _progress(scenario, options) as on_progress:
            result = _run(scenario, options, seed=seed, trace=sink, on_progress=on_progress)
        return _finished(result, scenario, seed, options)
    except KeyboardInterrupt:
        return Finished(Status.INTERRUPTED, scenario, seed, json=_without_result(scenario, seed, "interrupted"))
    except Exception as error:  # the other scenarios still run, and the results so far are written
        if isinstance(error, ScenarioError) or (options.place.is_real and isinstance(error, InputError)):
            raise  # this machine lacks what the file needs, or the endpoint can't be worked with
        crash = one_line(error)
        shown = _without_result(scenario, seed, crash)
        return Finished(Status.CRASHED, scenario, seed, json=shown, crash=crash, traceback=whole_traceback(error))


def _run(scenario: Scenario, options: RunOptions, **more: Any) -> RunResult:
    """Run in virtual time, or where the options say."""
    if not options.place.is_real:
        from eventsim.scenarios.run import run_scenario

        return run_scenario(scenario, **more)
    from eventsim.realtime.live import Live
    from eventsim.realtime.run import run_real

    real = real_options(options.place, tell_people, whole_result=options.json is not None)
    return run_real(scenario, real, Live(), **more)


def _finished(result: RunResult, scenario: Scenario, seed: int, options: RunOptions) -> Finished:
    status = Status.PASSED if result.passed else Status.FAILED
    if result.interrupted:
        status = Status.INTERRUPTED
    document = None
    if options.json is not None:
        document = result.to_json(options.events, cost=options.cost)
    elif options.verbose:
        document = result.to_json("none")
    return Finished(
        status,
        scenario,
        seed,
        result.failures,
        result.virtual_s,
        result.wall_s,
        document["invocations"] if document is not None and options.verbose else (),
        _logs(result, failed=status is Status.FAILED, options=options),
        result.cost() if options.cost else None,
        encode_json(document),
    )


def _logs(result: RunResult, *, failed: bool, options: RunOptions) -> Sequence[LogBlock]:
    if not (failed or options.verbose):
        return ()
    return result.log_blocks(every=options.verbose)


def _without_result(scenario: Scenario, seed: int, why: str) -> bytes:
    shown = {"name": scenario.name, "file": scenario.file, "seed": seed, "passed": False, "failures": []}
    return encode_json({**shown, "eventsim_error": why})


@contextmanager
def _trace_sink(path: str | None, options: RunOptions) -> Iterator[BinaryIO | None]:
    with opened(path) as file:
        if options.log_format is None or options.quiet:
            yield file
            return
        from eventsim.cli.logs import TraceLog, open_log

        tap = TraceLog(open_log(options.log_format, sys.stderr), file, every=options.verbose)
        with io.BufferedWriter(tap) as sink:
            yield sink


@contextmanager
def _progress(scenario: Scenario, options: RunOptions) -> Iterator[Callable[[Progress], None] | None]:
    if options.quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from eventsim.cli.progress import ProgressBar

    with ProgressBar(scenario.name, scenario.run_for_s) as bar:
        yield bar.update


def encode_json(document: Any) -> bytes:
    """Return *document* as JSON text in UTF-8.

    Lone surrogates and integers over 64 bits, which a handler's answer may hold and msgspec refuses, are written too.
    """
    import msgspec

    try:
        return msgspec.json.encode(document)
    except (UnicodeError, OverflowError, msgspec.MsgspecError):
        import json

        return json.dumps(document).encode()
