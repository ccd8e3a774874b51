"""Functions whose zip file holds a program with a runtime client of its own."""

from __future__ import annotations

import io
import sys
import zipfile
from typing import Any

import boto3

from eventsim import Simulation
from tests.control.lambdas import create, payload, refused

PROGRAM = f"""#!{sys.executable} -S
import json, os, urllib.request
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(base + "next") as answer:
        event, request_id = json.load(answer), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    body = json.dumps([event, os.environ["_HANDLER"], os.environ["COLOUR"]]).encode()
    urllib.request.urlopen(base + request_id + "/response", body)
"""


def program(mode: int = 0o755) -> bytes:
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = mode << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, PROGRAM)
    return out.getvalue()


def variables(colour: str) -> dict[str, Any]:
    return {"Variables": {"COLOUR": colour}}


def test_a_program_runs_as_the_function_and_is_told_of_changes() -> None:
    with Simulation():
        lam = boto3.client("lambda")
        create("f", Runtime="provided.al2023", Code={"ZipFile": program()}, Environment=variables("red"), Timeout=30)
        assert payload(lam.invoke(FunctionName="f", Payload=b'{"a": 1}')) == [{"a": 1}, "app.handler", "red"]
        lam.update_function_configuration(FunctionName="f", Environment=variables("blue"), Handler="x")
        assert payload(lam.invoke(FunctionName="f", Payload=b"2")) == [2, "x", "blue"]


def test_without_a_program_there_is_no_function() -> None:
    with Simulation():
        lam = boto3.client("lambda")
        given = {"FunctionName": "f", "Runtime": "provided.al2023", "Role": "arn:aws:iam::123456789012:role/r"}
        error = refused(lam.create_function, **given, Handler="x", Code={"ZipFile": program(0o644)})["Error"]
        assert "there is none that may be executed" in error["Message"]
        assert lam.list_functions()["Functions"] == []
