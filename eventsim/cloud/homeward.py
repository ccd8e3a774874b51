"""What a client of another region or an emulator's account calls a resource, put as the simulation calls it.

There is one region and one account, and clients of every region reach them. A client of eu-west-1 that names a topic
of eu-west-1 means one that is here; so does a test whose environment is set for it, and whoever takes an emulator's
account 000000000000 for their own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from eventsim.cloud.requests import AwsRequest

    Rename = Callable[[str], str]

_NOBODY = "000000000000"  # no account of AWS's; emulators answer with it
_REGION = r"[a-z]{2}(?:-[a-z]+)+-\d"
_SCOPE = re.compile(rf"Credential=[^/,\s]+/\d{{8}}/({_REGION})/")
_HOST = re.compile(rf"(?:^|\.)({_REGION})\.")
_NAMES = ("Arn", "ARN", "arn", "Arns", "ARNs", "arns")
_NAMED = frozenset(
    {
        "Destination",
        "Endpoint",
        "EventBusName",
        "FunctionName",
        "KeyId",
        "QueueUrl",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "Resource",
        "SecretId",
        "TableName",
    }
)
_FORM = "application/x-www-form-urlencoded"
_POLICY = '"deadLetterTargetArn"'


def homeward(request: AwsRequest, region: str, account_id: str, known_as: Collection[str] = ()) -> AwsRequest:
    """*request* with the ARNs and queue URLs of its parameters naming what is in *region* and *account_id*.

    Only those of the region that the client signs for change, of regions that *region* is *known_as*, and of the
    account 000000000000; others are refused where AWS refuses them. What merely passes through, as message bodies,
    items and payloads, stays as it is.
    """
    scope = _SCOPE.search(request.headers.get("authorization", "")) or _HOST.search(urlsplit(request.url).netloc)
    others = {scope[1] if scope else region, *known_as} - {region}
    if not any(name.encode() in request.body or name in request.url for name in (*others, _NOBODY)):
        return request
    rename = _renaming(region, frozenset(others), account_id)
    if request.service != "s3":
        request.url = rename(request.url)
        request.body = _body(request, rename)
    elif request.operation == "PutBucketNotificationConfiguration":
        request.body = rename(request.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return request


@lru_cache(maxsize=64)
def _renaming(region: str, others: frozenset[str], account_id: str) -> Rename:
    regions = f"(?:{'|'.join(re.escape(name) for name in (region, *sorted(others)))})"
    accounts = f"(?:{account_id}|{_NOBODY})"
    arn = re.compile(rf"(arn(:|%3[Aa])aws[a-z-]*\2[a-z0-9-]+\2){regions}\2{accounts}(?=\2)")
    url = re.compile(rf"^(https?://[^/?#]+/){_NOBODY}(?=/[^/]+$)")

    def rename(text: str) -> str:
        return arn.sub(rf"\g<1>{region}\g<2>{account_id}", url.sub(rf"\g<1>{account_id}", text))

    return rename


def _body(request: AwsRequest, rename: Rename) -> bytes:
    if request.headers.get("content-type", "").startswith(_FORM):
        return _form(request.body, rename)
    if request.body[:1] != b"{" or request.operation in {"Invoke", "InvokeAsync", "InvokeWithResponseStream"}:
        return request.body
    import msgspec

    try:
        given = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        return request.body  # whoever answers says what is wrong with it
    named = _parameters(given, "", rename)
    return request.body if named == given else msgspec.json.encode(named)


def _form(body: bytes, rename: Rename) -> bytes:
    given = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    named = [(name, rename(text) if _names(name) or _is_policy(text) else text) for name, text in given]
    return body if named == given else urlencode(named).encode()


def _parameters(value: Any, name: str, rename: Rename) -> Any:
    if isinstance(value, dict):
        return {key: _parameters(one, key, rename) for key, one in value.items()}
    if isinstance(value, list):
        return [_parameters(one, name, rename) for one in value]
    return rename(value) if isinstance(value, str) and _names(name) else value


def _names(name: str) -> bool:
    """Whether a parameter names a resource."""
    return name in _NAMED or name.endswith(_NAMES)


def _is_policy(text: str) -> bool:
    """Whether the value of a numbered attribute is a redrive policy."""
    return _POLICY in text and text.lstrip()[:1] == "{"
