"""Accounts: one refresh at a time, nothing used before it is stored, and a lost one is said once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from domain.errors import NotAllowed
from domain.lifetimes import look_at, refresh_at
from domain.platforms import Platform
from domain.publishing import Account, AccountKind, TokenRejected, TryLater
from domain.secret import Secret
from pipeline.accounts import (
    after_rejection,
    connections,
    lose_account,
    reconnected,
    refresh_account,
)
from pipeline.disconnect import disconnect, forget_removed
from pipeline.report import home
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


# --- permissions that nobody can renew -------------------------------------------------------------------------------

NUDGES = """SELECT notice FROM cards WHERE workspace_id = %(workspace_id)s AND kind = 'notice' AND chat_id = %(chat)s
ORDER BY created_at, id"""
AGE = """UPDATE accounts SET connected_at = now() - %(age)s, expires_at = now() - %(age)s + interval '60 days', refresh_at = now()
WHERE workspace_id = %(workspace_id)s AND id = %(id)s RETURNING 1"""
LOOKED = "SELECT refresh_at - expires_at FROM accounts WHERE workspace_id = %(workspace_id)s AND id = %(id)s"


async def told(team: Any, chat: Any) -> list[dict[str, Any]]:
    async with team.worker.transaction(team.workspace_id) as tx:
        return [row["notice"] for row in await tx.dicts(NUDGES, {"chat": chat})]


async def days_later(team: Any, connecting: Any, account: Any, days: float) -> None:
    """So old is the connection now; the clock finds it due, twice."""
    await team.value(AGE, id=account, age=timedelta(days=days))
    for _ in range(2):
        await refresh_account(connecting, team.workspace_id, account)
        await team.value("UPDATE accounts SET refresh_at = now() WHERE workspace_id = %(workspace_id)s RETURNING 1")


@pytest.mark.parametrize(("day", "wait"), [(0, -7), (53, -1), (59, None)])
def test_a_permission_that_nobody_can_renew_is_looked_at_a_week_and_a_day_before_its_end(
    day: int, wait: int | None
) -> None:
    begun = datetime(2026, 11, 22, tzinfo=UTC)
    ends = begun + timedelta(days=60)
    before = timedelta(days=wait) if wait else -timedelta(minutes=10)
    assert look_at(begun + timedelta(days=day), ends, renewable=False) == ends + before
    assert look_at(begun + timedelta(days=day), ends, renewable=True) == ends - timedelta(minutes=10)
    assert look_at(begun, None, renewable=False) is None


async def test_whose_permission_nobody_can_renew_is_told_a_week_and_a_day_before_on_every_surface_once(
    web: Database, team: Any, connecting: Any, endpoint: Any, hint: Any
) -> None:
    account = await team.account(refresh=None)
    for day, so_far in ((40, 0), (53.01, 1), (59.1, 2)):
        await days_later(team, connecting, account, day)
        for chat in (team.channel, team.group):
            assert len(await told(team, chat)) == so_far, f"on day {day}"
    week, last = await told(team, team.group)
    assert (week["title"], last["title"]) == (
        "Connect @tide again within a week",
        "Connect @tide again within a day",
    )
    assert "only a person can renew it" in week["text"] and "“/connect x”" in week["text"]
    assert "/amarktai connect x" in last["text"]
    assert ("draw", team.workspace_id, team.group) in hint.given
    assert endpoint.calls == 0 and (await connections(web, team.workspace_id))[0].state == "connected"


async def test_the_end_of_a_permission_is_looked_at_when_the_words_were_said(team: Any, connecting: Any) -> None:
    account = await team.account(refresh=None)
    for day, before in ((40, timedelta(days=7)), (53.01, timedelta(days=1)), (59.1, timedelta(minutes=10))):
        await team.value(AGE, id=account, age=timedelta(days=day))
        await refresh_account(connecting, team.workspace_id, account)
        assert await team.value(LOOKED, id=account) == -before


async def test_connected_again_nothing_asks_for_it_any_more_and_the_next_end_is_told_anew(
    worker: Database, team: Any, connecting: Any, hint: Any
) -> None:
    account = await team.account(refresh=None)
    await days_later(team, connecting, account, 53.5)
    await team.account(refresh=None, life=timedelta(days=60))
    async with worker.transaction(team.workspace_id) as tx:
        await reconnected(tx, hint, account, "@tide")
    assert [(one["title"], one["good"]) for one in await told(team, team.channel)] == [("@tide is connected", True)]
    await days_later(team, connecting, account, 53.2)
    assert [one["good"] for one in await told(team, team.channel)] == [True, False]


async def test_a_notice_that_says_so_already_is_not_drawn_again(
    worker: Database, team: Any, connecting: Any, hint: Any
) -> None:
    account = await team.account(refresh=None)
    await days_later(team, connecting, account, 53.5)
    for _ in range(2):
        async with worker.transaction(team.workspace_id) as tx:
            await reconnected(tx, hint, account, "@tide")
    wanted = "SELECT max(wanted) FROM cards WHERE workspace_id = %(workspace_id)s AND kind = 'notice'"
    assert await team.value(wanted) == 2


async def test_home_and_the_list_of_accounts_say_until_when_and_nothing_of_it_once_it_is_connected_again(
    worker: Database, team: Any, connecting: Any, hint: Any
) -> None:
    account = await team.account(refresh=None)
    await days_later(team, connecting, account, 53.5)
    before = await home(worker, team.workspace_id)
    assert before is not None and [line.healthy for line in before.accounts] == [False]
    assert before.accounts[0].state.startswith("connected until ")
    assert any("is connected until" in alarm.title and "/connect x" in alarm.text for alarm in before.alarms)
    async with worker.transaction(team.workspace_id) as tx:
        await reconnected(tx, hint, account, "@tide")
    after = await home(worker, team.workspace_id)
    assert after is not None and [(line.state, line.healthy) for line in after.accounts] == [("connected", True)]
    assert not any("until" in alarm.title for alarm in after.alarms)


async def test_nobody_is_asked_to_renew_an_account_that_was_taken_away(
    web: Database, team: Any, connecting: Any, hint: Any
) -> None:
    account = await team.account(refresh=None)
    await days_later(team, connecting, account, 53.5)
    await disconnect(web, hint, team.workspace_id, team.owner, account)
    assert [one["good"] for one in await told(team, team.group)] == [True]


async def test_a_short_permission_is_not_announced_by_the_week(team: Any, connecting: Any) -> None:
    account = await team.account(refresh=None, life=timedelta(hours=2))
    await refresh_account(connecting, team.workspace_id, account)
    assert await told(team, team.channel) == []


@pytest.mark.parametrize(
    ("platform", "days", "explained"), [("youtube", 7, True), ("youtube", 9, False), ("x", 7, False)]
)
async def test_a_permission_of_google_that_dies_within_a_week_is_explained(
    web: Database, team: Any, connecting: Any, endpoint: Any, platform: str, days: int, explained: bool
) -> None:
    account = await team.account(refresh="spent")
    grown = """UPDATE accounts SET platform = %(platform)s, connected_at = now() - %(age)s
               WHERE workspace_id = %(workspace_id)s RETURNING 1"""
    await team.value(grown, platform=platform, age=timedelta(days=days))
    as_google = replace(connecting, connectors={Platform(platform): endpoint})
    await refresh_account(as_google, team.workspace_id, account)
    (said,) = await told(team, team.group)
    assert ("still in testing" in said["text"]) is explained
