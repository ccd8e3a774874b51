"""The targets of a rule: what each gets of an event, and how hard it is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.eventbridge.errors import not_supported, validation
from eventsim.cloud.eventbridge.outlets import service_of
from eventsim.cloud.eventbridge.paths import MISSING, Path, follow, parse_path
from eventsim.cloud.eventbridge.retries import DEFAULT_POLICY, RetryPolicy
from eventsim.cloud.eventbridge.templates import Template, is_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.eventbridge.envelopes import Event

DELIVERED_TO: Final = frozenset({"lambda", "sqs", "sns"})
_INPUTS: Final = ("Input", "InputPath", "InputTransformer")
_decode: Final = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode())).decode
_encode: Final = msgspec.json.Encoder().encode


class Target(msgspec.Struct, frozen=True):
    """One target, checked; *given* is what PutTargets was told, as ListTargetsByRule shows it."""

    id: str
    arn: str
    group_id: str | None
    policy: RetryPolicy
    dead_letter_arn: str | None
    given: dict[str, Any]
    constant: str | None = None
    path: Path | None = None
    template: Template | None = None

    def payload(self, event: Event, rule_name: str, rule_arn: str) -> tuple[str, bool]:
        """What the target gets, and whether that is JSON, without which it is not delivered."""
        if self.constant is not None:
            return self.constant, bool(self.constant)
        if self.template is not None:
            text = self.template.fill(event, rule_name, rule_arn)
            return text, is_json(text)
        if self.path is None:
            return event.text, True
        found = follow(self.path, _decode(event.text))
        return "{}" if found is MISSING or found is None else _encode(found).decode(), True


def parse_target(given: Mapping[str, Any]) -> Target:
    """A target from PutTargets' member of that name, whose types are checked; AwsError for what it can't have."""
    target_id, arn = given["Id"], given["Arn"]
    _check_arn(target_id, arn, given)
    if sum(given.get(name) is not None for name in _INPUTS) > 1:
        raise validation(f"Only one of Input, InputPath, or InputTransformer must be provided for target {target_id}.")
    constant, path, transformer = (given.get(name) for name in _INPUTS)
    if constant and not is_json(constant):
        raise validation(
            f'JSON syntax error in input for target {target_id}: [Source: (String)"{constant}"; line: 1, column: 1]'
        )
    template = None
    if transformer is not None:
        template = Template(transformer["InputTemplate"], transformer.get("InputPathsMap") or {}, target_id)
    return Target(
        target_id,
        arn,
        (given.get("SqsParameters") or {}).get("MessageGroupId"),
        RetryPolicy.parse(given.get("RetryPolicy")) or DEFAULT_POLICY,
        _dead_letter_arn(given, target_id),
        {name: value for name, value in given.items() if value is not None},
        constant=constant,
        path=_parse_input_path(path, target_id),
        template=template,
    )


def _check_arn(target_id: str, arn: str, given: Mapping[str, Any]) -> None:
    service = service_of(arn)
    if not service:
        raise validation(f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")
    if service not in DELIVERED_TO:
        allowed = "of functions, queues and topics"
        raise not_supported(f"PutTargets: the target {target_id} has the ARN {arn}; only those {allowed} are supported")
    if arn.endswith(".fifo") and service == "sqs" and not (given.get("SqsParameters") or {}).get("MessageGroupId"):
        raise validation(f"Parameter(s) SqsParameters must be specified for target: {target_id}.")


def _dead_letter_arn(given: Mapping[str, Any], target_id: str) -> str | None:
    """The dead-letter queue, a standard one (SCH-07)."""
    arn: str | None = (given.get("DeadLetterConfig") or {}).get("Arn")
    if arn is not None and (service_of(arn) != "sqs" or arn.endswith(".fifo")):
        raise validation(
            f"Parameter DeadLetterConfig of target {target_id} is not valid. "
            f"Reason: found {arn}, allowed is the ARN of a standard SQS queue."
        )
    return arn


def _parse_input_path(text: str | None, target_id: str) -> Path | None:
    if text is None:
        return None
    if not text:
        return ("",)  # leads nowhere: the target gets {}
    path = parse_path(text)
    if path is None:
        raise validation(f"InputPath for target {target_id} is invalid.")
    return path
