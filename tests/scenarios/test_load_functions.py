# ruff: noqa: E501 - the expected texts stand whole, one a line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim.functions.durations import ZERO
from eventsim.scenarios.cloudformation import FOREIGN_EVENT_TYPES, FUNCTION_PROPERTIES
from eventsim.scenarios.convert import Later
from eventsim.scenarios.events import SUPPORTED
from eventsim.scenarios.model import MappingSpec
from tests.scenarios.loading import loader, refuser, warnings_of

if TYPE_CHECKING:
    from pathlib import Path

QUEUES = "queues: {q: {}, f.fifo: {}, dead: {}}\n"


def function(properties: str) -> str:
    return f"{QUEUES}functions:\n  w: {properties}\n"


def event(properties: str) -> str:
    return function(f"{{script: [{{return: 1}}], Events: {{e: {{Type: SQS, Properties: {properties}}}}}}}")


def told(lines: list[str], under: str) -> list[str]:
    """The lines without file and place, paths relative to *under*."""
    return [line.split(" ", 1)[1].removeprefix(f"{under}.").removeprefix(f"{under}: ") for line in lines]


@pytest.mark.rule("FUN-01")
def test_a_function_has_lambdas_defaults(tmp_path: Path) -> None:
    one = loader(tmp_path)(function("{Handler: a.b}")).functions["w"]
    assert (one.settings.timeout_s, one.settings.memory_mb, one.settings.reserved_concurrency) == (3, 128, None)
    assert (one.invoker, one.code_folder, one.settings.environment, one.mappings) == ("python", tmp_path, {}, [])
    assert (one.takes, one.cold_start) == (ZERO, ZERO)


def test_environment_variables_become_text_as_in_cloudformation(tmp_path: Path) -> None:
    text = function("{Handler: a.b, Environment: {Variables: {AA: x, BB: 1, CC: 1.5, DD: true, EE: '', FF: no}}}")
    assert loader(tmp_path)(text).functions["w"].settings.environment == {
        "AA": "x", "BB": "1", "CC": "1.5", "DD": "true", "EE": "", "FF": "false",
    }  # fmt: skip


def test_properties_without_effect_give_one_warning_for_the_whole_section(tmp_path: Path) -> None:
    text = """\
functions:
  a: {Handler: a.b, Runtime: python3.13, Tags: {k: v}, Layers: [x], PackageType: Zip}
  b: {script: [{return: null}], Runtime: python3.13, VpcConfig: {}}
"""
    assert warnings_of(loader(tmp_path)(text)) == [
        "s.yaml:2:21: functions: without effect in a simulation: Runtime (a, b), Tags (a), Layers (a), VpcConfig (b)"
    ]


@pytest.mark.parametrize("name", [name for name, entry in FUNCTION_PROPERTIES.items() if isinstance(entry, Later)])
def test_properties_of_later_work_are_refused_and_not_ignored(tmp_path: Path, name: str) -> None:
    lines = refuser(tmp_path)(function(f"{{script: [{{return: 1}}], {name}: {{}}}}"))
    assert [line.startswith("s.yaml:3:30: functions.w." + name) for line in lines] == [True]
    assert lines[0].endswith("is not supported yet")


@pytest.mark.parametrize("kind", sorted(FOREIGN_EVENT_TYPES))
def test_event_sources_that_are_not_simulated_are_refused(tmp_path: Path, kind: str) -> None:
    lines = refuser(tmp_path)(function(f"{{script: [{{return: 1}}], Events: {{e: {{Type: {kind}}}}}}}"))
    assert told(lines, "functions.w.Events.e") == [
        f"Type: found {kind!r}, which eventsim does not simulate; allowed: {', '.join(SUPPORTED)}"
    ]


