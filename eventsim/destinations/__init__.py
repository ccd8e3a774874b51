"""Where records of failures go: what they say, and how they get there."""
