"""Event source mappings: when to invoke, with what, and what next."""
