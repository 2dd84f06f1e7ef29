"""A whole sandbox on a free port, for the twins' tests: real sockets, real HTTP, its own home directory.

One server runs for all tests (starting and stopping it costs more than most tests do); each test gets its own world.
"""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.app import build
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


class Stage:
    """The server's application: whichever sandbox is playing now."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._playing: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the playing sandbox answer. (Uvicorn's lifespan calls find nobody, which it understands.)"""
        assert self._playing is not None, "no sandbox is playing"
        await self._playing(scope, receive, send)

    @contextmanager
    def play(self, home: Path, product_url: str) -> Iterator[RunningSandbox]:
        """A sandbox on this home until the block ends; whoever played before waits so long."""
        world = World.open(Config(home, self.base_url, product_url))
        before, self._playing = self._playing, build(world)
        try:
            yield RunningSandbox(self.base_url, world, home)
        finally:
            self._playing = before
            world.close()


@contextmanager
def connected_to_x(base_url: str, settings: Mapping[str, str]) -> Iterator[httpx.Client]:
    """A client whose patience is one second and that holds a token of sunrise_app on X.

    `settings` are those of /_sandbox/settings.
    """
    callback = "http://127.0.0.1:4000/connect/x/callback"
    query = {
        "response_type": "code",
        "client_id": settings["X_CLIENT_ID"],
        "redirect_uri": callback,
        "scope": "tweet.read tweet.write users.read",
        "state": "s",
        "code_challenge": "verifier",
        "code_challenge_method": "plain",
        "_auto": "1",
    }
    with httpx.Client(base_url=f"{base_url}/x", timeout=1.0) as client:
        location = client.get("/i/oauth2/authorize", params=query).headers["location"]
        code = parse_qs(urlsplit(location).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": "verifier"}
        auth = (settings["X_CLIENT_ID"], settings["X_CLIENT_SECRET"])
        token = client.post("/2/oauth2/token", data=form, auth=auth).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The server. Its port is taken before it starts, so nobody has to wait for it."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        playing = Stage(f"http://127.0.0.1:{port}")
        serving = server(playing, port)
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield playing
        serving.should_exit = True
        thread.join(timeout=10)


@pytest.fixture
def product_url() -> str:
    """Where deliveries go; nobody listens there. A test that plays the product overrides this fixture."""
    return "http://127.0.0.1:9"


@pytest.fixture
def sandbox(stage: Stage, tmp_path: Path, product_url: str) -> Iterator[RunningSandbox]:
    """One running sandbox for one test."""
    with stage.play(tmp_path / "sandbox", product_url) as playing:
        yield playing


@pytest.fixture
def reopened(stage: Stage, tmp_path: Path, product_url: str) -> Callable[[], AbstractContextManager[RunningSandbox]]:
    """Opens a sandbox on the same home again, as after a restart: `with reopened() as sandbox: …`."""
    return lambda: stage.play(tmp_path / "sandbox", product_url)
