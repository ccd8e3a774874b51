"""Lambda's operations on event invoke configurations, as they were recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.errors import AwsError
from eventsim.functions.event_invoke_configs import EventInvokeConfigs
from eventsim.functions.event_invoke_settings import read_event_invoke_config
from eventsim.kernel.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.functions.names import FunctionName

ARN = "arn:aws:lambda:us-east-1:111111111111:function:"
RECORDED = "expected_event_or_destination_record"
PLACEHOLDERS = {"<partition>": "aws", "<region>": "us-east-1", "<function-name:1>": "f", "<resource:5>": "other"}


class Account:
    """Function f with version 1 and an alias, function other, and the time of the test."""

    def __init__(self, propagation_s: float = 0.0) -> None:
        self.now_s = 0.0
        self.known = {("f", "$LATEST"), ("f", "1"), ("f", "eventinvokealias"), ("other", "$LATEST")}
        self.configs = EventInvokeConfigs(
            Clock(lambda: self.now_s),
            function_arn=lambda name: f"{ARN}{name}",
            exists=self._exists,
            propagation_s=propagation_s,
        )

    def _exists(self, named: FunctionName) -> bool:
        return (named.name, named.qualifier) in self.known

    def put(self, function: str, qualifier: str | None = None, **properties: Any) -> Any:
        return answer(self.configs.put, function, read_event_invoke_config(properties), qualifier)

    def update(self, function: str, qualifier: str | None = None, **properties: Any) -> Any:
        return answer(self.configs.update, function, read_event_invoke_config(properties), qualifier)

    def get(self, function: str, qualifier: str | None = None) -> Any:
        return answer(self.configs.get, function, qualifier)

    def delete(self, function: str, qualifier: str | None = None) -> Any:
        return answer(self.configs.delete, function, qualifier) or {}

    def list(self, function: str) -> Any:
        found = answer(self.configs.list, function)
        return {"FunctionEventInvokeConfigs": found} if isinstance(found, list) else found


def answer(call: Callable[..., Any], *args: Any) -> Any:
    """What came back, or the error's code and message."""
    try:
        return call(*args)
    except AwsError as error:
        return error.code, error.message


def recorded(record: Any) -> Any:
    """A recorded answer in the form of ours, without its times."""
    text = json.dumps(record)
    for placeholder, value in PLACEHOLDERS.items():
        text = text.replace(placeholder, value)
    found = json.loads(text)
    return (found["Error"]["Code"], found["Error"]["Message"]) if "Error" in found else timeless(found)


def timeless(shown: Any) -> Any:
    """An answer without the times in it."""
    if isinstance(shown, dict):
        return {name: timeless(value) for name, value in shown.items() if name != "LastModified"}
    return [timeless(one) for one in shown] if isinstance(shown, list) else shown


def destination(path: str, arn: str) -> dict[str, Any]:
    return {path: {"Destination": arn}}


