"""AWS emulators as processes of their own, on free ports of the loopback interface."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.error import URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Sequence

STARTS_WITHIN_S = 30.0
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


def find(program: str) -> str | None:
    """The path of an installed program: beside this Python, else on the PATH."""
    beside = Path(sys.executable).parent / program
    return str(beside) if beside.exists() else shutil.which(program)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Emulator:
    """One emulator; with *folder* ministack keeps its state there over a restart, which moto can't."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        environment = {**os.environ, **_CREDENTIALS, **self._settings()}
        self._process = subprocess.Popen(
            self._command(), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until_s = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            if time.monotonic() > until_s or self._process.poll() is not None:
                self.stop()
                raise RuntimeError(f"{self.name} did not start")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _command(self) -> Sequence[str]:
        program = find("moto_server" if self.name == "moto" else self.name)
        assert program is not None
        return [program, "-H", "127.0.0.1", "-p", str(self.port)] if self.name == "moto" else [program]

    def _settings(self) -> dict[str, str]:
        if self.name == "moto":
            return {}
        kept = {} if self._folder is None else {"PERSIST_STATE": "1", "STATE_DIR": str(self._folder)}
        return {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port), "IOT_MTLS_ENABLED": "0", **kept}

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/", timeout=1):
                return True
        except URLError as error:
            return getattr(error, "code", None) is not None
        except OSError:
            return False
