"""A product that is connected to the twin of YouTube, over real HTTP."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.sandbox.samples import mp4

CALLBACK = "http://127.0.0.1:4000/connect/youtube/callback"
ROOT = "https://www.googleapis.com/auth/"
SCOPES = " ".join(ROOT + name for name in ("youtube.upload", "youtube.readonly", "youtube.force-ssl",
                                           "yt-analytics.readonly"))  # fmt: skip
CHANNEL = "UCSunriseStudioSandbox01"
CHUNK = 262144
SNIPPET = {"title": "A calm morning", "description": "Links live here", "tags": ["calm"], "categoryId": "22"}
PRIVATE = {"privacyStatus": "private", "selfDeclaredMadeForKids": False}
PUBLIC = {"privacyStatus": "public", "selfDeclaredMadeForKids": False}


class Product:
    """The product's side of YouTube: asks for consent, keeps tokens, uploads, calls the API."""

    def __init__(self, sandbox: Any) -> None:
        self.sandbox, self.world = sandbox, sandbox.world
        self.http = httpx.Client(base_url=f"{sandbox.base_url}/google", timeout=10)
        secrets = self.world.secrets
        self.client = {"client_id": secrets.google_client_id, "client_secret": secrets.google_client_secret}
        self.tokens: dict[str, Any] = {}

    def authorize(self, **changes: str) -> httpx.Response:
        query = {
            "response_type": "code",
            "client_id": self.client["client_id"],
            "redirect_uri": CALLBACK,
            "scope": SCOPES,
            "state": "st4te",
            "access_type": "offline",
            "prompt": "consent",
            "_auto": "1",
        }
        return self.http.get("/o/oauth2/v2/auth", params={**query, **changes})

    def code(self, **changes: str) -> str:
        location = self.authorize(**changes).headers["location"]
        assert location.startswith(CALLBACK)
        return parse_qs(urlsplit(location).query)["code"][0]

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **self.client}
        return self.http.post("/token", data={**form, **changes})

    def refresh(self, token: str) -> httpx.Response:
        return self.http.post("/token", data={"grant_type": "refresh_token", "refresh_token": token, **self.client})

    def connect(self, **changes: str) -> "Product":
        self.tokens = self.exchange(self.code(**changes)).raise_for_status().json()
        self.http.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        return self

    def knob(self, **turned: float) -> None:
        wish = {name.replace("__", "."): value for name, value in turned.items()}
        httpx.post(f"{self.sandbox.base_url}/_sandbox/knobs", json=wish).raise_for_status()

    def start(self, total: int | None = None, parts: str = "snippet,status", **body: Any) -> httpx.Response:
        headers = {"X-Upload-Content-Type": "video/mp4", "Slug": "calm.mp4"}
        if total is not None:
            headers["X-Upload-Content-Length"] = str(total)
        query = {"uploadType": "resumable", "part": parts}
        asked = {"snippet": SNIPPET, "status": PRIVATE, **body}
        return self.http.post("/upload/youtube/v3/videos", params=query, headers=headers, json=asked)

    def session(self, total: int | None = None, **body: Any) -> str:
        return str(self.start(total, **body).raise_for_status().headers["location"])

    def put(self, session: str, content: bytes, first: int | None = None, total: int | str = "*") -> httpx.Response:
        span = {} if first is None else {"Content-Range": f"bytes {first}-{first + len(content) - 1}/{total}"}
        return self.http.put(session, content=content, headers=span)

    def probe(self, session: str, total: int | str) -> httpx.Response:
        return self.http.put(session, headers={"Content-Range": f"bytes */{total}", "Content-Length": "0"})

    def upload(self, content: bytes | None = None, **body: Any) -> str:
        """A whole upload; every one is another file unless `content` says otherwise."""
        content = content or mp4(size=2000 + self.world.state.next("tests.sizes"))
        answer = self.put(self.session(len(content), **body), content).raise_for_status()
        return str(answer.json()["id"])

    def video(self, video_id: str, part: str = "snippet,status") -> Any:
        answer = self.http.get("/youtube/v3/videos", params={"part": part, "id": video_id}).raise_for_status()
        return answer.json()["items"][0]

    def update(self, video_id: str, part: str = "status", **body: Any) -> httpx.Response:
        return self.http.put("/youtube/v3/videos", params={"part": part}, json={"id": video_id, **body})

    def comment(self, video_id: str, text: str) -> httpx.Response:
        said = {"snippet": {"videoId": video_id, "topLevelComment": {"snippet": {"textOriginal": text}}}}
        return self.http.post("/youtube/v3/commentThreads", params={"part": "snippet"}, json=said)

    def thumbnail(self, video_id: str, content: bytes, kind: str = "image/jpeg") -> httpx.Response:
        query = {"videoId": video_id, "uploadType": "media"}
        headers = {"Content-Type": kind}
        return self.http.post("/upload/youtube/v3/thumbnails/set", params=query, content=content, headers=headers)

    def effects(self, *wanted: str) -> list[dict[str, Any]]:
        return [entry for entry in self.world.ledger.entries("youtube") if not wanted or entry["effect"] in wanted]


@pytest.fixture
def product(sandbox: Any) -> Iterator[Product]:
    connected = Product(sandbox).connect()
    yield connected
    connected.http.close()


@pytest.fixture
def stranger(sandbox: Any) -> Iterator[Product]:
    """Another channel's owner."""
    connected = Product(sandbox).connect(_auto="moonrise.works")
    yield connected
    connected.http.close()
