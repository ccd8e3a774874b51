"""The ``buckets`` section: AWS::S3::Bucket with Type and Properties taken off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eventsim.scenarios.bucket_notifications import notification_configuration
from eventsim.scenarios.convert import Field, Later, NoEffect, join, read_fields, read_whole
from eventsim.scenarios.places import Place
from eventsim.scenarios.queues import own_name
from eventsim.scenarios.resources import BucketSpec
from eventsim.scenarios.values import one_of

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.yaml_nodes import Node

BUCKET = "AWS::S3::Bucket"

_NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")


def read_bucket(reading: Reading, name: str, node: Node, names: Names) -> BucketSpec:
    """One bucket of the section; its key is its name."""
    path = join("buckets", name)
    if not _NAME.fullmatch(name):
        allowed = "3 to 63 lower-case letters, digits, hyphens and dots, a letter or digit first and last"
        reading.error(
            node, path, f"InvalidBucketName: The specified bucket is not valid. Found {name!r}, allowed {allowed}."
        )
    table: Table = {
        "BucketName": Field(own_name("BucketName", name)),
        "NotificationConfiguration": Field(notification_configuration(names)),
        **_TABLE,
    }
    values = read_fields(reading, node, path, table, BUCKET, owner=name)
    return BucketSpec(
        name=name,
        versioning=values.get("VersioningConfiguration"),
        notifications=values.get("NotificationConfiguration", {}),
        place=Place(node.line, node.column, path),
    )


def _versioning(reading: Reading, node: Node, path: str) -> str:
    table: Table = {"Status": Field(one_of("Enabled", "Suspended"), required=True)}
    status: str = read_whole(reading, node, path, table, "VersioningConfiguration")["Status"]
    return status


_TABLE: Table = {
    "VersioningConfiguration": Field(_versioning),
    "LifecycleConfiguration": Later("a bucket's LifecycleConfiguration"),
    "ObjectLockConfiguration": Later("a bucket's ObjectLockConfiguration"),
    "ObjectLockEnabled": Later("a bucket's ObjectLockEnabled"),
    "ReplicationConfiguration": Later("a bucket's ReplicationConfiguration"),
    **dict.fromkeys(
        (
            "AbacStatus",
            "AccelerateConfiguration",
            "AccessControl",
            "AnalyticsConfigurations",
            "BucketEncryption",
            "CorsConfiguration",
            "IntelligentTieringConfigurations",
            "InventoryConfigurations",
            "LoggingConfiguration",
            "MetadataConfiguration",
            "MetadataTableConfiguration",
            "MetricsConfigurations",
            "OwnershipControls",
            "PublicAccessBlockConfiguration",
            "Tags",
            "WebsiteConfiguration",
        ),
        NoEffect(),
    ),
}
