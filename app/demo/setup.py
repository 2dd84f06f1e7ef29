"""Setting a demonstration up by the product's own flows over HTTP: install, link, connect. Nothing is inserted by hand."""

import asyncio
import html
from collections.abc import Awaitable, Callable

import httpx

from app.demo.house import House, Say
from app.demo.people import BEN, CHIYO, GROUP, MARA, TELEGRAM, Sandbox, WentWrong, found_in
from domain.platforms import PLATFORMS, Platform

POSTS_A_DAY = ("00:00",)
"""One slot for each account: with eight accounts eight posts, which is enough to see everything.

It has passed whenever somebody starts a demonstration, so that what is approved goes out soon after its card, and not in
the evening because it is morning now.
"""
CONNECTED = (
    (Platform.X,),
    (Platform.LINKEDIN, Platform.FACEBOOK),
    (Platform.INSTAGRAM, Platform.TIKTOK, Platform.YOUTUBE),
)
"""The platforms whose accounts are connected, those of a group at the same time. The first trip marks the browser for the
others; and posts are numbered in the order of their accounts, which the tour goes by: X first, TikTok and YouTube last."""


async def install_slack(house: House, client: httpx.AsyncClient) -> None:
    """Add to Slack, consented to by Mara, who becomes the owner."""
    answer = await _follow(client, await client.get(f"{house.web}/slack/install"), house, MARA)
    if "Added to Slack" not in answer.text:
        raise WentWrong(f"Slack was not installed: {_words(answer)}")


async def people_and_places(house: House, twin: Sandbox) -> None:
    """The review channel, two reviewers, the review group in Telegram, and a reviewer who is known there."""
    await twin.type(MARA, "here")
    await twin.type(MARA, f"people grant <@{BEN}> reviewer")
    await twin.type(MARA, f"people grant <@{CHIYO}> reviewer")
    code = found_in(await twin.type(MARA, "link group"), r"/start@\w+ [\w-]{20,}")
    await twin.write(TELEGRAM[MARA], GROUP, code)
    code = found_in(await twin.type(CHIYO, "link"), r"/start [\w-]{20,}")
    await twin.write(TELEGRAM[CHIYO], TELEGRAM[CHIYO], code)


async def connect(platform: str, house: House, twin: Sandbox, client: httpx.AsyncClient) -> None:
    """Connect the accounts of a platform the way a person does: link, button, consent, and back."""
    link = found_in(await twin.type(MARA, f"connect {platform}"), rf"{house.web}/connect/{platform}\?code=[\w-]+")
    code = link.partition("code=")[2]
    await client.get(link)
    answer = await client.post(f"{house.web}/connect/{platform}", data={"code": code})
    answer = await _follow(client, answer, house, "1")
    for _ in range(100):
        if "Connecting" not in answer.text:
            break
        await asyncio.sleep(0.2)
        answer = await client.get(answer.url)
    if "<h1>Connected</h1>" not in answer.text:
        raise WentWrong(f"{platform} was not connected: {_words(answer)}")


async def promote(url: str, twin: Sandbox) -> None:
    """Name the web app and when its posts go out. One that is promoted already stays as it is."""
    if "already" in found_in(await twin.type(MARA, f"add {url}"), r"is promoted( here already)?"):
        return
    found_in(await twin.type(MARA, f"slots {url} {' '.join(POSTS_A_DAY)}"), POSTS_A_DAY[-1])


async def set_up(
    house: House, url: str, client: httpx.AsyncClient, to_business: Callable[[], Awaitable[None]], say: Say
) -> None:
    """Everything once. Interrupted, it begins again: every flow may run twice. `to_business` sets the workspace's plan."""
    twin = Sandbox(house.sandbox, client)
    say("Adding the app to Slack …")
    await install_slack(house, client)
    await to_business()
    await people_and_places(house, twin)
    for group in CONNECTED:
        say(f"Connecting {', '.join(PLATFORMS[platform].name for platform in group)} …")
        await asyncio.gather(*(connect(platform, house, twin, client) for platform in group))
    await promote(url, twin)


async def _follow(client: httpx.AsyncClient, answer: httpx.Response, house: House, who: str) -> httpx.Response:
    """Follow redirects like a browser; on a consent page of the sandbox `who` consents."""
    for _ in range(10):
        if not answer.is_redirect:
            return answer
        target = answer.headers["location"]
        url = answer.url.join(target)
        if str(url).startswith(house.sandbox) and "redirect_uri" in url.params:
            url = url.copy_add_param("_auto", who)
        answer = await client.get(url)
    raise WentWrong("too many redirects")


def _words(answer: httpx.Response) -> str:
    main = answer.text.partition("<main")[2] or answer.text
    return " ".join(html.unescape(main).split())[:300]
