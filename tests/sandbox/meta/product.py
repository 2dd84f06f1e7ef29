"""The product's side of Meta: asks for consent, exchanges tokens, speaks to the Graph as a Page."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

CALLBACK = "http://127.0.0.1:4000/connect/facebook/callback"
SCOPES = (
    "pages_show_list,pages_read_engagement,pages_manage_posts,pages_manage_engagement,read_insights,"
    "instagram_basic,instagram_content_publish"
)
MARA, BEN = "10160000000000001", "10160000000000002"
STUDIO, LABS, ELSEWHERE = "102030405060701", "102030405060702", "102030405060799"


class Product:
    """A product that may be connected; `http` speaks to the Graph with the token of `page`."""

    def __init__(self, sandbox: Any, page: str = STUDIO) -> None:
        self.sandbox, self.world, self.page = sandbox, sandbox.world, page
        self.http = httpx.Client(base_url=f"{sandbox.base_url}/facebook/v26.0", timeout=10)
        self.client = {
            "client_id": self.world.secrets.facebook_client_id,
            "client_secret": self.world.secrets.facebook_client_secret,
        }
        self.application = "|".join(self.client.values())
        self.user_token = self.page_token = ""

    def knob(self, name: str, value: float) -> None:
        httpx.post(f"{self.sandbox.base_url}/_sandbox/knobs", json={name: value}).raise_for_status()

    def authorize(self, **changes: str) -> httpx.Response:
        query = {
            "client_id": self.client["client_id"],
            "redirect_uri": CALLBACK,
            "state": "st4te",
            "response_type": "code",
            "scope": SCOPES,
            "_auto": MARA,
        }
        return self.http.get("/dialog/oauth", params={**query, **changes})

    def answer(self, **changes: str) -> dict[str, str]:
        """What the dialog sends back to the product."""
        location = self.authorize(**changes).headers["location"]
        assert location.startswith(CALLBACK)
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        query = {**self.client, "redirect_uri": CALLBACK, "code": code}
        return self.http.get("/oauth/access_token", params={**query, **changes})

    def long_lived(self, token: str) -> httpx.Response:
        query = {**self.client, "grant_type": "fb_exchange_token", "fb_exchange_token": token}
        return self.http.get("/oauth/access_token", params=query)

    def accounts(self, fields: str = "id,name,access_token,tasks") -> list[dict[str, Any]]:
        query = {"access_token": self.user_token, "fields": fields}
        listed: list[dict[str, Any]] = self.plain("/me/accounts", **query).raise_for_status().json()["data"]
        return listed

    def plain(self, path: str, **query: str) -> httpx.Response:
        """A GET without the standing Authorization header."""
        return httpx.get(f"{self.http.base_url}".rstrip("/") + path, params=query)

    def debug(self, token: str) -> dict[str, Any]:
        answer = self.plain("/debug_token", input_token=token, access_token=self.application).raise_for_status()
        return dict(answer.json()["data"])

    def connect(self, **changes: str) -> "Product":
        short = self.exchange(self.answer(**changes)["code"]).raise_for_status().json()["access_token"]
        self.user_token = self.long_lived(short).raise_for_status().json()["access_token"]
        pages = {page["id"]: page["access_token"] for page in self.accounts()}
        self.page_token = pages.get(self.page, self.user_token)
        self.http.headers["Authorization"] = f"Bearer {self.page_token}"
        return self

    def post(self, message: str = "", **fields: Any) -> httpx.Response:
        return self.http.post(f"/{self.page}/feed", data={**({"message": message} if message else {}), **fields})

    def photo(self, content: bytes, **fields: Any) -> httpx.Response:
        return self.http.post(f"/{self.page}/photos", data=fields, files={"source": ("a.jpg", content)})

    def start_reel(self) -> dict[str, str]:
        answer = self.http.post(f"/{self.page}/video_reels", data={"upload_phase": "start"}).raise_for_status()
        return dict(answer.json())

    def upload(self, url: str, content: bytes, offset: int = 0, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"OAuth {self.page_token}", "offset": str(offset), "file_size": str(len(content))}
        return httpx.post(url, headers={**sent, **headers}, content=content[offset:])

    def finish_reel(self, video_id: str, **fields: str) -> httpx.Response:
        form = {"upload_phase": "finish", "video_id": video_id, "video_state": "PUBLISHED", **fields}
        return self.http.post(f"/{self.page}/video_reels", data=form)

    def reel(self, content: bytes, **fields: str) -> str:
        """A reel from start to finish; its video id."""
        started = self.start_reel()
        self.upload(started["upload_url"], content).raise_for_status()
        self.finish_reel(started["video_id"], **fields).raise_for_status()
        return started["video_id"]

    def read(self, node: str, fields: str, **query: Any) -> Any:
        return self.http.get(f"/{node}", params={"fields": fields, **query}).raise_for_status().json()

    def effects(self, effect: str = "post") -> list[dict[str, Any]]:
        return [entry for entry in self.world.ledger.entries("facebook") if entry["effect"] == effect]
