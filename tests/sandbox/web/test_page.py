"""The page itself: its files, faults, feeds, traffic, and coming back after a gap."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from sandbox.app import build
from sandbox.server import server
from sandbox.world import Config, World
from tests.browser import Browser
from tests.sandbox.conftest import connected_to_x
from tests.sandbox.slack.product import Product
from tests.sandbox.web.conftest import Scene


@pytest.mark.parametrize(
    ("name", "kind"),
    [("", "text/html"), ("page.js", "text/javascript"), ("page.css", "text/css"), ("mark.svg", "image/svg+xml")],
)
def test_the_files_have_their_types_and_a_policy_without_anything_inline(sandbox: Any, name: str, kind: str) -> None:
    answer = httpx.get(f"{sandbox.base_url}/{name}")
    assert answer.headers["content-type"].split(";")[0] == kind
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["__init__.py", "nothing.js", "..%2fapp.py", "%2e%2e/app.py"])
def test_nothing_but_the_pages_files_is_served(sandbox: Any, name: str) -> None:
    assert httpx.get(f"{sandbox.base_url}/{name}").status_code == 404


@pytest.mark.parametrize("path", ["slack/C0REVIEW/1.2", "telegram/-1/1", "x/1/1"])
def test_a_message_that_is_not_there_is_a_404_in_words(sandbox: Any, path: str) -> None:
    answer = httpx.get(f"{sandbox.base_url}/_sandbox/web/{path}")
    assert (answer.status_code, answer.json()["message"]) == (404, "There is no such message.")


@pytest.mark.parametrize("is_there", [True, False])
def test_the_status_says_whether_the_product_answers(
    stage: Any, tmp_path: Path, product: Product, is_there: bool
) -> None:
    url = product.url if is_there else "http://127.0.0.1:9"
    with stage.play(tmp_path / "sandbox", url) as sandbox:
        told = httpx.get(f"{sandbox.base_url}/_sandbox/web/status").json()["product"]
    assert told == {"url": url, "reachable": is_there}


def test_a_fault_button_arms_a_fault_and_healing_clears_it(scene: Scene) -> None:
    scene.page.click(".tools [data-drawer=faults]")
    scene.page.choose(".fault-form select", "linkedin.posts")
    scene.page.fill('.fault-form [name="count"]', "3")
    scene.page.click("[data-fault=accept_then_close]")
    scene.page.wait_for("#armed .fault-chip")
    (armed,) = scene.state("faults")["faults"]
    assert (armed["target"], armed["fault"], armed["count"]) == ("linkedin.posts", "accept_then_close", 3)
    scene.page.click("#heal")
    scene.page.wait_gone("#armed .fault-chip")
    assert scene.state("faults")["faults"] == []


def test_a_post_shows_in_the_feed_and_is_marked_when_it_is_deleted(scene: Scene) -> None:
    settings = scene.state("settings")
    with connected_to_x(scene.sandbox.base_url, settings) as x:
        post = (
            x.post("/2/tweets", json={"text": "Hello & <b>world</b> #sunrise"}).raise_for_status().json()["data"]["id"]
        )
        scene.page.wait_for(f'[data-post="{post}"]')
        assert scene.page.text(f'[data-post="{post}"] .post-text') == "Hello & <b>world</b> #sunrise"
        x.delete(f"/2/tweets/{post}").raise_for_status()
        scene.page.wait_for(f'[data-post="{post}"].deleted')


def test_the_traffic_shows_a_call_as_it_happens_with_its_bodies(scene: Scene) -> None:
    scene.page.click(".tools [data-drawer=traffic]")
    scene.slack.chat_postMessage(channel="C0REVIEW", text="seen in traffic")
    scene.page.wait_for_js(
        "[...document.querySelectorAll('.exchange .path')].some((e) => e.textContent.includes('postMessage'))"
    )
    scene.page.click(".exchange:has(.path) summary")
    scene.page.wait_for(".exchange[open] .bodies pre")


def test_news_that_never_came_are_noticed_by_the_gap_and_read_anew(scene: Scene) -> None:
    world = scene.sandbox.world
    first = scene.slack.chat_postMessage(channel="C0REVIEW", text="heard")["ts"]
    scene.page.wait_for(f'[data-ts="{first}"]')
    lost = {**world.state.get("slack.message", f"C0REVIEW:{first}"), "ts": "1700000000.000001", "text": "never told"}
    world.state.put("slack.message", "C0REVIEW:1700000000.000001", lost)
    world.traffic.record(direction="in", twin="x", method="GET", path="/x", status=200, request="", response="")
    scene.slack.auth_test()  # the next exchange has a number too high
    scene.page.wait_for('[data-ts="1700000000.000001"]')


def test_what_happened_while_the_sandbox_was_away_is_there_when_it_comes_back(browser: Browser, tmp_path: Path) -> None:
    wish = {"user": "U0MARA", "channel": "C0REVIEW", "text": "written in between"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    base_url = f"http://127.0.0.1:{port}"
    with _running(tmp_path, port):
        browser.goto(f"{base_url}/")
        browser.wait_for("#status-stream.good")
        browser.wait_for("#slack-places [data-place=C0REVIEW]")
    browser.wait_for("#status-stream.bad")

    async def write(app: ASGIApp) -> str:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url) as client:
            return str((await client.post("/_sandbox/slack/say", json=wish)).raise_for_status().json()["ts"])

    world = World.open(Config(tmp_path, base_url, "http://127.0.0.1:9"))
    ts = asyncio.run(write(build(world)))
    world.close()
    with _running(tmp_path, port):
        browser.wait_for("#status-stream.good", patience=20)
        browser.wait_for(f'[data-ts="{ts}"]')


@contextmanager
def _running(home: Path, port: int) -> Iterator[None]:
    """A sandbox on that home and port until the block ends, as after a restart."""
    world = World.open(Config(home, f"http://127.0.0.1:{port}", "http://127.0.0.1:9"))
    serving = server(build(world), port)
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    while not serving.started:
        thread.join(0.02)
    try:
        yield
    finally:
        serving.should_exit = True
        thread.join(timeout=10)
        world.close()


def test_a_narrow_window_has_tabs_with_one_column_each(scene: Scene) -> None:
    scene.page.resize(480, 900)
    scene.page.wait_gone("#telegram")
    scene.page.click("#tab-telegram")
    scene.page.wait_for("#telegram")
    scene.page.wait_gone("#slack")
