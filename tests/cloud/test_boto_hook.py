from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.httpsession import URLLib3Session
from moto import mock_aws

from eventsim.cloud.boto import BotoHook
from tests.cloud.simulated import Cloud, boto_cloud, create_table


@pytest.mark.rule("GEN-04")
def test_idempotency_tokens_are_seeded() -> None:
    def drawn(seed: int) -> str:
        with boto_cloud(seed):
            return str(boto3.client("secretsmanager").create_secret(Name="s", SecretString="x")["VersionId"])

    assert drawn(1) == drawn(1) != drawn(2)


def test_metadata_addresses_are_refused_without_network(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"):
        monkeypatch.delenv(name)
    assert botocore.session.get_session().get_component("credential_provider").load_credentials() is None
    assert cloud.log() == []


def test_the_environment_is_the_simulations_and_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://localhost:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setenv("AWS_ACCOUNT_ID", "999999999999")
    before = dict(os.environ)
    with boto_cloud():
        session = boto3.Session()
        credentials = session.get_credentials()
        assert credentials is not None
        assert (session.region_name, session.profile_name, credentials.access_key) == (
            "us-east-1",
            "default",
            "AKIAEVENTSIM00000000",
        )
        assert {name for name in os.environ if name.startswith("AWS_")} == {
            "AWS_ACCESS_KEY_ID",
            "AWS_ACCOUNT_ID",
            "AWS_CONFIG_FILE",
            "AWS_DEFAULT_REGION",
            "AWS_EC2_METADATA_DISABLED",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_SHARED_CREDENTIALS_FILE",
        }
    assert dict(os.environ) == before


PATCHED = [
    ("aiobotocore.httpsession", "AIOHTTPSession.send"),
    ("aiobotocore.httpxsession", "HttpxSession.send"),
    ("aiobotocore.session", "AioSession.get_credentials"),
    ("aiobotocore.signers", "AioRequestSigner.get_auth_instance"),
    ("boto3.s3.transfer", "TransferConfig.DEFAULTS"),
    ("botocore.handlers", "uuid"),
    ("botocore.httpsession", "URLLib3Session.send"),
    ("botocore.retries.standard", "ExponentialBackoff.delay_amount"),
    ("botocore.retryhandler", "random"),
    ("botocore.session", "create_loader"),
    ("botocore.session", "Session._build_profile_map"),
    ("botocore.session", "Session.full_config"),
    ("botocore.session", "Session.get_credentials"),
    ("botocore.session", "Session.get_scoped_config"),
    ("botocore.signers", "RequestSigner.get_auth_instance"),
    ("moto.core.botocore_stubber", "BotocoreStubber.__call__"),
    ("moto.core.models", "MockAWS.start"),
    ("moto.core.models", "MockAWS.stop"),
    ("requests.adapters", "HTTPAdapter.send"),
    ("urllib.request", "AbstractHTTPHandler.do_open"),
    ("urllib3.connectionpool", "HTTPConnectionPool.urlopen"),
]


def everything() -> list[Any]:
    found: list[Any] = [list(sys.meta_path), boto3.DEFAULT_SESSION, dict(os.environ)]
    for module, path in PATCHED:
        one: Any = import_module(module)
        for name in path.split("."):
            one = getattr(one, name)
        found.append(dict(one) if isinstance(one, dict) else one)
    return found


def test_the_names_that_are_patched_exist_and_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # mock_aws makes one outside of any simulation
    before = everything()
    with boto_cloud() as cloud:
        during = everything()
        assert [one for one, (first, second) in enumerate(zip(before, during, strict=True)) if first == second] == [1]
        cloud.hook.remove()
        assert everything() == before
        cloud.hook.install()
    assert everything() == before


def test_the_default_session_of_before_is_neither_used_nor_lost() -> None:
    boto3.setup_default_session(region_name="eu-west-1", aws_access_key_id="real", aws_secret_access_key="real")
    before = boto3.DEFAULT_SESSION
    with boto_cloud():
        assert boto3.client("sts").meta.region_name == "us-east-1"
        assert boto3.DEFAULT_SESSION is not before
    assert boto3.DEFAULT_SESSION is before
    boto3.DEFAULT_SESSION = None


def test_sessions_share_what_was_read_of_botocores_data(cloud: Cloud) -> None:
    loaders = [boto3.Session()._session.get_component("data_loader") for _ in range(3)]
    assert loaders[0] is loaders[1] is loaders[2]
    paths = loaders[0].search_paths
    assert len(paths) == len(set(paths))


def test_only_one_simulation_at_a_time_has_boto3(cloud: Cloud) -> None:
    other = BotoHook(Cloud().router)
    with pytest.raises(RuntimeError, match="already talks to another simulation"):
        other.install()
    other.remove()
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []


def test_mock_aws_around_keeps_its_own_state() -> None:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        create_table("mocked", client)
        with boto_cloud() as cloud:
            assert client.list_tables()["TableNames"] == []
            create_table("simulated", client)
            assert boto3.client("dynamodb").list_tables()["TableNames"] == ["simulated"]
            assert [line["operation"] for line in cloud.log()] == ["ListTables", "CreateTable", "ListTables"]
        assert client.list_tables()["TableNames"] == ["mocked"]
        assert boto3.client("dynamodb", region_name="us-east-1").list_tables()["TableNames"] == ["mocked"]


def test_mock_aws_inside_changes_nothing() -> None:
    with boto_cloud():
        create_table("simulated")
        with mock_aws():
            assert boto3.client("dynamodb").list_tables()["TableNames"] == ["simulated"]
        assert boto3.client("dynamodb").list_tables()["TableNames"] == ["simulated"]


def test_mock_aws_works_after_a_simulation_and_before_the_next() -> None:
    for _ in range(2):
        with boto_cloud():
            create_table("simulated")
        with mock_aws():
            client = boto3.client("dynamodb", region_name="us-east-1")
            assert client.list_tables()["TableNames"] == []
            created = client.describe_limits()["ResponseMetadata"]["HTTPHeaders"]
            create_table("mocked", client)
            assert client.list_tables()["TableNames"] == ["mocked"]
            assert "2026-01-01" not in str(created)


def test_removing_twice_is_harmless() -> None:
    with boto_cloud() as cloud:
        cloud.hook.remove()
    assert URLLib3Session.send.__module__ == "botocore.httpsession"
