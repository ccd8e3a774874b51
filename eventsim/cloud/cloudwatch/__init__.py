"""CloudWatch's metrics: what the simulated services emit and what code puts, read as AWS's API reads them."""
