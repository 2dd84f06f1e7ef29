"""Many sandboxes on one port, so that many stories can play at once without stealing each other's faults."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.app import build
from sandbox.faults import Fault
from sandbox.server import server
from sandbox.world import Config, World


@dataclass(frozen=True)
class Lane:
    """One sandbox. `world` is the very one that answers; faults are armed in it directly."""

    base_url: str
    world: World

    def fault(self, target: str, kind: str, **more: Any) -> None:
        self.world.faults.add({"target": target, "fault": kind, **more})

    def fault_after(self, gate: str, target: str, kind: str, **more: Any) -> None:
        """Arms the fault when `gate` is called the next time: some targets are called twice, and only once decisively."""
        faults = self.world.faults
        take = faults.take

        def watching(called: str) -> Fault | None:
            if called == gate:
                self.healthy()
                self.fault(target, kind, **more)
            return take(called)

        setattr(faults, "take", watching)  # noqa: B010 - a method, replaced on purpose

    def healthy(self) -> None:
        """No fault is armed any more."""
        self.world.faults.__dict__.pop("take", None)
        self.world.faults.clear()

    def posts(self, platform: str | None = None) -> list[dict[str, Any]]:
        """What the twins accepted as posts, in order."""
        return [entry for entry in self.world.ledger.entries(platform) if entry["effect"] == "post"]

    async def quiet(self) -> None:
        """Until nothing is on its way any more that is accepted late."""
        while self.world.busy:
            await asyncio.sleep(0.02)


class _Lanes:
    """Sends `/3/x/2/tweets` to the fourth sandbox as `/x/2/tweets`."""

    def __init__(self) -> None:
        self.apps: list[ASGIApp] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "nobody asks for anything else here"
        lane, _, rest = scope["path"].removeprefix("/").partition("/")
        await self.apps[int(lane)]({**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}, receive, send)


@contextmanager
def open_lanes(home: Path, count: int) -> Iterator[list[Lane]]:
    """`count` sandboxes until the block ends."""
    lanes = _Lanes()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(256)
        port = listener.getsockname()[1]
        urls = [f"http://127.0.0.1:{port}/{n}" for n in range(count)]
        worlds = [World.open(Config(home / str(n), url, "http://127.0.0.1:9")) for n, url in enumerate(urls)]
        lanes.apps = [build(world) for world in worlds]
        serving = server(lanes, port)
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield [Lane(url, world) for url, world in zip(urls, worlds, strict=True)]
        finally:
            serving.should_exit = True
            thread.join(timeout=10)
            for world in worlds:
                world.close()
