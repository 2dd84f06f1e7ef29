"""The edge of the web process in a deploy: one listening socket for whoever comes and goes, and nobody hung up on.

A supervisor may hold the socket open while one process takes over from another. Whoever connects in between
waits in its queue, and a process that ends answers whoever it has let in.
"""

import asyncio
import socket

import uvicorn

from app.handover import say_ready
from bot.http.guard import PromptProtocol

LINGER_SECONDS = 0.5
"""For so long a process that ends still hears those whom it has let in, and bids them farewell with their answer."""


class EdgeConfig(uvicorn.Config):
    """uvicorn's, and whether the process is about to end."""

    leaving = False


class EdgeServer(uvicorn.Server):
    """uvicorn's, but it closes no connection on which a request may be on its way."""

    def __init__(self, config: EdgeConfig) -> None:
        super().__init__(config)
        self._edge = config

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        say_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in any more, answer whoever is inside, then close as ever."""
        for server in self.servers:
            server.close()
        self._edge.leaving = True
        await asyncio.sleep(LINGER_SECONDS)
        await super().shutdown(sockets)


class EdgeProtocol(PromptProtocol):
    """Tells with the last answer of a process that ends that the connection ends, too; so the next request goes to another."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.cycle is not None and getattr(self.config, "leaving", False):
            self.cycle.keep_alive = False
