"""Programs in other languages behind the Runtime API, and what is left of them when a run is broken off."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from eventsim.invokers.runtime_api import RuntimeInvoker
from tests.invokers.elsewhere import Elsewhere, bootstrap

if TYPE_CHECKING:
    from pathlib import Path

NODE = """
    const { createRequire } = require("module");
    const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
    const { handler } = require(`./${process.env._HANDLER.split(".")[0]}.js`);

    async function main() {
      for (;;) {
        const next = await fetch(`${base}/invocation/next`);
        const id = next.headers.get("lambda-runtime-aws-request-id");
        let path = "response", body;
        try {
          body = await handler(await next.json());
        } catch (error) {
          path = "error";
          body = { errorType: error.name, errorMessage: error.message };
        }
        await fetch(`${base}/invocation/${id}/${path}`, { method: "POST", body: JSON.stringify(body ?? null) });
      }
    }

    main();
"""

SHELL = """
    api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
    while true; do
      event=$(curl -sS -D head "$api/next")
      id=$(sed -n 's/^lambda-runtime-aws-request-id: *\\([^[:space:]]*\\).*/\\1/Ip' head)
      echo "working on $event"
      curl -sS -o /dev/null -d "{\\"got\\": $event}" "$api/$id/response"
    done
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_a_node_program(tmp_path: Path) -> None:
    (tmp_path / "bootstrap.js").write_text(dedent(NODE))
    code = (
        'exports.handler = async (e) => { console.log("seen"); if (e.bad) throw new TypeError("boom"); return e.n; };'
    )
    (tmp_path / "index.js").write_text(code)
    invoker = RuntimeInvoker(["node", "bootstrap.js"], handler="index.handler", code_folder=tmp_path)
    first, second = Elsewhere(invoker).run({"n": 1}, {"bad": True})
    assert (first.payload, first.logs) == ("1", "seen\n")
    assert second.error == {"errorType": "TypeError", "errorMessage": "boom"}


@pytest.mark.skipif(shutil.which("aws-lambda-ric") is None, reason="no aws-lambda-ric on the PATH")
def test_lambdas_own_client_for_node(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text(
        "exports.handler = async (e) => { if (e.bad) throw new TypeError('boom'); return e.n; };"
    )
    invoker = RuntimeInvoker(["aws-lambda-ric", "app.handler"], handler="app.handler", code_folder=tmp_path)
    first, second = Elsewhere(invoker).run({"n": 1}, {"bad": True})
    assert first.payload == "1"
    assert second.error is not None
    assert (second.error["errorType"], second.error["errorMessage"]) == ("TypeError", "boom")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_a_shell_script(tmp_path: Path) -> None:
    (tmp_path / "bootstrap").write_text("#!/bin/sh\n" + dedent(SHELL))
    (tmp_path / "bootstrap").chmod(0o755)
    results = Elsewhere(RuntimeInvoker(["./bootstrap"], code_folder=tmp_path)).run(1, 2)
    assert [(one.payload, one.logs) for one in results] == [
        ('{"got": 1}', "working on 1\n"),
        ('{"got": 2}', "working on 2\n"),
    ]


def test_ctrl_c_in_an_invocation_ends_the_run_and_its_processes(tmp_path: Path) -> None:
    code = """
        following()
        with open("pid", "w") as file:
            file.write(str(os.getpid()))
        time.sleep(60)
    """
    scenario = f"""
        functions: {{w: {{Timeout: 60, invoker: {{type: runtime, command: {bootstrap(tmp_path, code)}}}}}}}
        steps: [{{invoke: {{function: w}}}}]
    """
    (tmp_path / "s.yaml").write_text(dedent(scenario))
    command = [sys.executable, "-m", "eventsim", "run", "s.yaml"]
    run = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    pid = _wait_for(tmp_path / "pid")
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=20)
    assert run.returncode == 130, output
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def _wait_for(file: Path) -> int:
    for _ in range(2000):
        if file.exists() and (text := file.read_text()):
            return int(text)
        time.sleep(0.01)
    raise AssertionError("the handler did not begin")
