"""The properties of AWS::Serverless::Function and its event sources that are not honoured: which, and why.

To support one is to move it from here to the table where it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.scenarios.convert import Later, NoEffect

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Table

FUNCTION = "AWS::Serverless::Function"

FUNCTION_PROPERTIES: Table = {
    **dict.fromkeys(
        (
            "AssumeRolePolicyDocument",
            "CodeSigningConfigArn",
            "Connectors",
            "DeploymentPreference",
            "Description",
            "FileSystemConfigs",
            "KmsKeyArn",
            "LoggingConfig",
            "PermissionsBoundary",
            "Policies",
            "PropagateTags",
            "Role",
            "RolePath",
            "Runtime",
            "RuntimeManagementConfig",
            "SnapStart",
            "SourceKMSKeyArn",
            "Tags",
            "Tracing",
            "VersionDeletionPolicy",
            "VersionDescription",
            "VpcConfig",
        ),
        NoEffect(),
    ),
    "AutoPublishCodeSha256": Later("an alias (AutoPublishCodeSha256)"),
    "CapacityProviderConfig": Later("a capacity provider (CapacityProviderConfig)"),
    "DurableConfig": Later("a durable function (DurableConfig)"),
    "FunctionScalingConfig": Later("a capacity provider (FunctionScalingConfig)"),
    "FunctionUrlConfig": Later("a function URL (FunctionUrlConfig)"),
    "ImageConfig": Later("a container image (ImageConfig)"),
    "ImageUri": Later("a container image (ImageUri)"),
    "InlineCode": Later("code in the template (InlineCode; put it into a file and name its folder in CodeUri)"),
    "PublishToLatestPublished": Later("a version (PublishToLatestPublished)"),
    "TenancyConfig": Later("tenant isolation (TenancyConfig)"),
}

STREAM_TYPES = ("Kinesis", "DynamoDB")
TRIGGER_TYPES = ("S3", "SNS", "Schedule", "ScheduleV2", "EventBridgeRule", "CloudWatchEvent")

FOREIGN_EVENT_TYPES = frozenset(
    {
        "AlexaSkill", "Api", "CloudWatchLogs", "Cognito", "DocumentDB", "HttpApi", "IoTRule", "MQ", "MSK",
        "SelfManagedKafka",
    }
)  # fmt: skip
"""What SAM also has and eventsim does not simulate."""

EXPECTATIONS: Table = {
    "streams": Later("an expectation on streams"),
    "tables": Later("an expectation on tables"),
    "topics": Later("an expectation on topics"),
}
