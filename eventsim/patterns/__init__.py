"""Event patterns: one matcher for filter criteria, subscription filter policies and event rules."""
