"""The synchronous face of a simulation: what a test writes, in one process with the code under test."""
