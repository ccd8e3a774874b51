"""Which hosts are AWS's, and which names a request to this machine may call it by."""

from __future__ import annotations

from urllib.parse import urlsplit

_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


def is_aws(url: str) -> bool:
    """Whether a URL leads to one of AWS's services."""
    return (urlsplit(url).hostname or "").lower().endswith(_AWS)


def is_loopback(host: str | None) -> bool:
    """Whether a Host header names the loopback interface: a page in a browser that calls it otherwise is refused."""
    if not host:
        return False
    name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    name = name.lower().rstrip(".")
    return name in ("localhost", "::1") or name.endswith(".localhost") or _is_127(name)


def _is_127(name: str) -> bool:
    parts = name.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdecimal() and int(part) < 256 for part in parts)
