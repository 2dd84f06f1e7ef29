"""The sandbox's page in a real Chromium, with a small product beside the sandbox that keeps what it was told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient

from tests.browser import Browser, browser, chromium
from tests.sandbox.slack.conftest import Driver
from tests.sandbox.slack.product import Product, Received, serving_product

__all__ = ["browser", "chromium"]
GROUP = -100500


@pytest.fixture(scope="module")
def serving() -> Iterator[Product]:
    """One product for a whole file of tests."""
    with serving_product() as serving:
        yield serving


@pytest.fixture
def product(serving: Product) -> Product:
    """A product that takes everything, as good as new."""
    return serving.reset()


@pytest.fixture
def product_url(product: Product) -> str:
    """The sandbox delivers to it."""
    return product.url


@dataclass(frozen=True)
class Scene:
    """The open page, and everything a test asks afterwards what really happened."""

    page: Browser
    sandbox: Any
    product: Product
    slack: WebClient
    telegram: httpx.Client

    def state(self, path: str, **query: Any) -> Any:
        """The sandbox's own word, from its control API."""
        return httpx.get(f"{self.sandbox.base_url}/_sandbox/{path}", params=query).raise_for_status().json()

    def told(self, wanted: Callable[[Received], bool], patience: float = 10.0) -> Received:
        """The first delivery to the product of the wanted kind, once it is there."""
        with self.product.news:
            found = self.product.news.wait_for(lambda: next(filter(wanted, self.product.received), None), patience)
            assert found, [one.path for one in self.product.received]
            return found

    def say(self, method: str, **fields: Any) -> dict[str, Any]:
        """The bot calls a method of Telegram."""
        answer = self.telegram.post(method, json=fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def act_as(self, slack_id: str) -> None:
        """Become somebody else."""
        self.page.click(f'#act-as [data-person="{slack_id}"]')


@pytest.fixture
def scene(browser: Browser, sandbox: Any, product: Product) -> Iterator[Scene]:
    """The page is open; the app is installed, in the channel, and listens to Telegram by webhook."""
    driver = Driver(sandbox, product)
    slack = WebClient(token=driver.install(), base_url=f"{sandbox.base_url}/slack/api/")
    slack.conversations_join(channel="C0REVIEW")
    base = f"{sandbox.base_url}/telegram/bot{sandbox.world.secrets.telegram_bot_token}/"
    with httpx.Client(base_url=base) as telegram:
        scene = Scene(browser, sandbox, product, slack, telegram)
        scene.say("setWebhook", url=f"{product.url}/telegram/webhook", secret_token="a-secret")
        browser.goto(f"{sandbox.base_url}/")
        browser.wait_for("#status-stream.good")
        browser.wait_for("#slack-places [data-place=C0REVIEW]")
        yield scene
        assert browser.errors == []
    driver.http.close()
