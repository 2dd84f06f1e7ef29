"""Workspaces begin once, however often and at once somebody begins them."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from domain.card import Surface
from domain.errors import NotAllowed, Refused
from domain.secret import Secret
from pipeline.chats import add_chat
from pipeline.people import member_of
from pipeline.workspaces import (
    SlackInstall,
    begin_slack_install,
    begin_telegram_workspace,
    bot_token,
    install_slack,
    uninstall_slack,
    use_slack_state,
    workspace_of,
)
from storage.session import Database
from storage.vault import Vault


def install(team: str = "T1", user: str = "U1", token: str = "xoxb-1") -> SlackInstall:  # noqa: S107 - a made-up one
    return SlackInstall(team, "Tidewater", user, "Ann", "UB", "B1", "A1", "chat:write", Secret(token))


async def test_whoever_installs_first_owns_the_workspace(web: Database, vault: Vault, hint: Any) -> None:
    begun = await install_slack(web, vault, hint, install())
    assert begun.is_new
    member = await member_of(web, begun.workspace_id, Surface.SLACK, "T1", "U1")
    assert member is not None and (member.id, member.name, member.role) == (begun.member_id, "Ann", "owner")
    assert await bot_token(web, vault, begun.workspace_id, "T1") == Secret("xoxb-1")


async def test_a_second_install_renews_the_token_and_makes_nobody_an_owner(
    web: Database, vault: Vault, hint: Any
) -> None:
    first = await install_slack(web, vault, hint, install())
    second = await install_slack(web, vault, hint, install(user="U9", token="xoxb-2"))
    assert (second.workspace_id, second.is_new, second.member_id) == (first.workspace_id, False, None)
    assert await bot_token(web, vault, first.workspace_id, "T1") == Secret("xoxb-2")


async def test_a_team_that_is_installed_many_times_at_once_gets_one_workspace(
    web: Database, vault: Vault, hint: Any
) -> None:
    begun = await asyncio.gather(*(install_slack(web, vault, hint, install()) for _ in range(8)))
    assert len({one.workspace_id for one in begun}) == 1
    assert sum(one.is_new for one in begun) == 1
    assert len({one.member_id for one in begun}) == 1


async def test_teams_do_not_share_a_workspace(web: Database, vault: Vault, hint: Any) -> None:
    one, other = [await install_slack(web, vault, hint, install(team)) for team in ("T1", "T2")]
    assert one.workspace_id != other.workspace_id
    assert await bot_token(web, vault, one.workspace_id, "T2") is None


async def test_uninstalling_deletes_the_token_and_a_new_install_finds_the_workspace_again(
    web: Database, vault: Vault, hint: Any
) -> None:
    first = await install_slack(web, vault, hint, install())
    ws = first.workspace_id
    await add_chat(web, ws, surface=Surface.SLACK, team_ref="T1", chat_ref="C1", kind="channel", title="posts")
    for _ in range(2):
        assert await uninstall_slack(web, vault, hint, "T1") == ws
    assert await bot_token(web, vault, ws, "T1") is None
    assert await _secrets_and_gone(web, ws) == (0, 1)
    again = await install_slack(web, vault, hint, install(token="xoxb-3"))
    assert (again.workspace_id, again.member_id, again.is_new) == (ws, first.member_id, False)
    assert await _secrets_and_gone(web, ws) == (1, 0)


async def test_after_a_new_install_the_notice_about_the_lost_channel_says_that_it_is_back(
    web: Database, vault: Vault, hint: Any
) -> None:
    ws = (await install_slack(web, vault, hint, install())).workspace_id
    await add_chat(web, ws, surface=Surface.SLACK, team_ref="T1", chat_ref="C1", kind="channel", title="posts")
    await add_chat(web, ws, surface=Surface.TELEGRAM, chat_ref="-5", kind="group", title="Team")
    await uninstall_slack(web, vault, hint, "T1")
    await install_slack(web, vault, hint, install(token="xoxb-3"))
    async with web.transaction(ws) as tx:
        said = await tx.value("SELECT notice ->> 'title' FROM cards WHERE workspace_id = %(workspace_id)s")
    assert said == "“posts” is back"


async def _secrets_and_gone(web: Database, ws: UUID) -> tuple[int, int]:
    async with web.transaction(ws) as tx:
        secrets = await tx.value("SELECT count(*) FROM secrets WHERE workspace_id = %(workspace_id)s")
        statement = "SELECT count(*) FROM chats WHERE workspace_id = %(workspace_id)s AND gone_reason IS NOT NULL"
        return secrets, await tx.value(statement)


async def test_uninstalling_an_unknown_team_is_nothing(web: Database, vault: Vault, hint: Any) -> None:
    assert await uninstall_slack(web, vault, hint, "T404") is None


async def test_start_in_a_private_chat_begins_one_workspace(web: Database) -> None:
    tries = [begin_telegram_workspace(web, user_ref="7", user_name="Tom", chat_ref="7", title="Tom") for _ in range(4)]
    begun = await asyncio.gather(*tries)
    assert len({(one.workspace_id, one.member_id) for one in begun}) == 1
    assert await workspace_of(web, Surface.TELEGRAM, "7") == begun[0].workspace_id
    member = await member_of(web, begun[0].workspace_id, Surface.TELEGRAM, "", "7")
    assert member is not None and member.role == "owner"


async def test_slack_can_join_a_workspace_that_began_in_telegram(web: Database, vault: Vault, hint: Any) -> None:
    begun = await begin_telegram_workspace(web, user_ref="7", user_name="Tom", chat_ref="7", title="Tom")
    assert begun.member_id is not None
    joined = await install_slack(web, vault, hint, install(), into=(begun.workspace_id, begun.member_id))
    assert (joined.workspace_id, joined.member_id, joined.is_new) == (begun.workspace_id, begun.member_id, False)


async def test_a_slack_state_works_once_and_in_its_own_browser(web: Database) -> None:
    state = await begin_slack_install(web, "cookie")
    with pytest.raises(Refused):
        await use_slack_state(web, state, "another cookie")
    tries = await asyncio.gather(*(use_slack_state(web, state, "cookie") for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, Refused) for one in tries) == 3
    assert tries.count(None) == 1


async def test_only_owners_add_a_slack_team_to_a_workspace(web: Database, team: Any) -> None:
    with pytest.raises(NotAllowed):
        await begin_slack_install(web, "cookie", into=(team.workspace_id, team.reviewer))
    state = await begin_slack_install(web, "cookie", into=(team.workspace_id, team.owner))
    assert await use_slack_state(web, state, "cookie") == (team.workspace_id, team.owner)
