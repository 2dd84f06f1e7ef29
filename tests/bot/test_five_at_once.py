"""A batch lies in a chat as five cards: an answer to the second is an answer to the second, and once, in either chat."""

# ruff: noqa: F811
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from storage.session import Database
from storage.vault import Vault
from tests.bot.doors import Delivery, Doors, in_dialog, install, open_doors, slack_dialog, slack_press, telegram_press
from tests.bot.random_days import MESSAGE, MESSAGES, NUMBERS, furnished, number_of
from tests.pipeline.conftest import Hints, logins, vault, web  # noqa: F401 - fixtures
from tests.storage.conftest import House, as_worker, house, other  # noqa: F401

TABLES = ("posts", "revisions", "approvals", "decisions", "handed", "attempts", "cards", "card_faces", "transitions")
ROWS = "SELECT t::text FROM {} t WHERE {} = %(p)s ORDER BY 1"
COLUMN = {"posts": "id", "cards": "post_id"}


@pytest.fixture
async def doors(house: House, other: House, web: Database, vault: Vault) -> AsyncIterator[Doors]:
    for home in furnished((house, other)):
        home.run(NUMBERS)
        await install(web, vault, home.id, home.team, home.people["ann"], f"xoxb-{home.team}")
    async with open_doors(web, vault, Hints()) as opened:
        yield opened


def everything_of(house: House, post: UUID) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that is about a post."""
    return {name: house.run(ROWS.format(name, COLUMN.get(name, "post_id")), {"p": post}) for name in TABLES}


def pressed(house: House, chat: str, decision: str, token: str) -> Delivery:
    message = house.one(MESSAGE, {"t": token})
    if chat == "telegram":
        return telegram_press(house.group, number_of("bob"), message, f"{decision}:{token}")
    if decision == "approve":
        return slack_press(house.team, house.channel, "bob", message, decision, token)
    return slack_dialog(house.team, "bob", decision, token, in_dialog(decision))


@pytest.mark.parametrize(
    ("chat", "decision", "state"),
    [
        ("slack", "approve", "approved"),
        ("telegram", "approve", "approved"),
        ("slack", "reject", "rejected"),
        ("slack", "edit", "in_review"),
        ("slack", "regenerate", "planned"),
        ("slack", "move", "in_review"),
    ],
)
async def test_deciding_the_second_of_five_changes_only_the_second(
    doors: Doors, house: House, chat: str, decision: str, state: str
) -> None:
    posts = [house.post() for _ in range(5)]
    for post in posts:
        house.run(MESSAGES, {"p": post})
    tokens = [{name: house.token(post, name) for name in ("slack", "telegram")} for post in posts]
    before = [everything_of(house, post) for post in posts]
    await doors.deliver(pressed(house, chat, decision, tokens[1][chat]))
    after = [everything_of(house, post) for post in posts]
    assert [n for n in range(5) if after[n] != before[n]] == [1]
    assert house.state(posts[1]) == state


async def test_all_five_can_be_answered_each_in_its_own_way(doors: Doors, house: House) -> None:
    posts = [house.post() for _ in range(5)]
    for post in posts:
        house.run(MESSAGES, {"p": post})
    answers = [
        ("slack", "reject"),
        ("telegram", "approve"),
        ("slack", "regenerate"),
        ("slack", "approve"),
        ("slack", "edit"),
    ]
    for post, (chat, decision) in zip(posts, answers, strict=True):
        await doors.deliver(pressed(house, chat, decision, house.token(post, chat)))
    assert [house.state(post) for post in posts] == ["rejected", "approved", "planned", "approved", "in_review"]


@pytest.mark.parametrize("chat", ["slack", "telegram"])
async def test_a_click_that_comes_again_is_told_so_also_to_somebody_who_may_not_even_look_any_more(
    doors: Doors, house: House, chat: str
) -> None:
    post = house.post()
    house.run(MESSAGES, {"p": post})
    click = pressed(house, chat, "approve", house.token(post, chat))
    await doors.deliver(click)
    house.grant("bob", None)
    assert "This click had arrived before" in await doors.deliver(click)
