"""Who runs a function's code: the user's Python, a script of outcomes."""
