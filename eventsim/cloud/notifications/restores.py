"""How far the restoring of an archived object is."""

from __future__ import annotations

import re
from typing import Final

_RESTORED: Final = re.compile(r'ongoing-request="false", *expiry-date="([^"]+)"')


def restored_until_ms(header: str | None) -> int | None:
    """When the restored copy goes, in Unix milliseconds, from an x-amz-restore header; None while there is no copy."""
    from email.utils import parsedate_to_datetime

    found = _RESTORED.search(header or "")
    return int(parsedate_to_datetime(found[1]).timestamp() * 1000) if found else None
