"""``eventsim serve`` against emulators: messages a second beside the emulator's own mapping, and a soak with restarts.

``python -m benchmarks serve`` prints the rows; ``python -m benchmarks.serve --seconds 600`` is the soak.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.remote.emulators import Emulator, find

if TYPE_CHECKING:
    from collections.abc import Iterator

HANDLERS = Path(__file__).parent / "handlers"
MESSAGES = {"moto": 200, "ministack": 2000}  # moto looks through the whole backlog at each receive
PATIENCE_S = 60.0

SCENARIO = """
name: served
queues:
  orders: {{VisibilityTimeout: {visibility}}}
functions:
  worker:
    Handler: {handler}
    CodeUri: {folder}
    Timeout: 3
    Environment: {{Variables: {{IDS: {ids}}}}}
    Events:
      orders: {{Type: SQS, Properties: {{Queue: orders, BatchSize: 10}}}}
"""


def serve() -> Iterator[tuple[str, str, str]]:
    """Messages a second through serve, and through each emulator's own event source mapping."""
    for name in ("moto", "ministack"):
        if find("moto_server" if name == "moto" else name) is None:
            yield f"serve on {name}", "not installed", "-"
            continue
        with emulator(name) as running:
            rate = served_per_s(running)
        limit = ", of which moto takes most: each receive looks through the backlog" if name == "moto" else ""
        yield f"serve on {name}: {MESSAGES[name]} messages, batches of 10", f"{rate:,.0f}/s{limit}", "-"
        if name == "moto":
            yield "moto's own mapping, same handler", "needs Docker to run functions", "-"
            continue
        with emulator(name) as running:
            own = own_mapping_per_s(running)
        yield f"{name}'s own mapping, same handler", f"{own:,.0f}/s, serve {rate / own:.1f} times that", "-"


@contextmanager
def emulator(name: str, folder: Path | None = None) -> Iterator[Emulator]:
    running = Emulator(name, folder).start()
    try:
        yield running
    finally:
        running.stop()


def client(running: Emulator, service: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, endpoint_url=running.url, region_name="us-east-1", config=config, **keys)


