"""Runs the sandbox until told to stop: `python -m sandbox --port 4010 --home DIR --product http://127.0.0.1:4000`."""

import argparse
import sys
from pathlib import Path

from sandbox.app import build
from sandbox.server import server
from sandbox.world import Config, World


def main() -> None:
    """Read the command line and serve. The address that was asked for must be this machine's own."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Local twins of Slack, Telegram, X, LinkedIn."
    )
    parser.add_argument("--port", type=int, default=4010, help="port of the sandbox (4010)")
    parser.add_argument("--home", type=Path, required=True, help="folder for its state, ledger and secrets")
    parser.add_argument("--product", default="http://127.0.0.1:4000", help="address of the product, for deliveries")
    parser.add_argument("--host", default="127.0.0.1", choices=["127.0.0.1", "localhost"], help="this machine only")
    asked = parser.parse_args()
    if not 0 < asked.port < 65536:
        parser.error(f"--port must lie between 1 and 65535, not {asked.port}.")
    config = Config(asked.home, f"http://127.0.0.1:{asked.port}", asked.product.rstrip("/"))
    world = World.open(config)
    running = server(build(world), asked.port)
    try:
        running.run()
    finally:
        world.close()
    if not running.started:
        sys.exit(f"The sandbox could not open port {asked.port}: choose another with --port.")


if __name__ == "__main__":
    main()
