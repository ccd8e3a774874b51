"""The names that S3 gives: of requests, callers, owners, configurations and moments."""

from __future__ import annotations

from base64 import b64encode
from string import ascii_uppercase, digits
from typing import TYPE_CHECKING, Final

from eventsim.cloud.notifications.changes import Origin
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from random import Random

    from eventsim.kernel.clock import Clock
    from eventsim.kernel.seeds import Seeds

S3: Final = "s3.amazonaws.com"
LOCAL_ADDRESS: Final = "127.0.0.1"

_LETTERS: Final = ascii_uppercase + digits


class Identities:
    """Draws from the streams ``s3:requests``, ``s3:principals`` and ``s3:notifications`` of *seeds*."""

    def __init__(self, clock: Clock, seeds: Seeds, account_id: str) -> None:
        principals = seeds.stream("s3:principals")
        self.owner_id = f"A{_draw(principals, 13)}"
        self._user = f"AWS:AIDA{_draw(principals, 17)}"
        self._role = f"AWS:AROA{_draw(principals, 17)}"
        self._account_id = account_id
        self._clock = clock
        self._requests = seeds.stream("s3:requests")
        self._configurations = seeds.stream("s3:notifications")
        self._sequence = 0

    def request_ids(self) -> tuple[str, str]:
        """New values for x-amz-request-id and x-amz-id-2."""
        return _draw(self._requests, 16), b64encode(self._requests.randbytes(56)).decode()

    def configuration_id(self) -> str:
        """The id of a configuration that came without one."""
        return b64encode(draw_uuid(self._configurations).encode()).decode()

    def event_id(self) -> str:
        """The id of an event for EventBridge."""
        return draw_uuid(self._configurations)

    def sequencer(self) -> str:
        """A hexadecimal moment, greater than all before it: the second, then a count (S3-12)."""
        self._sequence += 1
        return f"00{int(self._clock.wall_s()):08X}{self._sequence:08X}"

    def origin(self, request_ids: tuple[str, str], function: str | None) -> Origin:
        """Who made a request: the role of *function*, whose sessions have its name, or else a user."""
        request_id, host_id = request_ids
        return Origin(
            request_id=request_id,
            host_id=host_id,
            principal_id=self._user if function is None else f"{self._role}:{function}",
            requester=self._account_id,
            source_ip=LOCAL_ADDRESS,
        )

    def own_origin(self) -> Origin:
        """S3 itself, at work for the bucket's owner."""
        request_id, host_id = self.request_ids()
        return Origin(
            request_id=request_id,
            host_id=host_id,
            principal_id=f"AmazonCustomer:{self.owner_id}",
            requester=S3,
            source_ip=S3,
        )


def _draw(stream: Random, length: int) -> str:
    return "".join(stream.choices(_LETTERS, k=length))
