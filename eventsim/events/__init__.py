"""What a function receives: one pure file for each payload shape."""
