"""What an event invoke configuration and a dead-letter queue may be."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from eventsim.functions.event_invoke_settings import (
    check_dead_letter_target,
    check_event_invoke_config,
    merge_event_invoke_config,
    read_event_invoke_config,
)

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
TOPIC = "arn:aws:sns:us-east-1:123456789012:t"
BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default"
BUCKET = "arn:aws:s3:::b"


def to(success: str | None = None, failure: str | None = None) -> dict[str, Any]:
    """DestinationConfig with these destinations."""
    both = {"OnSuccess": success, "OnFailure": failure}
    return {name: {"Destination": arn} for name, arn in both.items() if arn is not None}


def refusals(**properties: Any) -> list[str]:
    found = check_event_invoke_config(
        read_event_invoke_config(properties), FUNCTION, has_function=lambda arn: arn.endswith((":f", ":other"))
    )
    return [f"{member}: {error}" for member, error in found]


@pytest.mark.rule("ASY-06", "ASY-08")
def test_what_is_not_set_has_lambdas_defaults() -> None:
    config = read_event_invoke_config({"DestinationConfig": None})
    assert (config.retries, config.age_s, config.on_success, config.on_failure) == (2, 21_600, None, None)
    set_to_zero = read_event_invoke_config({"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60})
    assert (set_to_zero.retries, set_to_zero.age_s) == (0, 60)


@pytest.mark.rule("ASY-06", "ASY-08", "GEN-06")
def test_numbers_have_their_limits() -> None:
    for retries, age_s in ((0, 60), (2, 21_600)):
        assert refusals(MaximumRetryAttempts=retries, MaximumEventAgeInSeconds=age_s) == []
    text = "ValidationException: 1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must have value {}"  # noqa: E501  one text
    assert refusals(MaximumRetryAttempts=3, MaximumEventAgeInSeconds=59) == [
        "MaximumRetryAttempts: " + text.format(3, "maximumRetryAttempts", "less than or equal to 2"),
        "MaximumEventAgeInSeconds: " + text.format(59, "maximumEventAgeInSeconds", "greater than or equal to 60"),
    ]
    assert refusals(MaximumRetryAttempts=-1, MaximumEventAgeInSeconds=21_601) == [
        "MaximumRetryAttempts: " + text.format(-1, "maximumRetryAttempts", "greater than or equal to 0"),
        "MaximumEventAgeInSeconds: " + text.format(21_601, "maximumEventAgeInSeconds", "less than or equal to 21600"),
    ]


@pytest.mark.rule("ASY-10")
def test_a_configuration_has_to_set_something() -> None:
    text = "You must specify at least one of error handling or destination setting."
    assert refusals() == [f": InvalidParameterValueException: {text}"]
    assert refusals(DestinationConfig={}) == refusals(DestinationConfig={"OnSuccess": {}}) == []


@pytest.mark.rule("DST-01")
@pytest.mark.parametrize("arn", [QUEUE, TOPIC, BUS, f"{FUNCTION.removesuffix('f')}other", ""])
def test_queues_topics_functions_and_buses_take_either_record(arn: str) -> None:
    assert refusals(DestinationConfig=to(arn, arn)) == []


@pytest.mark.rule("DST-01")
def test_buckets_take_failures_alone() -> None:
    assert refusals(DestinationConfig=to(failure=BUCKET)) == []
    shown = f"DestinationConfig(onSuccess=OnSuccess(destination={BUCKET}), onFailure=null)"
    [found] = refusals(DestinationConfig=to(BUCKET))
    text = f"The provided destination config {shown} is invalid."
    assert found == f"DestinationConfig.OnSuccess: InvalidParameterValueException: {text}"


@pytest.mark.rule("DST-01")
@pytest.mark.parametrize("arn", [f"{QUEUE}.fifo", f"{TOPIC}.fifo", "arn:aws:iam::123456789012:role/x"])
def test_fifo_targets_and_other_services_are_refused(arn: str) -> None:
    [found] = refusals(DestinationConfig=to(failure=arn))
    assert found.endswith(f"DestinationConfig(onSuccess=null, onFailure=OnFailure(destination={arn})) is invalid.")


@pytest.mark.rule("ASY-10")
@pytest.mark.parametrize("qualifier", ["", ":1", ":$LATEST"])
def test_a_function_is_no_destination_of_its_own(qualifier: str) -> None:
    text = "InvalidParameterValueException: You can't specify the function as a destination for itself."
    assert refusals(DestinationConfig=to(FUNCTION + qualifier)) == [f"DestinationConfig.OnSuccess: {text}"]


@pytest.mark.rule("ASY-10")
def test_an_update_keeps_what_it_does_not_name() -> None:
    config = read_event_invoke_config({"MaximumRetryAttempts": 1, "DestinationConfig": to(QUEUE, TOPIC)})
    changes = read_event_invoke_config({"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60})
    merged = merge_event_invoke_config(config, changes)
    assert (merged.retries, merged.age_s, merged.on_success, merged.on_failure) == (0, 60, QUEUE, TOPIC)


@pytest.mark.parametrize(
    "properties", [{"MaximumRetries": 1}, {"MaximumRetryAttempts": "1"}, {"DestinationConfig": {"OnRetry": {}}}]
)
def test_unknown_members_and_wrong_types_are_refused(properties: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_event_invoke_config(properties)


@pytest.mark.rule("DLQ-01")
def test_dead_letters_go_to_standard_queues_and_topics() -> None:
    assert [check_dead_letter_target(arn) for arn in (None, "", QUEUE, TOPIC)] == [None] * 4
    for arn in (f"{QUEUE}.fifo", f"{TOPIC}.fifo", FUNCTION, BUCKET):
        error = check_dead_letter_target(arn)
        assert error is not None
        assert (error.code, arn in error.message) == ("InvalidParameterValueException", True)
    error = check_dead_letter_target("q")
    assert str(error) == (
        "ValidationException: 1 validation error detected: Value 'q' at 'deadLetterConfig.targetArn' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"
    )
