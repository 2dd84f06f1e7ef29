"""The landing page: what it says is what the tables say, and it waits for nobody."""

import asyncio
from collections.abc import Callable

import httpx
from selectolax.lexbor import LexborHTMLParser

from domain.plans import PLANS
from tests.bot.http.conftest import Site, browser


async def test_the_plans_on_the_page_are_those_of_the_table(visitor: httpx.AsyncClient) -> None:
    page = LexborHTMLParser((await visitor.get("/")).text)
    titles = [node.text(strip=True) for node in page.css("#plans thead th")]
    assert titles[1:] == [terms.title for terms in PLANS.values()]
    (prices,) = [row for row in page.css("#plans tbody tr") if "Price" in row.text()]
    shown = [node.text(strip=True) for node in prices.css("td")]
    assert shown == ["by agreement" if terms.price is None else f"${terms.price}" for terms in PLANS.values()]


async def test_the_page_has_its_ways_in(visitor: httpx.AsyncClient) -> None:
    page = LexborHTMLParser((await visitor.get("/")).text)
    links = {node.attributes["href"] for node in page.css("a")}
    assert {"/slack/install", "https://t.me/amarktai_bot"} <= links
    anchors = {link[1:].lstrip("#") for link in links if link.startswith("/#")}
    assert all(page.css_first(f"#{anchor}") is not None for anchor in anchors)


async def test_every_file_that_a_page_asks_for_is_there(visitor: httpx.AsyncClient) -> None:
    for path in ("/", "/nowhere"):
        page = LexborHTMLParser((await visitor.get(path)).text)
        files = [
            node.attributes.get("href") or node.attributes.get("src") for node in page.css("link, img, script[src]")
        ]
        for file in filter(None, files):
            assert (await visitor.get(file)).status_code == 200, file


async def test_a_telegram_that_does_not_tell_our_name_holds_nothing_up(build: Callable[..., Site]) -> None:
    async def never() -> str | None:
        await asyncio.Event().wait()
        return None

    async with browser(build(telegram=never)) as visitor:
        answer = await visitor.get("/")
    assert answer.status_code == 200
    assert "Start in Telegram" not in answer.text


async def test_robots_are_let_in_everywhere_but_on_one_time_links(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "Disallow: /connect/" in answer.text
