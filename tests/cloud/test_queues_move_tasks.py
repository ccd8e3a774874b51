"""Explicit redrive at once (SQS-08)."""

from __future__ import annotations

import base64

import pytest

from tests.cloud.queue_lab import Lab, counts, refusal


@pytest.mark.rule("SQS-08")
def test_messages_go_back_to_where_they_came_from_as_new_ones(lab: Lab) -> None:
    dlq = lab.queue("dlq")
    sources = [lab.queue(name, dlq, receives=1) for name in ("first", "second")]
    for queue in sources:
        queue.send(f"of {queue.name}")
        queue.receive(1, 0)
        queue.receive(1, 0)
    old_ids = {message.id for message in dlq.messages()}
    lab.now_s = 100.0
    task = lab.queues.start_move_task(dlq.arn)
    assert (task.status, task.moved, task.to_move, task.destination_arn) == ("COMPLETED", 2, 2, None)
    for queue in sources:
        moved = queue.receive(1)[0]
        assert moved.message.body == f"of {queue.name}"
        assert moved.message.id not in old_ids
        assert (moved.message.sent_ms, moved.receive_count, moved.message.dlq_source_arn) == (1767225700000, 1, None)
    assert counts(dlq) == (0, 0, 0)
    assert lab.log()[2:] == [(100.0, "queue.move", "dlq", "first"), (100.0, "queue.move", "dlq", "second")]


@pytest.mark.rule("SQS-08")
def test_fifo_messages_go_back_in_order_with_new_numbers(lab: Lab) -> None:
    dlq = lab.queue("dlq.fifo")
    queue = lab.queue("orders.fifo", dlq, receives=1)
    for n in range(4):
        queue.send(str(n), group_id=f"g{n % 2}", dedup_id=str(n))
    queue.receive(10, 0)
    queue.receive(10, 0)
    lab.queues.start_move_task(dlq.arn)
    batch = queue.receive(10)
    assert [(one.message.body, one.message.group_id, one.receive_count) for one in batch] == [
        ("0", "g0", 1),
        ("1", "g1", 1),
        ("2", "g0", 1),
        ("3", "g1", 1),
    ]
    numbers = [one.message.sequence_number or "" for one in batch]
    assert numbers == sorted(set(numbers))


@pytest.mark.rule("SQS-08")
def test_a_message_of_unknown_origin_stops_the_task(lab: Lab) -> None:
    dlq = lab.queue("dlq")
    lab.queue("orders", dlq)
    dlq.send("sent here by hand")
    task = lab.queues.start_move_task(dlq.arn)
    assert (task.status, task.failure_reason) == ("FAILED", "CouldNotDetermineMessageSource")
    assert counts(dlq) == (1, 0, 0)
    assert lab.queues.start_move_task(dlq.arn, lab.queue("other").arn).moved == 1


@pytest.mark.rule("SQS-08")
def test_what_is_in_flight_stays(lab: Lab) -> None:
    dlq = lab.queue("dlq")
    lab.queue("orders", dlq)
    other = lab.queue("other")
    dlq.send("in flight")
    dlq.receive(1)
    dlq.send("visible")
    lab.queues.start_move_task(dlq.arn, other.arn)
    assert (counts(dlq), counts(other)) == ((0, 1, 0), (1, 0, 0))


@pytest.mark.rule("SQS-08")
def test_ten_tasks_are_kept_newest_first(lab: Lab) -> None:
    dlq = lab.queue("dlq")
    lab.queue("orders", dlq)
    started = []
    for n in range(12):
        lab.now_s = float(n)
        started.append(lab.queues.start_move_task(dlq.arn))
    assert lab.queues.list_move_tasks(dlq.arn) == started[:1:-1]


@pytest.mark.rule("SQS-08")
def test_what_a_task_can_not_be(lab: Lab) -> None:
    dlq = lab.queue("dlq")
    lab.queue("orders", dlq)
    missing = lab.queues.arn_of("missing")

    def why(*args: object) -> tuple[str, str]:
        code, _, text = refusal(lambda: lab.queues.start_move_task(*args))  # type: ignore[arg-type]
        return code, text

    gone = "The resource that you specified for the {} parameter doesn't exist."
    assert why(missing) == ("ResourceNotFoundException", gone.format("SourceArn"))
    assert why(dlq.arn, missing) == ("ResourceNotFoundException", gone.format("DestinationArn"))
    source = lab.queues.arn_of("orders")
    no_dlq = "Source queue must be configured as a Dead Letter Queue."
    assert why(source) == ("InvalidParameterValueException", no_dlq)
    assert why(dlq.arn, lab.queue("x.fifo").arn)[0] == "InvalidParameterValueException"
    assert why(dlq.arn, dlq.arn)[0] == "InvalidParameterValueException"
    for rate in (0, 501):
        assert why(dlq.arn, None, rate)[0] == "InvalidParameterValueException"


@pytest.mark.rule("SQS-08")
def test_a_task_handle_is_checked(lab: Lab) -> None:
    dlq = lab.queue("dlq")
    invalid = "Value for parameter TaskHandle is invalid."
    for handle in ("", "x", "é", base64.b64encode(b"{}").decode(), base64.b64encode(b"\xff").decode()):
        assert refusal(lab.queues.cancel_move_task, handle)[2] == invalid

    def handle_of(arn: str) -> str:
        return base64.b64encode(b'{"taskId":"1","sourceArn":"%s"}' % arn.encode()).decode()

    assert refusal(lambda: lab.queues.cancel_move_task(handle_of(dlq.arn)))[2] == "Task does not exist."
    code, _, text = refusal(lambda: lab.queues.cancel_move_task(handle_of("arn:nowhere")))
    assert code == "ResourceNotFoundException"
    assert text == "The resource that you specified for the SourceArn parameter doesn't exist."
