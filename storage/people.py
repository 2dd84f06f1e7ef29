"""Members, who they are in which chat, and which role they held when."""

from dataclasses import dataclass
from uuid import UUID

from domain.card import Surface
from domain.ids import uuid7
from domain.roles import Role
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the workspace. `role` is None when it was revoked: a member by name, without any right."""

    id: UUID
    name: str
    role: Role | None


@dataclass(frozen=True, slots=True)
class Identity:
    """A member in a chat."""

    id: UUID
    member_id: UUID
    surface: Surface
    team_ref: str
    user_ref: str
    display_name: str


async def member_of(tx: Transaction, surface: Surface, team_ref: str, user_ref: str) -> Member | None:
    """Who a chat's user is here; None for a stranger. `team_ref` is empty in Telegram."""
    return await tx.row(Member, _MEMBER_OF, {"surface": surface, "team_ref": team_ref, "user_ref": user_ref})


async def member(tx: Transaction, member_id: UUID) -> Member | None:
    return await tx.row(Member, _MEMBER, {"id": member_id})


async def people(tx: Transaction) -> list[Member]:
    """Everybody, those with rights first."""
    return await tx.rows(Member, _PEOPLE)


async def identities(tx: Transaction) -> list[Identity]:
    """Who is who in which chat."""
    return await tx.rows(Identity, _IDENTITIES)


async def add_member(tx: Transaction, name: str) -> UUID:
    member_id = uuid7()
    await tx.run(_ADD_MEMBER, {"id": member_id, "name": name})
    return member_id


async def add_identity(
    tx: Transaction, member_id: UUID, surface: Surface, team_ref: str, user_ref: str, display_name: str
) -> UUID:
    """Whose identity it is from now on: `member_id`, or the member who already had it."""
    values = {
        "id": uuid7(),
        "member_id": member_id,
        "surface": surface,
        "team_ref": team_ref,
        "user_ref": user_ref,
        "display_name": display_name,
    }
    owner: UUID = await tx.value(_ADD_IDENTITY, values)
    return owner


async def remove_identity(tx: Transaction, identity_id: UUID) -> bool:
    return await tx.run(_REMOVE_IDENTITY, {"id": identity_id}) == 1


async def open_role(tx: Transaction, member_id: UUID, role: Role, granted_by: UUID | None) -> None:
    """Begin a role period. The member must have none open."""
    await tx.run(_OPEN_ROLE, {"id": uuid7(), "member_id": member_id, "role": role, "by": granted_by})


async def close_role(tx: Transaction, member_id: UUID, revoked_by: UUID | None) -> bool:
    """End the open role period; False when there was none."""
    return await tx.run(_CLOSE_ROLE, {"member_id": member_id, "by": revoked_by}) == 1


async def withdraw_approvals(tx: Transaction, member_id: UUID, by: UUID) -> list[UUID]:
    """Take back the member's live approvals: posts that went out on them return to review. Returns those posts' ids.

    The posts are locked first and in the order of their ids, as a click locks them, so that nobody waits in a circle.
    """
    await tx.run(_LOCK_APPROVED, {"member_id": member_id})
    touched = [row["post_id"] for row in await tx.dicts(_REVOKE_APPROVALS, {"member_id": member_id, "by": by})]
    rows = await tx.dicts(_RETURN_TO_REVIEW, {"ids": touched})
    await tx.run(_COUNT_ANEW, {"ids": touched})
    return [row["id"] for row in rows]