@pytest.mark.parametrize(
    ("properties", "messages"),
    [
        ("{}", ["Handler is missing: a function needs a Handler, or a script"]),
        (
            "{Handler: a.b, script: [{return: 1}]}",
            ["script: found a Handler and a script, expected one of them"],
        ),
        ("{script: [{return: 1}], CodeUri: .}", ["CodeUri: found CodeUri, but a script has no code: leave it out"]),
        ("{script: [{return: 1}], invoker: python}", ["invoker: the invoker python needs a Handler"]),
        ("{Handler: a.b, invoker: scripted}", ["invoker: the invoker scripted needs a script"]),
        (
            "{Handler: a.b, invoker: {type: python, url: x}}",
            ["invoker.url: found 'url', unknown in the invoker python; allowed: type"],
        ),
        (
            "{Handler: a.b, invoker: pyhton}",
            ["invoker: found 'pyhton', unknown as an invoker, did you mean 'python'? Allowed: python, scripted, runtime, http, lambda"],
        ),
        ("{Handler: a.b, CodeUri: nowhere}", ["CodeUri: found 'nowhere', but there is no such folder: {}/nowhere"]),
        (
            "{Handler: a.b, CodeUri: s.yaml}",
            ["CodeUri: found 's.yaml', a file; expected the folder that holds the handler's module"],
        ),
        (
            "{Handler: a.b, CodeUri: s3://bucket/key}",
            ["CodeUri: found code in S3, expected a folder, relative to this file"],
        ),
        ("{Handler: a.b, PackageType: Image}", ["PackageType: a container image (PackageType: Image) is not supported yet"]),
        ("{Handler: a.b, FunctionName: x}", ["FunctionName: found 'x', but the key 'w' is the name here: make both the same, or leave FunctionName out"]),
        ("{Handler: a.b, Environment: {Variables: {AA: [1], BB: }}}", [
            "Environment.Variables.AA: found a list, expected text, a number, true or false",
            "Environment.Variables.BB: found nothing, expected text, a number, true or false",
        ]),
        ("{Handler: a.b, Environment: {Varables: {}}}", ["Environment.Varables: found 'Varables', unknown in Environment, did you mean 'Variables'? Allowed: Variables"]),
        ("{Handler: a.b, takes: {uniform: 3}}", ["takes: uniform: found 3, expected [low, high], as in [10ms, 1s]"]),
        ("{Handler: 3}", ["Handler: found 3, expected text: quote it"]),
    ],
)  # fmt: skip
def test_a_property_that_is_wrong_is_told(tmp_path: Path, properties: str, messages: list[str]) -> None:
    expected = [message.replace("{}", str(tmp_path)) for message in messages]
    assert told(refuser(tmp_path)(function(properties)), "functions.w") == [
        message.replace(f"{tmp_path}/", "") for message in expected
    ]


@pytest.mark.parametrize(
    ("script", "messages"),
    [
        ("[]", ["script: found an empty list, expected at least one outcome"]),
        ("{return: 1}", ["script: found a mapping, expected a list"]),
        ("[{times: 2}]", ["script[0]: found none, expected exactly one of return, raise, fail_items, raise_if, timeout"]),
        (
            "[{return: 1}, {return: 1, timeout: true}]",
            ["script[1]: found return and timeout, expected exactly one of return, raise, fail_items, raise_if, timeout"],
        ),
        ("[{return: 1, times: 0}]", ["script[0].times: found 0, expected a whole number from 1 to 1000000000"]),
        ("[{return: 1, takes: -1}]", ["script[0].takes: found -1, expected a duration of 0 or more: 150ms, 30s, 5m, 2h, 1d, 1m30s, PT1M30S or a number of seconds"]),
        ("[{return: .nan}]", ["script[0].return: found nan, which JSON does not have"]),
        ("[{raise: boom}]", ["script[0].raise: found 'boom', expected a mapping (key: value)"]),
        ("[{raise: {errorTyp: x}}]", ["script[0].raise.errorTyp: found 'errorTyp', unknown in raise, did you mean 'errorType'? Allowed: errorType, errorMessage, stackTrace"]),
        ("[{timeout: false}]", ["script[0].timeout: found false, expected true"]),
        ("[{fail_items: [1]}]", ["script[0].fail_items: found a list, expected an event pattern such as {body: {poison: [true]}}"]),
        ("[{raise_if: {body: {a: 1}}}]", ["script[0].raise_if: InvalidParameterValueException: Invalid filter pattern definition. body.a: found 1; allowed: a list of values, or an object, as in [1]"]),
    ],
)  # fmt: skip
def test_an_outcome_that_is_wrong_is_told(tmp_path: Path, script: str, messages: list[str]) -> None:
    assert told(refuser(tmp_path)(function(f"{{script: {script}}}")), "functions.w") == messages


