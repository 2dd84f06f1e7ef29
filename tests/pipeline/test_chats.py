"""Chats that go, come back and move."""

from typing import Any
from uuid import UUID

import pytest

from domain.card import Surface
from domain.errors import Refused
from pipeline.chats import add_chat, chat_back, chat_gone, chat_of, migrate_chat
from pipeline.workspaces import begin_telegram_workspace, workspace_of
from storage.session import Database

NOTICES = """SELECT string_agg(c.notice ->> 'title', '|' ORDER BY c.created_at) FROM cards c
WHERE c.workspace_id = %(workspace_id)s AND c.kind = 'notice' AND c.chat_id = %(chat)s"""


async def notices(team: Any, chat_id: UUID) -> object:
    return await team.value(NOTICES, chat=chat_id)


async def test_a_lost_chat_is_told_to_the_owner_in_the_other_surface_once(web: Database, team: Any, hint: Any) -> None:
    for _ in range(2):
        await chat_gone(web, hint, team.workspace_id, team.group, "Somebody removed the bot.")
    assert await notices(team, team.channel) == "I lost “Team” in Telegram"
    assert await notices(team, team.group) is None
    assert hint.given == [("draw", team.workspace_id, team.channel)]


async def test_a_chat_that_is_back_is_drawn_again_and_may_be_lost_again(web: Database, team: Any, hint: Any) -> None:
    await chat_gone(web, hint, team.workspace_id, team.group, "Kicked.")
    await chat_back(web, hint, team.workspace_id, team.group)
    found = await chat_of(web, team.workspace_id, Surface.TELEGRAM, "-100")
    assert found is not None and found.gone_reason is None
    assert await notices(team, team.channel) == "“Team” is back"


async def test_a_loss_while_every_other_chat_is_gone_is_told_there_as_soon_as_it_is_back(
    web: Database, team: Any, hint: Any
) -> None:
    await chat_gone(web, hint, team.workspace_id, team.channel, "The app was removed.")
    await chat_gone(web, hint, team.workspace_id, team.group, "Kicked.")
    hint.given.clear()
    assert await notices(team, team.channel) == "I lost “Team” in Telegram"
    await chat_back(web, hint, team.workspace_id, team.channel)
    assert hint.given == [("draw", team.workspace_id, team.channel)]


async def test_losing_the_only_chat_asks_nobody_and_breaks_nothing(web: Database, hint: Any) -> None:
    begun = await begin_telegram_workspace(web, user_ref="7", user_name="Tom", chat_ref="7", title="Tom")
    found = await chat_of(web, begun.workspace_id, Surface.TELEGRAM, "7")
    assert found is not None
    await chat_gone(web, hint, begun.workspace_id, found.id, "Tom blocked the bot.")
    assert hint.given == []


async def test_a_supergroup_keeps_the_chat_and_draws_what_matters_anew(web: Database, team: Any, hint: Any) -> None:
    post = await team.post(await team.account())
    drawn = """INSERT INTO cards (workspace_id, id, kind, chat_id, post_id, message_ref, drawn)
               VALUES (%(workspace_id)s, gen_random_uuid(), 'post', %(chat)s, %(post)s, '17', 1) RETURNING 1"""
    await team.value(drawn, chat=team.group, post=post)
    for _ in range(2):
        assert await migrate_chat(web, hint, "-100", "-1001234567890") == team.workspace_id
    assert await workspace_of(web, Surface.TELEGRAM, "-100") is None
    assert await workspace_of(web, Surface.TELEGRAM, "-1001234567890") == team.workspace_id
    found = await chat_of(web, team.workspace_id, Surface.TELEGRAM, "-1001234567890")
    assert found is not None and found.id == team.group
    redrawn = """SELECT count(*) FROM cards WHERE workspace_id = %(workspace_id)s AND chat_id = %(chat)s
                 AND message_ref IS NULL AND drawn = 0"""
    assert await team.value(redrawn, chat=team.group) == 1
    assert ("draw", team.workspace_id, team.group) in hint.given


async def test_a_supergroup_that_was_added_before_its_migration_was_told_is_one_chat(
    web: Database, team: Any, hint: Any
) -> None:
    await add_chat(web, team.workspace_id, surface=Surface.TELEGRAM, chat_ref="-1001", kind="group", title="Team")
    await migrate_chat(web, hint, "-100", "-1001")
    found = await chat_of(web, team.workspace_id, Surface.TELEGRAM, "-1001")
    assert found is not None and found.id == team.group


async def test_a_group_cannot_be_taken_by_another_workspace(web: Database, team: Any) -> None:
    other = await begin_telegram_workspace(web, user_ref="7", user_name="Tom", chat_ref="7", title="Tom")
    with pytest.raises(Refused, match="another workspace"):
        await add_chat(web, other.workspace_id, surface=Surface.TELEGRAM, chat_ref="-100", kind="group", title="Mine")
    assert await workspace_of(web, Surface.TELEGRAM, "-100") == team.workspace_id


async def test_a_chat_of_another_workspace_is_not_lost_by_its_id(web: Database, team: Any, hint: Any) -> None:
    other = await begin_telegram_workspace(web, user_ref="7", user_name="Tom", chat_ref="7", title="Tom")
    await chat_gone(web, hint, other.workspace_id, team.group, "Kicked.")
    found = await chat_of(web, team.workspace_id, Surface.TELEGRAM, "-100")
    assert found is not None and found.gone_reason is None


async def test_a_chat_that_joins_later_gets_the_cards_that_still_wait_for_an_answer(web: Database, team: Any) -> None:
    post = await team.post(await team.account(), state="in_review")
    chat = await add_chat(
        web, team.workspace_id, surface=Surface.TELEGRAM, chat_ref="-77", kind="group", title="Late comers"
    )
    shown = await team.value(
        "SELECT count(*) FROM cards WHERE workspace_id = %(workspace_id)s AND chat_id = %(chat)s AND post_id = %(post)s",
        chat=chat.id, post=post,
    )  # fmt: skip
    assert shown == 1
