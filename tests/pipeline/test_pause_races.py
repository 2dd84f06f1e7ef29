"""After a pause is committed no attempt begins, whatever was claimed at that moment; and each pause leaves a notice that ends it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import NotAllowed
from domain.roles import Role
from pipeline.pauses import pause, resume, resume_from_notice, stop_everything, tell_going_on, tell_stopped
from pipeline.people import grant
from pipeline.publish import publish
from storage import attempts, posts
from storage.pauses import Scope
from storage.session import Database
from tests.pipeline.conftest import Hints, Team
from tests.pipeline.house import BY_NAME, House
from tests.sharing import TABLE

GATE_AWAITED = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
OVERLAPS = """
SELECT count(*) FROM attempts t JOIN posts p ON p.workspace_id = t.workspace_id AND p.id = t.post_id
JOIN pauses s ON s.workspace_id = t.workspace_id AND t.intent_at >= s.started_at AND t.intent_at < coalesce(s.ended_at, 'infinity')
WHERE t.workspace_id = %(workspace_id)s AND (s.scope = 'workspace' OR s.scope_id IN (p.web_app_id, p.account_id))
"""
NOTICES = """
SELECT coalesce(jsonb_agg(c.notice ORDER BY c.id), '[]') FROM cards c
WHERE c.workspace_id = %(workspace_id)s AND starts_with(c.notice_key, %(prefix)s)
"""
TEXT = "A post that somebody may stop, number {n}."


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(2_000):
        if await true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come about")


async def begin(house: House, ref: Any, tx: Any) -> Any:
    """The claim's own statements, with the transaction left open."""
    due = await posts.lock_due(tx, ref.post_id)
    assert due is not None
    if due.paused or due.stopped:
        return None
    await posts.claim(tx, due, worker="w", lease_seconds=60)
    return await attempts.begin(tx, due, worker="w", lease_seconds=60, price=Decimal(0))


def scope_of(house: House, scope: Scope, account: Any) -> Any:
    return {Scope.WORKSPACE: None, Scope.WEB_APP: house.team.web_app, Scope.ACCOUNT: account}[scope]


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_pause_waits_for_the_claim_that_came_before_and_is_seen_by_the_one_that_came_after(
    house: House, web: Database, scope: Scope
) -> None:
    account = await house.connect(BY_NAME["x"])
    # Two posts that no pause will find among the approved ones: what keeps them is the claim's own look.
    first, second = [await house.post(account, TEXT.format(n=n)) for n in (1, 2)]
    async with house.team.worker.transaction(house.workspace_id) as tx:
        assert await begin(house, first, tx) is not None
        pausing = asyncio.create_task(
            pause(web, house.hint, house.workspace_id, house.team.owner, scope, scope_of(house, scope, account))
        )
        await until(lambda: _waits(house.team))
        assert not pausing.done(), "the claim under way is not overtaken"
    await pausing
    assert await house.team.value(OVERLAPS) == 0
    await house.run("UPDATE posts SET event = 'resume' WHERE workspace_id = %(workspace_id)s AND state = 'held'")
    await house.run("UPDATE posts SET next_at = now() WHERE workspace_id = %(workspace_id)s AND state = 'approved'")
    await publish(second, house.publishing)
    assert await house.state(second) == "held"
    assert await house.attempts(second) == []


async def _waits(team: Team) -> bool:
    return await team.value(GATE_AWAITED) != 0


async def test_the_stop_of_the_whole_system_waits_for_claims_under_way_too(house: House, database_url: str) -> None:
    from app.switches import _start_system, _stop_system

    account = await house.connect(BY_NAME["x"])
    first, second = [await house.post(account, TEXT.format(n=n)) for n in (1, 2)]
    async with house.team.worker.transaction(house.workspace_id) as tx:
        intent = await begin(house, first, tx)
        stopping = asyncio.create_task(asyncio.to_thread(_stop_system, database_url))
        await until(lambda: _waits(house.team))
        assert not stopping.done()
    since, was = await stopping
    assert intent < since and not was
    await publish(second, house.publishing)
    assert await house.attempts(second) == []
    row = await house.row(second)
    assert (row["state"], row["trouble"]) == ("approved", "Publishing is stopped for the whole system.")
    assert _stop_system(database_url) == (since, True), "the second stop finds the first"
    assert _start_system(database_url) and not _start_system(database_url)
    await house.now_due(second)
    await publish(second, house.publishing)
    assert await house.state(second) == "published"