@pytest.mark.rule("CON-05")
def test_reservations_leave_a_hundred_of_the_account(tmp_path: Path) -> None:
    text = """\
account: {ConcurrentExecutions: 200}
functions:
  a: {Handler: a.b, ReservedConcurrentExecutions: 60}
  b: {Handler: a.b, ReservedConcurrentExecutions: 0}
  c: {Handler: a.b, ReservedConcurrentExecutions: %d}
"""
    assert loader(tmp_path)(text % 40).functions["c"].settings.reserved_concurrency == 40
    assert refuser(tmp_path)(text % 41) == [
        (
            "s.yaml:5:51: functions.c.ReservedConcurrentExecutions: InvalidParameterValueException: Specified "
            "ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum "
            "value of [100]. Reserved up to here: 101 of 200."
        )
    ]


@pytest.mark.rule("ESM-02")
def test_every_setting_of_a_queue_mapping_is_read(tmp_path: Path) -> None:
    text = event(
        "{Queue: 'arn:aws:sqs:us-east-1:123456789012:q', Enabled: 'false', BatchSize: '100', "
        "MaximumBatchingWindowInSeconds: 5, MetricsConfig: {Metrics: [EventCount]}, KmsKeyArn: arn, "
        "ProvisionedPollerConfig: {MinimumPollers: 3, MaximumPollers: 9}}"
    )
    scenario = loader(tmp_path)(text)
    spec = scenario.functions["w"].mappings[0]
    assert isinstance(spec, MappingSpec)
    assert (spec.name, spec.function, spec.queue) == ("w/e", "w", "q")
    settings = spec.settings
    assert (settings.enabled, settings.batch_size, settings.maximum_batching_window_in_seconds) == (False, 100, 5)
    assert settings.provisioned_poller_config is not None
    assert settings.provisioned_poller_config.maximum_pollers == 9
    assert warnings_of(scenario) == ["s.yaml:3:236: functions: without effect in a simulation: KmsKeyArn (w/e)"]


INVALID = "InvalidParameterValueException: "
VALIDATION = (
    "ValidationException: 1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must "
)


