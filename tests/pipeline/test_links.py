"""One-time codes: they work once, for what they were made, for ten minutes."""

import asyncio
from typing import Any

import psycopg
import pytest

from domain.card import Surface
from domain.errors import NotAllowed, Refused
from pipeline.chats import chat_of
from pipeline.links import Purpose, link_telegram_group, link_telegram_person, make_link_code, use_link_code
from pipeline.people import member_of
from pipeline.workspaces import begin_telegram_workspace
from storage.session import Database


async def person(web: Database, hint: Any, code: str, user: str = "7") -> Any:
    return await link_telegram_person(web, hint, code, user_ref=user, display_name="Bob T", chat_ref=user)


async def test_a_code_makes_a_telegram_user_the_member_who_asked(web: Database, team: Any, hint: Any) -> None:
    code = await make_link_code(web, team.workspace_id, team.reviewer, Purpose.PERSON)
    workspace_id, member = await person(web, hint, code)
    assert (workspace_id, member.id, member.name) == (team.workspace_id, team.reviewer, "Bob")
    assert await member_of(web, team.workspace_id, Surface.TELEGRAM, "", "7") == member
    assert await chat_of(web, team.workspace_id, Surface.TELEGRAM, "7") is not None
    told = "SELECT count(*) FROM cards WHERE workspace_id = %(workspace_id)s AND chat_id = %(chat)s AND kind = 'notice'"
    assert await team.value(told, chat=team.channel) == 1


async def test_of_many_who_use_a_code_at_once_one_is_linked(web: Database, team: Any, hint: Any) -> None:
    code = await make_link_code(web, team.workspace_id, team.reviewer, Purpose.PERSON)
    tries = await asyncio.gather(*(person(web, hint, code, str(n)) for n in range(7, 13)), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in tries) == 1
    assert all(isinstance(one, Refused) for one in tries if isinstance(one, BaseException))


async def test_a_code_is_good_for_its_purpose_only(web: Database, team: Any, hint: Any) -> None:
    code = await make_link_code(web, team.workspace_id, team.owner, Purpose.CONNECT)
    with pytest.raises(Refused):
        await person(web, hint, code)
    found = await use_link_code(web, Purpose.CONNECT, code)
    assert (found.workspace_id, found.member_id) == (team.workspace_id, team.owner)
    with pytest.raises(Refused, match="used already"):
        await use_link_code(web, Purpose.CONNECT, code)


async def test_a_code_ends_after_ten_minutes(web: Database, team: Any, hint: Any, database_url: str) -> None:
    code = await make_link_code(web, team.workspace_id, team.reviewer, Purpose.PERSON)
    with psycopg.connect(database_url, autocommit=True) as owner:
        left = owner.execute("SELECT extract(epoch FROM expires_at - now()) FROM link_codes").fetchone()
        assert left is not None and 590 < left[0] <= 600
        owner.execute("UPDATE link_codes SET expires_at = now()")
    with pytest.raises(Refused, match="ten minutes"):
        await person(web, hint, code)


async def test_the_database_never_holds_a_code(web: Database, team: Any, database_url: str) -> None:
    code = await make_link_code(web, team.workspace_id, team.reviewer, Purpose.PERSON)
    assert len(code) == 22  # 128 bits, and short enough for Telegram's /start
    with psycopg.connect(database_url) as owner:
        rows = owner.execute("SELECT link_codes::text FROM link_codes").fetchall()
    assert len(rows) == 1 and code not in rows[0][0] and code.encode().hex() not in rows[0][0]


async def test_who_is_somebody_else_already_is_refused_and_keeps_the_code(web: Database, team: Any, hint: Any) -> None:
    await person(web, hint, await make_link_code(web, team.workspace_id, team.reviewer, Purpose.PERSON))
    code = await make_link_code(web, team.workspace_id, team.owner, Purpose.PERSON)
    with pytest.raises(Refused, match="is Bob here already"):
        await person(web, hint, code)
    assert (await person(web, hint, code, "8"))[1].id == team.owner


async def test_a_group_joins_by_an_owners_code_only(web: Database, team: Any, hint: Any) -> None:
    with pytest.raises(NotAllowed):
        await make_link_code(web, team.workspace_id, team.reviewer, Purpose.CHAT)
    code = await make_link_code(web, team.workspace_id, team.owner, Purpose.CHAT)
    chat = await link_telegram_group(web, hint, code, chat_ref="-200", title="Second")
    assert (chat.kind, chat.reviews) == ("group", True)


async def test_a_private_chat_follows_the_newest_link(web: Database, team: Any, hint: Any) -> None:
    await begin_telegram_workspace(web, user_ref="7", user_name="Bob", chat_ref="7", title="Bob")
    await person(web, hint, await make_link_code(web, team.workspace_id, team.reviewer, Purpose.PERSON))
    begun = await begin_telegram_workspace(web, user_ref="7", user_name="Bob", chat_ref="7", title="Bob")
    assert (begun.workspace_id, begun.member_id) == (team.workspace_id, team.reviewer)
