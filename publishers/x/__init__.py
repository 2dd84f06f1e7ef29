"""X, through its API version 2."""
