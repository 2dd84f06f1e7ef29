"""A whole sandbox on a free port, for the twins' tests: real sockets, real HTTP, its own home directory."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.server import server
from sandbox.world import Config, World


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers on `base_url`; `world` is the very one inside (read it, but drive it over HTTP)."""

    base_url: str
    world: World
    home: Path

    def fault(self, target: str, fault: str, **more: Any) -> None:
        """Arm a fault through the control API."""
        wish = {"target": target, "fault": fault, **more}
        httpx.post(f"{self.base_url}/_sandbox/faults", json=wish).raise_for_status()


@contextmanager
def running(home: Path, product_url: str) -> Iterator[RunningSandbox]:
    """Serve until the block ends. The port is taken before the server starts, so there is nothing to wait for twice."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        base_url = f"http://127.0.0.1:{port}"
        world = World.open(Config(home, base_url, product_url))
        serving = server(world, port)
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield RunningSandbox(base_url, world, home)
        finally:
            serving.should_exit = True
            thread.join(timeout=10)
            world.close()


@pytest.fixture
def product_url() -> str:
    """Where deliveries go; nobody listens there. A test that plays the product overrides this fixture."""
    return "http://127.0.0.1:9"


@pytest.fixture
def sandbox(tmp_path: Path, product_url: str) -> Iterator[RunningSandbox]:
    """One running sandbox for one test."""
    with running(tmp_path / "sandbox", product_url) as serving:
        yield serving


@pytest.fixture
def reopened(tmp_path: Path, product_url: str) -> Callable[[], Any]:
    """Opens a sandbox on the same home again, as after a restart: `with reopened() as sandbox: …`."""
    return lambda: running(tmp_path / "sandbox", product_url)
