"""What S3 announces about real requests: each operation has its events."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest

from tests.cloud.buckets import FUNCTION, TAGS, Buckets, brief

SOMETHING = "437b930db84b8079c2dd804a71936b5f"  # the MD5 of b"something"


@pytest.mark.rule("S3-05", "S3-10", "S3-16")
def test_each_operation_is_announced_once(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await buckets.watch(s3)
        at: dict[str, Any] = {"Bucket": "uploads"}
        await s3.put_object(**at, Key="a", Body=b"something", Tagging="a=b", ACL="public-read")
        upload = (await s3.create_multipart_upload(**at, Key="m"))["UploadId"]
        part = await s3.upload_part(**at, Key="m", UploadId=upload, PartNumber=1, Body=b"something")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        await s3.complete_multipart_upload(**at, Key="m", UploadId=upload, MultipartUpload=parts)
        await s3.copy_object(**at, Key="c", CopySource="uploads/a", TaggingDirective="REPLACE", Tagging="x=y")
        await s3.put_object_tagging(**at, Key="a", Tagging=TAGS)
        await s3.put_object_acl(**at, Key="a", ACL="private")
        await s3.get_object(**at, Key="a")
        await s3.list_objects_v2(**at)

    buckets.run(test)
    assert [brief(one) for one in buckets.records()] == [
        ("ObjectCreated:Put", {"key": "a", "size": 9, "eTag": SOMETHING}),
        (
            "ObjectCreated:CompleteMultipartUpload",
            {"key": "m", "size": 9, "eTag": f"{md5(bytes.fromhex(SOMETHING)).hexdigest()}-1"},
        ),
        ("ObjectCreated:Copy", {"key": "c", "size": 9, "eTag": SOMETHING}),
        ("ObjectTagging:Put", {"key": "a", "eTag": SOMETHING}),
        ("ObjectAcl:Put", {"key": "a", "eTag": SOMETHING}),
    ]


@pytest.mark.rule("S3-16")
def test_what_fails_is_not_announced(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await s3.put_object(Bucket="uploads", Key="a", Body=b"1")
        await buckets.watch(s3)
        missing: dict[str, Any] = {"Bucket": "uploads", "Key": "missing"}
        for refused, params in (
            (s3.put_object, {"Bucket": "uploads", "Key": "a", "Body": b"2", "IfNoneMatch": "*"}),
            (s3.put_object, {"Bucket": "nowhere", "Key": "a", "Body": b"2"}),
            (s3.copy_object, {"Bucket": "uploads", "Key": "b", "CopySource": "uploads/missing"}),
            (s3.put_object_tagging, {**missing, "Tagging": TAGS}),
            (s3.delete_object_tagging, missing),
            (s3.put_object_acl, {**missing, "ACL": "private"}),
            (s3.restore_object, {"Bucket": "uploads", "Key": "a", "RestoreRequest": {"Days": 1}}),
        ):
            with pytest.raises(s3.exceptions.ClientError):
                await refused(**params)
        await s3.delete_object(**missing)
        await s3.delete_objects(Bucket="uploads", Delete={"Objects": [{"Key": "missing"}]})

    buckets.run(test)
    assert buckets.read() == []


@pytest.mark.rule("S3-15")
@pytest.mark.parametrize("quiet", [False, True])
def test_each_object_of_a_bulk_deletion_is_announced(quiet: bool, buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        for key in ("a b", "c", "left"):
            await s3.put_object(Bucket="uploads", Key=key, Body=b"1")
        await buckets.watch(s3, "s3:ObjectRemoved:*")
        objects = [{"Key": key} for key in ("c", "missing", "a b", "c")]
        await s3.delete_objects(Bucket="uploads", Delete={"Objects": objects, "Quiet": quiet})

    buckets.run(test)
    found = buckets.records()
    assert [brief(one) for one in found] == [("ObjectRemoved:Delete", {"key": key}) for key in ("c", "a+b")]
    assert len({one["responseElements"]["x-amz-request-id"] for one in found}) == 1


@pytest.mark.rule("S3-10")
def test_versions_and_delete_markers_are_named(buckets: Buckets) -> None:
    ids: dict[str, str] = {}

    async def test(s3: Any) -> None:
        at: dict[str, Any] = {"Bucket": "uploads", "Key": "k"}
        await s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
        await buckets.watch(s3)
        ids["put"] = (await s3.put_object(**at, Body=b"something"))["VersionId"]
        await s3.put_object_tagging(**at, VersionId=ids["put"], Tagging=TAGS)
        ids["marker"] = (await s3.delete_object(**at))["VersionId"]
        await s3.delete_object(**at, VersionId=ids["put"])
        await s3.delete_object(**at, VersionId=ids["put"])
        await s3.delete_object(**at, VersionId=ids["marker"])
        ids["again"] = (await s3.put_object(**at, Body=b"something"))["VersionId"]
        objects = [{"Key": "k"}, {"Key": "k", "VersionId": ids["again"]}]
        answer = await s3.delete_objects(Bucket="uploads", Delete={"Objects": objects})
        ids["last"] = answer["Deleted"][0]["DeleteMarkerVersionId"]

    buckets.run(test)
    empty = "d41d8cd98f00b204e9800998ecf8427e"
    assert [brief(one) for one in buckets.records()] == [
        ("ObjectCreated:Put", {"key": "k", "size": 9, "eTag": SOMETHING, "versionId": ids["put"]}),
        ("ObjectTagging:Put", {"key": "k", "eTag": SOMETHING, "versionId": ids["put"]}),
        ("ObjectRemoved:DeleteMarkerCreated", {"key": "k", "eTag": empty, "versionId": ids["marker"]}),
        ("ObjectRemoved:Delete", {"key": "k", "versionId": ids["put"]}),
        ("ObjectRemoved:Delete", {"key": "k", "versionId": ids["marker"]}),
        ("ObjectCreated:Put", {"key": "k", "size": 9, "eTag": SOMETHING, "versionId": ids["again"]}),
        ("ObjectRemoved:DeleteMarkerCreated", {"key": "k", "eTag": empty, "versionId": ids["last"]}),
        ("ObjectRemoved:Delete", {"key": "k", "versionId": ids["again"]}),
    ]


@pytest.mark.rule("S3-10")
def test_with_versioning_suspended_nothing_has_a_version(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        for status in ("Enabled", "Suspended"):
            await s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": status})
        await buckets.watch(s3)
        await s3.put_object(Bucket="uploads", Key="k", Body=b"something")
        await s3.delete_object(Bucket="uploads", Key="k")

    buckets.run(test)
    assert [brief(one) for one in buckets.records()] == [
        ("ObjectCreated:Put", {"key": "k", "size": 9, "eTag": SOMETHING}),
        ("ObjectRemoved:DeleteMarkerCreated", {"key": "k", "eTag": "d41d8cd98f00b204e9800998ecf8427e"}),
    ]


def test_an_acl_given_as_grants_is_compared_with_what_was_there(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        at: dict[str, Any] = {"Bucket": "uploads", "Key": "k"}
        await s3.put_object(**at, Body=b"something")
        await buckets.watch(s3, "s3:ObjectAcl:Put")
        policy = await s3.get_object_acl(**at)
        same = {"Owner": policy["Owner"], "Grants": policy["Grants"]}
        await s3.put_object_acl(**at, AccessControlPolicy=same)
        everybody = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
        more = [*same["Grants"], {"Grantee": everybody, "Permission": "READ"}]
        await s3.put_object_acl(**at, AccessControlPolicy={**same, "Grants": more})

    buckets.run(test)
    assert [brief(one) for one in buckets.records()] == [("ObjectAcl:Put", {"key": "k", "eTag": SOMETHING})]


def test_a_retention_is_announced(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
        await buckets.s3.configure(
            "locked",
            {"LambdaConfigurations": [{"Event": "s3:ObjectRetention:Put", "Function": FUNCTION}]},
        )
        version = (await s3.put_object(Bucket="locked", Key="k", Body=b"something"))["VersionId"]
        retention = {"Mode": "GOVERNANCE", "RetainUntilDate": "2027-01-01T00:00:00Z"}
        await s3.put_object_retention(Bucket="locked", Key="k", Retention=retention)
        (record,) = buckets.invocations[0][1]["Records"]
        assert brief(record) == (
            "ObjectRetention:Put",
            {"key": "k", "size": 9, "eTag": SOMETHING, "versionId": version},
        )

    buckets.run(test)
