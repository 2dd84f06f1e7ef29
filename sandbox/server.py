"""Runs the sandbox on one port of this machine, on a server whose sockets can be cut without an answer."""

from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.faults import TRANSPORT


class CuttableProtocol(HttpToolsProtocol):
    """Uvicorn's own protocol, which also leaves the socket in the ASGI scope: only so can a fault hang up mid-call."""

    def on_message_begin(self) -> None:
        """A request starts: the scope is fresh here and nobody has read it yet."""
        super().on_message_begin()
        extensions: dict[str, Any] = {TRANSPORT: self.transport}
        self.scope["extensions"] = extensions


def server(app: ASGIApp, port: int) -> uvicorn.Server:
    """A server on 127.0.0.1:`port`, not yet running. Sandbox secrets stay out of its log."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http=CuttableProtocol,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,  # streams and hanging faults end only when told to
        ws_max_size=1024 * 1024,
    )
    return uvicorn.Server(config)
