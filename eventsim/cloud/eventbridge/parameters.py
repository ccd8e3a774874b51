"""What EventBridge's operations take, by the service model (GEN-06); what is left out here is not supported."""

from __future__ import annotations

from typing import Final

from eventsim.cloud.eventbridge.members import NEXT_TOKEN, Fields, Flag, Items, Member, Moment, Number, Text, TextMap

_NAME: Final = r"[\.\-_A-Za-z0-9]+"
_BUS_NAME: Final = r"[/\.\-_A-Za-z0-9]+"
_BUS: Final = Text(1, 1600, rf"(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{{12}}:event-bus\/)?{_BUS_NAME}")
_RULE: Final = Text(1, 64, _NAME)
_ARN: Final = Text(1, 1600)
_LIMIT: Final = Number(1, 100)
_TAGS: Final = Items(Fields({"Key!": Text(1, 128), "Value!": Text(0, 256)}))
_TARGET_ID: Final = Text(1, 64, _NAME)
_PATTERN: Final = Text(0, 4096)
_PAGE: Final[dict[str, Member]] = {"NextToken": NEXT_TOKEN, "Limit": _LIMIT}
_DEAD_LETTERS: Final = Fields({"Arn": _ARN})
_STATES: Final = ("ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")

TARGET: Final = Fields(
    {
        "Id!": _TARGET_ID,
        "Arn!": _ARN,
        "RoleArn": _ARN,
        "Input": Text(0, 8192),
        "InputPath": Text(0, 256),
        "InputTransformer": Fields(
            {
                "InputPathsMap": TextMap(100, Text(1, 256, r"[A-Za-z0-9\_\-]+"), Text(0, 256)),
                "InputTemplate!": Text(1, 8192),
            }
        ),
        "SqsParameters": Fields({"MessageGroupId": Text(0, 100)}),
        "DeadLetterConfig": _DEAD_LETTERS,
        "RetryPolicy": Fields({"MaximumRetryAttempts": Number(0, 185), "MaximumEventAgeInSeconds": Number(60, 86_400)}),
    }
)

ENTRY: Final = Fields(
    {
        "Time": Moment(),
        "Source": Text(),
        "Resources": Items(Text(0, 2048)),
        "DetailType": Text(),
        "Detail": Text(),
        "EventBusName": Text(1, 1600),
    }
)

OPERATIONS: Final[dict[str, Fields]] = {
    "CreateEventBus": Fields(
        {
            "Name!": Text(1, 256, _BUS_NAME),
            "EventSourceName": Text(1, 256),
            "Description": Text(0, 512),
            "KmsKeyIdentifier": Text(0, 2048, r"[a-zA-Z0-9_\-/:]*"),
            "DeadLetterConfig": _DEAD_LETTERS,
            "LogConfig": Fields(
                {
                    "IncludeDetail": Text(choices=("NONE", "FULL")),
                    "Level": Text(choices=("OFF", "ERROR", "INFO", "TRACE")),
                }
            ),
            "Tags": _TAGS,
        }
    ),
    "DeleteEventBus": Fields({"Name!": Text(1, 256, _BUS_NAME)}),
    "DeleteRule": Fields({"Name!": _RULE, "EventBusName": _BUS, "Force": Flag()}),
    "DescribeEventBus": Fields({"Name": _BUS}),
    "DescribeRule": Fields({"Name!": _RULE, "EventBusName": _BUS}),
    "DisableRule": Fields({"Name!": _RULE, "EventBusName": _BUS}),
    "EnableRule": Fields({"Name!": _RULE, "EventBusName": _BUS}),
    "ListEventBuses": Fields({"NamePrefix": Text(1, 256, _BUS_NAME), **_PAGE}),
    "ListRuleNamesByTarget": Fields({"TargetArn!": _ARN, "EventBusName": _BUS, **_PAGE}),
    "ListRules": Fields({"NamePrefix": _RULE, "EventBusName": _BUS, **_PAGE}),
    "ListTagsForResource": Fields({"ResourceARN!": _ARN}),
    "ListTargetsByRule": Fields({"Rule!": _RULE, "EventBusName": _BUS, **_PAGE}),
    "PutEvents": Fields({"Entries!": Items(ENTRY)}),
    "PutRule": Fields(
        {
            "Name!": _RULE,
            "ScheduleExpression": Text(0, 256),
            "EventPattern": _PATTERN,
            "State": Text(choices=_STATES),
            "Description": Text(0, 512),
            "RoleArn": _ARN,
            "Tags": _TAGS,
            "EventBusName": _BUS,
        }
    ),
    "PutTargets": Fields({"Rule!": _RULE, "EventBusName": _BUS, "Targets!": Items(TARGET, 1, 100)}),
    "RemoveTargets": Fields({"Rule!": _RULE, "EventBusName": _BUS, "Ids!": Items(_TARGET_ID, 1, 100), "Force": Flag()}),
    "TagResource": Fields({"ResourceARN!": _ARN, "Tags!": _TAGS}),
    "TestEventPattern": Fields({"EventPattern!": _PATTERN, "Event!": Text()}),
    "UntagResource": Fields({"ResourceARN!": _ARN, "TagKeys!": Items(Text(1, 128))}),
}
