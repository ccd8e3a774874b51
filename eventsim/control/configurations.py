"""What Lambda keeps and shows of a function besides the settings that it runs by."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

from eventsim.control.errors import invalid, not_simulated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.control.packages import CodePackage
    from eventsim.functions.settings import FunctionSettings

SHOWN: Final = ("TracingConfig", "LoggingConfig", "VpcConfig", "KMSKeyArn", "Environment")
"""Members that are shown as they were given: nothing that is simulated depends on them."""

_REFUSED: Final = {
    "Layers": "put what a layer holds into the zip file",
    "FileSystemConfigs": "file systems are not simulated",
    "CodeSigningConfigArn": "code signing is not simulated",
    "ImageConfig": "give the code as a zip file",
    "CapacityProviderConfig": "managed instances are not simulated",
    "DurableConfig": "durable functions are not simulated",
    "TenancyConfig": "tenant isolation is not simulated",
    "PublishTo": "use Publish",
}


class Configuration(Struct, frozen=True, kw_only=True):
    """One function's, or one version's: *shown* holds members of `SHOWN`; the settings are elsewhere.

    *modified_s* is Unix time; it is not part of what makes two configurations the same.
    """

    runtime: str | None
    role: str
    package: CodePackage
    description: str = ""
    dead_letter_arn: str | None = None
    shown: dict[str, Any]


def check_members(given: Mapping[str, Any]) -> None:
    """AwsError for members that would change what happens and are not simulated; empty ones are none."""
    for member, instead in _REFUSED.items():
        if given.get(member):
            raise not_simulated(member, instead)
    if given.get("PackageType", "Zip") != "Zip":
        raise not_simulated("PackageType Image", "give the code as a zip file")
    if given.get("SnapStart", {}).get("ApplyOn", "None") != "None":
        raise not_simulated("SnapStart", "leave it out")
    if given.get("LoggingConfig", {}).get("LogFormat", "Text") != "Text":
        raise not_simulated("LogFormat JSON", "handlers log text")


def new_configuration(given: Mapping[str, Any], package: CodePackage) -> Configuration:
    """That of a new function, from CreateFunction's members."""
    return Configuration(
        runtime=given["Runtime"],
        role=given["Role"],
        package=package,
        description=given.get("Description", ""),
        dead_letter_arn=given.get("DeadLetterConfig", {}).get("TargetArn") or None,
        shown={name: given[name] for name in SHOWN if name in given},
    )


def changed_configuration(configuration: Configuration, given: Mapping[str, Any]) -> Configuration:
    """It after UpdateFunctionConfiguration: what is not given keeps its value."""
    fields: dict[str, Any] = {
        field: given[member]
        for member, field in (("Runtime", "runtime"), ("Role", "role"), ("Description", "description"))
        if member in given
    }
    if "DeadLetterConfig" in given:
        fields["dead_letter_arn"] = given["DeadLetterConfig"].get("TargetArn") or None
    shown = {**configuration.shown, **{name: given[name] for name in SHOWN if name in given}}
    return replace(configuration, shown=shown, **fields)


def check_pair(settings: FunctionSettings, runtime: str | None) -> None:
    """AwsError unless there is a handler and a runtime, which functions made of zip files need."""
    if settings.handler is None or runtime is None:
        missing = "Handler" if settings.handler is None else "Runtime"
        raise invalid(f"{missing} is mandatory for functions created with deployment packages.")


def show_configuration(
    configuration: Configuration,
    settings: FunctionSettings,
    *,
    arn: str,
    version: str,
    revision_id: str,
    modified_s: float,
) -> dict[str, Any]:
    """AWS's FunctionConfiguration."""
    shown, region = configuration.shown, arn.split(":")[3]
    name = settings.name
    answer: dict[str, Any] = {
        "FunctionName": name,
        "FunctionArn": arn,
        "Runtime": configuration.runtime,
        "Role": configuration.role,
        "Handler": settings.handler,
        "CodeSize": configuration.package.size_bytes,
        "Description": configuration.description,
        "Timeout": settings.timeout_s,
        "MemorySize": settings.memory_mb,
        "LastModified": shown_moment(modified_s),
        "CodeSha256": configuration.package.sha256,
        "Version": version,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": revision_id,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": [settings.architecture],
        "EphemeralStorage": {"Size": settings.ephemeral_mb},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "RuntimeVersionConfig": {"RuntimeVersionArn": _runtime_version(region, configuration.runtime or "")},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}", **shown.get("LoggingConfig", {})},
    }
    answer |= {member: value for member, value in shown.items() if member not in ("LoggingConfig", "VpcConfig")}
    if settings.environment or "Environment" in shown:
        answer["Environment"] = {"Variables": dict(settings.environment)}
    if configuration.dead_letter_arn is not None:
        answer["DeadLetterConfig"] = {"TargetArn": configuration.dead_letter_arn}
    if "VpcConfig" in shown:
        answer["VpcConfig"] = {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", **shown["VpcConfig"]}
    return {member: value for member, value in answer.items() if value is not None}


def shown_moment(unix_s: float) -> str:
    """A time as FunctionConfiguration writes it: ``2026-01-01T00:00:00.000+0000``."""
    moment = datetime.fromtimestamp(round(unix_s, 3), UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def _runtime_version(region: str, runtime: str) -> str:
    return f"arn:aws:lambda:{region}::runtime:{sha256(runtime.encode()).hexdigest()}"
