"""What a consent opened: all of it stays, except what its person gives back; once, and only from where it began."""

import asyncio
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.accounts import Identity
from domain.errors import NotAllowed, Refused
from domain.ids import uuid7
from domain.platforms import Platform
from domain.publishing import AccountKind
from domain.roles import Role
from domain.secret import Secret
from pipeline.accounts import connections
from pipeline.connect import exchange_pending
from pipeline.connected import Before, connect_status, keep, who_began
from pipeline.disconnect import end_grant
from pipeline.people import grant, revoke
from storage import accounts
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.test_connect import BROWSER, trip

PAGES = tuple(
    Identity(AccountKind.ORGANISATION, str(number), name, token=Secret(f"page token {number}"))
    for number, name in ((7, "Sunrise Studio"), (8, "Sunrise Labs"))
)


@pytest.fixture
async def state(web: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any) -> str:
    endpoint.profiles = PAGES
    return await trip(web, vault, team, connecting, endpoint, hint)


async def by_name(web: Database, team: Any) -> dict[str, UUID]:
    return {one.name: one.id for one in await connections(web, team.workspace_id)}


async def notices(team: Any) -> str:
    told = await team.value("SELECT string_agg(notice::text, ' ') FROM cards WHERE kind = 'notice'")
    return str(told)


async def test_whoever_never_answers_keeps_everything_and_the_chat_says_how_to_take_one_away(
    web: Database, team: Any, state: str
) -> None:
    assert set(await by_name(web, team)) == {"Sunrise Studio", "Sunrise Labs"}
    told = await notices(team)
    assert "2 accounts on X are connected" in told and "/amarktai disconnect x Sunrise Labs" in told


async def test_what_is_not_kept_is_disconnected_and_its_tokens_leave_the_vault(
    web: Database, worker: Database, vault: Vault, team: Any, state: str, connecting: Any, hint: Any
) -> None:
    known = await by_name(web, team)
    assert await keep(web, hint, state, BROWSER, [str(known["Sunrise Studio"])]) == []
    assert set(await by_name(web, team)) == {"Sunrise Studio"}
    gone = known["Sunrise Labs"]
    assert ("refresh", team.workspace_id, gone) in hint.given
    await end_grant(worker, vault, connecting.connectors, team.workspace_id, gone)
    async with worker.transaction(team.workspace_id) as tx:
        assert await accounts.access_token(tx, vault, gone) is None
        assert await accounts.access_token(tx, vault, known["Sunrise Studio"]) == Secret("page token 7")
    status = await connect_status(web, state, BROWSER)
    assert status.sentence == "Connected on X: Sunrise Studio. Disconnected again: Sunrise Labs." and not status.open
    assert "Disconnected again: Sunrise Labs" in await notices(team)


async def test_a_profile_says_whether_it_was_connected_before(
    web: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    endpoint.profiles = PAGES[:1]
    await trip(web, vault, team, connecting, endpoint, hint)
    endpoint.profiles = PAGES
    state = await trip(web, vault, team, connecting, endpoint, hint)
    assert [one.before for one in (await connect_status(web, state, BROWSER)).opened] == [Before.CONNECTED, Before.NEW]
    await keep(web, hint, state, BROWSER, [])
    state = await trip(web, vault, team, connecting, endpoint, hint)
    assert {one.before for one in (await connect_status(web, state, BROWSER)).opened} == {Before.AGAIN}


async def test_an_account_with_posts_that_is_not_kept_holds_them(
    web: Database, vault: Vault, team: Any, state: str, connecting: Any, endpoint: Any, hint: Any
) -> None:
    known = await by_name(web, team)
    post = await team.post(known["Sunrise Labs"])
    assert await keep(web, hint, state, BROWSER, [str(known["Sunrise Studio"])]) == [post]
    assert await team.state(post) == "held"
    await trip(web, vault, team, connecting, endpoint, hint)
    assert await team.state(post) == "approved"


async def test_it_is_chosen_once_also_by_many_at_once(web: Database, team: Any, state: str, hint: Any) -> None:
    known = await by_name(web, team)
    tries = (keep(web, hint, state, BROWSER, [str(known[name])]) for name in ("Sunrise Studio", "Sunrise Labs") * 2)
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, Refused) and "chosen already" in one.sentence for one in ended) == 3
    assert len(await by_name(web, team)) == 1


async def test_another_browser_and_an_invented_state_change_nothing(
    web: Database, team: Any, state: str, hint: Any
) -> None:
    for wrong in ((state, "another browser"), ("invented", BROWSER)):
        with pytest.raises(Refused, match="Nobody began this here"):
            await keep(web, hint, *wrong, [])
        with pytest.raises(Refused, match="Nobody began this here"):
            await who_began(web, *wrong, Platform.X)
    assert len(await by_name(web, team)) == 2


async def test_an_account_that_the_consent_did_not_open_is_refused_and_nothing_changes(
    web: Database, team: Any, state: str, hint: Any
) -> None:
    other = await team.account()
    for foreign in (str(other), str(uuid7()), "nonsense"):
        with pytest.raises(Refused, match="did not open"):
            await keep(web, hint, state, BROWSER, [foreign])
    assert len(await by_name(web, team)) == 3
    assert (await connect_status(web, state, BROWSER)).open


async def test_after_ten_minutes_all_of_them_stay(
    web: Database, team: Any, state: str, hint: Any, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("UPDATE oauth_states SET expires_at = now() - interval '1 second'")
    with pytest.raises(Refused, match="all of them stay connected"):
        await keep(web, hint, state, BROWSER, [])
    with pytest.raises(Refused, match="ten minutes"):
        await who_began(web, state, BROWSER, Platform.X)
    assert len(await by_name(web, team)) == 2


async def test_who_lost_the_right_meanwhile_takes_nothing_away(web: Database, team: Any, state: str, hint: Any) -> None:
    await grant(web, hint, team.workspace_id, team.owner, team.reviewer, Role.OWNER)
    await revoke(web, hint, team.workspace_id, team.reviewer, team.owner)
    with pytest.raises(NotAllowed):
        await keep(web, hint, state, BROWSER, [])
    assert len(await by_name(web, team)) == 2


async def test_a_trip_that_connected_nothing_has_nothing_to_choose_from(
    web: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    endpoint.profiles = ()
    state = await trip(web, vault, team, connecting, endpoint, hint)
    await exchange_pending(connecting)
    with pytest.raises(Refused):
        await keep(web, hint, state, BROWSER, [])
    assert await who_began(web, state, BROWSER, Platform.X) == (team.workspace_id, team.owner)
