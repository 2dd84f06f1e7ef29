"""A program for the cell's tests: does what it is told on its standard input."""

import os
import sys
import threading

from pipeline.agents import cell


def main() -> None:
    cell.confine(sys.argv[1:])
    order, _, rest = sys.stdin.buffer.read().decode().partition(" ")
    if order == "environment":
        print(dict(os.environ))
    elif order in ("hang", "pid"):
        threading.Event().wait()
    elif order == "memory":
        print(len(bytearray(1 << 30)))
    elif order == "write":
        with open(rest, "w") as file:
            file.write("x" * 100)


if __name__ == "__main__":
    main()
