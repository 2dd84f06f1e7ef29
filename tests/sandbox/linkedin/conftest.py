"""A product that is connected to the twin of LinkedIn, over real HTTP."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from sandbox.settings import LINKEDIN_VERSION

CALLBACK = "http://127.0.0.1:4000/connect/linkedin/callback"
SCOPES = "openid profile w_member_social w_organization_social r_organization_social rw_organization_admin"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class Product:
    """The product's side of LinkedIn: asks for consent, keeps the token, calls the API."""

    member = "urn:li:person:Mara782Lq"
    organization = "urn:li:organization:10420001"

    def __init__(self, sandbox: Any) -> None:
        self.sandbox, self.world = sandbox, sandbox.world
        self.http = httpx.Client(base_url=f"{sandbox.base_url}/linkedin", timeout=10)
        self.client = (self.world.secrets.linkedin_client_id, self.world.secrets.linkedin_client_secret)
        self.tokens: dict[str, Any] = {}

    def knob(self, name: str, value: float) -> None:
        httpx.post(f"{self.sandbox.base_url}/_sandbox/knobs", json={name: value}).raise_for_status()

    def authorize(self, **changes: str) -> httpx.Response:
        query = {
            "response_type": "code",
            "client_id": self.client[0],
            "redirect_uri": CALLBACK,
            "scope": SCOPES,
            "state": "st4te",
            "_auto": "1",
        }
        return self.http.get("/oauth/v2/authorization", params={**query, **changes})

    def code(self, **changes: str) -> str:
        answer = parse_qs(urlsplit(self.authorize(**changes).headers["location"]).query)
        assert answer["state"] == ["st4te"]
        return answer["code"][0]

    def token(self, **form: str) -> httpx.Response:
        fixed = {"client_id": self.client[0], "client_secret": self.client[1], "redirect_uri": CALLBACK}
        return self.http.post("/oauth/v2/accessToken", data={**fixed, **form})

    def connect(self, **changes: str) -> "Product":
        code = self.code(**changes)
        self.tokens = self.token(grant_type="authorization_code", code=code).raise_for_status().json()
        self.http.headers.update(
            {
                "Authorization": f"Bearer {self.tokens['access_token']}",
                "LinkedIn-Version": LINKEDIN_VERSION,
                "X-Restli-Protocol-Version": "2.0.0",
            }
        )
        return self

    def post(self, commentary: str, author: str | None = None, **changes: Any) -> httpx.Response:
        body = {
            "author": author or self.organization,
            "commentary": commentary,
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
            **changes,
        }
        return self.http.post("/rest/posts", json={name: value for name, value in body.items() if value is not None})

    def initialize(self, owner: str | None = None, kind: str = "image", **more: Any) -> dict[str, Any]:
        body = {"initializeUploadRequest": {"owner": owner or self.organization, **more}}
        answer = self.http.post(f"/rest/{kind}s?action=initializeUpload", json=body).raise_for_status()
        return dict(answer.json()["value"])

    def upload(self, owner: str | None = None, content: bytes = PNG, kind: str = "image") -> str:
        value = self.initialize(owner, kind)
        httpx.put(value["uploadUrl"], content=content).raise_for_status()
        return str(value[kind])

    def parts(self, content: bytes, owner: str | None = None) -> tuple[dict[str, Any], list[str]]:
        """A video's parts, all put, the last first; what finalizeUpload then wants."""
        value = self.initialize(owner, "video", fileSizeBytes=len(content), uploadCaptions=False, uploadThumbnail=False)
        tags = []
        for one in reversed(value["uploadInstructions"]):
            part = content[one["firstByte"] : one["lastByte"] + 1]
            tags.insert(0, httpx.put(one["uploadUrl"], content=part).raise_for_status().headers["etag"])
        return value, tags

    def finalize(self, video: str, tags: list[str], token: str = "") -> httpx.Response:
        wish = {"video": video, "uploadToken": token, "uploadedPartIds": tags}
        return self.http.post("/rest/videos?action=finalizeUpload", json={"finalizeUploadRequest": wish})

    def film(self, content: bytes, owner: str | None = None) -> str:
        value, tags = self.parts(content, owner)
        self.finalize(value["video"], tags).raise_for_status()
        return str(value["video"])

    def status(self, urn: str) -> dict[str, Any]:
        kind = urn.split(":")[2]
        return dict(self.http.get(self.at(urn, f"{kind}s")).raise_for_status().json())

    def listing(self, author: str | None = None, **query: Any) -> httpx.Response:
        return self.http.get("/rest/posts", params={"q": "author", "author": author or self.organization, **query})

    def at(self, urn: str, resource: str = "posts") -> str:
        return f"/rest/{resource}/{quote(urn, safe='')}"

    def posts_accepted(self) -> list[dict[str, Any]]:
        return [entry for entry in self.world.ledger.entries("linkedin") if entry["effect"] == "post"]


@pytest.fixture
def product(sandbox: Any) -> Iterator[Product]:
    connected = Product(sandbox).connect()
    yield connected
    connected.http.close()


@pytest.fixture
def stranger(sandbox: Any) -> Iterator[Product]:
    """Another member, who administers no page."""
    connected = Product(sandbox).connect(_auto="Ben114Os")
    yield connected
    connected.http.close()
