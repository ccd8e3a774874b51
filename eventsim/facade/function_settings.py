"""A function's settings as Python writes them: AWS SAM's names, checked as Lambda checks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import AwsError, InputError
from eventsim.facade.keywords import check_keywords, without_effect
from eventsim.functions.durations import Duration, parse_duration
from eventsim.functions.settings import FunctionSettings, check_function, check_reserved

if TYPE_CHECKING:
    from eventsim.simulation import Simulation as Core

FIELDS = {
    "Timeout": "timeout_s",
    "MemorySize": "memory_mb",
    "ReservedConcurrentExecutions": "reserved_concurrency",
    "Environment": "environment",
    "RecursiveLoop": "recursive_loop",
    "Architectures": "architecture",
    "EphemeralStorage": "ephemeral_mb",
}
WHAT = "a function (AWS::Serverless::Function)"
_ELSEWHERE = {
    "FunctionName": "the name is function()'s first argument",
    "Handler": "the handler is function()'s second argument",
    "CodeUri": "the folder of the code is code_uri=...",
    "Events": "what invokes it is on_queue, on_stream, on_table, on_bucket, on_topic, on_schedule or on_event",
}
_TAKEN_OUT = ("EventInvokeConfig", "DeadLetterQueue", "takes", "cold_start", "code_uri")
_NUMBERS = ("Timeout", "MemorySize", "ReservedConcurrentExecutions")


def changed(core: Core, settings: FunctionSettings, given: Mapping[str, Any]) -> FunctionSettings:
    """*settings* with the given ones in their place, as Lambda accepts them; None leaves one as it is.

    Except for ReservedConcurrentExecutions, which None gives back. AwsError for what Lambda refuses (FUN-01, FUN-18,
    CON-05), InputError for a name that is none and a value of the wrong type.
    """
    if not given.keys() <= FIELDS.keys():
        from eventsim.scenarios.cloudformation import FUNCTION_PROPERTIES

        for name in given:
            if name in _ELSEWHERE:
                raise InputError(f"{settings.name}: found {name!r}, which Python says otherwise: {_ELSEWHERE[name]}")
        given = without_effect(given, FUNCTION_PROPERTIES, settings.name)
        check_keywords(given, FIELDS, WHAT, also=_TAKEN_OUT)
    fields = {
        FIELDS[name]: _value(name, value)
        for name, value in given.items()
        if value is not None or name == "ReservedConcurrentExecutions"
    }
    new = msgspec.structs.replace(settings, **fields)
    for _, error in check_function(new):
        raise error
    others = [function.settings.reserved_concurrency for name, function in core.functions.items() if name != new.name]
    refused = check_reserved([*others, new.reserved_concurrency], core.account_concurrency)
    if refused is not None:
        raise refused
    return new


def duration(value: Any, name: str) -> Duration:
    """A simulated duration: seconds, text such as ``120ms``, or a distribution as scenario files write it."""
    if isinstance(value, Duration):
        return value
    if hasattr(value, "total_seconds"):
        value = value.total_seconds()
    try:
        return parse_duration(value)
    except ValueError as error:
        raise InputError(f"{name}: {error}") from None


def already_exists(name: str) -> AwsError:
    """Lambda's answer to a second function of one name."""
    return AwsError("ResourceConflictException", f"Function already exist: {name}", status=409, fault="User")


def _value(name: str, value: Any) -> Any:
    if name in _NUMBERS:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise InputError(f"{name}: found {value!r}, expected a whole number")
        return value
    if name in ("Architectures", "EphemeralStorage", "RecursiveLoop"):
        return _read(name, value)
    variables = value.get("Variables", {}) if isinstance(value, Mapping) and value.keys() <= {"Variables"} else None
    if not isinstance(variables, Mapping):
        raise InputError(f'{name}: found {value!r}, expected {{"Variables": {{"NAME": "value"}}}}')
    return {str(key): _text(f"{name}.Variables.{key}", one) for key, one in variables.items()}


def _read(name: str, value: Any) -> Any:
    """A setting that scenario files have in the same form."""
    from eventsim.facade.given import read_given
    from eventsim.functions.recursion import RecursiveLoop
    from eventsim.scenarios.convert import read_whole
    from eventsim.scenarios.deployment_settings import DEPLOYMENT

    table = {name: DEPLOYMENT[name]}
    read = read_given({name: value}, name, lambda reading, node: read_whole(reading, node, "", table, WHAT))[name]
    return RecursiveLoop(read) if name == "RecursiveLoop" else read


def _text(place: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise InputError(f"{place}: found {value!r}, expected text, a number, true or false")
