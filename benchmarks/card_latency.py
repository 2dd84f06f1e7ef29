"""From a click to the redrawn card in every chat that shows it, in the demonstration's own house with the chats' real limits."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.demo.people import BEN, CHIYO, MARA, TELEGRAM, Card, Sandbox, found_in
from app.embedded import erase
from app.processes import Command, end, spawn
from benchmarks.cold_demo import PATIENCE, sandbox_of
from benchmarks.figures import Figure, at_most, figure, percentile
from benchmarks.stage import Stage

TITLE = "Click to redrawn card, Slack channel and Telegram group, one click in 4 s"
GROUP = -100500
APART = 4.0
TOO_LONG = 30.0
QUIET = 13.0
"""Seconds after which a Telegram group that was written to without a pause takes a burst again."""


async def run(stage: Stage, quick: bool) -> list[Figure]:
    async with _house() as twin:
        posts = await _cards_in_both(twin)
        slack, telegram = await _clicks(twin, posts, 2 if quick else 20)
        settled = await _in_a_hurry(twin, posts, 2 if quick else 12)
    both = [*slack, *telegram]
    note = f"{len(slack)} clicks, {len(both)} cards redrawn; polled every 20 ms, which is inside the figure"
    return [
        figure("p99 over both chats", [percentile(both, 0.99)], "s", at_most(1.5), note),
        figure("Slack channel, each click", slack, "s"),
        figure("Telegram group, each click", telegram, "s"),
        figure(
            "a click a second for a while: until both chats agree",
            [settled],
            "s",
            at_most(60),
            "the chats' own limits are the bound",
        ),
    ]


@contextlib.asynccontextmanager
async def _house() -> AsyncIterator[Sandbox]:
    """A fresh demonstration with a Telegram group beside the channel, and a second web app whose cards come to both."""
    with tempfile.TemporaryDirectory(prefix="amarktai-bench-cards-") as folder:
        home, log = Path(folder), Path(folder) / "demo.log"
        env = {**os.environ, "AMARKTAI_HOME": str(home)}
        process = spawn(
            Command(
                "demo", (sys.executable, "-m", "benchmarks.small_demo", "demo", "--fresh"), log, env=env, grace=40.0
            )
        )
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
                address, web = await asyncio.wait_for(sandbox_of(process), PATIENCE)
                twin = Sandbox(address, client)
                await _until(lambda: _count(twin), 6)
                words = await twin.type(MARA, "link group")
                await twin.write(TELEGRAM[MARA], GROUP, found_in(words, r"/start(?:@\w+)? [\w-]{20,}"))
                await twin.type(MARA, f"add {web}/?second")
                await twin.type(MARA, "batch now")
                yield twin
        finally:
            end(process, signal.SIGTERM, 40.0)
            erase(home / "demo")


@dataclass
class Shown:
    """A post whose card stands in both chats. `approved` is what its last decision made of it."""

    number: int
    approved: bool = False


async def _cards_in_both(twin: Sandbox) -> list[Shown]:
    async def in_both() -> int:
        slack = {card.number for card in await twin.cards()}
        return len(slack & {card.number for card in await twin.telegram_cards(GROUP)})

    await _until(in_both, 4)
    await _quiet(twin)  # the first cards use up what the chats allow at once; that is another story
    return [Shown(card.number) for card in await twin.telegram_cards(GROUP)]


async def _quiet(twin: Sandbox) -> None:
    """Until nothing has changed in the group for long enough that it may be written to at once again."""
    last, since = await twin.telegram_cards(GROUP), time.monotonic()
    while time.monotonic() - since < QUIET:
        await asyncio.sleep(0.5)
        now = await twin.telegram_cards(GROUP)
        if now != last:
            last, since = now, time.monotonic()


async def _clicks(twin: Sandbox, posts: list[Shown], count: int) -> tuple[list[float], list[float]]:
    """Approve and undo, one click every four seconds; seconds until the card has changed in each chat."""
    slack: list[float] = []
    telegram: list[float] = []
    for n in range(count):
        begun = time.perf_counter()
        post = posts[n % len(posts)]
        before = await _seen(twin, post.number)
        clicked = time.perf_counter()
        click = asyncio.create_task(_click(twin, post, before))
        waits = (_changed(twin, post.number, before, 0, clicked), _changed(twin, post.number, before, 1, clicked))
        for found, taken in zip((slack, telegram), await asyncio.gather(*waits), strict=True):
            found.append(taken)
        await click
        await asyncio.sleep(max(0.0, APART - (time.perf_counter() - begun)))
    return slack, telegram


async def _in_a_hurry(twin: Sandbox, posts: list[Shown], count: int) -> float:
    """Click faster than the chats allow; seconds after the last click until both chats show the same state of every post."""
    for n in range(count):
        post = posts[n % len(posts)]
        with contextlib.suppress(LookupError):  # its card is still to be redrawn: nobody can click what is not there
            await _click(twin, post, await _seen(twin, post.number))
        await asyncio.sleep(1)
    begun = time.perf_counter()
    while not all([await _agrees(twin, post) for post in posts]):
        await asyncio.sleep(0.2)
        assert time.perf_counter() - begun < 120, "the cards do not show the last state"
    return time.perf_counter() - begun


async def _agrees(twin: Sandbox, post: Shown) -> bool:
    """Both chats offer the same answers: a post may meanwhile have met its slot, which both must show as well."""
    slack, group = await _seen(twin, post.number)
    return (slack.button("approve") is None) == (group.button("approve") is None)


async def _click(twin: Sandbox, post: Shown, seen: tuple[Card, Card]) -> None:
    """Approve in Slack what waits; take it back in the group what is approved."""
    slack, group = seen
    approve = slack.button("approve")
    if not post.approved and approve is not None:
        await twin.press(BEN, slack, approve)
        post.approved = True
        return
    undo = group.button("undo")
    if undo is None:
        raise LookupError(f"#{post.number} shows no button for what comes next")
    await twin.telegram_press(TELEGRAM[CHIYO], GROUP, group, undo)
    post.approved = False


async def _changed(twin: Sandbox, number: int, before: tuple[Card, Card], chat: int, since: float) -> float:
    while (await _seen(twin, number))[chat] == before[chat]:
        await asyncio.sleep(0.02)
        assert time.perf_counter() - since < TOO_LONG, f"#{number} was not redrawn within {TOO_LONG:g} s"
    return time.perf_counter() - since


async def _seen(twin: Sandbox, number: int) -> tuple[Card, Card]:
    """The post's card in the channel and in the group."""
    slack = next(card for card in await twin.cards() if card.number == number)
    return slack, next(card for card in await twin.telegram_cards(GROUP) if card.number == number)


async def _count(twin: Sandbox) -> int:
    """How many post cards the channel shows; none before the sandbox answers."""
    with contextlib.suppress(httpx.HTTPError):
        return len(await twin.cards())
    return 0


async def _until(look: Callable[[], Awaitable[int]], wanted: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while await look() < wanted:
        await asyncio.sleep(0.1)
        if time.monotonic() > deadline:
            raise SystemExit(f"The demonstration shows fewer than {wanted} cards.")
