"""Entry points: the only package that knows everybody; nobody imports it."""
