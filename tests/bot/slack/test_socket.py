"""Socket Mode: the same handlers, through a socket that we open; one that dies is replaced."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.slack import socket as socket_mode
from bot.slack.app import build_app
from bot.slack.socket import run_socket
from tests.bot.slack.conftest import Review, words


@pytest.fixture
async def connected(review: Review, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Review]:
    """The review with an open socket: nothing comes by HTTP any more."""
    monkeypatch.setattr(socket_mode, "LOOK_EVERY", 0.1)
    desk, stop = review.house.desk, asyncio.Event()
    running = asyncio.create_task(run_socket(build_app(desk), desk.http, desk.settings, stop))
    await until_open(review)
    yield review
    stop.set()
    await running


async def until_open(review: Review) -> None:
    """Until the sandbox delivers through the socket."""
    async with asyncio.timeout(10):
        while (await review.house.act("event", type="app_home_opened", user="U0MARA"))["via"] != "socket":
            await asyncio.sleep(0.05)


async def test_clicks_dialogs_and_commands_come_through_the_socket(connected: Review) -> None:
    post, ts = await connected.card()
    outcome = await connected.click(ts, "reject")
    assert (outcome["via"], outcome["error"]) == ("socket", None)
    sent = await connected.house.act("submit", user="U0MARA", view_id=outcome["views"][0], values={}, wait=0.2)
    assert sent["open"] == [] and await connected.team.state(post) == "rejected"
    late = await connected.click(ts, "approve", user="U0BEN", wait=3)
    assert any("rejected #1001" in text for text in late["shown"]), late
    assert "What you can ask" in await connected.house.command("help")


async def test_a_socket_that_slack_closes_is_opened_again(connected: Review) -> None:
    assert (await connected.house.act("disconnect"))["asked"] == 1
    await until_open(connected)
    assert words((await connected.house.see("home", user="U0MARA"))["view"]["blocks"])


async def test_nonsense_in_an_envelope_is_acknowledged_and_the_socket_lives_on(connected: Review) -> None:
    await connected.house.act("event", type="", user=7)
    assert "What you can ask" in await connected.house.command("help")
