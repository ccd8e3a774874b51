"""The Scheduler's operations by name, and its REST protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from eventsim.cloud.eventbridge.errors import not_supported
from eventsim.cloud.eventbridge.members import check_members
from eventsim.cloud.eventbridge.pages import take_page
from eventsim.cloud.protocols import json_params, numbered_id
from eventsim.cloud.requests import AwsRequest, AwsResponse
from eventsim.cloud.schedules.parameters import OPERATIONS
from eventsim.cloud.schedules.settings import DEFAULT_GROUP
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from eventsim.cloud.schedules.groups import Group, Schedule
    from eventsim.cloud.schedules.scheduler import Scheduler

Json = dict[str, Any]

METHODS: Final = {
    "CreateSchedule": "_create_schedule",
    "CreateScheduleGroup": "_create_schedule_group",
    "DeleteSchedule": "_delete_schedule",
    "DeleteScheduleGroup": "_delete_schedule_group",
    "GetSchedule": "_get_schedule",
    "GetScheduleGroup": "_get_schedule_group",
    "ListScheduleGroups": "_list_schedule_groups",
    "ListSchedules": "_list_schedules",
    "ListTagsForResource": "_list_tags_for_resource",
    "TagResource": "_tag_resource",
    "UntagResource": "_untag_resource",
    "UpdateSchedule": "_update_schedule",
}
_QUERY_NAMES: Final = {"groupName": "GroupName", "ScheduleGroup": "GroupName", "clientToken": "ClientToken"}


class SchedulerService:
    """The operations of the service ``scheduler``, in the shapes of its JSON."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    async def handle(self, operation: str, params: Json) -> Json:
        """Answer one request; AwsError is the Scheduler's own answer, NotImplemented what is not supported here."""
        shape = OPERATIONS.get(operation)
        if shape is None:
            raise not_supported(f"scheduler {operation} is not supported")
        answer: Json = getattr(self, METHODS[operation])(check_members(shape, params))
        return answer

    # --- schedules ---

    def _create_schedule(self, given: Json) -> Json:
        return {"ScheduleArn": self._scheduler.create(given["Name"], given, _group_name(given)).arn}

    def _update_schedule(self, given: Json) -> Json:
        return {"ScheduleArn": self._scheduler.update(given["Name"], given, _group_name(given)).arn}

    def _delete_schedule(self, given: Json) -> Json:
        self._scheduler.delete(given["Name"], _group_name(given))
        return {}

    def _get_schedule(self, given: Json) -> Json:
        schedule = self._scheduler.group(_group_name(given)).schedule(given["Name"])
        return {**_show_head(schedule), **schedule.settings.given}

    def _list_schedules(self, given: Json) -> Json:
        name, prefix, state = given.get("GroupName"), given.get("NamePrefix", ""), given.get("State")
        groups = list(self._scheduler) if name is None else [self._scheduler.group(name)]
        schedules = {
            f"{group.name}\0{schedule.name}": schedule
            for group in groups
            for schedule in group.schedules.values()
            if schedule.name.startswith(prefix) and state in (None, schedule.settings.given["State"])
        }
        page, more = take_page(schedules, given.get("MaxResults"), given.get("NextToken"))
        return {"Schedules": [show_summary(schedule) for schedule in page], **more}

    # --- groups ---

    def _create_schedule_group(self, given: Json) -> Json:
        group = self._scheduler.create_group(given["Name"], given.get("ClientToken"))
        group.tags.update({tag["Key"]: tag["Value"] for tag in given.get("Tags", ())})
        return {"ScheduleGroupArn": group.arn}

    def _delete_schedule_group(self, given: Json) -> Json:
        self._scheduler.delete_group(given["Name"])
        return {}

    def _get_schedule_group(self, given: Json) -> Json:
        return show_group(self._scheduler.group(given["Name"]))

    def _list_schedule_groups(self, given: Json) -> Json:
        prefix = given.get("NamePrefix", "")
        groups = {group.name: group for group in self._scheduler if group.name.startswith(prefix)}
        page, more = take_page(groups, given.get("MaxResults"), given.get("NextToken"))
        return {"ScheduleGroups": [show_group(group) for group in page], **more}

    # --- tags ---

    def _tag_resource(self, given: Json) -> Json:
        self._tagged(given).update({tag["Key"]: tag["Value"] for tag in given["Tags"]})
        return {}

    def _untag_resource(self, given: Json) -> Json:
        tags = self._tagged(given)
        for key in given["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _list_tags_for_resource(self, given: Json) -> Json:
        return {"Tags": [{"Key": key, "Value": value} for key, value in self._tagged(given).items()]}

    def _tagged(self, given: Json) -> dict[str, str]:
        return self._scheduler.group(given["ResourceArn"].rpartition("/")[2]).tags


class SchedulerEndpoint:
    """What the router mounts as ``scheduler``: paths, queries and JSON bodies; errors are raised, for it to encode."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._service = SchedulerService(scheduler)
        self._requests = 0

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """Answer one request."""
        self._requests += 1
        if request.operation is None:
            raise AwsError("UnknownOperationException", f"{request.method} {request.url} is no operation.", status=404)
        result = await self._service.handle(request.operation, read_parameters(request))
        headers = {"content-type": "application/json", "x-amzn-requestid": numbered_id(self._requests)}
        return AwsResponse(200, headers, msgspec.json.encode(result))


def read_parameters(request: AwsRequest) -> Json:
    """The members of a request: from its body, its query, and the end of its path."""
    parts = urlsplit(request.url)
    params = json_params(request.body)
    for name, value in parse_qsl(parts.query):
        if name == "TagKeys":
            params.setdefault(name, []).append(value)
        else:
            params[_QUERY_NAMES.get(name, name)] = _number(value) if name == "MaxResults" else value
    kind, _, label = parts.path.strip("/").partition("/")
    if label:
        params["ResourceArn" if kind == "tags" else "Name"] = unquote(label)
    return params


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def _group_name(given: Json) -> str:
    name: str = given.get("GroupName", DEFAULT_GROUP)
    return name


def _show_head(schedule: Schedule) -> Json:
    return {
        "Arn": schedule.arn,
        "Name": schedule.name,
        "GroupName": schedule.group.name,
        "CreationDate": schedule.created_s,
        "LastModificationDate": schedule.modified_s,
    }


def show_summary(schedule: Schedule) -> Json:
    """A schedule as ListSchedules shows it."""
    settings = schedule.settings
    return {**_show_head(schedule), "State": settings.given["State"], "Target": {"Arn": settings.target.arn}}


def show_group(group: Group) -> Json:
    """A group as GetScheduleGroup and ListScheduleGroups show it."""
    return {
        "Arn": group.arn,
        "Name": group.name,
        "State": "ACTIVE",
        "CreationDate": group.created_s,
        "LastModificationDate": group.modified_s,
    }
