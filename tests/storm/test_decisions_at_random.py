"""Many random days at both doors; three processes that race for four hundred posts; two Slack teams a thousand times in turn."""

# ruff: noqa: F811
import asyncio
import gc
import logging
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from storage.session import Database
from storage.vault import Vault
from tests.bot.doors import (
    NEVER_TOLD,
    Delivery,
    Doors,
    in_dialog,
    install,
    open_doors,
    slack_dialog,
    slack_press,
    telegram_press,
)
from tests.bot.random_days import MESSAGES, NUMBERS, WORDS, Days, furnished, number_of
from tests.bot.test_decisions_at_random import days, many_days  # noqa: F401 - a fixture
from tests.pipeline.conftest import Hints, logins, vault  # noqa: F401
from tests.sharing import TABLE
from tests.storage.conftest import Connection, House, as_superuser, as_worker, house, other  # noqa: F401

EXAMPLES, STEPS = int(os.environ.get("DAYS", "20")), 25
POSTS, DELIVERIES = 400, 1000
Table = Callable[[str, object], None]
pytestmark = pytest.mark.timeout(900)


def test_whatever_people_do_on_many_days_the_model_and_the_invariants_hold(
    days: type[Days], record_property: Table
) -> None:
    record_property(TABLE, many_days(days, EXAMPLES, STEPS))


@pytest.fixture
async def processes(house: House, other: House, logins: dict[str, str], vault: Vault) -> AsyncIterator[list[Doors]]:
    """The doors of three web processes, each with its own connections."""
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(3):
            database = Database(logins["amarktai_web"], size=4)
            await database.open()
            stack.push_async_callback(database.close)
            opened.append(await stack.enter_async_context(open_doors(database, vault, Hints())))
        for home in furnished((house, other)):
            home.run(NUMBERS)
            await install(database, vault, home.id, home.team, home.people["ann"], f"xoxb-{home.team}")
        yield opened


async def test_of_three_who_answer_four_hundred_posts_at_once_one_wins_each_and_the_others_read_why(
    processes: list[Doors], house: House, record_property: Table
) -> None:
    posts = house.posts(POSTS)
    for event in ("write", "deliver"):
        house.run("UPDATE posts SET event = %(e)s WHERE workspace_id = %(ws)s", {"e": event})
    house.run(MESSAGES.partition(" WHERE c.post_id")[0] + " WHERE c.kind = 'post'")
    wins: Counter[str] = Counter()
    told: list[str] = []

    async def race(n: int) -> None:
        post = posts[n]
        slack, telegram = house.token(post), house.token(post, "telegram")
        message = str((1001 + n) * 10)
        presses = [
            slack_press(house.team, house.channel, "bob", message, "approve", slack),
            telegram_press(house.group, number_of("cy"), message, f"approve:{telegram}"),
            slack_dialog(house.team, "ann", "regenerate", slack, in_dialog("regenerate")),
        ]
        doors = processes[n % 3 :] + processes[: n % 3]
        answers = await asyncio.gather(*(door.send(press) for door, press in zip(doors, presses, strict=True)))
        told.append(answers[2])

    for begin in range(0, POSTS, 8):
        await asyncio.gather(*(race(n) for n in range(begin, begin + 8)))
    for door in processes:
        await door.desk.errands.settle(60)
    rows = house.run(ANSWERED)
    assert {
        post: [outcome for of, _, outcome in rows if of == post].count("applied") for post in posts
    } == dict.fromkeys(posts, 1)
    assert Counter(outcome for _, _, outcome in rows) == {"applied": POSTS, "already_decided": 2 * POSTS}
    wins.update(decision for _, decision, outcome in rows if outcome == "applied")
    lost = [one.words for door in processes for one in door.chats.told] + told
    whys = [words for words in lost if re.search(WORDS["already_decided"], words)]
    assert len(whys) == 2 * POSTS and not [words for words in lost if NEVER_TOLD in words]
    record_property(
        TABLE, f"Race of three processes for {POSTS} posts: one winner each ({dict(wins)}), {len(whys)} losers read why"
    )


ANSWERED = "SELECT post_id, decision, outcome FROM decisions WHERE workspace_id = %(ws)s"


async def test_two_slack_teams_in_turn_are_answered_by_their_own_bot_a_thousand_times_and_nothing_grows(
    processes: list[Doors], house: House, other: House, record_property: Table
) -> None:
    door, dice = processes[0], Random(4)
    listener = door.apps["/slack/events"]._app
    deliveries = [await _told_off(home) for home in (house, other)]
    order = [dice.randrange(2) for _ in range(DELIVERIES)]
    sizes = []
    for begin in range(0, DELIVERIES, 20):
        if begin % 200 == 0:
            sizes.append(_sizes(listener))
        await asyncio.gather(*(door.send(deliveries[n]()) for n in order[begin : begin + 20]))
        await door.desk.errands.settle(30)
    sizes.append(_sizes(listener))
    by_channel = {home.channel: f"xoxb-{home.team}" for home in (house, other)}
    said = [one for one in door.chats.told if one.method == "chat.postEphemeral"]
    assert len(said) == DELIVERIES
    assert [one.token for one in said] == [by_channel[one.said["channel"]] for one in said]
    assert Counter(one.said["channel"] for one in said) == {
        house.channel: order.count(0),
        other.channel: order.count(1),
    }
    listeners, loggers, clients, _ = zip(*sizes[1:], strict=True)
    assert len({*listeners}) == len({*loggers}) == 1 and max(clients) <= clients[0] + 5, sizes
    growth = sizes[-1][3] - sizes[1][3]
    assert growth < 16 * 2**20, sizes
    record_property(
        TABLE,
        f"Two Slack teams, {DELIVERIES} interleaved deliveries: wrong tokens 0, listeners {listeners[0]} throughout, "
        f"memory of the last {DELIVERIES - 200}: {growth / 2**20:+.1f} MiB",
    )


async def _told_off(home: House) -> Callable[[], Delivery]:
    """Presses of a viewer, who is told that he may not."""
    token = home.token(home.post())
    return lambda: slack_press(home.team, home.channel, "vic", "m1", "approve", token)


def _sizes(app: object) -> tuple[int, int, int, int]:
    """What must not grow: listeners, loggers, clients, and the bytes that this process has in memory."""
    gc.collect()
    clients = sum(isinstance(one, AsyncWebClient) for one in gc.get_objects())
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return len(app._async_listeners), len(logging.root.manager.loggerDict), clients, resident  # type: ignore[attr-defined]
