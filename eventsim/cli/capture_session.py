"""One ``eventsim capture``: runs or asks, and writes what comes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import click

from eventsim.cli.status import Status
from eventsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from eventsim.fixtures.capture import CaptureWriter

DEFAULT_SECONDS = 20.0
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class CaptureOptions(NamedTuple):
    """The options as given."""

    out: str
    scenario: str | None = None
    queue_url: str | None = None
    stream_arn: str | None = None
    on_failure: tuple[str, ...] = ()
    lines: bool = False
    endpoint_url: str | None = None
    region: str | None = None
    profile: str | None = None
    limit: int | None = None
    seconds: float | None = None
    redact: tuple[str, ...] = ()
    no_redact: bool = False
    seed: int | None = None


def run_capture(options: CaptureOptions) -> Status:
    """Capture, say what was written, and return the exit status."""
    from eventsim.fixtures.redact import Redactor

    redactor = Redactor(options.redact, accounts=not options.no_redact)
    if options.scenario is not None:
        status = _of_scenario(options, options.scenario, redactor)
        _warn_of_paths(redactor.unmatched)
        return status
    import asyncio

    from botocore.exceptions import BotoCoreError, ClientError

    from eventsim.fixtures.capture import CaptureWriter

    writer = CaptureWriter(options.out, lines=options.lines, redactor=redactor)
    if options.queue_url is not None:
        capturing = _of_queue(options, options.queue_url, writer)
    elif options.stream_arn is not None:
        capturing = _of_stream(options, options.stream_arn, writer)
    else:
        capturing = _of_failures(options, writer)
    try:
        problems = asyncio.run(capturing)
    except (ClientError, BotoCoreError, ValueError) as error:
        raise InputError(f"{options.endpoint_url or 'AWS'}: {error}") from None
    finally:
        writer.close()
        _tell(writer.count, options.out)
        _warn_of_paths(redactor.unmatched)
    for problem in problems:
        click.echo(str(problem), err=True)
    return Status.BAD_INPUT if problems else Status.PASSED


def _tell(count: int, out: str) -> None:
    click.echo(f"captured  {count:,} event{'' if count == 1 else 's'} in {out}")


def _warn_of_paths(paths: list[str]) -> None:
    for path in paths:
        click.echo(f"warning: --redact {path}: led to nothing in any event, and redacted nothing", err=True)


def _of_scenario(options: CaptureOptions, path: str, redactor: Any) -> Status:
    from eventsim.cli.scenario_files import load_all, show_warnings
    from eventsim.fixtures.capture import CaptureWriter, capture_simulation
    from eventsim.scenarios.run import run_scenario

    scenario = load_all([path])[0]
    show_warnings(scenario.warnings)
    CaptureWriter(options.out).close()  # refuses the folder before the run
    result = run_scenario(scenario, seed=options.seed)
    simulation = result.simulation
    capture_simulation(simulation, options.out, lines=options.lines, redactor=redactor)
    delivered = [one for one in simulation.invocations if one.outcome is None or one.outcome.value != "throttle"]
    _tell(len(delivered), options.out)
    for failure in result.failures:
        click.echo(f"note: {failure.path}: expected {failure.expected}, found {failure.actual}", err=True)
    return Status.INTERRUPTED if result.interrupted else Status.PASSED


async def _of_queue(options: CaptureOptions, url: str, writer: CaptureWriter) -> list[InputError]:
    from eventsim.fixtures.capture_queue import Peek, facts_of, peek_queue

    async with _client(options, "sqs", _region_of_url(url)) as client:
        facts = await facts_of(client, url)
        if facts.maximum_receives is not None:
            click.echo(
                f"warning: {facts.name} has a redrive policy with maxReceiveCount {facts.maximum_receives}, and "
                "looking counts as a receive: a message that was received as often moves to its dead-letter queue",
                err=True,
            )
        peek = Peek(options.limit, options.seconds or DEFAULT_SECONDS)
        await peek_queue(client, url, facts, peek, lambda event: writer.add("sqs", facts.name, event))
    return []


async def _of_stream(options: CaptureOptions, arn: str, writer: CaptureWriter) -> list[InputError]:
    from eventsim.fixtures.capture_queue import Peek
    from eventsim.fixtures.capture_stream import read_stream, read_stream_arn

    place = read_stream_arn(arn)
    peek = Peek(options.limit, options.seconds or DEFAULT_SECONDS)
    async with _client(options, place.service, place.region) as client:
        await read_stream(client, place, peek, lambda event: writer.add(place.group, place.name, event))
    return []


async def _of_failures(options: CaptureOptions, writer: CaptureWriter) -> list[InputError]:
    from pathlib import Path

    from eventsim.fixtures.capture_stream import batch_info, fetch_failed, read_stream_arn
    from eventsim.fixtures.read import read_fixture

    problems: list[InputError] = []
    for file in options.on_failure:
        for one in read_fixture(Path(file), on_error=problems.append):
            info = batch_info(one.event)
            try:
                if info is None:
                    if one.form != "on-failure":
                        raise InputError("found no on-failure document of a stream")
                    writer.add(one.detected.source, "on-failure", one.event)
                    continue
                place = read_stream_arn(str(info.get("streamArn")))
                async with _client(options, place.service, place.region) as client:
                    event = await fetch_failed(client, info)
                writer.add(place.group, place.name, event)
            except InputError as error:
                problems.append(InputError(f"{file}: {error}"))
    return problems


@asynccontextmanager
async def _client(options: CaptureOptions, service: str, region: str | None) -> AsyncIterator[Any]:
    """A client of the endpoint, or of AWS in the region that was named; loopback endpoints need no credentials."""
    from aiobotocore.config import AioConfig
    from aiobotocore.session import AioSession

    if options.region is not None and region is not None and options.region != region and options.endpoint_url is None:
        raise InputError(f"--region: found {options.region}, but what is asked for is in {region}")
    session = AioSession(profile=options.profile)
    given: dict[str, Any] = {}
    if options.endpoint_url is not None:
        given["endpoint_url"] = options.endpoint_url
        here = urlsplit(options.endpoint_url).hostname in _LOOPBACK
        if here and options.profile is None and await session.get_credentials() is None:
            given |= {"aws_access_key_id": "eventsim", "aws_secret_access_key": "eventsim"}
    config = AioConfig(connect_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
    name = options.region or region or session.get_config_variable("region") or "us-east-1"
    make: Callable[..., Any] = session.create_client
    async with make(service, region_name=name, config=config, **given) as client:
        yield client


def _region_of_url(url: str) -> str | None:
    """The region that a queue's URL names."""
    parts = (urlsplit(url).hostname or "").split(".")
    return parts[1] if parts[:1] == ["sqs"] and len(parts) > 3 else None
