"""Attempts: the ledger of what was tried. It is also the rate limiter for publishing, because it survives everything."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from domain.ids import uuid7
from domain.platforms import Platform
from domain.publishing import Block, Window
from storage.session import Transaction

APP = "app"
"""`Window.per` of what an application may do in all."""
AT_ONCE = 500
"""Claims that may be under way at once without seeing each other."""
APPLICATION = ""
"""Stands among the profiles for the application itself. No platform has an empty id."""


async def free_at(tx: Transaction, platform: str, remote_account: str, windows: tuple[Window, ...]) -> datetime | None:
    """None when every window has room; else the instant (UTC) at which the fullest has, or at which the platform takes
    posts again by its own word, whichever is later.

    Locks the profile as `lock` does: two claims that count at the same time would both find the last place.
    """
    await lock(tx, platform, remote_account, windows)
    latest: datetime | None = await tx.value(_BLOCKED, {"platform": platform, "account": remote_account})
    for window in windows:
        account = None if window.per == APP else remote_account
        sends = await tx.dicts(
            _COUNT, {"platform": platform, "account": account, "seconds": window.seconds, "whole": window.whole}
        )
        if sends and sends[0]["sends"] >= window.limit:
            leaves: datetime = sends[0]["oldest_leaves_at"]
            latest = leaves if latest is None else max(latest, leaves)
    return latest


async def block(tx: Transaction, platform: str, remote_account: str, blocks: tuple[Block, ...]) -> None:
    """Keep what the platform said is used up: no claim before that. A later instant that is known already stays."""
    for one in sorted(blocks, key=lambda block: block.per == APP):  # the profile is locked before the application
        account = APPLICATION if one.per == APP else remote_account
        await tx.run(_KNOW_PROFILE, {"platform": platform, "account": account})
        await tx.run(_BLOCK, {"platform": platform, "account": account, "until": one.until})


async def lock(tx: Transaction, platform: str, remote_account: str, windows: tuple[Window, ...]) -> None:
    """The profile until the commit, and after it the application where one of the windows is the application's and so
    nearly used up that claims which do not see each other could overstep it."""
    await _lock(tx, platform, remote_account)
    for window in windows:
        if window.per == APP and await _is_nearly_full(tx, platform, window):
            await lock_application(tx, platform)
            return


async def _is_nearly_full(tx: Transaction, platform: str, window: Window) -> bool:
    """Counted without a lock: what has not been committed is not seen. Each claim holds a connection, and no installation
    has as many of them as are kept clear here: a tenth of the window, and `AT_ONCE` at least."""
    asked = {"platform": platform, "account": None, "seconds": window.seconds, "whole": window.whole}
    counted = await tx.dicts(_COUNT, asked)
    sends: int = counted[0]["sends"] if counted else 0
    return sends + max(AT_ONCE, window.limit // 10) >= window.limit


async def lock_application(tx: Transaction, platform: str) -> None:
    """Whoever else counts or adds up what is sent to the platform waits for our commit. After the profile, never before."""
    await _lock(tx, platform, APPLICATION)


async def _lock(tx: Transaction, platform: str, profile: str) -> None:
    who = {"platform": platform, "account": profile}
    if not await tx.run(_LOCK_PROFILE, who):
        await tx.run(_KNOW_PROFILE, who)
        await tx.run(_LOCK_PROFILE, who)


class Sent(Protocol):
    """A post that is claimed, or a part of one, with what the ledger says of it."""

    @property
    def id(self) -> UUID: ...

    @property
    def fence(self) -> int: ...

    @property
    def account_id(self) -> UUID: ...

    @property
    def platform(self) -> Platform: ...

    @property
    def remote_account(self) -> str: ...

    @property
    def approval_id(self) -> UUID | None: ...

    @property
    def revision_n(self) -> int: ...

    @property
    def sha256(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Key:
    """Names an attempt: the post, which part of it (1 is the post itself), and the fence it was claimed under."""

    post_id: UUID
    fence: int
    part: int = 1

    @property
    def values(self) -> dict[str, object]:
        return {"post_id": self.post_id, "fence": self.fence, "part": self.part}


async def begin(
    tx: Transaction, row: Sent, *, worker: str, lease_seconds: float, price: Decimal, part: int = 1, kind: str = "post"
) -> datetime:
    """Write down the intent and what it will cost, in the transaction of the claim. Returns its instant (UTC, the
    database's clock). `row.fence` is the one before the claim."""
    started: datetime = await tx.value(
        _BEGIN,
        {
            "id": uuid7(),
            "part": part,
            "kind": kind,
            "post_id": row.id,
            "fence": row.fence + 1,
            "account_id": row.account_id,
            "platform": row.platform,
            "remote_account": row.remote_account,
            "approval_id": row.approval_id,
            "revision_n": row.revision_n,
            "sha256": row.sha256,
            "worker": worker,
            "lease": lease_seconds,
            "price": price,
        },
    )
    return started


async def renew(tx: Transaction, key: Key, lease_seconds: float) -> None:
    await tx.run(_RENEW, {**key.values, "lease": lease_seconds})


async def mark_sent(tx: Transaction, key: Key) -> None:
    await tx.run(_MARK_SENT, key.values)


async def end(tx: Transaction, key: Key, outcome: str, detail: str | None) -> None:
    """Close an attempt: ok, refused, not_sent or unknown. Only what was unknown may be told better later.

    The instant of the first closing stays: it is the latest at which the request can have arrived.
    """
    await tx.run(_END, {**key.values, "outcome": outcome, "detail": detail})


async def keep_late_result(tx: Transaction, key: Key, remote_id: str, permalink: str | None) -> None:
    """An answer came after the claim was gone. The reconciliation reads it first."""
    await tx.run(_KEEP_LATE_RESULT, {**key.values, "remote_id": remote_id, "permalink": permalink})


_KNOW_PROFILE = (
    "INSERT INTO platform_identities (platform, remote_id) VALUES (%(platform)s, %(account)s) ON CONFLICT DO NOTHING"
)
_LOCK_PROFILE = "SELECT 1 FROM platform_identities WHERE platform = %(platform)s AND remote_id = %(account)s FOR UPDATE"
_BLOCKED = """
SELECT max(blocked_until) FROM platform_identities
WHERE platform = %(platform)s AND remote_id IN (%(account)s, '') AND blocked_until > now()
"""
_BLOCK = """
UPDATE platform_identities SET blocked_until = greatest(blocked_until, %(until)s)
WHERE platform = %(platform)s AND remote_id = %(account)s
"""
_COUNT = "SELECT sends, oldest_leaves_at FROM door_sends(%(platform)s, %(account)s::text, %(seconds)s, %(whole)s)"
_BEGIN = """
INSERT INTO attempts (workspace_id, id, post_id, part, kind, fence, account_id, platform, remote_account, approval_id, revision_n, sha256, worker, intent_at, lease_until, price)
VALUES (%(workspace_id)s, %(id)s, %(post_id)s, %(part)s, %(kind)s, %(fence)s, %(account_id)s, %(platform)s, %(remote_account)s, %(approval_id)s, %(revision_n)s,
        %(sha256)s, %(worker)s, clock_timestamp(), now() + make_interval(secs => %(lease)s), %(price)s)
RETURNING intent_at
"""
_RENEW = """
UPDATE attempts SET lease_until = now() + make_interval(secs => %(lease)s)
WHERE workspace_id = %(workspace_id)s AND post_id = %(post_id)s AND part = %(part)s AND fence = %(fence)s
"""
_MARK_SENT = """
UPDATE attempts SET sent_at = now() WHERE workspace_id = %(workspace_id)s AND post_id = %(post_id)s AND part = %(part)s AND fence = %(fence)s
"""
_END = """
UPDATE attempts SET ended_at = coalesce(ended_at, clock_timestamp()), outcome = %(outcome)s, detail = left(%(detail)s, 500)
WHERE workspace_id = %(workspace_id)s AND post_id = %(post_id)s AND part = %(part)s AND fence = %(fence)s AND (outcome IS NULL OR outcome = 'unknown')
"""
_KEEP_LATE_RESULT = """
INSERT INTO late_results (workspace_id, post_id, part, fence, remote_id, permalink)
VALUES (%(workspace_id)s, %(post_id)s, %(part)s, %(fence)s, %(remote_id)s, %(permalink)s) ON CONFLICT DO NOTHING
"""
