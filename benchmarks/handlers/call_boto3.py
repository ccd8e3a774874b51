"""Three boto3 calls for each batch: a read, a write, a message."""

import boto3

dynamodb = boto3.client("dynamodb")
sqs = boto3.client("sqs")
dynamodb.create_table(
    TableName="seen",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
URL = sqs.create_queue(QueueName="done")["QueueUrl"]


def handler(event, context):
    key = {"id": {"S": event["Records"][0]["messageId"]}}
    dynamodb.get_item(TableName="seen", Key=key)
    dynamodb.put_item(TableName="seen", Item=key)
    sqs.send_message(QueueUrl=URL, MessageBody="done")
