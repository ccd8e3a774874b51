"""Lambda's control plane: the operations of its API, carried out on the functions and mappings of one simulation."""
