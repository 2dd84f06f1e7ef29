"""People: who may decide, and what falls when they may no more."""

import asyncio
from typing import Any

import pytest

from domain.card import Surface
from domain.errors import NotAllowed, PlanLimit, Refused
from domain.ids import uuid7
from domain.plans import Plan
from domain.roles import Role
from pipeline.people import add_person, everybody, grant, member_of, revoke, unlink
from pipeline.workspaces import set_plan
from storage.session import Database

APPROVAL_OF = "SELECT approval_id FROM posts WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
HOLD = "UPDATE posts SET event = 'hold' WHERE workspace_id = %(workspace_id)s AND id = %(id)s RETURNING 1"
LIVE_APPROVALS = "SELECT count(*) FROM approvals WHERE workspace_id = %(workspace_id)s AND revoked_at IS NULL"


async def add(web: Database, team: Any, user: str, role: Role = Role.REVIEWER, by: Any = None) -> Any:
    return await add_person(
        web,
        team.workspace_id,
        by or team.owner,
        surface=Surface.SLACK,
        team_ref="T1",
        user_ref=user,
        name=user,
        role=role,
    )


async def test_a_stranger_is_nobody_and_a_user_of_another_team_too(web: Database, team: Any) -> None:
    assert await member_of(web, team.workspace_id, Surface.SLACK, "T1", "U404") is None
    assert await member_of(web, team.workspace_id, Surface.SLACK, "T2", "U1") is None
    assert await member_of(web, team.workspace_id, Surface.TELEGRAM, "T1", "U1") is None


async def test_adding_somebody_twice_changes_nothing(web: Database, team: Any) -> None:
    first, second = await add(web, team, "U3"), await add(web, team, "U3")
    assert first == second
    assert len(await everybody(web, team.workspace_id)) == 3


async def test_only_owners_add_people_and_the_refusal_names_one(web: Database, team: Any) -> None:
    with pytest.raises(NotAllowed, match="Ask Ann"):
        await add(web, team, "U3", by=team.reviewer)


async def test_the_plans_seats_are_the_limit_also_for_two_at_once(web: Database, team: Any) -> None:
    tries = await asyncio.gather(*(add(web, team, f"V{n}") for n in range(6)), return_exceptions=True)
    refused = [one for one in tries if isinstance(one, PlanLimit)]
    assert len(refused) == 3
    assert refused[0].sentence.startswith("The Business plan allows 5 seats. Enterprise allows unlimited")


async def test_a_free_plan_has_one_seat(web: Database, team: Any) -> None:
    await set_plan(web, team.workspace_id, Plan.FREE)
    with pytest.raises(PlanLimit, match="1 seat"):
        await add(web, team, "U3")


async def test_a_revoked_reviewers_posts_return_to_review(web: Database, team: Any, hint: Any) -> None:
    account = await team.account()
    his, hers = await team.post(account), await team.post(account, by=team.owner)
    waiting = await team.post(account, state="in_review")
    assert await revoke(web, hint, team.workspace_id, team.owner, team.reviewer) == [his]
    assert [await team.state(post) for post in (his, hers, waiting)] == ["in_review", "approved", "in_review"]
    assert await team.value(APPROVAL_OF, id=his) is None
    assert ("draw", team.workspace_id, team.channel) in hint.given
    member = await member_of(web, team.workspace_id, Surface.SLACK, "T1", "U2")
    assert member is not None and member.role is None
    assert await revoke(web, hint, team.workspace_id, team.owner, team.reviewer) == []


async def test_who_becomes_a_viewer_loses_approvals_too(web: Database, team: Any, hint: Any) -> None:
    post = await team.post(await team.account())
    await grant(web, hint, team.workspace_id, team.owner, team.reviewer, Role.VIEWER)
    assert await team.state(post) == "in_review"


async def test_a_held_post_of_a_revoked_reviewer_keeps_no_approval(web: Database, team: Any, hint: Any) -> None:
    post = await team.post(await team.account())
    await team.value(HOLD, id=post)
    await revoke(web, hint, team.workspace_id, team.owner, team.reviewer)
    assert await team.value(LIVE_APPROVALS) == 0


async def test_the_last_owner_stays(web: Database, team: Any, hint: Any) -> None:
    with pytest.raises(Refused, match="only owner"):
        await revoke(web, hint, team.workspace_id, team.owner, team.owner)
    with pytest.raises(Refused, match="only owner"):
        await grant(web, hint, team.workspace_id, team.owner, team.owner, Role.REVIEWER)


async def test_two_owners_cannot_revoke_each_other_at_once(web: Database, team: Any, hint: Any) -> None:
    await grant(web, hint, team.workspace_id, team.owner, team.reviewer, Role.OWNER)
    await asyncio.gather(
        revoke(web, hint, team.workspace_id, team.owner, team.reviewer),
        revoke(web, hint, team.workspace_id, team.reviewer, team.owner),
        return_exceptions=True,
    )
    owners = [member for member, _ in await everybody(web, team.workspace_id) if member.role is Role.OWNER]
    assert len(owners) == 1


async def test_people_of_another_workspace_cannot_be_named(web: Database, team: Any, hint: Any) -> None:
    with pytest.raises(Refused, match="Nobody here"):
        await revoke(web, hint, team.workspace_id, team.owner, uuid7())


async def test_everybody_may_unlink_their_own_chat_and_nobody_elses(web: Database, team: Any) -> None:
    known = {member.id: found[0].id for member, found in await everybody(web, team.workspace_id)}
    with pytest.raises(NotAllowed):
        await unlink(web, team.workspace_id, team.reviewer, known[team.owner])
    await unlink(web, team.workspace_id, team.reviewer, known[team.reviewer])
    assert await member_of(web, team.workspace_id, Surface.SLACK, "T1", "U2") is None
