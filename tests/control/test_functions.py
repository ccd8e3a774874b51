"""Functions through boto3: made of zip files, shown, changed, published and deleted."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
import pytest

from eventsim import Simulation
from tests.control.lambdas import ECHO, ROLE, create, payload, queue, refused, shown, zipped

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


def answer_of(code: str) -> str:
    return f"def handler(event, context):\n    return {code}\n"


@pytest.mark.rule("FUN-01", "FUN-21")
def test_a_function_is_shown_as_lambda_shows_it(lam: Any) -> None:
    given = {
        "Description": "does it",
        "Timeout": 7,
        "MemorySize": 256,
        "Environment": {"Variables": {"AA": "1"}},
        "TracingConfig": {"Mode": "Active"},
        "Tags": {"team": "blue"},
    }
    made = create("f", ECHO, **given)
    assert {name: made.pop(name) for name in ("CodeSha256", "RevisionId", "CodeSize")}["CodeSize"] > 0
    assert made.pop("RuntimeVersionConfig")["RuntimeVersionArn"].startswith("arn:aws:lambda:us-east-1::runtime:")
    assert made == {
        "FunctionName": "f",
        "FunctionArn": ARN,
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "app.handler",
        "Description": "does it",
        "Timeout": 7,
        "MemorySize": 256,
        "LastModified": "2026-01-01T00:00:00.000+0000",
        "Version": "$LATEST",
        "Environment": {"Variables": {"AA": "1"}},
        "TracingConfig": {"Mode": "Active"},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"},
    }
    got = shown(lam.get_function(FunctionName="f"))
    assert got["Configuration"] == shown(lam.get_function_configuration(FunctionName=ARN))
    assert (got["Tags"], got["Code"]["RepositoryType"], "Concurrency" in got) == ({"team": "blue"}, "S3", False)
    lam.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=3)
    assert lam.get_function(FunctionName="f")["Concurrency"] == {"ReservedConcurrentExecutions": 3}
    lam.get_waiter("function_active_v2").wait(FunctionName="f")


def test_code_comes_from_a_bucket_too(lam: Any) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="code", Key="a b/f.zip", Body=zipped({"pkg/app.py": answer_of("1")}))["VersionId"]
    create("f", Handler="pkg/app.handler", Code={"S3Bucket": "code", "S3Key": "a b/f.zip"})
    assert payload(lam.invoke(FunctionName="f")) == 1
    s3.put_object(Bucket="code", Key="a b/f.zip", Body=zipped({"pkg/app.py": answer_of("2")}))
    lam.update_function_code(FunctionName="f", S3Bucket="code", S3Key="a b/f.zip")
    assert payload(lam.invoke(FunctionName="f")) == 2
    lam.update_function_code(FunctionName="f", S3Bucket="code", S3Key="a b/f.zip", S3ObjectVersion=first)
    assert payload(lam.invoke(FunctionName="f")) == 1
    error = refused(lam.update_function_code, FunctionName="f", S3Bucket="code", S3Key="missing.zip")["Error"]
    assert error == {
        "Code": "InvalidParameterValueException",
        "Message": "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does "
        "not exist.",
    }


def test_code_is_unpacked_in_a_folder_that_goes_with_the_simulation() -> None:
    files = {"app.py": "import os\nfrom lib.inner import NAME\n" + answer_of("[os.environ['LAMBDA_TASK_ROOT'], NAME]")}
    with Simulation():
        create("f", Code={"ZipFile": zipped({**files, "lib/inner.py": "NAME = 'inner'\n"})})
        folder, name = payload(boto3.client("lambda").invoke(FunctionName="f"))
        assert (name, os.path.isdir(folder)) == ("inner", True)
    assert not os.path.exists(folder)


@pytest.mark.rule("FUN-01", "FUN-18", "FUN-20", "GEN-06")
@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"Runtime": "cobol"}, "InvalidParameterValueException", "Value cobol at 'runtime' failed to satisfy"),
        ({"Runtime": "java21"}, "InvalidParameterValueException", "The runtime java21 is not supported by eventsim: "),
        ({"Timeout": 901}, "ValidationException", "Value '901' at 'timeout' failed to satisfy constraint: Member"),
        (
            {"FunctionName": "a b", "MemorySize": 40_000},
            "ValidationException",
            "2 validation errors detected: Value 'a b' at 'functionName' failed to satisfy constraint: Member must",
        ),
        ({"Role": "nobody"}, "ValidationException", "Value 'nobody' at 'role' failed to satisfy constraint"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParameterValueException", "reserved keys"),
        (
            {"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:x:1"]},
            "InvalidParameterValueException",
            "Layers is not supp",
        ),
        (
            {"PackageType": "Image", "Code": {"ImageUri": "x"}},
            "InvalidParameterValueException",
            "PackageType Image is not supported by eventsim",
        ),
        ({"Code": {}}, "InvalidParameterValueException", "Please provide a source for function code."),
        (
            {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:x.fifo"}},
            "InvalidParameterValueException",
            "FIFO queues and topics are not supported",
        ),
    ],
    ids=["unknown", "java", "timeout", "two", "role", "variables", "layers", "image", "no code", "dead letters"],
)
def test_what_lambda_refuses_makes_no_function(lam: Any, members: dict[str, Any], code: str, message: str) -> None:
    given = {
        "FunctionName": "f",
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": {"ZipFile": zipped({"app.py": ECHO})},
        **members,
    }
    error = refused(lam.create_function, **given)["Error"]
    assert error["Code"] == code
    assert message in error["Message"]
    assert lam.list_functions()["Functions"] == []


def test_a_name_is_taken_once(sim: Simulation, lam: Any) -> None:
    create("f", ECHO)
    given = {"FunctionName": "f", "Runtime": "python3.12", "Role": ROLE, "Handler": "a.b", "Code": {"ZipFile": b""}}
    assert refused(lam.create_function, **given) == {
        "Error": {"Code": "ResourceConflictException", "Message": "Function already exist: f"},
        "Type": "User",
        "message": "Function already exist: f",
    }


def test_changed_settings_hold_for_the_next_invocation(lam: Any) -> None:
    made = create("f", answer_of("os.environ['AA'], context.memory_limit_in_mb").replace("def", "import os\ndef", 1),
                  Environment={"Variables": {"AA": "1"}})  # fmt: skip
    assert payload(lam.invoke(FunctionName="f")) == ["1", "128"]
    given = {"FunctionName": "f", "MemorySize": 512, "Environment": {"Variables": {"AA": "2"}}, "Description": "new"}
    changed = shown(lam.update_function_configuration(**given, RevisionId=made["RevisionId"]))
    assert payload(lam.invoke(FunctionName="f")) == ["2", "512"]
    expected = {**made, "MemorySize": 512, "Environment": {"Variables": {"AA": "2"}}, "Description": "new"}
    assert changed == {**expected, "RevisionId": changed["RevisionId"]}
    assert changed["RevisionId"] != made["RevisionId"]
    error = refused(lam.update_function_configuration, FunctionName="f", Timeout=9, RevisionId=made["RevisionId"])
    assert error["Error"]["Code"] == "PreconditionFailedException"
    assert lam.get_function_configuration(FunctionName="f")["Timeout"] == 3


def test_a_new_handler_and_new_code_run_in_new_environments(lam: Any) -> None:
    counting = (
        "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n\ndef other(event, context):\n"
    )
    create("f", counting + "    return 'other'\n")
    assert [payload(lam.invoke(FunctionName="f")) for _ in range(2)] == [1, 2]
    lam.update_function_configuration(FunctionName="f", Handler="app.other")
    assert payload(lam.invoke(FunctionName="f")) == "other"
    lam.update_function_configuration(FunctionName="f", Handler="app.handler")
    assert payload(lam.invoke(FunctionName="f")) == 1
    before = lam.get_function_configuration(FunctionName="f")
    dry = lam.update_function_code(FunctionName="f", ZipFile=zipped({"app.py": answer_of("'dry'")}), DryRun=True)
    assert dry["CodeSha256"] == before["CodeSha256"]
    assert payload(lam.invoke(FunctionName="f")) == 2
    after = lam.update_function_code(FunctionName="f", ZipFile=zipped({"app.py": answer_of("'new'")}))
    assert after["CodeSha256"] != before["CodeSha256"]
    assert payload(lam.invoke(FunctionName="f")) == "new"


@pytest.mark.rule("FUN-14", "FUN-15")
def test_versions_keep_their_code_and_aliases_move(lam: Any) -> None:
    create("f", answer_of("'one'"), Publish=True, Description="first")
    assert lam.publish_version(FunctionName="f")["Version"] == "1"
    lam.update_function_code(FunctionName="f", ZipFile=zipped({"app.py": answer_of("'two'")}))
    second = shown(lam.publish_version(FunctionName="f", Description="second"))
    assert (second["Version"], second["FunctionArn"], second["Description"]) == ("2", f"{ARN}:2", "second")
    alias = shown(lam.create_alias(FunctionName="f", Name="live", FunctionVersion="1"))
    assert alias == {
        "AliasArn": f"{ARN}:live",
        "Name": "live",
        "FunctionVersion": "1",
        "Description": "",
        "RevisionId": alias["RevisionId"],
    }

    def answer(**given: Any) -> Any:
        return payload(lam.invoke(**{"FunctionName": "f", **given}))

    assert [answer(Qualifier="1"), answer(Qualifier="2"), answer(FunctionName="f:live")] == ["one", "two", "one"]
    lam.update_alias(FunctionName="f", Name="live", FunctionVersion="2")
    assert answer(Qualifier="live") == "two"
    versions = lam.list_versions_by_function(FunctionName="f")["Versions"]
    assert [(one["Version"], one["FunctionArn"], one["Description"]) for one in versions] == [
        ("$LATEST", f"{ARN}:$LATEST", "first"),
        ("1", f"{ARN}:1", "first"),
        ("2", f"{ARN}:2", "second"),
    ]
    assert versions[1]["CodeSha256"] != versions[2]["CodeSha256"]
    assert lam.get_function_configuration(FunctionName="f", Qualifier="live")["Version"] == "2"
    assert refused(lam.delete_function, FunctionName="f", Qualifier="2")["Error"]["Code"] == "ResourceConflictException"
    assert lam.delete_function(FunctionName="f", Qualifier="1")["StatusCode"] == 204
    assert refused(lam.get_function, FunctionName="f", Qualifier="1")["Error"]["Message"] == (
        f"Function not found: {ARN}:1"
    )
    error = refused(lam.delete_function, FunctionName="f:$LATEST")["Error"]
    assert error["Message"] == "$LATEST version cannot be deleted without deleting the function."
    lam.update_alias(FunctionName="f", Name="live", RoutingConfig={"AdditionalVersionWeights": {}}, Description="still")
    assert [one["Description"] for one in lam.list_aliases(FunctionName="f")["Aliases"]] == ["still"]
    lam.delete_alias(FunctionName="f", Name="live")
    assert refused(lam.get_alias, FunctionName="f", Name="live")["Error"]["Message"] == (
        f"Cannot find alias arn: {ARN}:live"
    )


@pytest.mark.rule("FUN-15")
def test_a_weighted_alias_divides_its_calls(lam: Any) -> None:
    create("f", answer_of("1"), Publish=True)
    lam.update_function_code(FunctionName="f", ZipFile=zipped({"app.py": answer_of("2")}), Publish=True)
    lam.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    routing = {"AdditionalVersionWeights": {"2": 0.25}}
    changed = lam.update_alias(FunctionName="f", Name="live", RoutingConfig=routing)
    assert changed["RoutingConfig"] == routing
    answers = [lam.invoke(FunctionName="f", Qualifier="live") for _ in range(60)]
    assert {(one["ExecutedVersion"], payload(one)) for one in answers} == {("1", 1), ("2", 2)}
    assert 5 <= sum(one["ExecutedVersion"] == "2" for one in answers) <= 30

    def error(weights: dict[str, float], version: str = "1") -> tuple[str, str]:
        given = {"FunctionName": "f", "Name": "live", "FunctionVersion": version}
        found = refused(lam.update_alias, **given, RoutingConfig={"AdditionalVersionWeights": weights})["Error"]
        return found["Code"], found["Message"]

    rules = "Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0"
    value = "Value '{2=1.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: "
    value += f"Map value must satisfy constraint: [{rules}]"
    invalid = "InvalidParameterValueException"
    assert [error({"2": 0.1, "3": 0.1}), error({"2": 1.5}), error({"2": 0.5}, "$LATEST")] == [
        (invalid, "Number of items in AdditionalVersionWeights cannot be greater than 1"),
        ("ValidationException", f"1 validation error detected: {value}"),
        (invalid, "$LATEST is not supported for an alias pointing to more than 1 version"),
    ]


def test_lists_come_in_pages(lam: Any) -> None:
    for name in "dbca":
        create(name)
    first = lam.list_functions(MaxItems=3)
    assert [one["FunctionName"] for one in first["Functions"]] == ["a", "b", "c"]
    rest = lam.list_functions(Marker=first["NextMarker"])
    assert ([one["FunctionName"] for one in rest["Functions"]], "NextMarker" in rest) == (["d"], False)
    pages = lam.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    assert [one["FunctionName"] for page in pages for one in page["Functions"]] == list("abcd")


def test_functions_of_python_and_boto3_are_the_same_functions(sim: Simulation, lam: Any) -> None:
    sim.function("mine", lambda event, context: event, Timeout=5, Environment={"Variables": {"AA": "1"}})
    create("theirs", ECHO)
    shows = {one["FunctionName"]: one for one in lam.list_functions()["Functions"]}
    assert {name: (one["Timeout"], one["CodeSize"] > 0) for name, one in shows.items()} == {
        "mine": (5, False),
        "theirs": (3, True),
    }
    assert payload(lam.invoke(FunctionName="mine", Payload=b"[1]")) == [1]
    assert sim.functions["theirs"].invoke({"a": 1}).response == {"a": 1}
    lam.update_function_configuration(FunctionName="mine", Timeout=6)
    lam.put_function_event_invoke_config(FunctionName="theirs", MaximumRetryAttempts=0)
    lam.delete_function(FunctionName="theirs")
    assert list(sim.functions) == ["mine"]
    create("theirs", answer_of("'again'"))
    assert lam.list_function_event_invoke_configs(FunctionName="theirs")["FunctionEventInvokeConfigs"] == []
    assert sim.functions["theirs"].invoke().response == "again"
    error = refused(lam.update_function_configuration, FunctionName="mine", Handler="a.b")["Error"]
    assert "mine was not made of a zip file" in error["Message"]


def test_permissions_and_tags_are_kept(sim: Simulation, lam: Any) -> None:
    create("f", ECHO, Publish=True)
    given = {
        "FunctionName": "f",
        "StatementId": "s",
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
    }
    statement = json.loads(lam.add_permission(**given, SourceArn="arn:aws:s3:::b")["Statement"])
    assert statement == {
        "Sid": "s",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": ARN,
        "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}},
    }
    policy = json.loads(lam.get_policy(FunctionName="f")["Policy"])
    assert policy == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    assert refused(lam.add_permission, **given)["Error"]["Code"] == "ResourceConflictException"
    assert refused(lam.get_policy, FunctionName="f", Qualifier="1")["Error"]["Code"] == "ResourceNotFoundException"
    lam.remove_permission(FunctionName="f", StatementId="s")
    assert refused(lam.get_policy, FunctionName="f")["Error"]["Message"] == "The resource you requested does not exist."
    lam.tag_resource(Resource=ARN, Tags={"a": "1", "b": "2"})
    lam.untag_resource(Resource=ARN, TagKeys=["a", "x"])
    assert lam.list_tags(Resource=ARN)["Tags"] == {"b": "2"}
    error = refused(lam.tag_resource, Resource=f"{ARN}:1", Tags={"c": "3"})["Error"]
    assert error["Message"].startswith("Tags on function aliases and versions are not supported.")


@pytest.mark.rule("CON-02", "CON-05")
def test_account_settings_count_what_is_there(lam: Any) -> None:
    size = create("f", ECHO)["CodeSize"]
    lam.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=100)
    settings = lam.get_account_settings()
    assert settings["AccountUsage"] == {"TotalCodeSize": size, "FunctionCount": 1}
    limits = settings["AccountLimit"]
    assert (limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]) == (1000, 900)
    lam.delete_function(FunctionName="f")
    assert lam.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 1000
    error = refused(lam.delete_function, FunctionName="f")["Error"]
    assert error == {"Code": "ResourceNotFoundException", "Message": f"Function not found: {ARN}"}


def test_what_is_not_simulated_is_an_unknown_operation_and_does_nothing(sim: Simulation, lam: Any) -> None:
    create("f", ECHO)
    for call, members in (
        (lam.create_function_url_config, {"FunctionName": "f", "AuthType": "NONE"}),
        (lam.publish_layer_version, {"LayerName": "l", "Content": {"ZipFile": b"x"}}),
        (lam.list_layers, {}),
    ):
        assert refused(call, **members)["Error"]["Code"] == "UnknownOperationException"
    assert refused(lam.get_function, FunctionName="arn:aws:lambda:eu-west-1:123456789012:function:f")["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:f",
    }
    assert queue("q")
