"""What the tests of writing and delivering play with: a page to read, a chat that keeps what it was shown, a writer's deps."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from domain.card import Face, Surface
from domain.payload import Payload
from domain.platforms import Platform
from pipeline.agents.fetch import Guard
from pipeline.agents.writer import TemplateWriter
from pipeline.draw import Delivery
from pipeline.ports import Drawn, Hint
from pipeline.write import Writing
from publishers.linkedin import publish as linkedin
from publishers.x import publish as x
from storage.blobs import Media
from storage.session import Database
from tests.pipeline.conftest import Team

PAGES = Path(__file__).parent / "agents" / "pages"
CHECKS: dict[Platform, Callable[[Payload], list[str]]] = {Platform.X: x.check, Platform.LINKEDIN: linkedin.check}


@dataclass
class Site:
    """A web app on this machine. Without a page it answers 404."""

    url: str = ""
    page: bytes | None = None


@asynccontextmanager
async def open_site(page: str = "tidewater.html") -> AsyncIterator[Site]:
    site = Site(page=(PAGES / page).read_bytes())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = site.page is not None and self.path == "/"
            self.send_response(200 if found else 404)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(site.page if found and site.page else b"")

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}/"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield site
        finally:
            server.shutdown()


@dataclass
class Chat:
    """A surface that keeps the faces it drew. Errors in `failing` are raised first, one a call."""

    surface: Surface
    drawn: list[Face] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)
    whole: bool = True

    async def draw(self, face: Face) -> Drawn:
        if self.failing:
            raise self.failing.pop(0)
        self.drawn.append(face)
        return Drawn(face.place.message or f"m{len(self.drawn)}", None, "ref" if face.picture else None, self.whole)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class NoPace:
    """Lets everything through at once."""

    async def reserve(self, key: str, *, burst: int, per_minute: float, spare: bool = False) -> float:
        return 0.0


def writing(team: Team, site: Site, home: Path, hint: Hint, **more: Any) -> Writing:
    guard = Guard(allow_origin=site.url.rstrip("/"))
    made = Writing(
        team.worker, TemplateWriter(), guard, Media.at("", home), lambda platform, payload: CHECKS[platform](payload), hint, "w1"
    )  # fmt: skip
    return replace(made, **more)


def delivery(database: Database, chats: list[Chat], home: Path, hint: Hint) -> Delivery:
    return Delivery(database, {chat.surface: chat for chat in chats}, Media.at("", home), NoPace(), hint, "w1")
