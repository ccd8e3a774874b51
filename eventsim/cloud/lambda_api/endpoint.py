"""What the router mounts as ``lambda``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from eventsim.cloud.lambda_api.answers import encode_answer, encode_lambda_error
from eventsim.cloud.lambda_api.constraints import check_parameters
from eventsim.cloud.lambda_api.errors import not_supported
from eventsim.cloud.lambda_api.model import lambda_model
from eventsim.cloud.lambda_api.reading import read_parameters
from eventsim.cloud.protocols import numbered_id
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from eventsim.cloud.requests import AwsRequest, AwsResponse

_DEPRECATED = (("InvokeAsync", "POST", re.compile(r"/2014-11-13/functions/[^/]+/invoke-async/?")),)
"""Operations that other services' routes leave out, being deprecated."""


class LambdaControl(Protocol):
    """Carries operations out, in the shapes of the model."""

    def supports(self, operation: str) -> bool:
        """Whether it carries out that operation."""

    async def handle(self, operation: str, params: dict[str, Any], *, trace_header: str | None) -> dict[str, Any]:
        """The operation's result; raises AwsError. *trace_header* is the X-Ray context of the request."""


class LambdaEndpoint:
    """Reads requests by botocore's model, checks them by it, has *control* carry them out, and writes the answers."""

    def __init__(self, control: LambdaControl) -> None:
        self._control = control
        self._model = lambda_model()
        self._requests = 0

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """Answer one request; errors are answers too."""
        self._requests += 1
        request_id = numbered_id(self._requests)
        try:
            name = request.operation or _deprecated(request)
            if name is None or not self._control.supports(name):
                raise not_supported(f"lambda {name or f'{request.method} {urlsplit(request.url).path}'}")
            request.operation = name
            operation = self._model.operation(name)
            params = read_parameters(self._model, operation, request)
            check_parameters(self._model, operation.input, params)
            result = await self._control.handle(name, params, trace_header=request.trace_header)
        except AwsError as error:
            return encode_lambda_error(self._model, error, request_id)
        return encode_answer(self._model, operation, result, request_id)


def _deprecated(request: AwsRequest) -> str | None:
    path = urlsplit(request.url).path
    return next((name for name, method, one in _DEPRECATED if request.method == method and one.fullmatch(path)), None)
