"""Stores each order in DynamoDB once, and sends a receipt for it."""

import json
import os
import time

import boto3

dynamodb = boto3.client("dynamodb")
sqs = boto3.client("sqs")

TABLE = os.environ["TABLE"]
RECEIPTS = sqs.get_queue_url(QueueName=os.environ["RECEIPTS"])["QueueUrl"]

try:
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
except dynamodb.exceptions.ResourceInUseException:
    pass


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            store(json.loads(record["body"]))
        except Exception:
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def store(order):
    time.sleep(0.1)  # a slow call to somebody else
    try:
        dynamodb.put_item(
            TableName=TABLE,
            Item={"id": {"S": order["id"]}, "total": {"N": str(order["total"])}},
            ConditionExpression="attribute_not_exists(id)",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return
    sqs.send_message(QueueUrl=RECEIPTS, MessageBody=json.dumps({"order": order["id"], "total": order["total"]}))
