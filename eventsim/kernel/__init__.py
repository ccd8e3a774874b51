"""Time and chance; knows nothing of AWS."""
