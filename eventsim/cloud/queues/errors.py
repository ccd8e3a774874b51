"""SQS's own errors, one constructor each: modelled name, older query code, HTTP status and text."""

from __future__ import annotations

from eventsim.errors import AwsError

OLD_PREFIX = "AWS.SimpleQueueService."


def queue_does_not_exist() -> AwsError:
    return AwsError(
        "QueueDoesNotExist", "The specified queue does not exist.", query_code=f"{OLD_PREFIX}NonExistentQueue"
    )


def queue_name_exists(attribute: str) -> AwsError:
    text = f"A queue already exists with the same name and a different value for attribute {attribute}"
    return AwsError("QueueNameExists", text, query_code="QueueAlreadyExists")


def queue_deleted_recently() -> AwsError:
    text = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    return AwsError("QueueDeletedRecently", text, query_code=f"{OLD_PREFIX}QueueDeletedRecently")


def purge_in_progress(queue: str) -> AwsError:
    text = f"Only one PurgeQueue operation on {queue} is allowed every 60 seconds."
    return AwsError("PurgeQueueInProgress", text, status=403, query_code=f"{OLD_PREFIX}PurgeQueueInProgress")


def receipt_is_invalid(receipt: str) -> AwsError:
    text = f'The input receipt handle "{receipt}" is not a valid receipt handle.'
    return AwsError("ReceiptHandleIsInvalid", text, status=404, query_code="ReceiptHandleIsInvalid")


def over_limit(text: str) -> AwsError:
    return AwsError("OverLimit", text, status=403, query_code="OverLimit")


def invalid_address(address: str) -> AwsError:
    text = f"The address {address} is not valid for this endpoint."
    return AwsError("InvalidAddress", text, status=404, query_code="InvalidAddress")


def invalid_attribute_name(name: str) -> AwsError:
    return AwsError("InvalidAttributeName", f"Unknown Attribute {name}.", query_code="InvalidAttributeName")


def invalid_attribute_value(name: str, reason: str = "") -> AwsError:
    text = f"Invalid value for the parameter {name}."
    text = f"{text} Reason: {reason}" if reason else text
    return AwsError("InvalidAttributeValue", text, query_code="InvalidAttributeValue")


def invalid_message_contents() -> AwsError:
    text = (
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "
        "#xE000 to #xFFFD | #x10000 to #x10FFFF"
    )
    return AwsError("InvalidMessageContents", text, query_code="InvalidMessageContents")


def missing_parameter(name: str) -> AwsError:
    text = f"The request must contain the parameter {name}."
    return AwsError("MissingRequiredParameterException", text, query_code="MissingParameter")


def invalid_parameter(text: str) -> AwsError:
    return AwsError("InvalidParameterValueException", text, query_code="InvalidParameterValue")


def invalid_value(value: object, parameter: str, reason: str) -> AwsError:
    """SQS's usual sentence about one parameter."""
    return invalid_parameter(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def wrong_queue_type(value: object, parameter: str) -> AwsError:
    """A parameter of the other kind of queue."""
    return invalid_value(value, parameter, "The request include parameter that is not valid for this queue type.")


def resource_not_found(text: str) -> AwsError:
    return AwsError("ResourceNotFoundException", text, status=404, query_code="ResourceNotFoundException")


def unsupported_operation(text: str) -> AwsError:
    return AwsError("UnsupportedOperation", text, query_code=f"{OLD_PREFIX}UnsupportedOperation")


def batch_error(code: str, text: str) -> AwsError:
    """One of the errors that refuse a whole batch request."""
    return AwsError(code, text, query_code=f"{OLD_PREFIX}{code}")
