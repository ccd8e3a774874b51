"""SQS's own errors, one constructor each: modelled name, older query code, HTTP status and text."""

from __future__ import annotations

from eventsim.errors import AwsError

OLD_PREFIX = "AWS.SimpleQueueService."


def queue_does_not_exist() -> AwsError:
    """No queue has that name, URL or ARN."""
    return AwsError(
        "QueueDoesNotExist", "The specified queue does not exist.", query_code=f"{OLD_PREFIX}NonExistentQueue"
    )


def queue_name_exists(attribute: str) -> AwsError:
    """The name is taken by a queue with another value for *attribute*."""
    text = f"A queue already exists with the same name and a different value for attribute {attribute}"
    return AwsError("QueueNameExists", text, query_code="QueueAlreadyExists")


def queue_deleted_recently() -> AwsError:
    """The name was a queue's less than 60 seconds ago."""
    text = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    return AwsError("QueueDeletedRecently", text, query_code=f"{OLD_PREFIX}QueueDeletedRecently")


def purge_in_progress(queue: str) -> AwsError:
    """The last purge was less than 60 seconds ago."""
    text = f"Only one PurgeQueue operation on {queue} is allowed every 60 seconds."
    return AwsError("PurgeQueueInProgress", text, status=403, query_code=f"{OLD_PREFIX}PurgeQueueInProgress")


def receipt_is_invalid(receipt: str) -> AwsError:
    """The handle was never this queue's."""
    text = f'The input receipt handle "{receipt}" is not a valid receipt handle.'
    return AwsError("ReceiptHandleIsInvalid", text, status=404, query_code="ReceiptHandleIsInvalid")


def over_limit(text: str) -> AwsError:
    """One of the limits that SQS calls OverLimit."""
    return AwsError("OverLimit", text, status=403, query_code="OverLimit")


def invalid_address(address: str) -> AwsError:
    """What was given for a queue's URL is none."""
    text = f"The address {address} is not valid for this endpoint."
    return AwsError("InvalidAddress", text, status=404, query_code="InvalidAddress")


def invalid_attribute_name(name: str) -> AwsError:
    """No such attribute, or not for this kind of queue."""
    return AwsError("InvalidAttributeName", f"Unknown Attribute {name}.", query_code="InvalidAttributeName")


def invalid_attribute_value(name: str, reason: str = "") -> AwsError:
    """An attribute that can't have that value."""
    text = f"Invalid value for the parameter {name}."
    text = f"{text} Reason: {reason}" if reason else text
    return AwsError("InvalidAttributeValue", text, query_code="InvalidAttributeValue")


def invalid_message_contents() -> AwsError:
    """A character that SQS does not take."""
    text = (
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "
        "#xE000 to #xFFFD | #x10000 to #x10FFFF"
    )
    return AwsError("InvalidMessageContents", text, query_code="InvalidMessageContents")


def missing_parameter(name: str) -> AwsError:
    """A parameter that must be given was not."""
    text = f"The request must contain the parameter {name}."
    return AwsError("MissingRequiredParameterException", text, query_code="MissingParameter")


def invalid_parameter(text: str) -> AwsError:
    """InvalidParameterValue in a sentence of its own."""
    return AwsError("InvalidParameterValueException", text, query_code="InvalidParameterValue")


def invalid_value(value: object, parameter: str, reason: str) -> AwsError:
    """SQS's usual sentence about one parameter."""
    return invalid_parameter(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def wrong_queue_type(value: object, parameter: str) -> AwsError:
    """A parameter of the other kind of queue."""
    return invalid_value(value, parameter, "The request include parameter that is not valid for this queue type.")


def resource_not_found(text: str) -> AwsError:
    """What a move task names does not exist."""
    return AwsError("ResourceNotFoundException", text, status=404, query_code="ResourceNotFoundException")


def unsupported_operation(text: str) -> AwsError:
    """What is not supported here."""
    return AwsError("UnsupportedOperation", text, query_code=f"{OLD_PREFIX}UnsupportedOperation")


def batch_error(code: str, text: str) -> AwsError:
    """One of the errors that refuse a whole batch request."""
    return AwsError(code, text, query_code=f"{OLD_PREFIX}{code}")
