"""The Slack twin with a product beside it, installed by the real flow and driven by Slack's own client."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.slack.product import Product, serving_product

SCOPES = (
    "chat:write,commands,users:read,channels:read,groups:read,channels:join,im:write,files:write,files:read,team:read"
)


@pytest.fixture(scope="module")
def serving() -> Iterator[Product]:
    """One product for a whole file of tests."""
    with serving_product() as serving:
        yield serving


@pytest.fixture
def product(serving: Product) -> Product:
    """A product that takes deliveries, as good as new."""
    return serving.reset()


@pytest.fixture
def product_url(product: Product) -> str:
    """The sandbox delivers to it."""
    return product.url


class Driver:
    """Presses the levers of the control API, and installs the app."""

    def __init__(self, sandbox: Any, product: Product) -> None:
        self.http = httpx.Client(base_url=sandbox.base_url, timeout=30)
        self.sandbox = sandbox
        self.product = product
        self.secrets = sandbox.world.secrets

    def act(self, lever: str, **wish: Any) -> dict[str, Any]:
        """POST /_sandbox/slack/{lever}; the answer must be a yes."""
        answer = self.http.post(f"/_sandbox/slack/{lever}", json=wish)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def upload(self, user: str, name: str, content: bytes) -> dict[str, Any]:
        """The file that a person chose in a form, as Slack's client uploads it."""
        answer = self.http.post("/_sandbox/slack/upload", params={"user": user, "name": name}, content=content)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["file"])

    def see(self, what: str, **query: Any) -> Any:
        """GET /_sandbox/slack/{what}."""
        return self.http.get(f"/_sandbox/slack/{what}", params=query).json()

    def link(self, **changed: str) -> str:
        """The authorize link that a product would make."""
        query = {
            "client_id": self.secrets.slack_client_id,
            "scope": SCOPES,
            "redirect_uri": f"{self.product.url}/slack/oauth",
            "state": "s1",
            "_auto": "U0MARA",
            **changed,
        }
        return str(httpx.URL("/slack/oauth/v2/authorize", params=query))

    def code(self, **changed: str) -> str:
        """The code that comes back with a person's consent."""
        answer = self.http.get(self.link(**changed))
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def exchange(self, code: str, **changed: str) -> dict[str, Any]:
        """oauth.v2.access with HTTP Basic."""
        client = (self.secrets.slack_client_id, self.secrets.slack_client_secret)
        return dict(self.http.post("/slack/api/oauth.v2.access", data={"code": code, **changed}, auth=client).json())

    def install(self, **changed: str) -> str:
        """The bot token of a fresh install."""
        answer = self.exchange(self.code(**changed))
        assert answer["ok"], answer
        return str(answer["access_token"])


@pytest.fixture
def driver(sandbox: Any, product: Product) -> Iterator[Driver]:
    """The levers of this sandbox."""
    driver = Driver(sandbox, product)
    yield driver
    driver.http.close()


@pytest.fixture
async def bot(driver: Driver) -> AsyncIterator[AsyncWebClient]:
    """Slack's own client with the token of an install, already in the review channel."""
    client = AsyncWebClient(token=driver.install(), base_url=f"{driver.sandbox.base_url}/slack/api/")
    await client.conversations_join(channel="C0REVIEW")
    yield client


async def error_of(call: Any) -> dict[str, Any]:
    """The body with which a call was refused."""
    with pytest.raises(SlackApiError) as refused:
        await call
    return dict(refused.value.response.data)
