"""The trivial handler: it looks at each body."""


def handler(event, context):
    for record in event["Records"]:
        record["body"]
