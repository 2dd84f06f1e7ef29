"""The rules: pure values and functions, no I/O. The standard library and `regex` only."""
