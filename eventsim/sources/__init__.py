"""Readers of event sources: they ask the service and hand on what it has; no policy."""
