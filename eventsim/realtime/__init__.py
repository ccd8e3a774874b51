"""Scenarios in real time: on the embedded cloud, or on real queues, streams and tables behind an endpoint."""
