"""Filter policies: which messages a subscription gets (SNS-08 to SNS-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.topics.errors import invalid_parameter
from eventsim.patterns.dialects import SNS
from eventsim.patterns.errors import PatternError
from eventsim.patterns.json_numbers import decode
from eventsim.patterns.nodes import Alternatives, Branch
from eventsim.patterns.pattern import compile_pattern

if TYPE_CHECKING:
    from eventsim.cloud.topics.notification import Notification
    from eventsim.patterns.pattern import Pattern

ATTRIBUTES: Final = "MessageAttributes"
BODY: Final = "MessageBody"
NO_OBJECT: Final = "the message is no JSON object"
NO_LIST: Final = "a String.Array attribute is no JSON list"
MOST_KEYS: Final = 5
MOST_COMBINATIONS: Final = 150


class FilterPolicy:
    """The compiled policy of one subscription."""

    __slots__ = ("_pattern", "in_body")

    def __init__(self, pattern: Pattern, *, in_body: bool) -> None:
        self._pattern = pattern
        self.in_body = in_body

    def rejection(self, notification: Notification, protocol: str) -> str | None:
        """None when the message passes; else the dotted path of the first key that failed, NO_OBJECT or NO_LIST.

        A policy on the body looks at the text for *protocol*.
        """
        document = notification.document(protocol) if self.in_body else notification.attribute_document()
        if document is None:
            return NO_OBJECT if self.in_body else NO_LIST
        if self._pattern.root.matches_object(document):
            return None
        return self._pattern.first_mismatch(document) or "$or"


def compile_policy(text: str, scope: str, prefix: str) -> FilterPolicy | None:
    """The policy of an attribute string; None for ``{}``, which every message passes.

    *prefix* stands before the reason in AwsError InvalidParameter: ``Attributes Reason: `` where it came with a
    subscription, nothing where it is set later.
    """
    try:
        parsed = decode(text)
    except ValueError as error:
        raise invalid_parameter(f"{prefix}FilterPolicy: failed to parse JSON. {error}") from None
    if not isinstance(parsed, dict):
        raise invalid_parameter(f"{prefix}FilterPolicy: Filter is not an object")
    try:
        pattern = compile_pattern(parsed, SNS)
    except PatternError as error:
        raise invalid_parameter(f"{prefix}FilterPolicy: {error.wording or error}") from None
    if not parsed:
        return None
    if scope == ATTRIBUTES and _is_nested(pattern.root):
        raise invalid_parameter(f"{prefix}Filter policy scope MessageAttributes does not support nested filter policy")
    if len(parsed) > MOST_KEYS:
        raise invalid_parameter(f"{prefix}FilterPolicy: Filter policy can not have more than {MOST_KEYS} keys")
    if combinations(pattern.root, parsed) > MOST_COMBINATIONS:
        raise invalid_parameter(f"{prefix}FilterPolicy: Filter policy is too complex")
    if scope == BODY:
        pattern = compile_pattern(nest_keys(parsed, prefix), SNS)
    return FilterPolicy(pattern, in_body=scope == BODY)


def combinations(branch: Branch, policy: dict[str, Any], depth: int = 1) -> int:
    """How many combinations a policy has: the product over its keys, the sum over the alternatives of an ``$or``.

    A list counts as often as it has elements, times the depth of its key (SNS-12).
    """
    product = 1
    for name, node in branch.entries:
        value = policy[name]
        if isinstance(node, Alternatives):
            pairs = zip(node.branches, value, strict=True)
            product *= sum(combinations(one, element, depth) for one, element in pairs)
        elif isinstance(node, Branch):
            product *= combinations(node, value, depth + 1)
        else:
            product *= len(value) * depth
    return product


def _is_nested(branch: Branch) -> bool:
    return any(
        isinstance(node, Branch) or (isinstance(node, Alternatives) and any(map(_is_nested, node.branches)))
        for _, node in branch.entries
    )


def nest_keys(policy: dict[str, Any], prefix: str) -> dict[str, Any]:
    """The same policy with each dotted key as nested objects, which mean the same (SNS-11).

    AwsError InvalidParameter where a key would then hold both values and keys.
    """
    nested: dict[str, Any] = {}
    for key, value in policy.items():
        place, (*parents, last) = nested, key.split(".")
        for parent in parents:
            place = _object_at(place, parent, key, prefix)
        if isinstance(value, dict):
            inner = _object_at(place, last, key, prefix)
            for name, one in nest_keys(value, prefix).items():
                if name in inner:
                    raise _clash(key, prefix)
                inner[name] = one
        elif last in place:
            raise _clash(key, prefix)
        elif isinstance(value, list):
            place[last] = [nest_keys(one, prefix) if _is_alternative(one) else one for one in value]
    return nested


def _is_alternative(value: Any) -> bool:
    """Whether an element of a list holds fields: operators are no patterns of their own, and have no dots."""
    return isinstance(value, dict) and not SNS.operators.issuperset(value)


def _object_at(place: dict[str, Any], name: str, key: str, prefix: str) -> dict[str, Any]:
    found = place.setdefault(name, {})
    if not isinstance(found, dict):
        raise _clash(key, prefix)
    return found


def _clash(key: str, prefix: str) -> Exception:
    return invalid_parameter(f'{prefix}FilterPolicy: "{key}" names a place that another key of the policy names too')
