"""News for the page in the browser: whatever a twin publishes reaches every open stream."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

BACKLOG = 1000


class Bus:
    """Fan-out inside one event loop. A listener who does not read loses the oldest news, never blocks a twin."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[dict[str, Any]]] = set()

    def publish(self, news: dict[str, Any]) -> None:
        """Tell every listener. `news` is JSON with a "type", such as {"type": "x.post", "id": "…"}."""
        for listener in self._listeners:
            if listener.full():
                listener.get_nowait()
            listener.put_nowait(news)

    async def listen(self, patience: float = 15.0) -> AsyncIterator[dict[str, Any] | None]:
        """News as it comes; None after `patience` seconds of silence, so that a stream can show that it lives."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(BACKLOG)
        self._listeners.add(queue)
        try:
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), patience)
                except TimeoutError:
                    yield None
        finally:
            self._listeners.discard(queue)