def fill(running: Emulator, count: int, visibility_s: int = 60) -> str:
    sqs = client(running, "sqs")
    attributes = {"VisibilityTimeout": str(visibility_s)}
    url: str = sqs.create_queue(QueueName="orders", Attributes=attributes)["QueueUrl"]
    for start in range(0, count, 10):
        entries = [{"Id": str(n), "MessageBody": f'{{"id":{start + n}}}'} for n in range(10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    return url


class Served:
    """``eventsim serve`` in a process of its own."""

    def __init__(self, running: Emulator, folder: Path, handler: str, visibility_s: int = 60) -> None:
        self.ids = folder / "ids.txt"
        scenario = folder / "served.yaml"
        scenario.write_text(
            SCENARIO.format(handler=handler, folder=HANDLERS, ids=self.ids, visibility=visibility_s), encoding="utf-8"
        )
        words = [sys.executable, "-m", "eventsim", "serve", str(scenario), "--endpoint-url", running.url]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._errors = open(folder / "serve.err", "w+", encoding="utf-8")  # noqa: SIM115 - closed in close
        self._process = subprocess.Popen(
            [*words, "-q", "--metrics-port", "0"],
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment,
        )
        self._metrics = self._metrics_url()

    def _metrics_url(self) -> str:
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s and self._process.poll() is None:
            for line in self.told():
                if "metrics: " in line:
                    return line.rpartition("metrics: ")[2]
            time.sleep(0.02)
        raise RuntimeError("serve did not start: " + "\n".join(self.told()))

    def told(self) -> list[str]:
        return Path(self._errors.name).read_text(encoding="utf-8").splitlines()

    def deleted(self) -> int:
        with urllib.request.urlopen(self._metrics) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("eventsim_mapping_deleted_records_total"):
                    return int(float(line.rpartition(" ")[2]))
        return 0

    @property
    def memory_mib(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.communicate(timeout=40)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._errors.close()


def served_per_s(running: Emulator) -> float:
    """From the first message that is deleted to the last."""
    fill(running, MESSAGES[running.name])
    with tempfile.TemporaryDirectory() as folder, closing(Served(running, Path(folder), "touch.handler")) as served:
        return _rate(served.deleted, MESSAGES[running.name])


def own_mapping_per_s(running: Emulator) -> float:
    """The emulator runs the function by itself."""
    url = fill(running, MESSAGES[running.name])
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.write(HANDLERS / "touch.py", "touch.py")
    functions, sqs = client(running, "lambda"), client(running, "sqs")
    functions.create_function(
        FunctionName="worker",
        Runtime=f"python3.{max(12, sys.version_info.minor)}",
        Role="arn:aws:iam::000000000000:role/worker",
        Handler="touch.handler",
        Code={"ZipFile": code.getvalue()},
        Timeout=3,
    )
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.create_event_source_mapping(FunctionName="worker", EventSourceArn=arn, BatchSize=10)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def gone() -> int:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return MESSAGES[running.name] - sum(int(found[name]) for name in names)

    return _rate(gone, MESSAGES[running.name])


def _rate(done: Any, whole: int) -> float:
    """Messages a second between the first look that sees some and the last."""
    began: tuple[float, int] | None = None
    until_s = time.monotonic() + PATIENCE_S
    while True:
        now_s, count = time.monotonic(), done()
        if began is None and count:
            began = now_s, count
        if began is not None and (count >= whole or now_s > until_s):
            return float((count - began[1]) / (now_s - began[0])) if now_s > began[0] else float("inf")
        if now_s > until_s:
            return 0.0
        time.sleep(0.05)


# -- the soak ----------------------------------------------------------------------------------------


def soak(seconds: float, per_s: float) -> None:
    """Messages at *per_s*, a handler that fails one time in ten, and two restarts of the emulator."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with emulator("ministack", folder / "state") as running:
            url = fill(running, 0, visibility_s=3)
            with closing(Served(running, folder, "flaky_ids.handler", visibility_s=3)) as served:
                sent, memory = _feed(running, served, url, seconds, per_s)
                _wait_for(served, sent)
                memory.append(served.memory_mib)
                got = _ids(served)
                told = [line for line in served.told() if "answer" in line]
    lost = sent - set(got)
    print(f"sent {len(sent)}, delivered {len(got)}, twice {len(got) - len(set(got))}, lost {len(lost)}")
    print("memory in MiB: " + ", ".join(f"{one:.1f}" for one in memory))
    print("\n".join(told))
    if lost:
        raise SystemExit(1)


def _feed(running: Emulator, served: Served, url: str, seconds: float, per_s: float) -> tuple[set[int], list[float]]:
    sqs = client(running, "sqs")
    sent: set[int] = set()
    began_s = time.monotonic()
    restarts = [seconds / 3, seconds * 2 / 3]
    samples = [seconds * part / 8 for part in range(1, 8)]
    memory: list[float] = []
    while (passed_s := time.monotonic() - began_s) < seconds:
        if restarts and passed_s >= restarts[0]:
            restarts.pop(0)
            running.stop()
            time.sleep(2)
            running.start()
        if samples and passed_s >= samples[0]:
            samples.pop(0)
            memory.append(served.memory_mib)
        wanted = int(passed_s * per_s) // 10 * 10
        while len(sent) < wanted:
            numbers = range(len(sent), len(sent) + 10)
            entries = [{"Id": str(n), "MessageBody": f'{{"id":{n}}}'} for n in numbers]
            with suppress(Exception):
                sqs.send_message_batch(QueueUrl=url, Entries=entries)
                sent.update(numbers)
        time.sleep(0.02)
    return sent, memory


def _wait_for(served: Served, sent: set[int]) -> None:
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s and sent - set(_ids(served)):
        time.sleep(0.5)


def _ids(served: Served) -> list[int]:
    if not served.ids.exists():
        return []
    return [int(line) for line in served.ids.read_text(encoding="utf-8").split()]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Soak eventsim serve on ministack, which is restarted twice.")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--per-s", type=float, default=100)
    given = parser.parse_args()
    soak(given.seconds, given.per_s)
