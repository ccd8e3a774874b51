"""What a client has signed is answered without an SDK as well; everything else goes its own way."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from http.client import RemoteDisconnected
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
import urllib3
from botocore.config import Config

from eventsim import Simulation
from eventsim.kernel.faults import ResponseLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EMULATORS = ["http://localhost:4566", "http://s3.localhost.localstack.cloud:4566", "https://minio.example.com"]


def by_requests(method: str, url: str, body: bytes | None = None) -> tuple[int, bytes]:
    answer = requests.request(method, url, data=body, timeout=5)
    return answer.status_code, answer.content


def by_urllib3(method: str, url: str, body: bytes | None = None) -> tuple[int, bytes]:
    answer = urllib3.PoolManager(retries=False).request(method, url, body=body)
    return answer.status, answer.data


def by_urllib(method: str, url: str, body: bytes | None = None) -> tuple[int, bytes]:
    asked = urllib.request.Request(url, data=body, method=method)
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


LIBRARIES = [by_requests, by_urllib3, by_urllib]


@pytest.fixture
def sim() -> Iterator[Simulation]:
    with Simulation() as simulation:
        simulation.bucket("photos")
        yield simulation


@pytest.mark.parametrize("ask", LIBRARIES)
@pytest.mark.parametrize("endpoint", [None, *EMULATORS])
@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.usefixtures("sim")
def test_a_presigned_url_reads_and_writes_the_simulated_bucket(ask: Any, endpoint: str | None, version: str) -> None:
    s3 = boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version=version))
    where = {"Bucket": "photos", "Key": "a b/ü.jpg"}
    assert ask("PUT", s3.generate_presigned_url("put_object", where), b"\xff\x00")[0] == 200
    assert ask("GET", s3.generate_presigned_url("get_object", where)) == (200, b"\xff\x00")
    assert ask("HEAD", s3.generate_presigned_url("head_object", where)) == (200, b"")
    status, body = ask("GET", s3.generate_presigned_url("get_object", {**where, "Key": "none"}))
    assert (status, b"NoSuchKey" in body) == (404, True)
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="photos")["Contents"]] == ["a b/ü.jpg"]


@pytest.mark.parametrize("endpoint", [None, EMULATORS[0]])
@pytest.mark.usefixtures("sim")
def test_a_presigned_form_is_posted_into_it(endpoint: str | None) -> None:
    s3 = boto3.client("s3", endpoint_url=endpoint)
    form = s3.generate_presigned_post("photos", "posted")
    sent = requests.post(form["url"], data=form["fields"], files={"file": ("f", b"abc")}, timeout=5)
    again = urllib3.PoolManager().request("POST", form["url"], fields={**form["fields"], "file": ("f", b"abcd")})
    assert (sent.status_code, again.status) == (204, 204)
    assert s3.get_object(Bucket="photos", Key="posted")["Body"].read() == b"abcd"


@pytest.mark.usefixtures("sim")
def test_an_emulators_host_may_tell_the_bucket() -> None:
    config = Config(s3={"addressing_style": "virtual"})
    s3 = boto3.client("s3", endpoint_url=EMULATORS[1], config=config)
    s3.put_object(Bucket="photos", Key="k", Body=b"x")
    assert s3.generate_presigned_url("get_object", {"Bucket": "photos", "Key": "k"}).startswith("http://photos.s3.")
    assert boto3.client("s3").get_object(Bucket="photos", Key="k")["Body"].read() == b"x"
    assert by_urllib("GET", s3.generate_presigned_url("get_object", {"Bucket": "photos", "Key": "k"}))[1] == b"x"


@pytest.mark.parametrize("ask", LIBRARIES)
def test_a_handler_may_ask_too(sim: Simulation, ask: Any) -> None:
    def handler(event: Any, context: Any) -> str:
        s3 = boto3.client("s3")
        s3.put_object(Bucket="photos", Key="k", Body=b"from the handler")
        return str(ask("GET", s3.generate_presigned_url("get_object", {"Bucket": "photos", "Key": "k"}))[1].decode())

    assert sim.function("f", handler).invoke().response == "from the handler"


@pytest.mark.parametrize("proxy", [False, True])
@pytest.mark.usefixtures("sim")
def test_no_request_to_aws_leaves_the_process(monkeypatch: pytest.MonkeyPatch, proxy: bool) -> None:
    if proxy:
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    for ask in LIBRARIES:
        status, body = ask("GET", "https://orders.execute-api.eu-west-1.amazonaws.com/prod/orders")
        assert (status >= 400, bool(body)) == (True, True)


class Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps([self.path, body.decode()]).encode())

    def log_message(self, *_: object) -> None:
        """Be silent."""


@pytest.mark.parametrize("ask", LIBRARIES)
@pytest.mark.usefixtures("sim")
def test_what_is_not_awss_goes_its_own_way(ask: Any) -> None:
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        status, body = ask("POST", f"http://127.0.0.1:{server.server_port}/hook", b"AKIAEVENTSIM00000000")
        thread.join()
    assert (status, json.loads(body)) == (200, ["/hook", "AKIAEVENTSIM00000000"])


LOST: list[tuple[Callable[..., tuple[int, bytes]], type[Exception]]] = [
    (by_requests, requests.ConnectionError),
    (by_urllib3, urllib3.exceptions.ProtocolError),
    (by_urllib, RemoteDisconnected),
]


@pytest.mark.parametrize(("ask", "error"), LOST)
def test_a_lost_answer_is_a_closed_connection(sim: Simulation, ask: Any, error: type[Exception]) -> None:
    def lost(_: object) -> None:
        raise ResponseLostError

    url = boto3.client("s3").generate_presigned_url("get_object", {"Bucket": "photos", "Key": "k"})
    sim.core.cloud().hook.outside = lost  # type: ignore[assignment]
    with pytest.raises((error, urllib.error.URLError)):
        ask("GET", url)


def test_afterwards_the_libraries_are_what_they_were() -> None:
    def now() -> list[Any]:
        return [
            requests.adapters.HTTPAdapter.send,
            urllib3.connectionpool.HTTPConnectionPool.urlopen,
            urllib.request.AbstractHTTPHandler.do_open,
        ]

    before = now()
    with Simulation():
        assert all(one is not two for one, two in zip(now(), before, strict=True))
    assert now() == before
