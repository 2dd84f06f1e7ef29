"""People: who belongs to a workspace, who may decide, and how a chat's user becomes one of them."""

from uuid import UUID

from domain.card import NoticeView, Surface
from domain.errors import NotAllowed, PlanLimit, Refused
from domain.plans import PLANS, Limit, wall
from domain.roles import Right, Role, may
from pipeline.chats import draw_soon
from pipeline.ports import Hint
from storage import pauses, people, workspaces
from storage.people import Identity, Member
from storage.session import Database, Transaction

_WORDS: dict[Right, str] = {
    Right.LOOK: "look at this",
    Right.DECIDE: "decide about posts",
    Right.PAUSE: "pause publishing",
    Right.CONNECT: "connect accounts and set up web apps",
    Right.PEOPLE: "say who belongs to the team",
}


async def require(tx: Transaction, member_id: UUID, right: Right) -> Member:
    """The member, if they hold `right` now. Raises `NotAllowed`, naming somebody who does."""
    found = await people.member(tx, member_id)
    if found is not None and may(found.role, right):
        return found
    able = [other.name for other in await people.people(tx) if may(other.role, right)]
    ask = f" Ask {' or '.join(able[:3])}." if able else ""
    raise NotAllowed(f"You may not {_WORDS[right]} here.{ask}")


async def member_of(
    database: Database, workspace_id: UUID, surface: Surface, team_ref: str, user_ref: str
) -> Member | None:
    """Who a chat's user is in this workspace; None for a stranger. Anybody may ask."""
    async with database.transaction(workspace_id) as tx:
        return await people.member_of(tx, surface, team_ref, user_ref)


async def everybody(database: Database, workspace_id: UUID) -> list[tuple[Member, list[Identity]]]:
    """All members with who they are in which chat, those with rights first."""
    async with database.transaction(workspace_id) as tx:
        members, known = await people.people(tx), await people.identities(tx)
    return [(member, [one for one in known if one.member_id == member.id]) for member in members]


async def add_person(
    database: Database,
    workspace_id: UUID,
    by: UUID,
    *,
    surface: Surface,
    team_ref: str,
    user_ref: str,
    name: str,
    role: Role,
) -> Member:
    """Give a chat's user a role: somebody new, or somebody known. Owners only; a second call changes nothing.

    Raises `NotAllowed`, `PlanLimit` when the plan's seats are taken, `Refused` when it would leave no owner.
    """
    async with database.transaction(workspace_id) as tx:
        await require(tx, by, Right.PEOPLE)
        await workspaces.lock(tx)
        known = await people.member_of(tx, surface, team_ref, user_ref)
        if known is None:
            member_id = await people.add_member(tx, name)
            await people.add_identity(tx, member_id, surface, team_ref, user_ref, name)
            known = Member(member_id, name, None)
        await _give_role(tx, known, role, by)
    return Member(known.id, known.name, role)


async def grant(database: Database, hint: Hint, workspace_id: UUID, by: UUID, member_id: UUID, role: Role) -> Member:
    """Give a member another role. Owners only; the same role again changes nothing.

    Who loses the right to decide by it loses the approvals that still count. Raises as `add_person` does.
    """
    async with database.transaction(workspace_id) as tx:
        await require(tx, by, Right.PEOPLE)
        await pauses.shut_gate(tx)  # who loses a right by it had it when the claims before us began
        await workspaces.lock(tx)
        known = await _known(tx, member_id)
        await _give_role(tx, known, role, by)
        if not may(role, Right.DECIDE):
            await _take_back(tx, member_id, by, hint)
    return Member(known.id, known.name, role)


async def revoke(database: Database, hint: Hint, workspace_id: UUID, by: UUID, member_id: UUID) -> list[UUID]:
    """Take every right from a member, and return what went out of review on their word. Owners only.

    Returns the posts that are back in review. Raises `NotAllowed`, or `Refused` for the last owner. May run twice.
    """
    async with database.transaction(workspace_id) as tx:
        await require(tx, by, Right.PEOPLE)
        await pauses.shut_gate(tx)
        await workspaces.lock(tx)
        known = await _known(tx, member_id)
        await _keep_an_owner(tx, known)
        await people.close_role(tx, member_id, by)
        return await _take_back(tx, member_id, by, hint)


async def unlink(database: Database, workspace_id: UUID, by: UUID, identity_id: UUID) -> None:
    """Forget who somebody is in a chat. Owners, and everybody for themselves. May run twice."""
    async with database.transaction(workspace_id) as tx:
        mine = any(one.id == identity_id and one.member_id == by for one in await people.identities(tx))
        if not mine:
            await require(tx, by, Right.PEOPLE)
        await people.remove_identity(tx, identity_id)


async def link_identity(
    tx: Transaction, member_id: UUID, surface: Surface, user_ref: str, display_name: str
) -> tuple[Member, NoticeView]:
    """Make a Telegram user one of a member's identities; with the notice that tells the member elsewhere.

    Called with a one-time code that the member asked for. Raises `Refused` when the user is somebody else already.
    """
    owner = await people.add_identity(tx, member_id, surface, "", user_ref, display_name)
    member = await _known(tx, owner)
    if owner != member_id:
        raise Refused(f"This {surface.title()} account is {member.name} here already. Nothing was changed.")
    text = (
        f"The {surface.title()} account “{display_name}” now answers as {member.name}. Not you? Unlink it under people."
    )
    return member, NoticeView(title="A chat account was linked", text=text)


async def _known(tx: Transaction, member_id: UUID) -> Member:
    found = await people.member(tx, member_id)
    if found is None:
        raise Refused("Nobody here is meant by that. `people` lists who is.")
    return found


async def _give_role(tx: Transaction, known: Member, role: Role, by: UUID | None) -> None:
    if known.role is role:
        return
    if known.role is None:
        await _want_seat(tx)
    if role is not Role.OWNER:
        await _keep_an_owner(tx, known)
    await people.close_role(tx, known.id, by)
    await people.open_role(tx, known.id, role, by)


async def _want_seat(tx: Transaction) -> None:
    plan = (await workspaces.lock(tx)).plan
    taken = sum(member.role is not None for member in await people.people(tx))
    if not PLANS[plan].allows(Limit.SEATS, taken + 1):
        raise PlanLimit(wall(plan, Limit.SEATS))


async def _keep_an_owner(tx: Transaction, leaving: Member) -> None:
    owners = [member.id for member in await people.people(tx) if member.role is Role.OWNER]
    if owners == [leaving.id]:
        raise Refused(f"{leaving.name} is the only owner. Make somebody else an owner first.")


async def _take_back(tx: Transaction, member_id: UUID, by: UUID, hint: Hint) -> list[UUID]:
    returned = await people.withdraw_approvals(tx, member_id, by)
    await draw_soon(tx, hint)
    return returned
