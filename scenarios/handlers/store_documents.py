"""Stores each document that arrived in a bucket, of which a queue tells."""

import json
import os
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    for message in event["Records"]:
        notice = json.loads(json.loads(message["body"])["Message"])
        for record in notice["Records"]:
            bucket, key = record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"])
            text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            table.put_item(Item={"key": key, "text": text, "size": record["s3"]["object"]["size"]})
