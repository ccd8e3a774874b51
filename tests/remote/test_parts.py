"""Patience, state, the loop in real time, live lines and metrics, each by itself; no endpoint takes part."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from eventsim.cloud.remote_patience import Patience, delay_s
from eventsim.errors import InputError
from eventsim.functions.invocations import InvocationRecord, Outcome
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.real_loop import RealTimeLoop
from eventsim.kernel.seeds import Seeds
from eventsim.realtime.feeders import sns_event_of
from eventsim.realtime.feeds import feeder_name
from eventsim.realtime.live import InvocationLog, Live, summary
from eventsim.realtime.metrics import _family, prometheus_text
from eventsim.realtime.state import Created, State
from eventsim.simulation import Simulation
from eventsim.sources.stream import OLDEST, after_number
from tests.simulation.building import add_function

if TYPE_CHECKING:
    from pathlib import Path

DOWN = EndpointConnectionError(endpoint_url="http://127.0.0.1:1/")


def answer(code: str, status: int = 400) -> ClientError:
    shape: Any = {"Error": {"Code": code, "Message": "said"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(shape, "Operation")


def call(*outcomes: Any, **options: Any) -> tuple[Any, list[str], float]:
    """What comes of a call that ends in these ways, in virtual time: its result or error, what was told, how long."""
    told: list[str] = []
    left = list(outcomes)

    async def make() -> Any:
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def main() -> Any:
        loop = asyncio.get_running_loop()
        patience = Patience(loop, Seeds(1).stream("x"), told.append, name="E")
        try:
            result = await patience.call(make, "queue q", **options)
        except Exception as error:  # noqa: BLE001 - it is what the test looks at
            result = error
        return result, loop.time()

    with asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
        result, seconds = runner.run(main())
    return result, told, seconds


def test_backoff_doubles_from_a_tenth_to_five_seconds_of_which_half_is_chance() -> None:
    assert [delay_s(n, 1.0) for n in (1, 2, 3, 6, 7, 99)] == [0.1, 0.2, 0.4, 3.2, 5.0, 5.0]
    assert delay_s(99, 0.0) == 2.5


@pytest.mark.rule("ESM-25")
def test_an_outage_is_told_when_it_begins_and_when_it_ends() -> None:
    result, told, _ = call(DOWN, DOWN, answer("InternalError", 500), "message")
    assert result == "message"
    assert [line.partition(" again")[0] for line in told] == [
        "E does not answer, trying",
        "queue q can't be worked with, trying",
        "E answers",
        "queue q answers",
    ]


def test_an_answer_is_the_callers_but_for_those_that_are_unwelcome() -> None:
    missing = answer("ResourceNotFoundException")
    assert call(missing) == (missing, [], 0.0)
    assert call(missing, "there again", unwelcome=frozenset({"ResourceNotFoundException"}))[0] == "there again"


def test_refused_credentials_are_never_tried_again() -> None:
    result, told, seconds = call(answer("InvalidClientTokenId", 403))
    assert (type(result), told, seconds) == (InputError, [], 0.0)


def test_patience_ends_when_it_is_said_to() -> None:
    result, _, seconds = call(*[DOWN] * 20, until_s=2.0)
    assert result is DOWN
    assert 0 < seconds <= 2.0


# -- state -------------------------------------------------------------------------------------------


def test_state_outlives_the_process_and_keeps_endpoints_apart(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "s.sqlite"
    queue = Created("queue", "orders")
    with State(path, "http://one") as state:
        state.keep_starts("arn", "f/s", {"a": OLDEST, "b": after_number("7")})
        state.keep_starts("arn", "f/s", {"b": after_number("9")})
        state.add_created(queue)
        state.add_created(Created("stream", "clicks"))
        state.forget_created(queue)
    with State(path, "http://one") as again:
        assert again.starts("arn", "f/s") == {"a": OLDEST, "b": after_number("9")}
        assert again.created == [Created("stream", "clicks")]
    with State(path, "http://two") as other:
        assert (other.starts("arn", "f/s"), other.created) == ({}, [])


def test_a_folder_that_takes_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(InputError, match=r"can't keep the state of the run there .*--state"),
        State(tmp_path / "file" / "s.sqlite", "http://one"),
    ):
        pass


# -- the loop ----------------------------------------------------------------------------------------


def test_an_instant_in_real_time_has_the_order_of_one_in_virtual_time() -> None:
    def story(loop_factory: Any) -> list[str]:
        happened: list[str] = []

        async def main() -> None:
            loop: Any = asyncio.get_running_loop()
            over = loop.create_future()
            at_s = loop.time() + 0.02
            loop.call_when_idle(lambda: over.set_result(None))
            loop.call_at(at_s, lambda: happened.append("timer"))
            loop.call_at(at_s, lambda: loop.call_when_settled(lambda: happened.append("settled")))
            loop.call_at(at_s, lambda: loop.call_when_quiet(lambda: happened.append("quiet")))
            loop.call_at_step(at_s, (1,), lambda: happened.append("step 1"))
            loop.call_at_step(at_s, (0,), lambda: happened.append("step 0"))
            await over
            happened.append("idle")

        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(main())
        return happened

    assert story(RealTimeLoop) == story(VirtualEventLoop)
    assert story(RealTimeLoop) == ["step 0", "step 1", "timer", "quiet", "settled", "idle"]


def test_time_begins_anew_when_the_preparation_is_over() -> None:
    loop = RealTimeLoop()
    loop._origin_s -= 100
    before = loop.time()
    loop.begin_now()
    after = loop.time()
    loop.close()
    assert before >= 100 > after >= 0


# -- what is seen meanwhile --------------------------------------------------------------------------


def record(outcome: Outcome | None, ended_s: float | None = 1.5) -> InvocationRecord:
    error = {"errorType": "ValueError", "errorMessage": "boom\nagain"} if outcome is Outcome.ERROR else None
    return InvocationRecord(1.25, ended_s, "f", "f/q", "id", 1, outcome, False, None, error, logs="printed\n")


def test_each_invocation_is_a_line_when_it_has_ended_and_a_run_for_ever_keeps_the_latest() -> None:
    lines: list[str] = []
    live = Live(lines.append, endless=True)
    with asyncio.Runner(loop_factory=RealTimeLoop) as runner:
        loop: Any = runner.get_loop()
        simulation = Simulation(loop, start_time_s=0.0)
        live.attach(simulation)
        add_function(simulation, lambda _: None)
        running = record(None, None)
        for one in (record(Outcome.ERROR), running):
            simulation.invocations.append(one)
        live._look()
        running.outcome, running.ended_s = Outcome.PARTIAL, 2.25
        live.close()
        text = prometheus_text(simulation, live)
    assert [line.partition("  ")[2] for line in lines] == [
        "f/q  1 record  error  250 ms  ValueError: boom again",
        "| printed",
        "f/q  1 record  partial  1000 ms",
        "| printed",
    ]
    assert summary(live, 3.0) == ["2 invocations of 0 records in 3.0 s", "  f/q: 1 error, 1 partial"]
    assert 'eventsim_invocations_total{function="f",mapping="f/q",outcome="partial"} 1' in text.splitlines()


def test_a_log_without_end_is_cut_at_its_old_end() -> None:
    log = InvocationLog(2)
    records = [record(None) for _ in range(6)]
    for one in records:
        log.append(one)
    assert list(log) == records[-3:]
    assert log.running == records


# -- feeds -------------------------------------------------------------------------------------------


def test_feeder_queues_have_names_that_sqs_takes_and_two_never_share() -> None:
    short = feeder_name("worker", "bucket", "my.bucket")
    one, other = (feeder_name("w" * 60, "topic", "t" * 60 + end) for end in "ab")
    assert short == "eventsim-worker-bucket-my-bucket"
    assert (len(one), len(other), one == other) == (80, 80, False)


@pytest.mark.rule("SNS-01", "SNS-02")
def test_a_queues_envelope_becomes_the_functions_event() -> None:
    envelope = {"Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": "x", "SigningCertURL": "c"}
    event = sns_event_of(envelope, "subscription")["Records"][0]
    assert (event["EventSource"], event["EventSubscriptionArn"]) == ("aws:sns", "subscription")
    notified = event["Sns"]
    assert (notified["Subject"], notified["MessageAttributes"], notified["SigningCertUrl"]) == (None, {}, "c")


def test_counts_are_written_to_the_last_digit() -> None:
    text = "\n".join(_family("n_total", "counter", "Text.", [({"a": 'x"\n'}, 12_345_678)]))
    assert text == '# HELP n_total Text.\n# TYPE n_total counter\nn_total{a="x\\"\\n"} 12345678'
