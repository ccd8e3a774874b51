"""SNS's own errors, one constructor each: code, HTTP status and text."""

from __future__ import annotations

from eventsim.errors import AwsError


def invalid_parameter(text: str) -> AwsError:
    """InvalidParameter with SNS's usual beginning."""
    return AwsError("InvalidParameter", f"Invalid parameter: {text}")


def missing_parameter(name: str) -> AwsError:
    """InvalidParameter for a member that has to be given."""
    return invalid_parameter(f"{name} Reason: no value for required parameter")


def invalid_value(text: str) -> AwsError:
    """ParameterValueInvalid: what SNS says about message attributes."""
    return AwsError("ParameterValueInvalid", text)


def topic_not_found() -> AwsError:
    """NotFound for a topic."""
    return AwsError("NotFound", "Topic does not exist", status=404)


def subscription_not_found() -> AwsError:
    """NotFound for a subscription."""
    return AwsError("NotFound", "Subscription does not exist", status=404)


def resource_not_found() -> AwsError:
    """ResourceNotFound: what the tagging operations say of a topic that is not there."""
    return AwsError("ResourceNotFound", "Resource does not exist", status=404)


def function_not_found(arn: str) -> AwsError:
    """Lambda's answer where no function can be reached."""
    return AwsError("ResourceNotFoundException", f"Function not found: {arn}", status=404)


def not_simulated(what: str, because: str) -> AwsError:
    """An operation that nothing here carries out."""
    return AwsError("NotImplemented", f"sns {what}: {because} in eventsim.", status=501)
