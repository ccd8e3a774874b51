"""Reserved and provisioned concurrency, recursive loops, and the account's limits (CON-02, CON-05, CON-09, FUN-17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.control.archives import LARGEST_UNZIPPED_BYTES, LARGEST_UPLOAD_BYTES
from eventsim.control.configurations import shown_moment
from eventsim.control.pages import page_of
from eventsim.functions.recursion import RecursiveLoop
from eventsim.functions.settings import check_reserved

if TYPE_CHECKING:
    from eventsim.control.shelf import Shelf
    from eventsim.functions.function import Function

Json = dict[str, Any]
CODE_STORAGE_BYTES: Final = 75 * 1024**3
PAGE: Final = 50


class ConcurrencyOperations:
    """The operations on what limits functions; each gives its answer or raises AwsError."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._account = shelf.account

    # -- reserved --------------------------------------------------------------------------------

    def put_reserved(self, params: Json) -> Json:
        """PutFunctionConcurrency: 0 stops every invocation (CON-05)."""
        function = self._shelf.whole_function(params["FunctionName"], shows_latest=True)
        reserved = params["ReservedConcurrentExecutions"]
        others = [one.settings.reserved_concurrency for one in self._account.functions.values() if one is not function]
        refused = check_reserved([*others, reserved], self._account.account_concurrency)
        if refused is not None:
            raise refused
        function.provisioned.check_reserved(reserved)
        self._reserve(function, reserved)
        return {"ReservedConcurrentExecutions": reserved}

    def get_reserved(self, params: Json) -> Json:
        """GetFunctionConcurrency."""
        function = self._shelf.whole_function(params["FunctionName"])
        return {"ReservedConcurrentExecutions": function.settings.reserved_concurrency}

    def delete_reserved(self, params: Json) -> Json:
        """DeleteFunctionConcurrency."""
        self._reserve(self._shelf.whole_function(params["FunctionName"], shows_latest=True), None)
        return {}

    def _reserve(self, function: Function, reserved: int | None) -> None:
        function.update(msgspec.structs.replace(function.settings, reserved_concurrency=reserved))

    # -- provisioned -----------------------------------------------------------------------------

    def put_provisioned(self, params: Json) -> Json:
        """PutProvisionedConcurrencyConfig (CON-09, CON-10)."""
        function = self._shelf.function(params["FunctionName"], params["Qualifier"])
        shown = function.provisioned.put(params["Qualifier"], params["ProvisionedConcurrentExecutions"])
        return self._show(shown)

    def get_provisioned(self, params: Json) -> Json:
        """GetProvisionedConcurrencyConfig."""
        function = self._shelf.function(params["FunctionName"], params["Qualifier"])
        return self._show(function.provisioned.get(params["Qualifier"]))

    def delete_provisioned(self, params: Json) -> Json:
        """DeleteProvisionedConcurrencyConfig."""
        function = self._shelf.function(params["FunctionName"], params["Qualifier"])
        function.provisioned.delete(params["Qualifier"])
        return {}

    def list_provisioned(self, params: Json) -> Json:
        """ListProvisionedConcurrencyConfigs."""
        function = self._shelf.function(params["FunctionName"])
        shown = [self._show(one) for one in function.provisioned.list()]
        page, more = page_of(shown, params, PAGE)
        return {"ProvisionedConcurrencyConfigs": page, **more}

    def _show(self, shown: Json) -> Json:
        """AWS's members; LastModified is text in this answer."""
        modified = shown.get("LastModified")
        return {**shown, "LastModified": shown_moment(modified)} if isinstance(modified, int | float) else shown

    # -- loops -----------------------------------------------------------------------------------

    def put_recursion(self, params: Json) -> Json:
        """PutFunctionRecursionConfig (FUN-17)."""
        function = self._shelf.whole_function(params["FunctionName"])
        loop = RecursiveLoop(params["RecursiveLoop"])
        function.update(msgspec.structs.replace(function.settings, recursive_loop=loop))
        return {"RecursiveLoop": loop.value}

    def get_recursion(self, params: Json) -> Json:
        """GetFunctionRecursionConfig."""
        return {"RecursiveLoop": self._shelf.whole_function(params["FunctionName"]).settings.recursive_loop.value}

    # -- the account -----------------------------------------------------------------------------

    def account_settings(self, _params: Json) -> Json:
        """GetAccountSettings."""
        functions = list(self._account.functions.values())
        reserved = sum(one.settings.reserved_concurrency or 0 for one in functions)
        limit = self._account.account_concurrency
        return {
            "AccountLimit": {
                "TotalCodeSize": CODE_STORAGE_BYTES,
                "CodeSizeUnzipped": LARGEST_UNZIPPED_BYTES,
                "CodeSizeZipped": LARGEST_UPLOAD_BYTES,
                "ConcurrentExecutions": limit,
                "UnreservedConcurrentExecutions": limit - reserved,
            },
            "AccountUsage": {
                "TotalCodeSize": sum(self._shelf.stored(one).configuration.package.size_bytes for one in functions),
                "FunctionCount": len(functions),
            },
        }
