"""Suites look at what moto keeps behind the services that are its: they find what it keeps for the simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from eventsim import Simulation

if TYPE_CHECKING:
    import pytest


def send(subject: str, region: str = "us-east-1") -> None:
    ses = boto3.client("ses", region_name=region)
    ses.verify_email_identity(EmailAddress="shop@example.com")
    ses.send_email(
        Source="shop@example.com",
        Destination={"ToAddresses": ["you@example.com"]},
        Message={"Subject": {"Data": subject}, "Body": {"Text": {"Data": "..."}}},
    )


def sent(region: str = "us-east-1") -> list[str]:
    messages = ses_backends[DEFAULT_ACCOUNT_ID][region].sent_messages
    return [message.subject for message in messages]


def test_mail_that_was_sent_is_seen_and_belongs_to_one_simulation() -> None:
    for subject in ("first", "second"):
        with Simulation():
            assert sent() == []
            send(subject)
            assert sent() == [subject]
        assert sent() == []


def test_mail_that_a_handler_sends_is_seen_by_it_and_by_the_test() -> None:
    def handler(event: object, _context: object) -> list[str]:
        send("from the handler")
        return sent()

    with Simulation() as sim:
        worker = sim.function("worker", handler)
        worker.invoke({})
        sim.run()
        assert worker.invocations == [{"response": ["from the handler"]}]
        assert sent() == ["from the handler"]


def test_mock_aws_around_it_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        send("mocked")
        with Simulation():
            send("simulated")
            assert sent() == ["simulated"]
        assert sent() == ["mocked"]


def test_the_one_region_has_every_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with Simulation():
        send("from Ireland", "eu-west-1")
        assert sent("eu-west-1") == sent() == ["from Ireland"]
    with mock_aws():
        send("from Ireland", "eu-west-1")
        assert (sent("eu-west-1"), sent()) == (["from Ireland"], [])


def test_what_moto_keeps_for_other_regions_is_none_of_the_one() -> None:
    with Simulation():
        secrets = boto3.client("secretsmanager", region_name="us-east-1")
        secrets.create_secret(Name="token", SecretString="x", AddReplicaRegions=[{"Region": "eu-west-1"}])
        assert [secret["Name"] for secret in secrets.list_secrets()["SecretList"]] == ["token"]
