"""Room: what the ledger and the posts that wait say about an account's limits, for cards, dialogs and the claim alike."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.publishing import Window
from domain.room import Lane, Room, Sent, Waiting
from storage.attempts import APP
from storage.session import Transaction

MOST = 200
"""So many waiting posts are reckoned with; whoever waits behind them looks again when their turn comes."""


async def room_of(
    tx: Transaction, platform: str, remote_account: str, windows: tuple[Window, ...], until: datetime | None = None
) -> Room:
    """What may still be sent to a profile, whoever connected it. Nothing is locked: a claim locks the profile before.

    With `until` only those who wait for a slot until then are reckoned with: enough for a post whose slot is no later.
    """
    own = tuple(window for window in windows if window.per != APP)
    row = await _counted(tx, platform, remote_account, own, until)
    lanes = [_lane(row, own)]
    shared = tuple(window for window in windows if window.per == APP)
    if shared and await _may_be_full(tx, platform, shared):
        lanes.append(_lane(await _counted(tx, platform, None, shared, until), shared))
    return Room(row.now, tuple(lanes), row.blocked_until)


async def wake_first(tx: Transaction, account_id: UUID, trouble: str) -> bool:
    """Have one post of the account looked at now: the first that waits for this reason. Its turn has come earlier than was
    planned. False when none waits."""
    return await tx.run(_WAKE, {"account_id": account_id, "trouble": trouble}) == 1


@dataclass(frozen=True, slots=True)
class _Counted:
    """Columns side by side: the n-th of each belongs together."""

    now: datetime
    blocked_until: datetime | None
    sent_at: list[datetime]
    sent_whole: list[bool]
    waiting: list[UUID]
    slots: list[datetime]
    next_at: list[datetime]


async def _counted(
    tx: Transaction, platform: str, account: str | None, windows: tuple[Window, ...], until: datetime | None
) -> _Counted:
    seconds = max((window.seconds for window in windows), default=0)
    values = {"platform": platform, "account": account, "seconds": seconds, "most": MOST, "until": until}
    return (await tx.rows(_Counted, _ROOM, values))[0]


async def _may_be_full(tx: Transaction, platform: str, windows: tuple[Window, ...]) -> bool:
    """An application's windows are wide: they are taken apart only when they are nearly used up."""
    for window in windows:
        asked = {"platform": platform, "seconds": window.seconds, "whole": window.whole}
        if await tx.value(_SENDS, asked) + MOST >= window.limit:
            return True
    return False


def _lane(row: _Counted, windows: tuple[Window, ...]) -> Lane:
    sent = tuple(Sent(at, whole) for at, whole in zip(row.sent_at, row.sent_whole, strict=True))
    waiting = zip(row.waiting, row.slots, row.next_at, strict=True)
    return Lane(windows, sent, tuple(Waiting(*one) for one in waiting))


_ROOM = """
SELECT now() AS now,
       (SELECT max(i.blocked_until) FROM platform_identities i
         WHERE i.platform = %(platform)s AND i.remote_id IN (coalesce(%(account)s::text, ''), '') AND i.blocked_until > now()) AS blocked_until,
       s.sent_at, s.sent_whole, w.waiting, w.slots, w.next_at
FROM (SELECT coalesce(array_agg(d.at ORDER BY d.at), '{}') AS sent_at, coalesce(array_agg(d.whole ORDER BY d.at), '{}') AS sent_whole
        FROM door_sent(%(platform)s, %(account)s::text, %(seconds)s) d) s,
     (SELECT coalesce(array_agg(d.id ORDER BY d.slot, d.id), '{}') AS waiting, coalesce(array_agg(d.slot ORDER BY d.slot, d.id), '{}') AS slots,
             coalesce(array_agg(d.next_at ORDER BY d.slot, d.id), '{}') AS next_at
        FROM door_waiting(%(platform)s, %(account)s::text, %(most)s, coalesce(%(until)s::timestamptz, 'infinity')) d) w
"""
_SENDS = "SELECT sends FROM door_sends(%(platform)s, NULL, %(seconds)s, %(whole)s)"
_WAKE = """
UPDATE posts SET next_at = now() WHERE workspace_id = %(workspace_id)s AND id = (
    SELECT p.id FROM posts p WHERE p.workspace_id = %(workspace_id)s AND p.account_id = %(account_id)s AND p.state = 'approved'
      AND p.trouble = %(trouble)s AND p.slot <= now() AND p.next_at > now() ORDER BY p.slot, p.id LIMIT 1 FOR UPDATE SKIP LOCKED)
"""
