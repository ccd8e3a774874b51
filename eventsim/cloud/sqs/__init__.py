"""The SQS wire: the operations of the service, over the engine in `eventsim.cloud.queues`."""
