"""A product that is connected to the twin of X, over real HTTP."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

CALLBACK = "http://127.0.0.1:4000/connect/x/callback"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
VERIFIER = "a-verifier-that-is-long-enough-for-every-rule-of-pkce"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class Product:
    """The product's side of X: asks for consent, keeps tokens, calls the API."""

    def __init__(self, sandbox: Any) -> None:
        self.sandbox, self.world = sandbox, sandbox.world
        self.http = httpx.Client(base_url=f"{sandbox.base_url}/x", timeout=10)
        self.basic = (self.world.secrets.x_client_id, self.world.secrets.x_client_secret)
        self.tokens: dict[str, Any] = {}

    def authorize(self, **changes: str) -> httpx.Response:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self.basic[0],
            "redirect_uri": CALLBACK,
            "scope": SCOPES,
            "state": "st4te",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "_auto": "1",
        }
        return self.http.get("/i/oauth2/authorize", params={**query, **changes})

    def code(self, **changes: str) -> str:
        location = self.authorize(**changes).headers["location"]
        assert location.startswith(CALLBACK)
        answer = parse_qs(urlsplit(location).query)
        assert answer["state"] == ["st4te"]
        return answer["code"][0]

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return self.http.post("/2/oauth2/token", data={**form, **changes}, auth=self.basic)

    def refresh(self, token: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self.http.post("/2/oauth2/token", data=form, auth=self.basic)

    def connect(self, **changes: str) -> "Product":
        self.tokens = self.exchange(self.code(**changes)).raise_for_status().json()
        self.http.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        return self

    def post(self, text: str = "", **body: Any) -> httpx.Response:
        return self.http.post("/2/tweets", json={**({"text": text} if text else {}), **body})

    def upload(self, content: bytes = PNG, category: str = "tweet_image", media_type: str = "image/png") -> str:
        announced = {"media_type": media_type, "media_category": category, "total_bytes": len(content)}
        media_id = self.http.post("/2/media/upload/initialize", json=announced).raise_for_status().json()["data"]["id"]
        part = {"data": {"segment_index": "0"}, "files": {"media": ("a", content, media_type)}}
        self.http.post(f"/2/media/upload/{media_id}/append", **part).raise_for_status()
        self.http.post(f"/2/media/upload/{media_id}/finalize").raise_for_status()
        return str(media_id)

    def timeline(self, user: str = "1780000000000000001", **query: Any) -> Any:
        return self.http.get(f"/2/users/{user}/tweets", params=query).raise_for_status().json()

    def posts_accepted(self) -> list[dict[str, Any]]:
        return [entry for entry in self.world.ledger.entries("x") if entry["effect"] == "post"]


@pytest.fixture
def product(sandbox: Any) -> Iterator[Product]:
    connected = Product(sandbox).connect()
    yield connected
    connected.http.close()


@pytest.fixture
def stranger(sandbox: Any) -> Iterator[Product]:
    """Another account's owner."""
    connected = Product(sandbox).connect(_auto="moonrise_app")
    yield connected
    connected.http.close()
