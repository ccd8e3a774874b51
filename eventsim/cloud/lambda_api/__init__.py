"""Lambda's API as its clients speak it: routes, parameters, checks and answers by botocore's model of the service."""

from __future__ import annotations

from eventsim.cloud.lambda_api.endpoint import LambdaControl, LambdaEndpoint

__all__ = ["LambdaControl", "LambdaEndpoint"]
