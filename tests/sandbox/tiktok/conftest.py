"""A product that is connected to the twin of TikTok, over real HTTP, and a place whence TikTok can fetch photos."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.sandbox.samples import mp4

CALLBACK = "http://127.0.0.1:4000/connect/tiktok/callback"
SCOPES = "user.info.basic,user.info.profile,user.info.stats,video.list,video.upload,video.publish"
VERIFIER = "a-verifier-that-is-long-enough-for-every-rule-of-pkce"
CHALLENGE = hashlib.sha256(VERIFIER.encode()).hexdigest()
MINE = "-000sunrise-723f24d7-e717-40f8-a2b6-cb8464cd23b4"
POST = {"privacy_level": "PUBLIC_TO_EVERYONE", "title": "A morning in the studio", "brand_content_toggle": False}
FILM = mp4()


class Product:
    """The product's side of TikTok: asks for consent, keeps tokens, calls the API."""

    def __init__(self, sandbox: Any) -> None:
        self.sandbox, self.world = sandbox, sandbox.world
        self.http = httpx.Client(base_url=f"{sandbox.base_url}/tiktok", timeout=10)
        secrets = self.world.secrets
        self.client = {"client_key": secrets.tiktok_client_key, "client_secret": secrets.tiktok_client_secret}
        self.tokens: dict[str, Any] = {}

    def authorize(self, **changes: str) -> httpx.Response:
        query = {
            "client_key": self.client["client_key"],
            "response_type": "code",
            "scope": SCOPES,
            "redirect_uri": CALLBACK,
            "state": "st4te",
            "_auto": "1",
        }
        return self.http.get("/v2/auth/authorize/", params={**query, **changes})

    def granted(self, **changes: str) -> dict[str, str]:
        location = self.authorize(**changes).headers["location"]
        assert location.startswith(CALLBACK)
        answer = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert answer["state"] == "st4te"
        return answer

    def code(self, **changes: str) -> str:
        return self.granted(**changes)["code"]

    def token(self, **form: str) -> httpx.Response:
        return self.http.post("/v2/oauth/token/", data={**self.client, **form})

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        return self.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **changes})

    def refresh(self, token: str) -> httpx.Response:
        return self.token(grant_type="refresh_token", refresh_token=token)

    def connect(self, **changes: str) -> "Product":
        self.tokens = self.exchange(self.code(**changes)).raise_for_status().json()
        self.http.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        return self

    def call(self, path: str, body: Any = None) -> httpx.Response:
        return self.http.post(f"/v2/{path}", json={} if body is None else body)

    def creator(self) -> Any:
        return self.call("post/publish/creator_info/query/").json()

    def start(self, film: bytes = FILM, chunk: int = 0, count: int = 1, **post: Any) -> httpx.Response:
        return self.call("post/publish/video/init/", {"post_info": {**POST, **post}, **source(film, chunk, count)})

    def started(self, film: bytes = FILM, chunk: int = 0, count: int = 1, **post: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.start(film, chunk, count, **post).raise_for_status().json()["data"]
        return answer

    def put(self, url: str, film: bytes = FILM, start: int = 0, end: int = -1, **headers: str) -> httpx.Response:
        """The bytes from `start` to `end` (inclusive; -1: the last)."""
        end = len(film) - 1 if end == -1 else end
        usual = {"Content-Type": "video/mp4", "Content-Range": f"bytes {start}-{end}/{len(film)}"}
        return httpx.put(url, content=film[start : end + 1], headers={**usual, **headers}, timeout=10)

    def published(self, film: bytes = FILM, **post: Any) -> str:
        """The publish_id of a video whose bytes are all there. Drives past the minute's limit when it must."""
        begun = self.started(film, **post)
        assert self.put(begun["upload_url"], film).status_code == 201
        return str(begun["publish_id"])

    def draft(self, film: bytes = FILM) -> httpx.Response:
        return self.call("post/publish/inbox/video/init/", source(film))

    def photos(self, *urls: str, mode: str = "DIRECT_POST", **post: Any) -> httpx.Response:
        info = {**POST, "title": "Three desks", **post} if mode == "DIRECT_POST" else post
        places = {"source": "PULL_FROM_URL", "photo_images": list(urls), "photo_cover_index": 0}
        body = {"media_type": "PHOTO", "post_mode": mode, "post_info": info, "source_info": places}
        return self.call("post/publish/content/init/", body)

    def status(self, publish_id: str) -> Any:
        return self.call("post/publish/status/fetch/", {"publish_id": publish_id}).raise_for_status().json()["data"]

    def settled(self, publish_id: str) -> Any:
        """The status once TikTok has fetched everything (its fetches are tasks of the server, so we wait for them)."""
        for _ in range(2000):
            self.world.state.delete("tiktok.minutes", f"status:{MINE}")
            status = self.status(publish_id)
            if status["status"] != "PROCESSING_DOWNLOAD":
                return status
        raise AssertionError("the fetch never ended")

    def cancel(self, publish_id: str) -> httpx.Response:
        return self.call("post/publish/cancel/", {"publish_id": publish_id})

    def listed(self, **body: Any) -> Any:
        fields = "id,title,video_description,create_time,share_url,duration"
        return self.call(f"video/list/?fields={fields}", {"max_count": 20, **body}).raise_for_status().json()["data"]

    def lever(self, name: str, **query: str) -> httpx.Response:
        return httpx.post(f"{self.sandbox.base_url}/_sandbox/tiktok/{name}", params=query)

    def turn(self, **knobs: float) -> None:
        wish = {f"tiktok.{name}": value for name, value in knobs.items()}
        httpx.post(f"{self.sandbox.base_url}/_sandbox/knobs", json=wish).raise_for_status()

    def effects(self, effect: str = "publish") -> list[dict[str, Any]]:
        return [entry for entry in self.world.ledger.entries("tiktok") if entry["effect"] == effect]


def source(film: bytes = FILM, chunk: int = 0, count: int = 1) -> dict[str, Any]:
    """An announced upload; `chunk` 0: all in one."""
    told = {"video_size": len(film), "chunk_size": chunk or len(film), "total_chunk_count": count}
    return {"source_info": {"source": "FILE_UPLOAD", **told}}


class Place:
    """A small web server for photos: /name gives `files[name]`; a name in `slow` waits until `go` is set."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.files: dict[str, tuple[int, bytes]] = {}
        self.slow: set[str] = set()
        self.arrived, self.go = threading.Event(), threading.Event()

    def put(self, name: str, content: bytes, status: int = 200) -> str:
        self.files[name] = (status, content)
        return f"{self.url}/{name}"


@contextmanager
def serving_photos() -> Iterator[Place]:
    """The server until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path[1:]
            if name in place.slow:
                place.arrived.set()
                place.go.wait(10)
            status, content = place.files.get(name, (404, b""))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", content.decode())
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place = Place(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield place
    place.go.set()
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


@pytest.fixture
def place() -> Iterator[Place]:
    with serving_photos() as serving:
        yield serving


@pytest.fixture
def product(sandbox: Any) -> Iterator[Product]:
    connected = Product(sandbox).connect()
    yield connected
    connected.http.close()


@pytest.fixture
def stranger(sandbox: Any) -> Iterator[Product]:
    """Another creator."""
    connected = Product(sandbox).connect(_auto="moonrise.works")
    yield connected
    connected.http.close()
