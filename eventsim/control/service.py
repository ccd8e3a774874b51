"""Lambda's operations by name: what an endpoint for its API hands requests to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.control.aliases import AliasOperations
from eventsim.control.concurrency import ConcurrencyOperations
from eventsim.control.event_invoke_configs import EventInvokeOperations
from eventsim.control.event_source_mappings import MappingOperations
from eventsim.control.functions import FunctionOperations
from eventsim.control.invocations import InvokeOperations
from eventsim.control.packages import Packages
from eventsim.control.policies import PolicyOperations
from eventsim.control.shelf import Shelf
from eventsim.control.views import FunctionViews

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.control.account import Account

Json = dict[str, Any]


class LambdaService:
    """Carries out the operations of Lambda's API on *account*; `close` removes what they unpacked."""

    def __init__(self, account: Account) -> None:
        shelf = Shelf(account)
        self._packages = Packages(account.cloud().buckets.read)
        mappings = MappingOperations(shelf)
        views = FunctionViews(shelf)
        functions = FunctionOperations(shelf, self._packages, mappings, views)
        self._invocations = InvokeOperations(shelf)
        self._operations = _table(
            functions,
            views,
            mappings,
            AliasOperations(shelf),
            ConcurrencyOperations(shelf),
            EventInvokeOperations(shelf),
            PolicyOperations(shelf, mappings),
        )

    def supports(self, operation: str) -> bool:
        """Whether it carries out that operation."""
        return operation in self._operations or operation in ("Invoke", "InvokeAsync")

    async def handle(self, operation: str, params: Json, *, trace_header: str | None) -> Json:
        """An operation's result, in the shapes of AWS's model; raises AwsError."""
        if operation == "Invoke":
            return await self._invocations.invoke(params, trace_header)
        if operation == "InvokeAsync":
            return self._invocations.invoke_async(params, trace_header)
        return self._operations[operation](params)

    def close(self) -> None:
        """Remove the folders with unpacked code."""
        self._packages.close()


def _table(
    functions: FunctionOperations,
    views: FunctionViews,
    mappings: MappingOperations,
    aliases: AliasOperations,
    concurrency: ConcurrencyOperations,
    event_invoke: EventInvokeOperations,
    policies: PolicyOperations,
) -> dict[str, Callable[[Json], Json]]:
    return {
        "AddPermission": policies.add,
        "CreateAlias": aliases.create,
        "CreateEventSourceMapping": mappings.create,
        "CreateFunction": functions.create,
        "DeleteAlias": aliases.delete,
        "DeleteEventSourceMapping": mappings.delete,
        "DeleteFunction": functions.delete,
        "DeleteFunctionConcurrency": concurrency.delete_reserved,
        "DeleteFunctionEventInvokeConfig": event_invoke.delete,
        "DeleteProvisionedConcurrencyConfig": concurrency.delete_provisioned,
        "GetAccountSettings": concurrency.account_settings,
        "GetAlias": aliases.get,
        "GetEventSourceMapping": mappings.get,
        "GetFunction": views.get,
        "GetFunctionConcurrency": concurrency.get_reserved,
        "GetFunctionConfiguration": views.get_configuration,
        "GetFunctionEventInvokeConfig": event_invoke.get,
        "GetFunctionRecursionConfig": concurrency.get_recursion,
        "GetPolicy": policies.get,
        "GetProvisionedConcurrencyConfig": concurrency.get_provisioned,
        "ListAliases": aliases.list,
        "ListEventSourceMappings": mappings.list,
        "ListFunctionEventInvokeConfigs": event_invoke.list,
        "ListFunctions": views.list,
        "ListProvisionedConcurrencyConfigs": concurrency.list_provisioned,
        "ListTags": policies.list_tags,
        "ListVersionsByFunction": views.list_versions,
        "PublishVersion": functions.publish_version,
        "PutFunctionConcurrency": concurrency.put_reserved,
        "PutFunctionEventInvokeConfig": event_invoke.put,
        "PutFunctionRecursionConfig": concurrency.put_recursion,
        "PutProvisionedConcurrencyConfig": concurrency.put_provisioned,
        "RemovePermission": policies.remove,
        "TagResource": policies.tag,
        "UntagResource": policies.untag,
        "UpdateAlias": aliases.update,
        "UpdateEventSourceMapping": mappings.update,
        "UpdateFunctionCode": functions.update_code,
        "UpdateFunctionConfiguration": functions.update_configuration,
        "UpdateFunctionEventInvokeConfig": event_invoke.update,
    }
