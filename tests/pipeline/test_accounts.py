"""Accounts: one refresh at a time, nothing used before it is stored, and a lost one is said once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from domain.errors import NotAllowed
from domain.platforms import Platform
from domain.publishing import Account, AccountKind, TokenRejected, TryLater
from domain.secret import Secret
from pipeline.accounts import (
    after_rejection,
    connections,
    lose_account,
    reconnected,
    refresh_account,
    refresh_at,
)
from pipeline.disconnect import disconnect, forget_removed
from storage import accounts
from storage.session import Database
from storage.vault import Vault

NOTICES = """SELECT count(*) FROM cards WHERE workspace_id = %(workspace_id)s AND kind = 'notice' AND chat_id = %(chat)s
AND notice ->> 'title' LIKE 'Connect %%'"""
REFUSED = TokenRejected("X says 401.")


async def tokens(worker: Database, vault: Vault, team: Any, account_id: Any) -> tuple[Secret | None, Secret | None]:
    async with worker.transaction(team.workspace_id) as tx:
        access = await accounts.access_token(tx, vault, account_id)
        return access, await accounts.refresh_token(tx, vault, account_id)


def claimed(team: Any, account_id: Any, token: str = "t0") -> Account:  # noqa: S107 - a made-up one
    return Account(team.workspace_id, account_id, Platform.X, AccountKind.MEMBER, "@tide", "@tide", Secret(token))


async def test_a_due_token_is_refreshed_and_the_rotated_one_kept(
    worker: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any
) -> None:
    account = await team.account()
    await refresh_account(connecting, team.workspace_id, account)
    await refresh_account(connecting, team.workspace_id, account)  # a second hint finds nothing due
    assert endpoint.calls == 1
    assert await tokens(worker, vault, team, account) == (Secret("t1"), Secret("r1"))
    (found,) = await connections(worker, team.workspace_id)
    assert found.refresh_at is not None and found.refresh_at > datetime.now(UTC) + timedelta(minutes=100)


async def test_fifty_who_meet_an_expired_token_refresh_it_once(
    worker: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any
) -> None:
    account = await team.account()
    refused = claimed(team, account)
    answers = await asyncio.gather(
        *(after_rejection(connecting, team.workspace_id, refused, REFUSED, first=True) for _ in range(50))
    )
    assert endpoint.calls == 1
    assert endpoint.live == "r1"
    assert all(isinstance(answer, TryLater) for answer in answers)
    assert await tokens(worker, vault, team, account) == (Secret("t1"), Secret("r1"))


async def test_who_comes_with_an_older_token_than_the_stored_one_refreshes_nothing(
    team: Any, connecting: Any, endpoint: Any
) -> None:
    account = await team.account()
    answer = await after_rejection(connecting, team.workspace_id, claimed(team, account, "old"), REFUSED, first=True)
    assert isinstance(answer, TryLater) and endpoint.calls == 0


async def test_a_fresh_token_that_is_refused_too_loses_the_account(
    web: Database, team: Any, connecting: Any, endpoint: Any
) -> None:
    account = await team.account()
    answer = await after_rejection(connecting, team.workspace_id, claimed(team, account), REFUSED, first=False)
    assert answer is REFUSED and endpoint.calls == 0
    (found,) = await connections(web, team.workspace_id)
    assert (found.state, found.trouble) == ("disconnected", "X says 401.")


async def test_a_refused_refresh_disconnects_holds_and_asks_once(
    web: Database, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    account = await team.account(refresh="spent")
    post = await team.post(account)
    await refresh_account(connecting, team.workspace_id, account)
    await lose_account(web, hint, team.workspace_id, account, "X says 401.")
    (found,) = await connections(web, team.workspace_id)
    assert (found.state, found.refresh_at) == ("disconnected", None)
    assert await team.state(post) == "held"
    assert [await team.value(NOTICES, chat=chat) for chat in (team.channel, team.group)] == [1, 1]
    assert ("draw", team.workspace_id, team.group) in hint.given


async def test_a_grant_without_a_refresh_token_ends_with_a_request(web: Database, team: Any, connecting: Any) -> None:
    account = await team.account(refresh=None)
    await refresh_account(connecting, team.workspace_id, account)
    (found,) = await connections(web, team.workspace_id)
    assert (found.state, found.trouble) == ("disconnected", "X's permission for @tide has ended.")


async def test_a_platform_that_stumbles_is_asked_later_and_nothing_is_lost(
    worker: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any
) -> None:
    account = await team.account()
    later = datetime.now(UTC) + timedelta(minutes=7)
    endpoint.failures = [TryLater("X answered 429.", later)]
    await refresh_account(connecting, team.workspace_id, account)
    (found,) = await connections(worker, team.workspace_id)
    assert (found.state, found.refresh_at) == ("connected", later)
    assert await tokens(worker, vault, team, account) == (Secret("t0"), Secret("r0"))


async def test_a_refresh_lost_between_answer_and_commit_is_said_within_a_minute(
    web: Database, worker: Database, team: Any, connecting: Any, endpoint: Any, database_url: str
) -> None:
    account = await team.account()
    async with worker.transaction(team.workspace_id) as tx:
        assert await accounts.lease_refresh(tx, account, 45) is not None
    await endpoint.refresh(Secret("r0"))  # the platform rotated, and the worker died
    await refresh_account(connecting, team.workspace_id, account)
    assert (await connections(web, team.workspace_id))[0].state == "connected"  # its lease still stands
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE accounts NO FORCE ROW LEVEL SECURITY")
        owner.execute("UPDATE accounts SET refresh_until = now()")
    await refresh_account(connecting, team.workspace_id, account)
    assert (await connections(web, team.workspace_id))[0].state == "disconnected"
    assert await team.value(NOTICES, chat=team.channel) == 1


async def test_an_answer_that_comes_after_the_account_was_removed_stores_nothing(
    web: Database, worker: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    account = await team.account()
    endpoint.pause = asyncio.Event()
    refreshing = asyncio.create_task(refresh_account(connecting, team.workspace_id, account))
    while not endpoint.calls:
        await asyncio.sleep(0.005)
    await disconnect(web, hint, team.workspace_id, team.owner, account)
    endpoint.pause.set()
    await refreshing
    assert await tokens(worker, vault, team, account) == (Secret("t0"), Secret("r0"))
    assert await connections(web, team.workspace_id) == []


async def test_a_disconnected_accounts_tokens_are_deleted_by_the_hinted_worker(
    web: Database, worker: Database, vault: Vault, team: Any, connecting: Any, hint: Any
) -> None:
    account, forgotten = await team.account(), await team.account(name="@other")
    for one in (account, forgotten):
        await disconnect(web, hint, team.workspace_id, team.owner, one)
    assert ("refresh", team.workspace_id, account) in hint.given
    await refresh_account(connecting, team.workspace_id, account)
    assert await tokens(worker, vault, team, account) == (None, None)
    assert await forget_removed(worker, vault, connecting.connectors, team.workspace_id) == 1
    assert await tokens(worker, vault, team, forgotten) == (None, None)


async def test_a_disconnected_accounts_grant_is_ended_at_the_platform(
    web: Database, worker: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    account = await team.account()
    await refresh_account(connecting, team.workspace_id, account)
    assert endpoint.revoked == []
    await disconnect(web, hint, team.workspace_id, team.owner, account)
    for _ in range(2):
        await refresh_account(connecting, team.workspace_id, account)
    assert endpoint.revoked == ["r1", "t1"]


async def test_a_grant_that_another_account_speaks_by_is_not_ended_with_one(
    web: Database, worker: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    both = await team.account(), await team.account(name="@page")
    for account in both:
        await disconnect(web, hint, team.workspace_id, team.owner, account)
        await refresh_account(connecting, team.workspace_id, account)
        assert await tokens(worker, vault, team, account) == (None, None)
        assert endpoint.revoked == ([] if account == both[0] else ["r0", "t0"])


async def test_a_platform_that_does_not_end_a_grant_does_not_keep_its_tokens_with_us(
    web: Database, worker: Database, vault: Vault, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    account = await team.account()
    await disconnect(web, hint, team.workspace_id, team.owner, account)
    endpoint.failures = [TryLater("not now"), TryLater("not now")]
    await refresh_account(connecting, team.workspace_id, account)
    assert await tokens(worker, vault, team, account) == (None, None)


async def test_only_owners_disconnect(web: Database, team: Any, hint: Any) -> None:
    with pytest.raises(NotAllowed, match="Ask Ann"):
        await disconnect(web, hint, team.workspace_id, team.reviewer, await team.account())


async def test_a_reconnected_account_says_so_in_the_notice_that_asked(
    worker: Database, team: Any, connecting: Any, hint: Any
) -> None:
    account = await team.account(refresh=None)
    await refresh_account(connecting, team.workspace_id, account)
    await team.account()
    async with worker.transaction(team.workspace_id) as tx:
        await reconnected(tx, hint, account, "@tide")
    notice = "SELECT notice FROM cards WHERE workspace_id = %(workspace_id)s AND kind = 'notice' LIMIT 1"
    said = await team.value(notice)
    assert (said["title"], said["good"]) == ("@tide is connected", True)


async def test_the_notice_about_a_lost_account_says_what_to_type_in_either_chat(team: Any, connecting: Any) -> None:
    await refresh_account(connecting, team.workspace_id, await team.account(refresh=None))
    notice = "SELECT notice ->> 'text' FROM cards WHERE workspace_id = %(workspace_id)s AND kind = 'notice' LIMIT 1"
    said = await team.value(notice)
    assert "/amarktai connect x" in said
    assert "“/connect x”" in said


@pytest.mark.parametrize(("life", "before"), [(7200, 600), (60, 12), (5_184_000, 600)])
def test_tokens_are_refreshed_ten_minutes_or_a_fifth_of_their_life_early(life: int, before: int) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert refresh_at(now, now + timedelta(seconds=life)) == now + timedelta(seconds=life - before)
    assert refresh_at(now, None) is None
