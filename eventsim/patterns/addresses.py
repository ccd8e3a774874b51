"""The cidr operator: IPv4 and IPv6 addresses inside a block (FLT-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.patterns.errors import PatternError, describe

if TYPE_CHECKING:
    from eventsim.patterns.exact import Test

_ALLOWED = 'a block such as "10.0.0.0/24" or "2001:db8::/32"'


def cidr_test(block: Any, path: str) -> Test:
    """Whether a string is an address inside *block*; bits beyond the mask are ignored."""
    from ipaddress import ip_address, ip_network

    if not isinstance(block, str):
        raise PatternError(path, describe(block), _ALLOWED, wording="prefix match pattern must be a string")
    address, slash, mask = block.partition("/")
    if not slash or "/" in mask:
        raise PatternError(path, describe(block), _ALLOWED, wording="Malformed CIDR, one '/' required")
    try:
        ip_address(address)
    except ValueError:
        raise PatternError(path, describe(block), _ALLOWED, wording=f"Nonstandard IP address: {address}") from None
    if not (mask.isascii() and mask.isdigit()):
        raise PatternError(path, describe(block), _ALLOWED, wording="Malformed CIDR, mask bits must be an integer")
    try:
        network = ip_network(block, strict=False)
    except ValueError:
        allowed = "at most 32 mask bits for IPv4, 128 for IPv6"
        raise PatternError(path, describe(block), allowed) from None

    def test(value: Any) -> bool:
        if type(value) is not str:
            return False
        try:
            return ip_address(value) in network
        except ValueError:
            return False

    return test