@pytest.mark.rule("ESM-02", "ESM-03", "ESM-04", "ESM-08", "ESM-10", "FLT-01", "FLT-02", "GEN-06")
@pytest.mark.parametrize(
    ("properties", "messages"),
    [
        ("{Queue: q, BatchSize: 11}", ["BatchSize: " + INVALID + "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"]),
        ("{Queue: q, BatchSize: 0}", ["BatchSize: " + VALIDATION.format(0, "batchSize") + "have value greater than or equal to 1"]),
        ("{Queue: q, BatchSize: ten}", ["BatchSize: found 'ten', expected a whole number"]),
        ("{Queue: f.fifo, BatchSize: 100, MaximumBatchingWindowInSeconds: 5}", [
            "BatchSize: " + INVALID + "Batch size must not exceed 10 for FIFO queues",
            "MaximumBatchingWindowInSeconds: " + INVALID + "Batching window is not supported for FIFO queues",
        ]),
        ("{Queue: q, DestinationConfig: {}}", ["DestinationConfig: " + INVALID + "Unsupported DestinationConfig parameter for given event source mapping type."]),
        ("{Queue: q, MaximumRetryAttempts: 2}", ["MaximumRetryAttempts: " + INVALID + "MaximumRetryAttempts isn't supported for this event source type"]),
        ("{Queue: q, ScalingConfig: {MaximumConcurrency: 1001}}", ["ScalingConfig.MaximumConcurrency: " + VALIDATION.format(1001, "scalingConfig.maximumConcurrency") + "have value less than or equal to 1000"]),
        ("{Queue: q, ProvisionedPollerConfig: {}}", ["ProvisionedPollerConfig: " + INVALID + "Either MinimumPollers or MaximumPollers are required if ProvisionedPollerConfig is provided."]),
        ("{Queue: q, ProvisionedPollerConfig: {PollerGroupName: x}}", ["ProvisionedPollerConfig.PollerGroupName: found PollerGroupName, which a mapping from a queue does not have"]),
        ("{Queue: q, BatchSzie: 3}", ["BatchSzie: found 'BatchSzie', unknown in the Properties of an SQS event, did you mean 'BatchSize'? Allowed: Queue, BatchSize, Enabled, FilterCriteria, FunctionResponseTypes, MaximumBatchingWindowInSeconds, MetricsConfig, KMSKeyArn, KmsKeyArn, ProvisionedPollerConfig, ScalingConfig"]),
        ("{BatchSize: 3}", ["Queue is missing, the Properties of an SQS event needs it"]),
        ("{Queue: q, FilterCriteria: {Filters: [{Pattern: {body: [1]}}, {}, {Pattern: }, {Pattern: '{\"body\": 1}'}]}}", [
            "FilterCriteria.Filters[0].Pattern: found a mapping, expected the pattern as a JSON text, as CloudFormation takes it: '{\"body\":[1]}'",
            "FilterCriteria.Filters[1]: Pattern is missing, a filter needs it",
            "FilterCriteria.Filters[2].Pattern: " + INVALID + "Invalid filter pattern definition. the pattern: found null; allowed: a JSON object",
            "FilterCriteria.Filters[3].Pattern: " + INVALID + "Invalid filter pattern definition. body: found 1; allowed: a list of values, or an object, as in [1]",
        ]),
        ("{Queue: q, FilterCriteria: {Filters: [{}, {}, {}, {}, {}, {}]}}", ["FilterCriteria.Filters: " + INVALID + "The number of filters (6) exceeds the limit of 5 filters for an event source."]),
    ],
)  # fmt: skip
def test_a_mapping_that_lambda_refuses_is_refused_in_its_words(
    tmp_path: Path, properties: str, messages: list[str]
) -> None:
    assert told(refuser(tmp_path)(event(properties)), "functions.w.Events.e.Properties") == messages


@pytest.mark.rule("ESM-05")
def test_a_function_may_not_outlast_the_visibility_timeout_of_its_queue(tmp_path: Path) -> None:
    text = "queues: {q: {VisibilityTimeout: 29}}\nfunctions:\n  w:\n    Timeout: 30\n    script: [{return: 1}]\n"
    text += "    Events: {e: {Type: SQS, Properties: {Queue: q}}}\n"
    assert refuser(tmp_path)(text) == [
        (
            "s.yaml:6:49: functions.w.Events.e.Properties.Queue: InvalidParameterValueException: Queue visibility timeout: "
            "29 seconds is less than Function timeout: 30 seconds"
        )
    ]


@pytest.mark.rule("ESM-09")
def test_a_function_reads_a_queue_once(tmp_path: Path) -> None:
    text = f"""\
{QUEUES}functions:
  w:
    script: [{{return: 1}}]
    Events:
      one: {{Type: SQS, Properties: {{Queue: q}}}}
      two: {{Type: SQS, Properties: {{Queue: "arn:aws:sqs:us-east-1:123456789012:q"}}}}
      three: {{Type: SQS, Properties: {{Queue: dead}}}}
  other: {{script: [{{return: 1}}], Events: {{e: {{Type: SQS, Properties: {{Queue: q}}}}}}}}
"""
    assert refuser(tmp_path)(text) == [
        (
            "s.yaml:7:44: functions.w.Events.two.Properties.Queue: ResourceConflictException: An event source mapping with "
            'SQS arn (" arn:aws:sqs:us-east-1:123456789012:q ") and function (" w ") already exists. Please update or delete '
            "the existing mapping with UUID w/one"
        )
    ]


