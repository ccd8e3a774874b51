"""The SQS engine: standard and FIFO queues, dead-letter queues, move tasks."""
