"""Files that people handed over: the wish that a worker takes up, and what became of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from domain.card import Surface
from domain.platforms import Platform
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class Wish:
    """A hand-over that a worker has in hand. `stands`: the post is still what it was then."""

    id: UUID
    post_id: UUID
    surface: Surface
    team_ref: str
    files: list[dict[str, Any]]
    description: str
    tries: int
    platform: Platform
    settings: dict[str, str]
    stands: bool


async def lease(tx: Transaction, handed_id: UUID, *, worker: str, seconds: float) -> Wish | None:
    """Take a wish up; None when somebody has it, when it waits, or when it has ended."""
    if await tx.run(_LEASE, {"id": handed_id, "worker": worker, "seconds": seconds}) != 1:
        return None
    return await tx.row(Wish, _WISH, {"id": handed_id})


async def keep(tx: Transaction, handed_id: UUID, *, worker: str, seconds: float) -> None:
    """Renew the lease, if it is still ours."""
    await tx.run(_KEEP, {"id": handed_id, "worker": worker, "seconds": seconds})


async def wait(tx: Transaction, handed_id: UUID, *, worker: str, seconds: float) -> None:
    """Give it back: it is looked at again in `seconds`."""
    await tx.run(_WAIT, {"id": handed_id, "worker": worker, "seconds": seconds})


async def still_stands(tx: Transaction, handed_id: UUID, *, worker: str) -> bool | None:
    """Whether the post is still what it was, now and until this transaction ends; None: the wish is no longer ours."""
    stands: bool | None = await tx.value(_STANDS, {"id": handed_id, "worker": worker})
    return stands


async def revise(tx: Transaction, handed_id: UUID, detail: dict[str, Any]) -> None:
    """The next revision, made by who handed the files over, exactly as their edit would make it."""
    await tx.run(_REVISE, {"id": handed_id, "detail": Jsonb(detail, dumps=orjson.dumps)})


async def end(tx: Transaction, handed_id: UUID, *, worker: str, outcome: str, problem: str | None = None) -> bool:
    """The wish ends here, once; every card of its post is drawn again. False: it is no longer ours."""
    values = {"id": handed_id, "worker": worker, "outcome": outcome, "problem": problem}
    if await tx.run(_END, values) != 1:
        return False
    await tx.run(_REDRAW, {"id": handed_id})
    return True


_LEASE = """
UPDATE handed SET lease_by = %(worker)s, lease_until = now() + make_interval(secs => %(seconds)s), tries = tries + 1
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND next_at <= now() AND (lease_until IS NULL OR lease_until < now())
"""
_WISH = """
SELECT h.id, h.post_id, h.surface, h.team_ref, h.files, h.description, h.tries, a.platform, r.settings,
       p.revision_n = h.revision_n AND p.step = h.step AS stands
FROM handed h
JOIN posts p ON p.workspace_id = h.workspace_id AND p.id = h.post_id
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = h.revision_n
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
WHERE h.workspace_id = %(workspace_id)s AND h.id = %(id)s
"""
_KEEP = """
UPDATE handed SET lease_until = now() + make_interval(secs => %(seconds)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND lease_by = %(worker)s AND ended_at IS NULL
"""
_WAIT = """
UPDATE handed SET lease_by = NULL, lease_until = NULL, next_at = now() + make_interval(secs => %(seconds)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND lease_by = %(worker)s AND ended_at IS NULL
"""
_STANDS = """
SELECT p.revision_n = h.revision_n AND p.step = h.step FROM posts p
JOIN handed h ON h.workspace_id = p.workspace_id AND h.post_id = p.id
WHERE h.workspace_id = %(workspace_id)s AND h.id = %(id)s AND h.lease_by = %(worker)s AND h.ended_at IS NULL FOR UPDATE OF p
"""
_REVISE = """
SELECT apply_answer(p, h.member_id, 'edit', 'revise', NULL, %(detail)s::jsonb) FROM posts p
JOIN handed h ON h.workspace_id = p.workspace_id AND h.post_id = p.id
WHERE h.workspace_id = %(workspace_id)s AND h.id = %(id)s
"""
_END = """
UPDATE handed h SET outcome = %(outcome)s, problem = %(problem)s, next_at = NULL, ended_at = clock_timestamp(), lease_by = NULL, lease_until = NULL,
    ended_revision = (SELECT p.revision_n FROM posts p WHERE p.workspace_id = h.workspace_id AND p.id = h.post_id)
WHERE h.workspace_id = %(workspace_id)s AND h.id = %(id)s AND h.lease_by = %(worker)s AND h.ended_at IS NULL
"""
_REDRAW = """
UPDATE cards c SET wanted = c.wanted + 1, wanted_at = clock_timestamp()
FROM handed h WHERE h.workspace_id = %(workspace_id)s AND h.id = %(id)s AND c.workspace_id = h.workspace_id AND c.post_id = h.post_id
"""
