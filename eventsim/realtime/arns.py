"""ARNs of the scenario's resources as the endpoint has them: a file names resources, and what is loaded has ARNs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.scenarios.arns import ACCOUNT_ID, REGION

if TYPE_CHECKING:
    from eventsim.cloud.remote_resources import RemoteResources


class Arns:
    """Translates an ARN of the simulated account to the endpoint's, by the resource's name."""

    def __init__(self, resources: RemoteResources, region: str, account_id: str) -> None:
        self._resources = resources
        self._region = region
        self._account_id = account_id

    def real(self, arn: str) -> str:
        """The endpoint's ARN; other ARNs as they are."""
        parts = arn.split(":", 5)
        if len(parts) < 6 or parts[3:5] != [REGION, ACCOUNT_ID]:
            return arn
        service, name = parts[2], parts[5]
        if service == "sqs" and name in self._resources.queues:
            return self._resources.queues[name].arn
        if service == "sns" and name in self._resources.topics:
            return self._resources.topics[name]
        return f"arn:aws:{service}:{self._region}:{self._account_id}:{name}"

    def in_value(self, value: Any) -> Any:
        """A JSON value with every ARN in it translated."""
        if isinstance(value, str):
            return self.real(value) if value.startswith("arn:aws:") else value
        if isinstance(value, dict):
            return {name: self.in_value(inner) for name, inner in value.items()}
        return [self.in_value(inner) for inner in value] if isinstance(value, list) else value

    def in_text(self, text: str) -> str:
        """JSON text, as attributes hold policies, with every ARN in it translated."""
        if "arn:aws:" not in text:
            return text
        try:
            return msgspec.json.encode(self.in_value(msgspec.json.decode(text))).decode()
        except msgspec.DecodeError:
            return self.real(text)