_MEMBER_OF = """
SELECT m.id, m.name, r.role FROM members m
LEFT JOIN role_periods r ON r.workspace_id = m.workspace_id AND r.member_id = m.id AND r.revoked_at IS NULL
JOIN chat_identities i ON i.workspace_id = m.workspace_id AND i.member_id = m.id
WHERE i.workspace_id = %(workspace_id)s
  AND i.surface = %(surface)s AND i.team_ref = %(team_ref)s AND i.user_ref = %(user_ref)s
"""
_MEMBER = """
SELECT m.id, m.name, r.role FROM members m
LEFT JOIN role_periods r ON r.workspace_id = m.workspace_id AND r.member_id = m.id AND r.revoked_at IS NULL
WHERE m.workspace_id = %(workspace_id)s AND m.id = %(id)s
"""
_PEOPLE = """
SELECT m.id, m.name, r.role FROM members m
LEFT JOIN role_periods r ON r.workspace_id = m.workspace_id AND r.member_id = m.id AND r.revoked_at IS NULL
WHERE m.workspace_id = %(workspace_id)s
ORDER BY array_position(ARRAY['owner', 'reviewer', 'viewer'], r.role) NULLS LAST, m.created_at, m.id
"""
_IDENTITIES = """
SELECT id, member_id, surface, team_ref, user_ref, display_name FROM chat_identities
WHERE workspace_id = %(workspace_id)s ORDER BY member_id, linked_at, id
"""
_ADD_MEMBER = "INSERT INTO members (workspace_id, id, name) VALUES (%(workspace_id)s, %(id)s, %(name)s)"
_ADD_IDENTITY = """
INSERT INTO chat_identities (workspace_id, id, member_id, surface, team_ref, user_ref, display_name)
VALUES (%(workspace_id)s, %(id)s, %(member_id)s, %(surface)s, %(team_ref)s, %(user_ref)s, %(display_name)s)
ON CONFLICT (workspace_id, surface, team_ref, user_ref) DO UPDATE SET display_name = excluded.display_name
RETURNING member_id
"""
_REMOVE_IDENTITY = "DELETE FROM chat_identities WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
_OPEN_ROLE = """
INSERT INTO role_periods (workspace_id, id, member_id, role, granted_by)
VALUES (%(workspace_id)s, %(id)s, %(member_id)s, %(role)s, %(by)s)
"""
_CLOSE_ROLE = """
UPDATE role_periods SET revoked_at = clock_timestamp(), revoked_by = %(by)s
WHERE workspace_id = %(workspace_id)s AND member_id = %(member_id)s AND revoked_at IS NULL
"""
_LOCK_APPROVED = """
SELECT 1 FROM posts p WHERE p.workspace_id = %(workspace_id)s AND p.id IN (
    SELECT v.post_id FROM approvals v
    WHERE v.workspace_id = %(workspace_id)s AND v.member_id = %(member_id)s AND v.revoked_at IS NULL)
AND p.state IN ('in_review', 'approved', 'retry_wait', 'held', 'missed') ORDER BY p.id FOR UPDATE
"""
_REVOKE_APPROVALS = """
UPDATE approvals v SET revoked_at = clock_timestamp(), revoked_by = %(by)s FROM posts p
WHERE v.workspace_id = %(workspace_id)s AND v.member_id = %(member_id)s AND v.revoked_at IS NULL
  AND p.workspace_id = v.workspace_id AND p.id = v.post_id
  AND p.state IN ('in_review', 'approved', 'retry_wait', 'held', 'missed')
RETURNING v.post_id
"""
_RETURN_TO_REVIEW = """
UPDATE posts p SET event = 'revoke', actor = NULL, approval_id = NULL, reminded_at = NULL,
    slot = greatest(p.slot, now() + interval '30 minutes'), next_at = review_at(greatest(p.slot, now() + interval '30 minutes')),
    trouble = 'Who approved it may not decide any more. Please look again.'
WHERE p.workspace_id = %(workspace_id)s AND p.id = ANY (%(ids)s) AND p.state IN ('approved', 'retry_wait')
RETURNING p.id
"""
_COUNT_ANEW = """
UPDATE cards c SET wanted = c.wanted + 1, wanted_at = clock_timestamp() FROM posts p
WHERE c.workspace_id = %(workspace_id)s AND c.post_id = ANY (%(ids)s)
  AND p.workspace_id = c.workspace_id AND p.id = c.post_id AND p.state = 'in_review'
"""
