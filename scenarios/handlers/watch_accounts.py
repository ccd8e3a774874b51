"""Sends a message for each account that became overdrawn, and for each that was closed by its time to live."""

import json
import os

import boto3

sqs = boto3.client("sqs")
QUEUE = sqs.get_queue_url(QueueName=os.environ["QUEUE"])["QueueUrl"]


def handler(event, context):
    for record in event["Records"]:
        change, account = record["dynamodb"], record["dynamodb"]["Keys"]["id"]["S"]
        if record.get("userIdentity", {}).get("principalId") == "dynamodb.amazonaws.com":
            tell(account, "closed")
        elif balance(change.get("NewImage")) < 0 <= balance(change.get("OldImage")):
            tell(account, "overdrawn")


def balance(image):
    return float(image["balance"]["N"]) if image else 0.0


def tell(account, what):
    sqs.send_message(QueueUrl=QUEUE, MessageBody=json.dumps({"account": account, "is": what}))