async def test_no_attempt_begins_while_anything_of_it_is_stopped_however_claims_and_switches_race(
    house: House, web: Database, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Three workers publish what is approved while switches of all four scopes are thrown in a seeded order."""
    from app.switches import _start_system, _stop_system

    dice, account, team = random.Random(16), await house.connect(BY_NAME["x"]), house.team
    refs = [await house.post(account, TEXT.format(n=n), late=0.0) for n in range(60)]
    stops: list[tuple[datetime, datetime]] = []
    done, thrown = asyncio.Event(), dict.fromkeys(["everything", *Scope], 0)

    async def works(name: str) -> None:
        deps, own = house.worker(name), random.Random(name)
        while not done.is_set():
            await publish(own.choice(refs), deps)
            await asyncio.sleep(0)

    async def throws() -> None:
        for _ in range(24):
            which = dice.choice([None, *Scope])
            if which is None:
                since, _ = await asyncio.to_thread(_stop_system, database_url)
                await asyncio.sleep(dice.random() / 100)
                until_then = await team.value("SELECT clock_timestamp()")
                await asyncio.to_thread(_start_system, database_url)
                stops.append((since, until_then))  # type: ignore[arg-type]
            else:
                about = (web, house.hint, team.workspace_id, team.owner, which, scope_of(house, which, account))
                await pause(*about)
                # What was approved at this very moment is no more held by the pause itself, only by the claim's look.
                await house.run(
                    "UPDATE posts SET event = 'resume', next_at = now() WHERE workspace_id = %(workspace_id)s AND state = 'held'"
                )
                await asyncio.sleep(dice.random() / 100)
                await resume(*about)
            thrown[which or "everything"] += 1
            await house.run(
                "UPDATE posts SET event = 'resume', next_at = now() WHERE workspace_id = %(workspace_id)s AND state = 'held'"
            )
            await house.run(
                "UPDATE posts SET next_at = now() WHERE workspace_id = %(workspace_id)s AND state IN ('approved', 'retry_wait')"
            )
        done.set()

    await asyncio.gather(throws(), *(works(f"w{n}") for n in range(3)))
    begun = [row["intent_at"] for ref in refs for row in await house.attempts(ref)]
    assert begun and await team.value(OVERLAPS) == 0
    assert not [at for at in begun for since, over in stops if since <= at < over]
    said = ", ".join(f"{scope} {count}" for scope, count in thrown.items())
    record_property(
        TABLE,
        f"Switches: {sum(thrown.values())} thrown ({said}) against {len(begun)} attempts: 0 began while stopped (I16)",
    )


async def test_a_pause_leaves_a_notice_whose_button_ends_it_once_and_then_says_who_was_first(
    web: Database, team: Team, hint: Hints
) -> None:
    post = await team.post(await team.account())
    await pause(web, hint, team.workspace_id, team.reviewer, Scope.WEB_APP, team.web_app)
    shown = await _notices(team, "pause:")
    assert len(shown) == 2, "one in each chat of reviews"
    notice = shown[0]
    assert notice["title"].endswith(" is paused")
    assert "Bob paused it on " in notice["text"] and "1 post is on hold" in notice["text"]
    ended = await _press(web, hint, team, team.owner, notice["resumes"])
    assert "goes on. 1 post is on the way again." in ended
    assert await team.state(post) == "approved"
    over = (await _notices(team, "pause:"))[0]
    assert (over["good"], over["resumes"]) == (True, None)
    assert "Bob paused it" in over["text"] and "Ann ended the pause" in over["text"]
    assert "Ann ended the pause" in await _press(web, hint, team, team.reviewer, notice["resumes"])


async def test_an_old_notice_does_not_end_a_later_pause(web: Database, team: Team, hint: Hints) -> None:
    from pipeline.pauses import open_pauses

    await stop_everything(web, hint, team.workspace_id, team.owner)
    (old, _) = await _notices(team, "pause:")
    await resume(web, hint, team.workspace_id, team.owner, Scope.WORKSPACE, None)
    await stop_everything(web, hint, team.workspace_id, team.owner)
    await _press(web, hint, team, team.owner, old["resumes"])
    assert len(await open_pauses(web, team.workspace_id)) == 1


async def test_who_may_not_resume_presses_in_vain(web: Database, team: Team, hint: Hints) -> None:
    await stop_everything(web, hint, team.workspace_id, team.owner)
    (notice, _) = await _notices(team, "pause:")
    await grant(web, hint, team.workspace_id, team.owner, team.reviewer, Role.VIEWER)
    with pytest.raises(NotAllowed):
        await _press(web, hint, team, team.reviewer, notice["resumes"])


async def test_the_stop_of_the_whole_system_is_told_once_and_taken_back(web: Database, team: Team) -> None:
    since = await team.value("SELECT now()")
    assert isinstance(since, datetime)
    await team.post(await team.account())
    assert [await tell_stopped(web, team.workspace_id, since) for _ in range(2)] == [1, 1]
    told = await _notices(team, "stopped:")
    assert [one["title"] for one in told] == ["Publishing is stopped for the whole system"] * 2
    await tell_going_on(web, team.workspace_id)
    assert {one["title"] for one in await _notices(team, "stopped:")} == {"Publishing goes on"}


async def _press(web: Database, hint: Hints, team: Team, by: Any, pause_id: str) -> str:
    from uuid import UUID

    return await resume_from_notice(web, hint, team.workspace_id, by, UUID(pause_id))


async def _notices(team: Team, prefix: str) -> list[dict[str, Any]]:
    found = await team.value(NOTICES, prefix=prefix)
    assert isinstance(found, list)
    return found