@pytest.mark.rule("FLT-06")
def test_a_filter_on_metadata_is_warned_of(tmp_path: Path) -> None:
    text = event('{Queue: q, FilterCriteria: {Filters: [{Pattern: \'{"attributes": {"MessageGroupId": ["a"]}}\'}]}}')
    warnings = warnings_of(loader(tmp_path)(text))
    assert told(warnings, "functions.w.Events.e.Properties") == [
        (
            'FilterCriteria.Filters[0].Pattern: the key "attributes" is metadata: for this source AWS documents filters on '
            '"body" only'
        )
    ]


@pytest.mark.rule("SQS-22")
def test_sizes_below_aws_advice_are_warned_of_and_not_refused(tmp_path: Path) -> None:
    text = """\
queues:
  q: {VisibilityTimeout: 64, RedrivePolicy: {deadLetterTargetArn: dead, maxReceiveCount: 4}}
  plain: {}
  dead: {RedrivePolicy: {deadLetterTargetArn: plain, maxReceiveCount: 1}}
functions:
  w:
    script: [{return: 1}]
    Timeout: 10
    ReservedConcurrentExecutions: 4
    Events:
      e: {Type: SQS, Properties: {Queue: q, MaximumBatchingWindowInSeconds: 5}}
      f: {Type: SQS, Properties: {Queue: plain}}
  off: {script: [{return: 1}], ReservedConcurrentExecutions: 0, Events: {e: {Type: SQS, Properties: {Queue: plain}}}}
  alone: {script: [{return: 1}], ReservedConcurrentExecutions: 1}
"""
    assert warnings_of(loader(tmp_path)(text)) == [
        (
            "s.yaml:2:26: queues.q.VisibilityTimeout: found 64 s for w/e; AWS advises at least 65 s, six times the "
            "function's Timeout of 10 s and the window of 5 s"
        ),
        (
            "s.yaml:2:90: queues.q.RedrivePolicy.maxReceiveCount: found 4; AWS advises at least 5, since throttled "
            "invocations use up receives too"
        ),
        (
            "s.yaml:3:10: queues.plain.VisibilityTimeout: found 30 s for w/f; AWS advises at least 60 s, six times the "
            "function's Timeout of 10 s"
        ),
        (
            "s.yaml:9:35: functions.w.ReservedConcurrentExecutions: found 4; AWS advises at least 5 for a function that "
            "reads a queue, which begins with 5 batches"
        ),
    ]


@pytest.mark.rule("FLT-05")
def test_a_script_that_waits_for_keys_that_no_record_has_is_warned_of(tmp_path: Path) -> None:
    text = """\
queues: {q: {VisibilityTimeout: 60}}
streams: {s: {}}
functions:
  w:
    script: [{raise_if: {kinesis: {partitionKey: [a]}}}, {fail_items: {$or: [{data: [a]}, {eventID: [a]}], partitionKey: [a]}}]
    Events: {e: {Type: Kinesis, Properties: {Stream: s, StartingPosition: LATEST}}}
  both:
    script: [{raise_if: {body: [a]}}, {raise_if: {partitionKey: [a]}}, {fail_items: {detail: {n: [1]}}}]
    Events:
      e: {Type: Kinesis, Properties: {Stream: s, StartingPosition: LATEST}}
      q: {Type: SQS, Properties: {Queue: q}}
  invoked: {script: [{raise_if: {anything: [a]}}]}
  told:
    script: [{raise_if: {anything: [a]}}]
    Events:
      e: {Type: Kinesis, Properties: {Stream: s, StartingPosition: LATEST}}
      r: {Type: EventBridgeRule, Properties: {Pattern: {source: [a]}}}
"""
    shown = [warning.partition("; ")[0] for warning in warnings_of(loader(tmp_path)(text))]
    assert shown == [
        's.yaml:5:25: functions.w.script[0].raise_if: no record of its mappings has the key "kinesis"',
        's.yaml:8:85: functions.both.script[2].fail_items: no record of its mappings has the key "detail"',
    ]
