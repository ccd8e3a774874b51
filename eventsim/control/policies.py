"""Resource policies and tags: kept and shown; who may call a function is not simulated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from eventsim.control.errors import function_missing, invalid
from eventsim.errors import AwsError
from eventsim.functions.names import LATEST, read_function_name
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from eventsim.control.event_source_mappings import MappingOperations
    from eventsim.control.shelf import Shelf, Stored

Json = dict[str, Any]
_CONDITIONS = (
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
)


class PolicyOperations:
    """The operations on permissions and tags; each gives its answer or raises AwsError."""

    def __init__(self, shelf: Shelf, mappings: MappingOperations) -> None:
        self._shelf = shelf
        self._mappings = mappings
        self._ids = shelf.account.world.seeds.stream("policy-revision")

    # -- permissions -----------------------------------------------------------------------------

    def add(self, params: Json) -> Json:
        """AddPermission."""
        stored, qualifier = self._stored(params)
        self._check_revision(stored, qualifier, params)
        statements = stored.policies.setdefault(qualifier, {})
        sid = params["StatementId"]
        if sid in statements:
            raise AwsError(
                "ResourceConflictException",
                f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the "
                "existing statement.",
                status=409,
            )
        statement = _statement(params, self._shelf.arn(stored.function.name, qualifier or None))
        statements[sid] = statement
        stored.policy_revisions[qualifier] = draw_uuid(self._ids)
        return {"Statement": _json(statement)}

    def remove(self, params: Json) -> Json:
        """RemovePermission."""
        stored, qualifier = self._stored(params)
        self._check_revision(stored, qualifier, params)
        sid = params["StatementId"]
        if stored.policies.get(qualifier, {}).pop(sid, None) is None:
            text = f"Statement {sid} is not found in resource policy."
            raise AwsError("ResourceNotFoundException", text, status=404)
        stored.policy_revisions[qualifier] = draw_uuid(self._ids)
        return {}

    def get(self, params: Json) -> Json:
        """GetPolicy."""
        stored, qualifier = self._stored(params)
        statements = stored.policies.get(qualifier)
        if not statements:
            text = "The resource you requested does not exist."
            raise AwsError("ResourceNotFoundException", text, status=404)
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": list(statements.values())}
        return {"Policy": _json(policy), "RevisionId": stored.policy_revisions[qualifier]}

    def _stored(self, params: Json) -> tuple[Stored, str]:
        """The function and the qualifier that the policy belongs to, "" for none."""
        function = self._shelf.function(params["FunctionName"], params.get("Qualifier"))
        qualifier = read_function_name(params["FunctionName"], params.get("Qualifier")).qualifier
        if qualifier == LATEST:
            return self._shelf.stored(function), ""
        if function.versions.find(qualifier) is None and function.aliases.find(qualifier) is None:
            raise function_missing(self._shelf.arn(function.name, qualifier))
        return self._shelf.stored(function), qualifier

    def _check_revision(self, stored: Stored, qualifier: str, params: Json) -> None:
        given, current = params.get("RevisionId"), stored.policy_revisions.get(qualifier)
        if given is not None and given != current:
            raise AwsError(
                "PreconditionFailedException",
                "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve "
                "the latest Revision Id",
                status=412,
            )

    # -- tags ------------------------------------------------------------------------------------

    def tag(self, params: Json) -> Json:
        """TagResource."""
        self._tags(params["Resource"]).update(params["Tags"])
        return {}

    def untag(self, params: Json) -> Json:
        """UntagResource."""
        tags = self._tags(params["Resource"])
        for key in params["TagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags(self, params: Json) -> Json:
        """ListTags."""
        return {"Tags": dict(self._tags(params["Resource"]))}

    def _tags(self, arn: str) -> dict[str, str]:
        if ":event-source-mapping:" in arn:
            return self._mappings.tags_of(arn.rpartition(":")[2])
        function = self._shelf.function(arn)
        if read_function_name(arn).qualifier != LATEST:
            raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
        return self._shelf.stored(function).tags


def _statement(params: Json, resource: str) -> Json:
    """One statement of a policy, in the order in which Lambda writes it."""
    principal: str = params["Principal"]
    who: str | Json = principal
    if principal.endswith(".amazonaws.com"):
        who = {"Service": principal}
    elif principal.isdigit():
        who = {"AWS": f"arn:aws:iam::{principal}:root"}
    elif principal.startswith("arn:"):
        who = {"AWS": principal}
    statement = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": who,
        "Action": params["Action"],
        "Resource": resource,
    }
    conditions: dict[str, Json] = {}
    for member, operator, key in _CONDITIONS:
        if member in params:
            conditions.setdefault(operator, {})[key] = params[member]
    return {**statement, "Condition": conditions} if conditions else statement


def _json(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"))