@pytest.mark.rule("ASY-10", "DST-01", "FUN-16", "GEN-05")
def test_answers_and_refusals_are_those_that_were_recorded(capture: Any) -> None:
    expected = capture("api_test_lambda_eventinvokeconfig_exceptions")[RECORDED]
    one, alias = Account(), "eventinvokealias"
    calls: dict[str, Callable[[], Any]] = {
        "put_functionname_name_notfound": lambda: one.put("doesnotexist", MaximumRetryAttempts=1),
        "put_functionname_arn_notfound": lambda: one.put(f"{ARN}doesnotexist", MaximumRetryAttempts=1),
        "put_functionname_nootherargs": lambda: one.put("f"),
        "put_destination_lambda_doesntexist": lambda: one.put(
            "f", DestinationConfig=destination("OnSuccess", f"{ARN}doesnotexist")
        ),
        "put_destination_recursive": lambda: one.put("f", DestinationConfig=destination("OnSuccess", f"{ARN}f")),
        "put_destination_other_lambda": lambda: one.put("f", DestinationConfig=destination("OnSuccess", f"{ARN}other")),
        "put_destination_invalid_service_arn": lambda: one.put(
            "f", DestinationConfig=destination("OnSuccess", f"{ARN}f".replace("lambda", "iam"))
        ),
        "put_destination_success_no_destination_arn": lambda: one.put("f", DestinationConfig={"OnSuccess": {}}),
        "put_destination_failure_no_destination_arn": lambda: one.put("f", DestinationConfig={"OnFailure": {}}),
        "put_destination_invalid_arn_pattern": lambda: one.put(
            "f", DestinationConfig=destination("OnFailure", f"{ARN}f".replace("lambda", "_-/!lambda"))
        ),
        "put_destination_latest": lambda: one.put("f", MaximumRetryAttempts=1),
        "put_destination_latest_explicit_qualifier": lambda: one.put("f", "$LATEST", MaximumRetryAttempts=1),
        "put_destination_version": lambda: one.put("f", "1", MaximumRetryAttempts=1),
        "put_alias_functionname_qualifier": lambda: one.put("f", alias, MaximumRetryAttempts=1),
        "put_alias_doesnotexist": lambda: one.put("f", "doesnotexist", MaximumRetryAttempts=1),
        "put_alias_qualifiedarn": lambda: one.put(f"{ARN}f:{alias}", MaximumRetryAttempts=1),
        "put_alias_qualifiedarn_qualifier": lambda: one.put(f"{ARN}f:{alias}", alias, MaximumRetryAttempts=1),
        "put_alias_qualifiedarn_qualifierconflict": lambda: one.put(f"{ARN}f:{alias}", "x", MaximumRetryAttempts=1),
        "put_alias_shorthand": lambda: one.put(f"f:{alias}", MaximumRetryAttempts=1),
        "put_alias_shorthand_qualifier": lambda: one.put(f"f:{alias}", alias, MaximumRetryAttempts=1),
        "put_alias_shorthand_qualifierconflict": lambda: one.put(f"f:{alias}", "x", MaximumRetryAttempts=1),
        "put_version_shorthand": lambda: one.put("f:1", MaximumRetryAttempts=1),
        "put_shorthand_qualifier_match": lambda: one.put("f:$LATEST", "$LATEST", MaximumRetryAttempts=1),
        "put_maxevent_maxvalue_result": lambda: one.put("f", MaximumRetryAttempts=2, MaximumEventAgeInSeconds=21600),
        "put_pre_overwrite": lambda: one.put("f", MaximumRetryAttempts=2, MaximumEventAgeInSeconds=60),
        "put_post_overwrite": lambda: one.put("f", MaximumRetryAttempts=0),
        "second_overwrite_existing_response": lambda: one.put("f", MaximumRetryAttempts=0),
        "get_post_overwrite": lambda: one.get("f"),
        "pre_update_response": lambda: one.put("f", MaximumRetryAttempts=2, MaximumEventAgeInSeconds=60),
        "update_response": lambda: one.update("f", MaximumRetryAttempts=0),
        "update_response_existing": lambda: one.update("f", MaximumRetryAttempts=0),
        "list_configs": lambda: one.list("f"),
        "delete_latest": lambda: one.delete("f"),
        "delete_version": lambda: one.delete("f", "1"),
        "delete_alias": lambda: one.delete("f", alias),
        "list_configs_postdelete": lambda: one.list("f"),
        "delete_function_not_found": lambda: one.delete("f"),
        "delete_function_doesnotexist": lambda: one.delete("doesnotexist"),
        "list_function_doesnotexist": lambda: one.list("doesnotexist"),
        "get_function_doesnotexist": lambda: one.get("doesnotexist"),
        "get_qualifier_doesnotexist": lambda: one.get("f", "doesnotexist"),
        "update_eventinvokeconfig_function_doesnotexist": lambda: one.update("doesnotexist", MaximumRetryAttempts=0),
        "get_eventinvokeconfig_doesnotexist": lambda: one.get("f", alias),
        "update_eventinvokeconfig_config_doesnotexist_with_qualifier": lambda: one.update(
            "f", alias, MaximumRetryAttempts=0
        ),
        "update_eventinvokeconfig_config_doesnotexist_without_qualifier": lambda: one.update(
            "f", MaximumRetryAttempts=0
        ),
    }
    got = {step: timeless(call()) for step, call in calls.items()}
    assert got == {step: recorded(expected[step]) for step in calls}
    assert expected.keys() - got.keys() == {f"put_shorthand_qualifier_mismatch_{n}" for n in (1, 2, 3)}


