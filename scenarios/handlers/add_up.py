"""Adds up the sales of one tumbling window, and tells the sum when the window is over."""

import base64
import json
import os

import boto3

sqs = boto3.client("sqs")
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
QUEUE = sqs.get_queue_url(QueueName=os.environ["QUEUE"])["QueueUrl"]


def handler(event, context):
    cents = event["state"].get("cents", 0)
    for record in event["Records"]:
        cents += json.loads(base64.b64decode(record["kinesis"]["data"]))["cents"]
    if event["isFinalInvokeForWindow"]:
        start = event["window"]["start"]
        table.put_item(Item={"window": start, "cents": cents})
        sqs.send_message(QueueUrl=QUEUE, MessageBody=f"{start} {cents}")
    return {"state": {"cents": cents}}
