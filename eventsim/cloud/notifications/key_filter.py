"""Which keys a configuration is about: one prefix, one suffix (S3-06, S3-08)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable


class KeyFilter:
    """A prefix and a suffix that a key must have; an absent or empty one is had by every key.

    *rules* are pairs of ``Prefix`` or ``Suffix`` and a value as it was written: form-encoded, so ``+`` is a space and
    ``%2B`` a plus sign. Bytes are compared: half of a character's encoding is a prefix of it.
    """

    __slots__ = ("_prefix", "_suffix", "rules")

    def __init__(self, rules: Iterable[tuple[str, str]] = ()) -> None:
        self.rules = tuple(rules)
        values = dict(self.rules)
        self._prefix = _decoded(values.get("Prefix", ""))
        self._suffix = _decoded(values.get("Suffix", ""))

    def matches(self, key: str) -> bool:
        """Whether the object *key*, decoded, has both (S3-06)."""
        octets = key.encode("utf-8", "surrogatepass")
        return octets.startswith(self._prefix) and octets.endswith(self._suffix)

    def overlaps(self, other: KeyFilter) -> bool:
        """Whether some key can match both: one prefix begins with the other, one suffix ends with the other (S3-08)."""
        prefix, suffix, others_prefix, others_suffix = self._prefix, self._suffix, other._prefix, other._suffix
        return (prefix.startswith(others_prefix) or others_prefix.startswith(prefix)) and (
            suffix.endswith(others_suffix) or others_suffix.endswith(suffix)
        )


def _decoded(value: str) -> bytes:
    return unquote_to_bytes(value.replace("+", " "))
