"""What Lambda refuses of a function's layers, which mean nothing else in a simulation (FUN-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_LAYERS: Final = 5


def check_layers(arns: Sequence[str]) -> AwsError | None:
    """The error for more than five layers, or for two versions of one; *arns* are those of layer versions."""
    if len(arns) > MOST_LAYERS:
        return _invalid("Cannot reference more than 5 layers.")
    seen: dict[str, str] = {}
    for arn in arns:
        layer = arn.rpartition(":")[0]
        other = seen.setdefault(layer, arn)
        if other != arn:
            return _invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{other} and {arn} are versions of the same layer."
            )
    return None


def _invalid(text: str) -> AwsError:
    return AwsError("InvalidParameterValueException", text)
