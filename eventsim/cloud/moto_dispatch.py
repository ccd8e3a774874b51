"""From a request to moto's function for it, without a socket and without moto's search through all its URLs."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from eventsim.cloud.requests import s3_bucket

if TYPE_CHECKING:
    from eventsim.cloud.requests import AwsRequest

Handler = Callable[[Any, str, Any], tuple[int, dict[str, Any], Any]]

_MODULES = {
    "cloudformation": "cloudformation",
    "dynamodb": "dynamodb",
    "dynamodbstreams": "dynamodbstreams",
    "events": "events",
    "firehose": "firehose",
    "iam": "iam",
    "kinesis": "kinesis",
    "kms": "kms",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "ssm": "ssm",
    "states": "stepfunctions",
    "sts": "sts",
}
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_AWS = re.compile(r"\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$")


def home_url(service: str, url: str, region: str) -> str:
    """*url* as moto has to see it: at AWS, and in the simulation's *region*.

    A custom endpoint becomes the service's own, in path style unless its host tells the bucket.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if _AWS.search(host):
        first, *rest = _AWS.sub("", host).split(".")
        host = ".".join([first, *(region if _REGION.fullmatch(label) else label for label in rest), "amazonaws.com"])
    else:
        bucket = s3_bucket(host)
        host = f"{f'{bucket}.' if bucket else ''}{service}.{region}.amazonaws.com"
    return parts._replace(scheme="https", netloc=host).geturl()


def find_handler(service: str, url: str) -> Handler | None:
    """Moto's function for *url* (already a home URL); None when moto does not know the service or the path."""
    bare = url.partition("?")[0]
    module = _MODULES.get(service)
    for name in [module] if module else _matching_modules(bare):
        for pattern, handler in _handlers(name, alone=module is not None):
            if pattern is None or pattern.match(bare):
                return handler
    return None


def werkzeug_request(request: AwsRequest, url: str) -> Any:
    """The request in the form in which moto's functions take it."""
    from moto.core.request import (
        PRESERVED_HEADER_NAMES_ENVIRON_KEY,
        Request,
        environ_key_for_header,
        should_preserve_original_header_name,
    )

    parts = urlsplit(url)
    path = parts.path or "/"
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, errors="surrogateescape").encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": parts.query,
        "RAW_URI": path,
        "SERVER_NAME": parts.hostname,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: {
            environ_key_for_header(name): name for name in request.headers if should_preserve_original_header_name(name)
        },
    }
    for name, value in request.headers.items():
        if name != "transfer-encoding":
            environ[environ_key_for_header(name)] = value
    environ["CONTENT_LENGTH"] = str(len(request.body))
    environ["HTTP_HOST"] = parts.netloc
    found = Request(environ)
    if request.service == "s3" and request.method == "PUT":
        found.get_data()  # else an object that says it is a form would be read as one, and stored empty
    return found


@cache
def _handlers(module: str, *, alone: bool) -> list[tuple[re.Pattern[str] | None, Handler]]:
    """A module's functions by the URLs they take; *alone*, unless it shares its host with another (SES's versions)."""
    from importlib import import_module

    urls: Any = import_module(f"moto.{module}.urls")
    handlers = list(urls.url_paths.values())
    if alone and all(handler == handlers[0] for handler in handlers):
        return [(None, handlers[0])]
    found: list[tuple[re.Pattern[str] | None, Handler]] = []
    for base in urls.url_bases:
        found += [(re.compile(path.format(base)), handler) for path, handler in urls.url_paths.items()]
    return found


def _matching_modules(url: str) -> list[str]:
    from moto.backend_index import backend_url_patterns

    return [module for module, pattern in backend_url_patterns if pattern.match(url)]
