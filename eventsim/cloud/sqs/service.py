"""SQS's operations by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.queues.attributes import NAMES
from eventsim.cloud.queues.errors import (
    invalid_attribute_name,
    invalid_parameter,
    invalid_value,
    missing_parameter,
    queue_does_not_exist,
)
from eventsim.cloud.queues.tags import check_tags
from eventsim.cloud.sqs.messages import (
    change_message_visibility_batch,
    delete_message_batch,
    receive_message,
    send_message,
    send_message_batch,
)
from eventsim.cloud.sqs.pages import take_page
from eventsim.cloud.sqs.parameters import read_parameters
from eventsim.cloud.sqs.permissions import add_statement, remove_statement

if TYPE_CHECKING:
    from eventsim.cloud.queues.move_tasks import MoveTask
    from eventsim.cloud.queues.queue import Queue
    from eventsim.cloud.queues.registry import Queues

Json = dict[str, Any]
MAXIMUM_LISTED_TASKS: Final = 10


class SqsService:
    """The operations of SQS over an account's queues, in the shapes of its JSON protocol.

    *trace_header* is the X-Ray context of who calls: messages that come with none of their own get it.
    """

    def __init__(self, queues: Queues, trace_header: str | None = None) -> None:
        self.queues = queues
        self._trace_header = trace_header

    async def handle(self, operation: str, params: Json) -> Json:
        """Answer one request; *params* are decoded JSON, binary values base64 text.

        Only ReceiveMessage with WaitTimeSeconds waits. AwsError is SQS's own answer; UnsupportedOperation for an
        operation or a parameter that is not known here.
        """
        given = read_parameters(operation, params)
        if operation == "ReceiveMessage":
            return await receive_message(self._queue(given), given)
        method = getattr(self, OPERATION_METHODS[operation])
        answer: Json = method(given)
        return answer

    def _queue(self, given: Json) -> Queue:
        return self.queues.by_url(given["QueueUrl"])

    # --- queues ---

    def _create_queue(self, given: Json) -> Json:
        name, attributes = given["QueueName"], given.get("Attributes", {})
        if attributes.get("FifoQueue") == "true" and not name.endswith(".fifo"):
            raise invalid_parameter(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end "
                "with .fifo suffix and be 1 to 80 in length."
            )
        if name.endswith(".fifo") and "FifoQueue" not in attributes:
            raise invalid_parameter(
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
            )
        return {"QueueUrl": self.queues.create(name, attributes, given.get("tags")).url}

    def _get_queue_url(self, given: Json) -> Json:
        if given.get("QueueOwnerAWSAccountId", self.queues.account_id) != self.queues.account_id:
            raise queue_does_not_exist()
        return {"QueueUrl": self.queues.get(given["QueueName"]).url}

    def _list_queues(self, given: Json) -> Json:
        prefix = given.get("QueueNamePrefix", "")
        names = sorted(queue.name for queue in self.queues if queue.name.startswith(prefix))
        return self._list_urls("QueueUrls", names, given)

    def _list_dead_letter_source_queues(self, given: Json) -> Json:
        names = sorted(queue.name for queue in self.queues.sources_of(self._queue(given)))
        return {"queueUrls": [], **self._list_urls("queueUrls", names, given)}

    def _list_urls(self, key: str, names: list[str], given: Json) -> Json:
        page, token = take_page(names, given.get("MaxResults"), given.get("NextToken"))
        answer: Json = {key: [self.queues.url_of(name) for name in page]} if page else {}
        return {**answer, "NextToken": token} if token else answer

    def _delete_queue(self, given: Json) -> Json:
        self.queues.delete(self._queue(given))
        return {}

    def _purge_queue(self, given: Json) -> Json:
        self._queue(given).purge()
        return {}

    def _get_queue_attributes(self, given: Json) -> Json:
        queue, names = self._queue(given), given.get("AttributeNames", [])
        for name in names:
            if name not in NAMES and name != "All":
                raise invalid_attribute_name(name)
        shown = {name: text for name, text in show_attributes(queue).items() if name in names or "All" in names}
        return {"Attributes": shown} if shown else {}

    def _set_queue_attributes(self, given: Json) -> Json:
        if not given["Attributes"]:
            raise missing_parameter("Attributes")
        self._queue(given).set_attributes(given["Attributes"])
        return {}

    def _add_permission(self, given: Json) -> Json:
        queue = self._queue(given)
        policy = add_statement(
            queue.attributes.policy, queue.arn, given["Label"], given["AWSAccountIds"], given["Actions"]
        )
        queue.set_attributes({"Policy": policy})
        return {}

    def _remove_permission(self, given: Json) -> Json:
        queue = self._queue(given)
        queue.set_attributes({"Policy": remove_statement(queue.attributes.policy, queue.arn, given["Label"])})
        return {}

    def _tag_queue(self, given: Json) -> Json:
        queue = self._queue(given)
        queue.tags.update(check_tags(given["Tags"], queue.tags))
        return {}

    def _untag_queue(self, given: Json) -> Json:
        queue = self._queue(given)
        for key in given["TagKeys"]:
            queue.tags.pop(key, None)
        return {}

    def _list_queue_tags(self, given: Json) -> Json:
        tags = self._queue(given).tags
        return {"Tags": dict(tags)} if tags else {}

    # --- messages ---

    def _send_message(self, given: Json) -> Json:
        return send_message(self._queue(given), given, self._trace_header)

    def _send_message_batch(self, given: Json) -> Json:
        return send_message_batch(self._queue(given), given["Entries"], self._trace_header)

    def _delete_message(self, given: Json) -> Json:
        self._queue(given).delete(given["ReceiptHandle"])
        return {}

    def _delete_message_batch(self, given: Json) -> Json:
        return delete_message_batch(self._queue(given), given["Entries"])

    def _change_message_visibility(self, given: Json) -> Json:
        self._queue(given).change_visibility(given["ReceiptHandle"], given["VisibilityTimeout"])
        return {}

    def _change_message_visibility_batch(self, given: Json) -> Json:
        return change_message_visibility_batch(self._queue(given), given["Entries"])

    # --- move tasks ---

    def _start_message_move_task(self, given: Json) -> Json:
        task = self.queues.start_move_task(
            given["SourceArn"], given.get("DestinationArn"), given.get("MaxNumberOfMessagesPerSecond")
        )
        return {"TaskHandle": task.handle}

    def _list_message_move_tasks(self, given: Json) -> Json:
        limit = given.get("MaxResults", 1)
        if not 1 <= limit <= MAXIMUM_LISTED_TASKS:
            raise invalid_value(limit, "MaxResults", f"Must be between 1 and {MAXIMUM_LISTED_TASKS}, if provided.")
        return {"Results": [show_task(task) for task in self.queues.list_move_tasks(given["SourceArn"])[:limit]]}

    def _cancel_message_move_task(self, given: Json) -> Json:
        return {"ApproximateNumberOfMessagesMoved": self.queues.cancel_move_task(given["TaskHandle"]).moved}


OPERATION_METHODS: Final = {
    "AddPermission": "_add_permission",
    "CancelMessageMoveTask": "_cancel_message_move_task",
    "ChangeMessageVisibility": "_change_message_visibility",
    "ChangeMessageVisibilityBatch": "_change_message_visibility_batch",
    "CreateQueue": "_create_queue",
    "DeleteMessage": "_delete_message",
    "DeleteMessageBatch": "_delete_message_batch",
    "DeleteQueue": "_delete_queue",
    "GetQueueAttributes": "_get_queue_attributes",
    "GetQueueUrl": "_get_queue_url",
    "ListDeadLetterSourceQueues": "_list_dead_letter_source_queues",
    "ListMessageMoveTasks": "_list_message_move_tasks",
    "ListQueueTags": "_list_queue_tags",
    "ListQueues": "_list_queues",
    "PurgeQueue": "_purge_queue",
    "RemovePermission": "_remove_permission",
    "SendMessage": "_send_message",
    "SendMessageBatch": "_send_message_batch",
    "SetQueueAttributes": "_set_queue_attributes",
    "StartMessageMoveTask": "_start_message_move_task",
    "TagQueue": "_tag_queue",
    "UntagQueue": "_untag_queue",
}


def show_attributes(queue: Queue) -> dict[str, str]:
    """All attributes of a queue, as GetQueueAttributes shows them (SQS-38)."""
    counts = queue.counts()
    return {
        "QueueArn": queue.arn,
        "ApproximateNumberOfMessages": str(counts.visible),
        "ApproximateNumberOfMessagesNotVisible": str(counts.in_flight),
        "ApproximateNumberOfMessagesDelayed": str(counts.delayed),
        "CreatedTimestamp": str(queue.created_s),
        "LastModifiedTimestamp": str(queue.modified_s),
        **queue.attributes.to_strings(),
    }


def show_task(task: MoveTask) -> Json:
    """A move task as ListMessageMoveTasks shows it; the handle only while it can be used."""
    fields = {
        "TaskHandle": task.handle if task.status == "RUNNING" else None,
        "Status": task.status,
        "SourceArn": task.source_arn,
        "DestinationArn": task.destination_arn,
        "MaxNumberOfMessagesPerSecond": task.max_per_second,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "FailureReason": task.failure_reason,
        "StartedTimestamp": task.started_ms,
    }
    return {name: value for name, value in fields.items() if value is not None}
