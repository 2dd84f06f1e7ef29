"""Prints which modules are loaded once everything that a worker needs of the agents is imported."""

import importlib
import sys

NEEDED = ("chart", "illustrator", "reader", "writer")

if __name__ == "__main__":
    for name in NEEDED:
        importlib.import_module(f"pipeline.agents.{name}")
    print("\n".join(sys.modules))
