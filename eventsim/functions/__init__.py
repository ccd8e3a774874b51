"""The function as Lambda sees it: settings, durations, concurrency, environments and metrics."""
