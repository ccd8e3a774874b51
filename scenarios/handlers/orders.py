"""Takes orders from a queue, one batch at a time."""

import json


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        if order["total"] < 0:
            raise ValueError(f"order {order['id']} has a negative total")
    return {"accepted": len(event["Records"])}
