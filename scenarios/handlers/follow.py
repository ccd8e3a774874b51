"""Follows what each user does, and fails if a user's records are out of order or one is missing."""

import base64
import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    for record in event["Records"]:
        seen = json.loads(base64.b64decode(record["kinesis"]["data"]))
        item = table.get_item(Key={"user": seen["user"]}).get("Item", {"n": -1})
        if int(seen["n"]) != item["n"] + 1:
            raise ValueError(f"{seen['user']}: {seen['n']} came after {item['n']}")
        table.put_item(Item={"user": seen["user"], "n": int(seen["n"])})
