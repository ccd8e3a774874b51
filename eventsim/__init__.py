"""AWS Lambda's event sources on your own machine: faithful, instant and deterministic."""
