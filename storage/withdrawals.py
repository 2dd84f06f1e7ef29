"""Published posts that a person wants deleted."""

from dataclasses import dataclass
from uuid import UUID

from domain.platforms import Platform
from domain.publishing import AccountKind
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class Unwanted:
    """A published post whose lease we hold."""

    remote_id: str
    tries: int
    account_id: UUID
    platform: Platform
    account_kind: AccountKind
    remote_account: str
    account_name: str


async def lease(tx: Transaction, post_id: UUID, *, worker: str, seconds: float) -> Unwanted | None:
    if await tx.run(_LEASE, {"id": post_id, "worker": worker, "seconds": seconds}) != 1:
        return None
    return await tx.row(Unwanted, _UNWANTED, {"id": post_id})


async def done(tx: Transaction, post_id: UUID) -> None:
    await tx.run(_DONE, {"id": post_id})


async def failed(tx: Transaction, post_id: UUID, trouble: str, again_in: float | None) -> None:
    """Say why; try again in `again_in` seconds, or (None) wait for a person to ask again."""
    await tx.run(_FAILED, {"id": post_id, "trouble": trouble, "again_in": again_in})


async def wait(tx: Transaction, post_id: UUID, trouble: str, seconds: float) -> None:
    """Something has to end first: nothing was tried, and nothing counts as a try."""
    await tx.run(_WAIT, {"id": post_id, "trouble": trouble, "seconds": seconds})


_LEASE = """
UPDATE posts SET lease_by = %(worker)s, lease_until = now() + make_interval(secs => %(seconds)s), tries = tries + 1
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'published' AND withdraw_wanted <= now() AND remote_id IS NOT NULL
  AND (lease_until IS NULL OR lease_until < now())
"""
_UNWANTED = """
SELECT p.remote_id, p.tries, p.account_id, a.platform, a.kind AS account_kind, a.remote_id AS remote_account, a.name AS account_name
FROM posts p JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""
_DONE = """
UPDATE posts SET event = 'withdraw', withdraw_wanted = NULL, next_measure_at = NULL, lease_by = NULL, lease_until = NULL, tries = 0, trouble = NULL
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'published'
"""
_WAIT = """
UPDATE posts SET trouble = %(trouble)s, withdraw_wanted = now() + make_interval(secs => %(seconds)s), lease_by = NULL, lease_until = NULL, tries = 0
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'published'
"""
_FAILED = """
UPDATE posts SET trouble = %(trouble)s, withdraw_wanted = now() + make_interval(secs => %(again_in)s::float8), lease_by = NULL, lease_until = NULL,
    tries = CASE WHEN %(again_in)s::float8 IS NULL THEN 0 ELSE tries END
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'published'
"""
