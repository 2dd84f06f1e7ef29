"""What is logged at which level: addresses that are called never are."""

import contextlib
import io
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from app.log import LEAST, configure, set_level

SECRET = "CNRY-in-an-address"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def told() -> Iterator[io.StringIO]:
    """What our logging writes; afterwards it is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in LEAST}
    written = io.StringIO()
    try:
        configure(readable=False)
        root.handlers[0].setStream(written)  # type: ignore[attr-defined]
        yield written
    finally:
        root.handlers = handlers
        root.setLevel(level)
        for name, least in levels.items():
            logging.getLogger(name).setLevel(least)


@pytest.mark.parametrize("lowered", [False, True])
@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
async def test_no_level_logs_an_address_that_is_called(level: str, lowered: bool, address: str) -> None:
    with told() as written:
        set_level(level)
        if lowered:  # somebody looks for something, and sets the libraries' levels by hand
            for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection", "urllib3"):
                logging.getLogger(name).setLevel(logging.DEBUG)
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.get(f"{address}/bot{SECRET}/getMe", params={"code": SECRET}, headers={"authorization": SECRET})
        for name in LEAST:
            logging.getLogger(f"{name}.deep.below").debug("GET %s", SECRET)
        logging.getLogger("ours").error("a line")
    for name in ("httpcore.http11", "httpcore.connection"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    assert SECRET not in written.getvalue()
    assert "a line" in written.getvalue()


async def test_without_our_logging_the_address_would_be_told(address: str) -> None:
    """The control: at this level httpx tells every address."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("httpx")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.get(f"{address}/bot{SECRET}/getMe")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert SECRET in written.getvalue()


async def test_a_line_names_the_request_and_what_it_was_about() -> None:
    """The ids of a request are on every line that it causes, also by work that it leaves running, and on no other's."""
    import asyncio

    import structlog

    from bot.http.guard import Guard, Message, Receive, Scope, Send

    log, seen, left = structlog.get_logger("test"), [], []

    async def work(name: str) -> None:
        await asyncio.sleep(0)
        log.info("afterwards", name=name)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        structlog.contextvars.bind_contextvars(workspace="w", post=scope["path"])
        left.append(asyncio.create_task(work(scope["path"])))
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        seen.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    guard = Guard(app, {"/hook": app}, tls=False)
    processors = [structlog.contextvars.merge_contextvars]
    with structlog.testing.capture_logs(processors=processors) as lines:
        for path in ("/page", "/hook"):
            await guard({"type": "http", "method": "GET", "path": path, "headers": []}, receive, send)
        await asyncio.gather(*left)
    assert [(one["name"], one["post"], one["workspace"]) for one in lines] == [
        ("/page", "/page", "w"),
        ("/hook", "/hook", "w"),
    ]
    assert len({one["request"] for one in lines}) == 2 and all(len(one["request"]) == 12 for one in lines)
