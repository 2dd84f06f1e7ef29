"""ASGI middleware that shows each call of the product to a twin in the traffic."""

import time
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from sandbox.world import World

TWINS = ("slack", "telegram", "x", "linkedin", "tiktok", "facebook", "google")
WHOLE = 65536  # bytes of a body that are kept for showing


class Recorder:
    """Records HTTP calls under /slack, /telegram, /x and /linkedin; everything else passes untouched."""

    def __init__(self, app: ASGIApp, world: "World") -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        twin = scope["path"].split("/")[1] if scope["type"] == "http" else ""
        if twin not in TWINS:
            await self._app(scope, receive, send)
            return
        request, response = bytearray(), bytearray()
        statuses: list[int] = []

        async def hear() -> Message:
            message = await receive()
            _keep(request, message)
            return message

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            _keep(response, message)
            await send(message)

        started = time.monotonic()
        try:
            await self._app(scope, hear, say)
        finally:
            query = scope["query_string"].decode("latin-1")
            exchange = self._world.traffic.record(
                direction="in",
                twin=twin,
                method=scope["method"],
                path=scope["path"] + (f"?{query}" if query else ""),
                status=statuses[0] if statuses else None,
                request=bytes(request),
                response=bytes(response),
                seconds=time.monotonic() - started,
                note="" if statuses else "closed without an answer",
            )
            self._world.bus.publish({"type": "traffic", "exchange": exchange})


def _keep(body: bytearray, message: Message) -> None:
    if len(body) < WHOLE:
        body += message.get("body", b"")[: WHOLE - len(body)]
