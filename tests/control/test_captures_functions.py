"""Concurrency, asynchronous settings and Invoke through boto3, held against recordings of AWS."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.control.lambdas import as_recorded, create, refused, shown

if TYPE_CHECKING:
    from eventsim import Simulation

MISSING = "doesnotexist"


def expected(capture: Any, name: str) -> Any:
    return capture(name)["expected_event_or_destination_record"]


@pytest.mark.rule("CON-05")
def test_reserved_concurrency_is_put_got_and_deleted(lam: Any, capture: Any) -> None:
    create("f")
    found = {
        "put_function_concurrency_with_reserved_0": lam.put_function_concurrency(
            FunctionName="f", ReservedConcurrentExecutions=0
        ),
        "put_function_concurrency_with_reserved_1": lam.put_function_concurrency(
            FunctionName="f", ReservedConcurrentExecutions=1
        ),
        "get_function_concurrency": lam.get_function_concurrency(FunctionName="f"),
        "delete_response": lam.delete_function_concurrency(FunctionName="f"),
        "get_function_concurrency_after_delete": lam.get_function_concurrency(FunctionName="f"),
    }
    assert {name: shown(answer) for name, answer in found.items()} == expected(capture, "api_test_function_concurrency")
    assert found["delete_response"]["ResponseMetadata"]["HTTPStatusCode"] == 204


@pytest.mark.rule("CON-05")
def test_a_function_reserves_nothing_by_default(lam: Any, capture: Any) -> None:
    create("f")
    name = {"FunctionName": "f"}
    found = {"get_function_concurrency_default": lam.get_function_concurrency(**name)}
    found["put_function_concurrency"] = lam.put_function_concurrency(**name, ReservedConcurrentExecutions=0)
    found["get_function_concurrency_updated"] = lam.get_function_concurrency(**name)
    lam.delete_function_concurrency(**name)
    found["get_function_concurrency_deleted"] = lam.get_function_concurrency(**name)
    assert {key: shown(one) for key, one in found.items()} == expected(capture, "lam_test_lambda_concurrency_crud")


@pytest.mark.rule("CON-05", "GEN-05")
def test_reserved_concurrency_is_refused_as_by_aws(lam: Any, capture: Any) -> None:
    arn = create("f", Publish=True)["FunctionArn"]
    call = lam.put_function_concurrency
    name = "put_function_concurrency_with_function_name_doesnotexist"
    found = {
        name: refused(call, FunctionName=MISSING, ReservedConcurrentExecutions=1),
        f"{name}_and_invalid_concurrency": refused(call, FunctionName=MISSING, ReservedConcurrentExecutions=10_000_000),
        "put_function_concurrency_with_qualified_arn": refused(call, FunctionName=arn, ReservedConcurrentExecutions=1),
    }
    assert as_recorded(found) == expected(capture, "api_test_function_concurrency_exceptions")
    error = refused(call, FunctionName="f", ReservedConcurrentExecutions=901)["Error"]
    assert error["Message"].endswith("UnreservedConcurrentExecution below its minimum value of [100].")


@pytest.mark.rule("CON-05", "CON-06", "CON-09")
def test_provisioned_concurrency_takes_what_is_reserved(sim: Simulation, lam: Any, capture: Any) -> None:
    create("f", "def handler(event, context):\n    return {'hello': 'world'}\n", Publish=True)
    found: dict[str, Any] = {
        "reserved_concurrency_result": lam.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1),
        "invoke_latest_before_block": lam.invoke(FunctionName="f"),
        "provisioned_concurrency_result": lam.put_provisioned_concurrency_config(
            FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=1
        ),
        "invoke_latest_first_exc": refused(lam.invoke, FunctionName="f"),
    }
    sim.run(for_s=60)
    found["invoke_v1_after_block"] = lam.invoke(FunctionName="f", Qualifier="1")
    found["invoke_latest_second_exc"] = refused(lam.invoke, FunctionName="f")
    shows = {name: shown(answer) for name, answer in found.items()}
    for answer in shows.values():
        if "Payload" in answer:
            assert answer["Payload"] == '{"hello": "world"}'
            answer["Payload"] = {"hello": "world"}
    assert re.fullmatch(r"2026-01-01T00:00:0\d\.\d{3}\+0000", shows["provisioned_concurrency_result"]["LastModified"])
    shows["provisioned_concurrency_result"]["LastModified"] = "date"
    assert shows == expected(capture, "lam_test_lambda_concurrency_block")


@pytest.mark.rule("FUN-07", "FUN-12", "ASY-01")
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("RequestResponse", "lam_test_invocation_type_no_return_payload_python_RequestResponse"),
        ("Event", "lam_test_invocation_type_event_python3_9"),
        ("RequestResponse", "lam_test_invocation_type_no_return_payload_nodejs_RequestResponse"),
        ("Event", "lam_test_invocation_type_no_return_payload_nodejs_Event"),
    ],
)
def test_invoke_answers_by_its_type(lam: Any, capture: Any, kind: str, name: str) -> None:
    create("f")
    answer = shown(lam.invoke(FunctionName="f", InvocationType=kind, Payload=b"{}"))
    assert {"invoke-result": answer} == expected(capture, name)


@pytest.mark.rule("ASY-05", "FUN-19")
def test_an_asynchronous_event_keeps_its_request_id(sim: Simulation, lam: Any, capture: Any) -> None:
    recorded = expected(capture, "lam_test_request_id_async_invoke_with_retry")
    create("f", "def handler(event, context):\n    raise ValueError('boom')\n")
    lam.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    assert shown(lam.invoke(FunctionName="f", InvocationType="Event")) == recorded["invoke_result"]
    attempts = sim.run().invocations
    assert len(attempts) == len(recorded["end_messages"]) == 2
    assert len({one.request_id for one in attempts}) == 1


@pytest.mark.rule("ASY-12")
def test_events_that_wait_run_with_the_variables_of_the_moment_they_begin(
    sim: Simulation, lam: Any, capture: Any
) -> None:
    code = (
        "import os, time\n"
        "def handler(event, context):\n"
        "    if event['n'] == 1:\n        time.sleep(20)\n"
        "    return f\"{event['n']:02}-{event['name']}--{os.environ['FUNCTION_VARIANT']}\"\n"
    )

    def variant(n: int) -> dict[str, Any]:
        return {"Variables": {"FUNCTION_VARIANT": f"variant-{n}"}}

    create("f", code, Timeout=60, Environment=variant(1))
    lam.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    for n in range(1, 16):
        if n == 11:
            lam.update_function_configuration(FunctionName="f", Environment=variant(2))
        name = b"sleep" if n == 1 else b"before" if n < 11 else b"after"
        lam.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"n": %d, "name": "%s"}' % (n, name))
        if n == 1:
            sim.run(for_s=1)
    history = sorted(one.response for one in sim.run().invocations if one.outcome == "success")
    recorded = expected(capture, "lam_test_async_invoke_queue_upon_function_update")
    assert {"async_invoke_history_sorted": history} == recorded


@pytest.mark.rule("ASY-10", "FUN-14")
def test_event_invoke_configs_live_as_with_aws(lam: Any, capture: Any) -> None:
    made = create("f-name", "x = 1", Handler="handler.handler", Timeout=30, Environment={"Variables": {}})
    call, get = lam.put_function_event_invoke_config, lam.get_function_event_invoke_config
    update = lam.update_function_event_invoke_config
    f = {"FunctionName": "f-name"}
    found: dict[str, Any] = {
        "put_invokeconfig_retries_0": call(**f, MaximumRetryAttempts=0),
        "put_invokeconfig_eventage_60": call(**f, MaximumEventAgeInSeconds=60),
        "update_invokeconfig_eventage_nochange": update(**f, MaximumEventAgeInSeconds=60),
        "update_invokeconfig_retries": update(**f, MaximumRetryAttempts=1),
        "get_invokeconfig": get(**f),
        "get_invokeconfig_latest": get(**f, Qualifier="$LATEST"),
        "list_single_invokeconfig": lam.list_function_event_invoke_configs(**f),
        "publish_version_result": lam.publish_version(**f),
        "get_invokeconfig_postpublish": refused(get, **f, Qualifier="1"),
        "put_published_invokeconfig": call(**f, Qualifier="1", MaximumEventAgeInSeconds=120),
        "get_published_invokeconfig": get(**f, Qualifier="1"),
    }
    lam.delete_function_event_invoke_config(**f)
    found["list_paging_nolimit_postdelete"] = lam.list_function_event_invoke_configs(**f)
    found = as_recorded({name: shown(one) for name, one in found.items()}, **{"f-name": "<function-name:1>"})
    version = found["publish_version_result"]
    runtime = version["RuntimeVersionConfig"]["RuntimeVersionArn"]
    assert re.fullmatch(r"arn:<partition>:lambda:<region>::runtime:[0-9a-f]{64}", runtime)
    assert re.fullmatch(r"[0-9a-f-]{36}", version["RevisionId"])
    assert (version["CodeSize"], len(base64.b64decode(version["CodeSha256"]))) == (made["CodeSize"], 32)
    version |= {
        "CodeSha256": "<code-sha256:1>",
        "CodeSize": "<code-size>",
        "LastModified": "date",
        "RevisionId": "<uuid:1>",
        "Role": "arn:<partition>:iam::111111111111:role/<resource:2>",
        "RuntimeVersionConfig": {"RuntimeVersionArn": "arn:<partition>:lambda:<region>::runtime:<resource:3>"},
    }
    assert found == expected(capture, "api_test_lambda_eventinvokeconfig_lifecycle")


@pytest.mark.rule("ASY-10", "DST-01", "FUN-16")
def test_event_invoke_configs_are_refused_as_by_aws(lam: Any, capture: Any) -> None:
    arn = create("f-name", Publish=True)["FunctionArn"].rpartition(":")[0]
    other = create("other")["FunctionArn"]
    lam.create_alias(FunctionName="f-name", FunctionVersion="1", Name="eventinvokealias")
    call, f = lam.put_function_event_invoke_config, {"FunctionName": "f-name"}
    alias = "eventinvokealias"

    def to(where: str, target: str | None) -> dict[str, Any]:
        return {"DestinationConfig": {where: {} if target is None else {"Destination": target}}}

    one = {"MaximumRetryAttempts": 1}
    missing = f"{arn.rpartition(':')[0]}:{MISSING}"
    found: dict[str, Any] = {
        "put_functionname_name_notfound": refused(call, FunctionName=MISSING, **one),
        "put_functionname_arn_notfound": refused(call, FunctionName=missing, **one),
        "put_functionname_nootherargs": refused(call, **f),
        "put_destination_lambda_doesntexist": refused(call, **f, **to("OnSuccess", missing)),
        "put_destination_recursive": refused(call, **f, **to("OnSuccess", arn)),
        "put_destination_other_lambda": call(**f, **to("OnSuccess", other)),
        "put_destination_invalid_service_arn": refused(call, **f, **to("OnSuccess", arn.replace(":lambda:", ":iam:"))),
        "put_destination_success_no_destination_arn": call(**f, **to("OnSuccess", None)),
        "put_destination_failure_no_destination_arn": call(**f, **to("OnFailure", None)),
        "put_destination_invalid_arn_pattern": refused(
            call, **f, **to("OnFailure", arn.replace(":lambda:", ":_-/!lambda:"))
        ),
        "put_destination_latest": call(**f, **one),
        "put_destination_latest_explicit_qualifier": call(**f, Qualifier="$LATEST", **one),
        "put_destination_version": call(**f, Qualifier="1", **one),
        "put_alias_functionname_qualifier": call(**f, Qualifier=alias, **one),
        "put_alias_doesnotexist": refused(call, **f, Qualifier=MISSING, **one),
        "put_alias_qualifiedarn": call(FunctionName=f"{arn}:{alias}", **one),
        "put_alias_qualifiedarn_qualifier": call(FunctionName=f"{arn}:{alias}", Qualifier=alias, **one),
        "put_alias_qualifiedarn_qualifierconflict": refused(
            call, FunctionName=f"{arn}:{alias}", Qualifier="other", **one
        ),
        "put_alias_shorthand": call(FunctionName=f"f-name:{alias}", **one),
        "put_alias_shorthand_qualifier": call(FunctionName=f"f-name:{alias}", Qualifier=alias, **one),
        "put_alias_shorthand_qualifierconflict": refused(
            call, FunctionName=f"f-name:{alias}", Qualifier="other", **one
        ),
        "put_version_shorthand": call(FunctionName="f-name:1", **one),
        "put_shorthand_qualifier_match": call(FunctionName="f-name:$LATEST", Qualifier="$LATEST", **one),
        "put_shorthand_qualifier_mismatch_1": refused(call, FunctionName="f-name:$LATEST", Qualifier="1", **one),
        "put_shorthand_qualifier_mismatch_2": refused(call, FunctionName="f-name:1", Qualifier="$LATEST", **one),
        "put_shorthand_qualifier_mismatch_3": refused(call, FunctionName="f-name:1", Qualifier=alias, **one),
        "put_maxevent_maxvalue_result": call(**f, MaximumRetryAttempts=2, MaximumEventAgeInSeconds=21600),
        "put_pre_overwrite": call(**f, MaximumRetryAttempts=2, MaximumEventAgeInSeconds=60),
        "put_post_overwrite": call(**f, MaximumRetryAttempts=0),
        "second_overwrite_existing_response": call(**f, MaximumRetryAttempts=0),
    }
    get, update = lam.get_function_event_invoke_config, lam.update_function_event_invoke_config
    found["get_post_overwrite"] = get(**f)
    found["pre_update_response"] = call(**f, MaximumRetryAttempts=2, MaximumEventAgeInSeconds=60)
    found["update_response"] = update(**f, MaximumRetryAttempts=0)
    found["update_response_existing"] = update(**f, MaximumRetryAttempts=0)
    delete, listed = lam.delete_function_event_invoke_config, lam.list_function_event_invoke_configs
    found["list_configs"] = listed(**f)
    found["delete_latest"] = delete(**f, Qualifier="$LATEST")
    found["delete_version"] = delete(**f, Qualifier="1")
    found["delete_alias"] = delete(**f, Qualifier=alias)
    found["list_configs_postdelete"] = listed(**f)
    found["delete_function_not_found"] = refused(delete, **f)
    found["delete_function_doesnotexist"] = refused(delete, FunctionName=MISSING)
    found["list_function_doesnotexist"] = refused(listed, FunctionName=MISSING)
    found["get_function_doesnotexist"] = refused(get, FunctionName=MISSING)
    found["get_qualifier_doesnotexist"] = refused(get, **f, Qualifier=MISSING)
    found["update_eventinvokeconfig_function_doesnotexist"] = refused(update, FunctionName=MISSING, **one)
    found["get_eventinvokeconfig_doesnotexist"] = refused(get, **f, Qualifier=alias)
    name = "update_eventinvokeconfig_config_doesnotexist"
    found[f"{name}_with_qualifier"] = refused(update, **f, Qualifier=alias, **one)
    found[f"{name}_without_qualifier"] = refused(update, **f, **one)
    shows = {key: shown(answer) for key, answer in found.items()}
    names = {"f-name": "<function-name:1>", "function:other": "function:<resource:5>"}
    assert as_recorded(shows, **names) == expected(capture, "api_test_lambda_eventinvokeconfig_exceptions")
