"""Benchmarks: the figures that we promise, measured on this machine against floors measured in the same run."""
