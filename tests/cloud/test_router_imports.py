from __future__ import annotations

import subprocess
import sys

ENTRANCES = "eventsim.cloud.router, eventsim.cloud.boto, eventsim.cloud.session, eventsim.cloud.moto"
HEAVY = "['aiobotocore', 'aiohttp', 'boto3', 'botocore', 'moto', 'werkzeug']"


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_the_entrances_import_no_sdk_and_no_moto() -> None:
    code = f"import sys, {ENTRANCES}; print([name for name in {HEAVY} if name in sys.modules])"
    assert python(code) == "[]\n"


def test_installing_the_hook_imports_no_sdk_and_no_moto() -> None:
    code = f"""
import sys
from tests.cloud.simulated import boto_cloud
with boto_cloud():
    print([name for name in {HEAVY} if name in sys.modules])
"""
    assert python(code) == "[]\n"


def test_sdks_imported_while_the_hook_is_installed_reach_the_router_and_are_restored() -> None:
    code = """
from tests.cloud.simulated import boto_cloud
with boto_cloud() as cloud:
    import boto3
    from botocore.httpsession import URLLib3Session
    during = URLLib3Session.send
    print(boto3.client("sts").get_caller_identity()["Account"], [line["operation"] for line in cloud.log()])
print(URLLib3Session.send is during, URLLib3Session.send.__module__, boto3.DEFAULT_SESSION)
"""
    assert python(code) == "123456789012 ['GetCallerIdentity']\nFalse botocore.httpsession None\n"


def test_an_sdk_imported_after_the_hook_is_removed_is_left_alone() -> None:
    code = """
import sys
from tests.cloud.simulated import boto_cloud
before = list(sys.meta_path)
with boto_cloud():
    pass
print(sys.meta_path == before)
from botocore.httpsession import URLLib3Session
print(URLLib3Session.send.__module__)
"""
    assert python(code) == "True\nbotocore.httpsession\n"