@pytest.mark.rule("ASY-10")
def test_a_life_of_a_configuration_is_the_one_that_was_recorded(capture: Any) -> None:
    expected = capture("api_test_lambda_eventinvokeconfig_lifecycle")[RECORDED]
    one = Account()
    calls: dict[str, Callable[[], Any]] = {
        "put_invokeconfig_retries_0": lambda: one.put("f", MaximumRetryAttempts=0),
        "put_invokeconfig_eventage_60": lambda: one.put("f", MaximumEventAgeInSeconds=60),
        "update_invokeconfig_eventage_nochange": lambda: one.update("f", MaximumEventAgeInSeconds=60),
        "update_invokeconfig_retries": lambda: one.update("f", MaximumRetryAttempts=1),
        "get_invokeconfig": lambda: one.get("f"),
        "get_invokeconfig_latest": lambda: one.get("f", "$LATEST"),
        "list_single_invokeconfig": lambda: one.list("f"),
        "get_invokeconfig_postpublish": lambda: one.get("f", "1"),
        "put_published_invokeconfig": lambda: one.put("f", "1", MaximumEventAgeInSeconds=120),
        "get_published_invokeconfig": lambda: one.get("f", "1"),
    }
    got = {step: timeless(call()) for step, call in calls.items()}
    assert got == {step: recorded(expected[step]) for step in calls}
    one.delete("f")
    assert timeless(one.list("f")) == recorded(expected["list_paging_nolimit_postdelete"])


@pytest.mark.rule("ASY-10")
def test_a_call_that_is_refused_changes_nothing() -> None:
    one = Account()
    before = one.put("f", MaximumRetryAttempts=1)
    assert (
        one.put("f", MaximumRetryAttempts=3)[0]
        == one.update("f", MaximumEventAgeInSeconds=1)[0]
        == "ValidationException"
    )
    assert one.get("f") == before


@pytest.mark.rule("ASY-10")
def test_nothing_is_inherited_from_another_qualifier() -> None:
    one = Account()
    one.put("f", MaximumRetryAttempts=0)
    one.put("f", "eventinvokealias", MaximumRetryAttempts=1)
    applied = [one.configs.applied("f", qualifier).retries for qualifier in ("$LATEST", "eventinvokealias", "1")]
    assert applied == [0, 1, 2]


@pytest.mark.rule("ASY-15")
def test_changes_may_take_their_time_until_they_apply_and_are_shown_at_once() -> None:
    one = Account(propagation_s=30.0)

    def seen(now_s: float) -> tuple[int, Any]:
        one.now_s = now_s
        shown = one.get("f")
        return one.configs.applied("f", "$LATEST").retries, shown.get("MaximumRetryAttempts") if isinstance(
            shown, dict
        ) else None

    one.put("f", MaximumRetryAttempts=0)
    log = [seen(0), seen(29.9), seen(30)]
    one.put("f", MaximumRetryAttempts=1)
    one.now_s = 40
    one.delete("f")
    log += [seen(59), seen(60), seen(69), seen(70)]
    assert log == [(2, 0), (2, 0), (0, 0), (0, None), (1, None), (1, None), (2, None)]


@pytest.mark.rule("ASY-15")
def test_without_delay_a_change_applies_at_once() -> None:
    one = Account()
    one.put("f", MaximumRetryAttempts=0)
    assert one.configs.applied("f", "$LATEST").retries == 0
    one.delete("f")
    assert one.configs.applied("f", "$LATEST").retries == 2
