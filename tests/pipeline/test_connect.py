"""Connecting: one trip, one person, one browser, one platform, one use."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from domain import plans
from domain.accounts import Identity
from domain.errors import NotAllowed, Refused
from domain.plans import Plan
from domain.platforms import Platform
from domain.publishing import AccountKind, TryLater
from domain.roles import Role
from domain.secret import Secret
from pipeline.accounts import connections
from pipeline.connect import begin_connect, came_back, exchange_pending, verifier_of
from pipeline.connected import connect_status
from pipeline.disconnect import disconnect
from pipeline.people import grant, revoke
from pipeline.workspaces import set_plan
from storage import accounts, links
from storage.session import Database
from storage.vault import Vault

BROWSER = "a random cookie"


async def go(web: Database, team: Any) -> str:
    return await begin_connect(web, team.workspace_id, team.owner, Platform.X, BROWSER)


async def back(web: Database, vault: Vault, hint: Any, state: str, **changed: Any) -> None:
    answer = {"platform": Platform.X, "state": state, "browser": BROWSER, "code": "c1"} | changed
    await came_back(web, vault, hint, **answer)


async def trip(web: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any) -> str:
    state = await go(web, team)
    endpoint.codes["c1"] = verifier_of(vault, state)
    await back(web, vault, hint, state)
    await exchange_pending(connecting)
    return state


async def test_a_trip_connects_an_account_and_its_tokens_are_the_workers(
    web: Database, worker: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    state = await trip(web, vault, team, connecting, endpoint, hint)
    status = await connect_status(web, state, BROWSER)
    assert (status.done, status.connected, status.names) == (True, True, ("@tide",))
    assert ("connect", team.workspace_id, None) in hint.given
    assert endpoint.exchanged_for == ["https://app.example/oauth/x/callback"]
    (account,) = await connections(web, team.workspace_id)
    assert (account.name, account.state, account.remote_id) == ("@tide", "connected", "42")
    assert account.expires_at is not None and account.refresh_at == account.expires_at - timedelta(minutes=10)
    async with worker.transaction(team.workspace_id) as tx:
        assert await accounts.access_token(tx, vault, account.id) == Secret("t1")
    async with web.transaction(team.workspace_id) as tx:
        assert await accounts.access_token(tx, vault, account.id) is None


async def test_the_web_waits_while_the_worker_asks(web: Database, vault: Vault, team: Any, hint: Any) -> None:
    state = await go(web, team)
    await back(web, vault, hint, state)
    status = await connect_status(web, state, BROWSER)
    assert (status.done, status.sentence) == (False, "Asking X …")


@pytest.mark.parametrize(
    "changed",
    [{"state": "invented"}, {"browser": "another browser"}, {"platform": Platform.LINKEDIN}],
    ids=lambda changed: next(iter(changed)),
)
async def test_an_answer_that_does_not_belong_to_the_trip_is_refused_and_spends_nothing(
    web: Database, vault: Vault, team: Any, hint: Any, changed: dict[str, Any]
) -> None:
    state = await go(web, team)
    with pytest.raises(Refused, match="Nobody began this here"):
        await back(web, vault, hint, **({"state": state} | changed))
    await back(web, vault, hint, state)


async def test_a_state_works_once_also_for_many_at_once(web: Database, vault: Vault, team: Any, hint: Any) -> None:
    state = await go(web, team)
    tries = await asyncio.gather(*(back(web, vault, hint, state) for _ in range(6)), return_exceptions=True)
    refused = [one for one in tries if isinstance(one, Refused)]
    assert len(refused) == 5
    assert "used already" in refused[0].sentence


async def test_a_state_ends_after_ten_minutes(
    web: Database, vault: Vault, team: Any, hint: Any, database_url: str
) -> None:
    state = await go(web, team)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("UPDATE oauth_states SET expires_at = now() - interval '1 second'")
    with pytest.raises(Refused, match="ten minutes"):
        await back(web, vault, hint, state)
    assert "ten minutes" in (await connect_status(web, state, BROWSER)).sentence


async def test_neither_state_code_nor_cookie_stand_in_the_database(
    web: Database, vault: Vault, team: Any, hint: Any, database_url: str
) -> None:
    state = await go(web, team)
    await back(web, vault, hint, state, code="a very secret code")
    with psycopg.connect(database_url) as owner:
        (row,) = owner.execute("SELECT oauth_states::text FROM oauth_states").fetchall()
    for secret in (state, "a very secret code", BROWSER):
        assert secret not in row[0] and secret.encode().hex() not in row[0]


async def test_another_browser_cannot_ask_how_it_went(web: Database, team: Any) -> None:
    state = await go(web, team)
    with pytest.raises(Refused):
        await connect_status(web, state, "another browser")


async def test_a_no_at_the_platform_is_said_and_its_words_are_not_repeated(
    web: Database, vault: Vault, team: Any, hint: Any
) -> None:
    for error, told in (("access_denied", "You did not allow it at X"), ("<script>", "without a permission")):
        state = await go(web, team)
        await back(web, vault, hint, state, code=None, error=error)
        status = await connect_status(web, state, BROWSER)
        assert status.done and not status.connected
        assert told in status.sentence and "<" not in status.sentence


async def test_only_owners_connect(web: Database, team: Any) -> None:
    with pytest.raises(NotAllowed, match="Ask Ann"):
        await begin_connect(web, team.workspace_id, team.reviewer, Platform.X, BROWSER)


async def test_who_lost_the_right_on_the_way_connects_nothing(
    web: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    await grant(web, hint, team.workspace_id, team.owner, team.reviewer, Role.OWNER)
    state = await begin_connect(web, team.workspace_id, team.reviewer, Platform.X, BROWSER)
    endpoint.codes["c1"] = verifier_of(vault, state)
    await back(web, vault, hint, state)
    await revoke(web, hint, team.workspace_id, team.owner, team.reviewer)
    await exchange_pending(connecting)
    assert "You may not" in (await connect_status(web, state, BROWSER)).sentence
    assert await connections(web, team.workspace_id) == []


async def test_many_workers_exchange_a_code_once(
    web: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    state = await go(web, team)
    endpoint.codes["c1"] = verifier_of(vault, state)
    await back(web, vault, hint, state)
    finished = await asyncio.gather(*(exchange_pending(connecting) for _ in range(6)))
    assert sum(finished) == 1
    assert len(endpoint.exchanged_for) == 1
    assert (await connect_status(web, state, BROWSER)).connected


async def test_a_refused_code_is_said_in_the_platforms_words(
    web: Database, vault: Vault, team: Any, connecting: Any, hint: Any
) -> None:
    state = await go(web, team)
    await back(web, vault, hint, state, code="stolen")
    await exchange_pending(connecting)
    assert (await connect_status(web, state, BROWSER)).sentence.startswith("X no longer accepts")


async def test_a_platform_that_stumbles_is_asked_again(
    web: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any, database_url: str
) -> None:
    endpoint.failures = [TryLater("X answered 503.")]
    state = await trip(web, vault, team, connecting, endpoint, hint)
    assert not (await connect_status(web, state, BROWSER)).done
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("UPDATE oauth_states SET lease_until = now()")
    assert await exchange_pending(connecting) == 1
    assert (await connect_status(web, state, BROWSER)).connected


async def test_a_platform_that_stays_away_is_given_up_in_words(
    web: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any, database_url: str
) -> None:
    endpoint.failures = [TryLater("X answered 503.")]
    state = await go(web, team)
    await back(web, vault, hint, state)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("UPDATE oauth_states SET came_back_at = now() - interval '61 seconds'")
    await exchange_pending(connecting)
    status = await connect_status(web, state, BROWSER)
    assert status.done and status.sentence == "X answered 503. Nothing was connected; please connect again."


async def test_one_consent_connects_a_member_and_their_pages(
    web: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    page = Identity(AccountKind.ORGANISATION, "urn:li:organization:7", "Tidewater Ltd")
    endpoint.profiles = (*endpoint.profiles, page)
    await trip(web, vault, team, connecting, endpoint, hint)
    assert [account.name for account in await connections(web, team.workspace_id)] == ["@tide", "Tidewater Ltd"]


async def test_the_plans_platforms_are_the_limit(
    web: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any, monkeypatch: Any
) -> None:
    await set_plan(web, team.workspace_id, Plan.FREE)
    monkeypatch.setitem(plans.PLANS, Plan.FREE, replace(plans.PLANS[Plan.FREE], platforms=0))
    state = await trip(web, vault, team, connecting, endpoint, hint)
    assert "The Free plan allows 0 platforms" in (await connect_status(web, state, BROWSER)).sentence
    assert await connections(web, team.workspace_id) == []


async def test_connecting_again_renews_the_account_and_lets_its_posts_go_on(
    web: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    await trip(web, vault, team, connecting, endpoint, hint)
    (account,) = await connections(web, team.workspace_id)
    post = await team.post(account.id)
    await disconnect(web, hint, team.workspace_id, team.owner, account.id)
    assert await team.state(post) == "held"
    await trip(web, vault, team, connecting, endpoint, hint)
    (again,) = await connections(web, team.workspace_id)
    assert (again.id, again.state) == (account.id, "connected")
    assert await team.state(post) == "approved"


async def test_a_worker_that_died_on_the_way_is_followed_by_another(
    web: Database,
    worker: Database,
    vault: Vault,
    team: Any,
    connecting: Any,
    endpoint: Any,
    hint: Any,
    database_url: str,
) -> None:
    state = await go(web, team)
    endpoint.codes["c1"] = verifier_of(vault, state)
    await back(web, vault, hint, state)
    async with worker.transaction() as tx:
        assert await links.lease_waiting(tx, 45) is not None  # and then nothing more is heard of it
    assert await exchange_pending(connecting) == 0
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("UPDATE oauth_states SET lease_until = now()")
    assert await exchange_pending(connecting) == 1


async def test_a_code_that_one_worker_is_taking_is_left_alone_by_the_next(
    web: Database, worker: Database, vault: Vault, team: Any, hint: Any
) -> None:
    await back(web, vault, hint, await go(web, team))
    async with worker.transaction() as tx:
        assert await links.lease_waiting(tx, 45) is not None
        async with worker.transaction() as other:
            assert await asyncio.wait_for(links.lease_waiting(other, 45), 5) is None
