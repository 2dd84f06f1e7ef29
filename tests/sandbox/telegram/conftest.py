"""The Telegram twin with a product beside it, driven by python-telegram-bot's own client."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from telegram import Bot

from tests.sandbox.slack.product import Product, serving_product

GROUP = -100500
MARA, BEN, OLGA = 7001, 7002, 7005


@pytest.fixture(scope="module")
def serving() -> Iterator[Product]:
    """One product for a whole file of tests."""
    with serving_product() as serving:
        yield serving


@pytest.fixture
def product(serving: Product) -> Product:
    """A product that takes updates, as good as new."""
    return serving.reset()


class Driver:
    """Presses the levers of the control API."""

    def __init__(self, sandbox: Any) -> None:
        self.http = httpx.Client(base_url=sandbox.base_url, timeout=30)
        self.sandbox = sandbox

    def act(self, lever: str, **wish: Any) -> dict[str, Any]:
        """POST /_sandbox/telegram/{lever}; the answer must be a yes."""
        answer = self.http.post(f"/_sandbox/telegram/{lever}", json=wish)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def messages(self, chat: int = GROUP) -> Any:
        """What stands in a chat."""
        return self.http.get("/_sandbox/telegram/messages", params={"chat": chat}).json()["messages"]


@pytest.fixture
def driver(sandbox: Any) -> Iterator[Driver]:
    """The levers of this sandbox."""
    driver = Driver(sandbox)
    yield driver
    driver.http.close()


@pytest.fixture
async def bot(sandbox: Any) -> AsyncIterator[Bot]:
    """python-telegram-bot's own client."""
    base = f"{sandbox.base_url}/telegram"
    async with Bot(
        sandbox.world.secrets.telegram_bot_token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot"
    ) as client:
        yield client
