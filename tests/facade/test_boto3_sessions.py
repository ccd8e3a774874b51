"""Sessions of before, and profiles: no simulation asks for real credentials, or leaves its own behind."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ProfileNotFound

from eventsim import Simulation
from eventsim.cloud.sdk_environment import ACCESS_KEY_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/q"
CONFIG = """
[default]
region = eu-central-1
aws_access_key_id = AKOFTHEMACHINE
aws_secret_access_key = x
[profile program]
credential_process = touch {ran}
[profile role]
role_arn = arn:aws:iam::111111111111:role/deployer
source_profile = default
[profile machine]
role_arn = arn:aws:iam::111111111111:role/deployer
credential_source = Ec2InstanceMetadata
[profile sso]
sso_session = company
sso_account_id = 111111111111
sso_role_name = developer
[sso-session company]
sso_start_url = https://company.awsapps.com/start
sso_region = us-east-1
[profile token]
role_arn = arn:aws:iam::111111111111:role/deployer
web_identity_token_file = /no/such/file
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A developer's configuration file; gives the file that its program would make."""
    ran = tmp_path / "ran"
    (tmp_path / "config").write_text(CONFIG.format(ran=ran))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    before = dict(os.environ)
    yield ran
    assert not ran.exists()
    assert {**os.environ, "PYTEST_CURRENT_TEST": ""} == {**before, "PYTEST_CURRENT_TEST": ""}


@pytest.mark.parametrize("profile", [None, "default", "program", "role", "machine", "sso", "token"])
def test_a_session_of_before_asks_nobody_for_credentials(profile: str | None) -> None:
    session = boto3.Session(profile_name=profile)
    with Simulation() as sim:
        sim.queue("q")
        client = session.client("sqs", region_name="eu-central-1")
        assert client.list_queues()["QueueUrls"] == [URL]
        credentials: Any = session.get_credentials()
        assert credentials.get_frozen_credentials().access_key == ACCESS_KEY_ID


@pytest.mark.parametrize("early", [False, True])
def test_a_session_that_was_used_inside_is_afterwards_what_it_was(early: bool) -> None:
    session = botocore.session.get_session()
    if early:
        assert "role" in session.full_config["profiles"]
    with Simulation():
        session.create_client("sqs").list_queues()
        assert session.get_scoped_config() == (session.full_config["profiles"]["default"] if early else {})
    credentials = session.get_credentials()
    assert (credentials.access_key, session.get_config_variable("region")) == ("AKOFTHEMACHINE", "eu-central-1")
    assert "role" in session.available_profiles


@pytest.mark.parametrize("profile", ["role", "of a colleague"])
def test_a_profile_inside_is_the_simulated_account(profile: str) -> None:
    with Simulation() as sim:
        sim.queue("q")
        session = boto3.Session(profile_name=profile)
        assert session.client("sqs").list_queues()["QueueUrls"] == [URL]
        assert (session.profile_name, session.region_name) == (profile, "us-east-1")
        os.environ["AWS_PROFILE"] = profile  # until the simulation's end
        assert boto3.client("sqs").list_queues()["QueueUrls"] == [URL]


def test_a_configuration_of_the_tests_own_counts(tmp_path: Path) -> None:
    with Simulation():
        (tmp_path / "mine").write_text("[profile mine]\nregion = ap-south-1\n")
        os.environ["AWS_CONFIG_FILE"] = str(tmp_path / "mine")
        del os.environ["AWS_DEFAULT_REGION"]
        assert boto3.Session(profile_name="mine").region_name == "ap-south-1"
        with pytest.raises(ProfileNotFound):
            boto3.Session(profile_name="yours").client("sqs", region_name="us-east-1")


def test_credentials_that_a_program_gives_are_those_it_sees() -> None:
    given = boto3.Session(aws_access_key_id="AKGIVEN", aws_secret_access_key="x")
    expiring = botocore.session.get_session()
    any_session: Any = expiring
    any_session._credentials = RefreshableCredentials("AKOLD", "x", "y", None, lambda: pytest.fail("asked"), "explicit")
    with Simulation():
        assert [session.get_credentials().access_key for session in (given, expiring)] == ["AKGIVEN", ACCESS_KEY_ID]
    assert any_session._credentials.method == "explicit"


def test_asynchronous_sessions_too() -> None:
    from aiobotocore.session import AioSession

    async def listed(session: Any) -> list[str]:
        async with session.create_client("sqs", region_name="us-east-1") as client:
            return list((await client.list_queues())["QueueUrls"])

    early = AioSession(profile="program")
    with Simulation() as sim:
        sim.queue("q")
        for session in (early, AioSession(profile="of a colleague")):
            assert asyncio.run(listed(session)) == [URL]
    assert early._credentials is None
