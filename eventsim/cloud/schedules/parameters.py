"""What the Scheduler's operations take, by the service model (GEN-06); what is left out here is not supported."""

from __future__ import annotations

from typing import Final

from eventsim.cloud.eventbridge.members import NEXT_TOKEN, Fields, Items, Member, Moment, Number, Text

_NAME: Final = Text(1, 64, r"[0-9a-zA-Z-_.]+")
_TOKEN: Final = Text(1, 64, r"[a-zA-Z0-9-_]+")
_STATE: Final = Text(choices=("ENABLED", "DISABLED"))
_TAGS: Final = Items(Fields({"Key!": Text(1, 128), "Value!": Text(1, 256)}), 0, 200)
_RESOURCE: Final = Text(1, 1011, r"arn:aws(-[a-z]+)?:scheduler:[a-z0-9\-]+:\d{12}:schedule-group\/[0-9a-zA-Z-_.]+")
_PAGE: Final[dict[str, Member]] = {"MaxResults": Number(1, 100), "NextToken": NEXT_TOKEN, "NamePrefix": _NAME}

_TARGET: Final = Fields(
    {
        "Arn!": Text(1, 1600),
        "RoleArn!": Text(1, 1600, r"arn:aws(-[a-z]+)?:iam::\d{12}:role\/[\w+=,.@\/-]+"),
        "Input": Text(1),
        "DeadLetterConfig": Fields({"Arn": Text(1, 1600, r"arn:aws(-[a-z]+)?:sqs:[a-z0-9\-]+:\d{12}:[a-zA-Z0-9\-_]+")}),
        "RetryPolicy": Fields({"MaximumEventAgeInSeconds": Number(60, 86_400), "MaximumRetryAttempts": Number(0, 185)}),
        "SqsParameters": Fields({"MessageGroupId": Text(1, 128)}),
    }
)

_SCHEDULE: Final = Fields(
    {
        "Name!": _NAME,
        "GroupName": _NAME,
        "ScheduleExpression!": Text(1, 256),
        "ScheduleExpressionTimezone": Text(1, 50),
        "StartDate": Moment(),
        "EndDate": Moment(),
        "FlexibleTimeWindow!": Fields(
            {"Mode!": Text(choices=("OFF", "FLEXIBLE")), "MaximumWindowInMinutes": Number(1, 1440)}
        ),
        "State": _STATE,
        "ActionAfterCompletion": Text(choices=("NONE", "DELETE")),
        "Description": Text(0, 512),
        "KmsKeyArn": Text(1, 2048),
        "Target!": _TARGET,
        "ClientToken": _TOKEN,
    }
)

OPERATIONS: Final[dict[str, Fields]] = {
    "CreateSchedule": _SCHEDULE,
    "CreateScheduleGroup": Fields({"Name!": _NAME, "Tags": _TAGS, "ClientToken": _TOKEN}),
    "DeleteSchedule": Fields({"Name!": _NAME, "GroupName": _NAME, "ClientToken": _TOKEN}),
    "DeleteScheduleGroup": Fields({"Name!": _NAME, "ClientToken": _TOKEN}),
    "GetSchedule": Fields({"Name!": _NAME, "GroupName": _NAME}),
    "GetScheduleGroup": Fields({"Name!": _NAME}),
    "ListScheduleGroups": Fields(_PAGE),
    "ListSchedules": Fields({"GroupName": _NAME, "State": _STATE, **_PAGE}),
    "ListTagsForResource": Fields({"ResourceArn!": _RESOURCE}),
    "TagResource": Fields({"ResourceArn!": _RESOURCE, "Tags!": _TAGS}),
    "UntagResource": Fields({"ResourceArn!": _RESOURCE, "TagKeys!": Items(Text(1, 128), 0, 200)}),
    "UpdateSchedule": _SCHEDULE,
}
