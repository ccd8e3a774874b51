"""Destinations behind an endpoint: failures' records and dead letters go to its queues, topics and buckets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from eventsim.cloud.remote_errors import aws_error
from eventsim.destinations.deliver import CONTENT_TYPE, TOPIC_LIMIT_BYTES, Destinations, service_of
from eventsim.errors import AwsError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.queues.registry import Queues
    from eventsim.cloud.remote import RemoteAccount
    from eventsim.cloud.remote_patience import Patience
    from eventsim.cloud.remote_resources import RemoteResources
    from eventsim.cloud.router import Router
    from eventsim.destinations.deliver import Attributes
    from eventsim.realtime.arns import Arns

PATIENCE_S = 60.0
"""How long a record waits for an endpoint that does not answer."""


class RemoteDestinations(Destinations):
    """Delivers to what *resources* names; to functions as ever."""

    def __init__(
        self, queues: Queues, account: RemoteAccount, resources: RemoteResources, arns: Arns, patience: Patience
    ) -> None:
        super().__init__(queues, router=_no_router)
        self._account = account
        self._resources = resources
        self._arns = arns
        self._patience = patience

    def check(self, arn: str) -> None:
        """AwsError for an event bus: nothing here delivers to one of an endpoint."""
        if service_of(arn) not in ("sqs", "sns", "s3", "lambda"):
            raise AwsError("InvalidParameterValueException", f"Nothing here delivers to the destination {arn}.")

    def limit_bytes(self, arn: str) -> int | None:
        """A topic's limit (DST-06)."""
        return TOPIC_LIMIT_BYTES if service_of(arn) == "sns" else None

    async def deliver(
        self,
        arn: str,
        text: str,
        *,
        key: str = "",
        attributes: Attributes | None = None,
        trace_header: str | None = None,
    ) -> AwsError | None:
        """See `eventsim.destinations.deliver.Destinations.deliver`; an endpoint that is out gets a minute."""
        if service_of(arn) == "lambda":
            return await super().deliver(self._arns.real(arn), text, trace_header=trace_header)
        until_s = asyncio.get_running_loop().time() + PATIENCE_S
        try:
            await self._patience.call(
                lambda: self._call(arn, text, key, attributes), f"destination {arn}", until_s=until_s
            )
        except AwsError as error:
            return error
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - a delivery that fails is told, and changes nothing else
            return aws_error(error)
        return None

    async def _call(self, arn: str, text: str, key: str, attributes: Attributes | None) -> Any:
        service, name = service_of(arn), arn.rpartition(":")[2]
        more: Mapping[str, Any] = {"MessageAttributes": attributes} if attributes else {}
        if service == "sqs":
            queue = self._resources.queues.get(name)
            if queue is None:
                raise AwsError("AWS.SimpleQueueService.NonExistentQueue", f"There is no queue {name}.")
            return await (await self._account.client("sqs")).send_message(QueueUrl=queue.url, MessageBody=text, **more)
        if service == "sns":
            sns = await self._account.client("sns")
            return await sns.publish(TopicArn=self._arns.real(arn), Message=text, **more)
        if service == "s3":
            s3 = await self._account.client("s3")
            return await s3.put_object(Bucket=name, Key=key, Body=text.encode(), ContentType=CONTENT_TYPE)
        raise AwsError("InvalidParameterValueException", f"Nothing here delivers to the destination {arn}.")


def _no_router() -> Router:
    raise InputError("an endpoint has no embedded cloud")
