"""The start of a run on an endpoint: it answers, takes the credentials, and has everything, or nothing begins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from eventsim.cloud.remote import START_PATIENCE_S
from eventsim.cloud.remote_errors import brief
from eventsim.errors import InputError
from eventsim.realtime.lookup import look_up

if TYPE_CHECKING:
    from eventsim.cloud.remote import RemoteAccount
    from eventsim.cloud.remote_patience import Patience
    from eventsim.cloud.remote_resources import RemoteResources
    from eventsim.realtime.options import RealOptions
    from eventsim.realtime.state import State
    from eventsim.scenarios.model import Scenario


async def greet(account: RemoteAccount, patience: Patience) -> None:
    """Learn whose account it is; InputError for one that refuses, is not there, or takes the question in silence."""
    patience_s, name = START_PATIENCE_S, account.target.name
    await account.client("sts")  # which takes time of its own
    try:
        async with asyncio.timeout(2 * patience_s):
            await account.greet(patience, patience_s=patience_s)
    except TimeoutError:
        raise InputError(
            f"{name} takes requests and does not answer: look into its log, or correct --endpoint-url"
        ) from None


async def prepare(
    scenario: Scenario, account: RemoteAccount, patience: Patience, state: State, options: RealOptions
) -> RemoteResources:
    """Create what is wanted, look everything up; InputError for what can't be worked with."""
    try:
        if options.provision:
            await _provision(scenario, account, patience, state, options)
        return await look_up(scenario, account, patience)
    except Exception as error:
        if isinstance(error, InputError) or not _is_of_the_endpoint(error):
            raise
        raise InputError(
            f"{account.target.name} does not answer as AWS does ({type(error).__name__}: {brief(error)}): "
            "correct --endpoint-url, or look into the endpoint's own log"
        ) from None


async def tear_down(account: RemoteAccount, state: State, options: RealOptions) -> None:
    """Remove what this run or an earlier one created, and say so."""
    from eventsim.realtime.provision import tear_down as remove
    from eventsim.realtime.provision import told

    removed, problems = await remove(account, state)
    if removed:
        options.tell(f"removed {', '.join(told(one) for one in removed)}")
    for problem in problems:
        options.tell(problem)


async def _provision(
    scenario: Scenario, account: RemoteAccount, patience: Patience, state: State, options: RealOptions
) -> None:
    from eventsim.realtime.provision import Provision, told

    made = await Provision(scenario, account, patience, state).run()
    if made:
        options.tell(f"created {', '.join(told(one) for one in made)}")


def _is_of_the_endpoint(error: Exception) -> bool:
    """Whether an answer that the SDK can't read, or an error of the endpoint's, is what went wrong."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return isinstance(error, BotoCoreError | ClientError | ResponseParserError | OSError | LookupError | ValueError)
