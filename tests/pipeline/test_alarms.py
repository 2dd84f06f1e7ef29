"""Alarms: told once, to the right owner, with what to do; taken back when it is right again."""

from typing import Any

import psycopg
import pytest

from pipeline.alarms import take_back, tell_silence, watch
from storage import sight
from storage.session import Database
from tests.pipeline.conftest import Team

NOTICES = """
SELECT coalesce(jsonb_agg(c.notice ORDER BY c.notice_key, c.id), '[]') FROM cards c
WHERE c.workspace_id = %(workspace_id)s AND starts_with(c.notice_key, %(prefix)s)
"""
MOVE = """
UPDATE posts SET slot = now() - make_interval(mins => %(minutes)s), next_at = now() + interval '1 minute', trouble = %(trouble)s
WHERE workspace_id = %(workspace_id)s AND id = %(id)s RETURNING 1
"""


async def notices(team: Team, prefix: str = "alarm:") -> list[dict[str, Any]]:
    found = await team.value(NOTICES, prefix=prefix)
    assert isinstance(found, list)
    return found


async def test_a_late_post_is_told_once_and_taken_back(team: Team, worker: Database) -> None:
    post = await team.post(await team.account())
    await team.value(MOVE, id=post, minutes=4, trouble=None)
    await watch(worker)
    assert await notices(team) == [], "four minutes are not late yet"
    await team.value(MOVE, id=post, minutes=6, trouble="X has been asked as often as it allows for now.")
    for _ in range(3):
        await watch(worker)
    told = await notices(team)
    assert len(told) == 2, "one on each surface, however often somebody looks"
    assert told[0]["title"] == "A post is late"
    assert "on X (@tide) should have gone out at " in told[0]["text"]
    assert "X has been asked as often as it allows for now. On its card you can move" in told[0]["text"]
    await team.value(MOVE, id=post, minutes=-10, trouble=None)
    await watch(worker)
    assert [(one["title"], one["good"]) for one in await notices(team)] == [("No post is late any more", True)] * 2


async def test_the_next_lateness_is_another_alarm(team: Team, worker: Database) -> None:
    post = await team.post(await team.account())
    for minutes in (6, -10, 6):
        await team.value(MOVE, id=post, minutes=minutes, trouble=None)
        await watch(worker)
    assert sorted(one["good"] for one in await notices(team)) == [False, False, True, True]


async def test_nothing_is_late_while_the_whole_system_is_stopped(
    team: Team, worker: Database, database_url: str
) -> None:
    await team.value(MOVE, id=await team.post(await team.account()), minutes=6, trouble=None)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE installation SET stopped_at = now()")
    await watch(worker)
    assert await notices(team) == []


async def test_a_stage_that_stands_still_is_told_to_the_oldest_workspace(team: Team, worker: Database) -> None:
    await team.post(await team.account(), state="in_review")
    old = "UPDATE cards SET wanted = drawn + 1, wanted_at = now() - interval '6 minutes'"
    await team.value(f"{old} WHERE workspace_id = %(workspace_id)s RETURNING 1")
    await watch(worker)
    (told, _) = await notices(team)
    assert "The stage “draw” has had something to do for more than five minutes" in told["text"]
    assert "“amarktai doctor”" in told["text"]
    await team.value("UPDATE cards SET drawn = wanted WHERE workspace_id = %(workspace_id)s RETURNING 1")
    await watch(worker)
    assert {one["title"] for one in await notices(team, "alarm:stuck")} == {"Work goes on"}


async def test_silent_workers_are_told_once_and_a_worker_that_looks_takes_it_back(
    team: Team, web: Database, worker: Database
) -> None:
    drawn = [where for _ in range(3) for where in await tell_silence(web)]
    assert {workspace for workspace, _ in drawn} == {team.workspace_id}
    assert {chat for _, chat in drawn} == {team.channel, team.group}, "told in one chat of each surface, once"
    (told, _) = await notices(team)
    assert told["title"] == "The workers are silent" and "look at the clock, the queue and the workers" in told["text"]
    await watch(worker)
    assert {one["title"] for one in await notices(team)} == {"The workers are back"}
    assert await sight.alarms(worker) == []


@pytest.mark.parametrize("kind", ["late", "silent"])
async def test_taking_back_what_nobody_told_changes_nothing(team: Team, worker: Database, kind: str) -> None:
    await take_back(worker, team.workspace_id, kind)
    assert await notices(team) == []
