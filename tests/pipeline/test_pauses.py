"""Pauses hold what was approved, and let go only what nothing else keeps."""

import asyncio
from typing import Any

import pytest

from domain.errors import NotAllowed, Refused
from domain.ids import uuid7
from domain.roles import Role
from pipeline.disconnect import disconnect
from pipeline.pauses import open_pauses, pause, resume, stop_everything
from pipeline.people import grant
from storage import pauses, posts
from storage.pauses import Scope
from storage.session import Database


async def test_a_pause_holds_what_is_approved_in_its_scope_only(web: Database, team: Any, hint: Any) -> None:
    one, other = await team.account(), await team.account(name="@other")
    mine, elsewhere = await team.post(one), await team.post(other)
    waiting = await team.post(one, state="in_review")
    for expected in ([mine], []):
        assert await pause(web, hint, team.workspace_id, team.reviewer, Scope.ACCOUNT, one) == expected
    assert [await team.state(post) for post in (mine, elsewhere, waiting)] == ["held", "approved", "in_review"]
    trouble = "SELECT trouble FROM posts WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
    assert await team.value(trouble, id=mine) == "Bob paused it. It goes on when the pause ends."
    assert ("draw", team.workspace_id, team.channel) in hint.given
    (found,) = await open_pauses(web, team.workspace_id)
    assert (found.scope, found.scope_id, found.started_by) == (Scope.ACCOUNT, one, team.reviewer)


async def test_the_claim_sees_the_pause(web: Database, worker: Database, team: Any, hint: Any) -> None:
    one, other = await team.account(), await team.account(name="@other")
    await pause(web, hint, team.workspace_id, team.owner, Scope.ACCOUNT, one)
    slipped, elsewhere = await team.post(one), await team.post(other)  # approved as the pause began
    await team.value("UPDATE posts SET next_at = now() WHERE workspace_id = %(workspace_id)s RETURNING 1")
    assert await sees_a_pause(worker, team, slipped) and not await sees_a_pause(worker, team, elsewhere)
    async with worker.transaction(team.workspace_id) as tx:
        await pauses.end(tx, Scope.ACCOUNT, one, team.owner)
    assert not await sees_a_pause(worker, team, slipped)


async def sees_a_pause(worker: Database, team: Any, post: Any) -> bool:
    async with worker.transaction(team.workspace_id) as tx:
        due = await posts.lock_due(tx, post)
    assert due is not None
    return due.paused


async def test_what_two_pauses_hold_waits_for_both(web: Database, team: Any, hint: Any) -> None:
    post = await team.post(await team.account())
    await stop_everything(web, hint, team.workspace_id, team.owner)
    await pause(web, hint, team.workspace_id, team.owner, Scope.WEB_APP, team.web_app)
    assert await resume(web, hint, team.workspace_id, team.owner, Scope.WORKSPACE, None) == []
    assert await team.state(post) == "held"
    assert await resume(web, hint, team.workspace_id, team.owner, Scope.WEB_APP, team.web_app) == [post]
    assert await team.state(post) == "approved"
    due = "SELECT next_at = slot AND trouble IS NULL FROM posts WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
    assert await team.value(due, id=post)
    assert ("due", None, None) in hint.given


async def test_the_end_of_a_pause_does_not_free_a_disconnected_account(web: Database, team: Any, hint: Any) -> None:
    account = await team.account()
    post = await team.post(account)
    await stop_everything(web, hint, team.workspace_id, team.owner)
    await disconnect(web, hint, team.workspace_id, team.owner, account)
    assert await resume(web, hint, team.workspace_id, team.owner, Scope.WORKSPACE, None) == []
    assert await team.state(post) == "held"


async def test_pausing_at_once_opens_one_pause(web: Database, team: Any, hint: Any) -> None:
    post = await team.post(await team.account())
    held = await asyncio.gather(*(stop_everything(web, hint, team.workspace_id, team.owner) for _ in range(5)))
    assert [one for each in held for one in each] == [post]
    assert len(await open_pauses(web, team.workspace_id)) == 1


async def test_viewers_do_not_pause(web: Database, team: Any, hint: Any) -> None:
    await grant(web, hint, team.workspace_id, team.owner, team.reviewer, Role.VIEWER)
    with pytest.raises(NotAllowed, match="Ask Ann"):
        await stop_everything(web, hint, team.workspace_id, team.reviewer)


async def test_what_is_not_there_cannot_be_paused(web: Database, team: Any, hint: Any) -> None:
    for scope in (Scope.WEB_APP, Scope.ACCOUNT):
        with pytest.raises(Refused, match="no such thing"):
            await pause(web, hint, team.workspace_id, team.owner, scope, uuid7())
