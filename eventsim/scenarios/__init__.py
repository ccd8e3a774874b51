"""Scenario files: read, checked, carried out, judged."""
