"""A small product for the twins' tests: a real HTTP server that keeps what it was told and answers as the test says."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True)
class Received:
    """One delivery as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body, the `payload` field of a form, or the form itself."""
        if "json" in self.headers.get("content-type", ""):
            return dict(orjson.loads(self.body))
        form = {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}
        return dict(orjson.loads(form["payload"])) if "payload" in form else form


@dataclass
class Product:
    """`answers` decides what is said; it runs in a thread of its own, so it may block and may call the sandbox."""

    url: str
    received: list[Received] = field(default_factory=list)
    answers: Callable[[Received], Response] = lambda _received: Response()
    news: threading.Condition = field(default_factory=threading.Condition)

    def reset(self) -> "Product":
        """Forget what was received, and answer with a plain yes."""
        self.received.clear()
        self.answers = lambda _received: Response()
        return self

    def take(self, received: Received) -> Response:
        """Keep one delivery and answer it."""
        with self.news:
            self.received.append(received)
            self.news.notify_all()
        return self.answers(received)

    def wait_for(self, count: int, patience: float = 10.0) -> list[Received]:
        """What was received, once it is at least `count`."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.received) >= count, patience), self.received
            return list(self.received)


@contextmanager
def serving_product() -> Iterator[Product]:
    """A product on a free port until the block ends."""
    from starlette.concurrency import run_in_threadpool

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        product = Product(f"http://127.0.0.1:{listener.getsockname()[1]}")

        async def take(request: Request) -> Response:
            received = Received(request.url.path, dict(request.headers), await request.body())
            return await run_in_threadpool(product.take, received)

        app = Starlette(routes=[Route("/{path:path}", take, methods=["GET", "POST"])])
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield product
        finally:
            server.should_exit = True
            thread.join(timeout=10)
