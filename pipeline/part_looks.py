"""What became of a part whose answer got lost: look at the platform, and say so where looking cannot tell.

Two looks, the settle time, and never a second automatic try, as for posts; but no person is asked: the card says what is known.
"""

import asyncio
from datetime import timedelta

from domain.looking import Looks
from domain.parts import PartState
from domain.post import PostRef
from domain.publishing import (
    Absent,
    Account,
    AskedTooOften,
    CannotTell,
    Finding,
    Found,
    PartSearch,
    Pending,
    PublishError,
    Receipt,
    TurnedDown,
)
from pipeline.publish import Publishing, first_look
from publishers.http import reading_for
from storage import attempts, losses, parts
from storage.parts import DuePart, PartFate

NOT_ASKED = "The account is not connected any more, so we cannot look."


def tell(post: PostRef, deps: Publishing) -> None:
    """Whoever draws cards or watches the clock learns that something changed."""
    deps.hint("redraw", post.workspace_id, post.post_id)
    deps.hint("due", None, None)


def first_fate(sentence: str | None, deps: Publishing, link: str | None = None) -> PartFate:
    """Where a part goes whose answer got lost: a first look follows soon."""
    return PartFate(PartState.UNKNOWN, sentence, next_in=first_look(deps.patience), link=link)


async def look(post: PostRef, part: DuePart, account: Account | None, deps: Publishing) -> None:
    """Clear up one unknown part whose lease is ours, or decide when to look again."""
    try:
        finding = await _finding(part, account, deps)
    except AskedTooOften:  # nobody was asked
        await _look_again(post, part, deps, counts=False)
        return
    looks = _looks(part, deps)
    match finding:
        case Found(receipts):
            await _found(post, part, receipts, looks, deps)
        case Absent():
            await _nothing_there(post, part, looks, deps)
        case TurnedDown(reason):
            await _end(post, part, "refused", PartFate(PartState.REFUSED, reason), deps)
        case CannotTell(reason, link) if looks.settled:
            await _end(post, part, "unknown", PartFate(PartState.UNCLEAR, reason, link=link), deps)
        case Pending(reason) if looks.settled:
            await _end(post, part, "unknown", PartFate(PartState.UNCLEAR, reason), deps)
        case CannotTell() | Pending():
            await _look_again(post, part, deps, counts=False)


async def _finding(part: DuePart, account: Account | None, deps: Publishing) -> Finding:
    if account is None or part.intent_at is None or part.ended_at is None:
        return CannotTell(NOT_ASKED, part.account_link)
    since = part.intent_at - timedelta(seconds=60)
    until = part.ended_at + timedelta(seconds=deps.patience.settle)
    search = PartSearch(account, part.part, part.post, part.after, since, until)
    try:
        async with asyncio.timeout(deps.patience.lease - deps.patience.margin):
            with reading_for(account):
                return await deps.publishers[part.platform].find_part(search)
    except PublishError as error:
        return CannotTell(error.sentence)
    except TimeoutError:
        return CannotTell("The platform took too long to be searched.")


async def _found(post: PostRef, part: DuePart, receipts: tuple[Receipt, ...], looks: Looks, deps: Publishing) -> None:
    """One that no other row of ours holds is it; of several alike the oldest is as good as any, for it says the same."""
    async with deps.database.transaction(post.workspace_id) as tx:
        taken = await losses.known_remote_ids(tx, part.account_id, [receipt.remote_id for receipt in receipts])
        fresh = [receipt for receipt in receipts if receipt.remote_id not in taken]
        if fresh and await parts.confirm(tx, part.key, fresh[0].remote_id, fresh[0].permalink):
            await attempts.end(tx, part.key, "ok", "found by looking")
        tx.after_commit(lambda: tell(post, deps))
    if not fresh:
        await _nothing_there(post, part, looks, deps)


async def _nothing_there(post: PostRef, part: DuePart, looks: Looks, deps: Publishing) -> None:
    """A part that is conclusively absent is sent again once; the second time nobody knows."""
    if not looks.conclusive:
        await _look_again(post, part, deps, counts=looks.counts)
        return
    async with deps.database.transaction(post.workspace_id) as tx:
        released = await parts.release_once(tx, part.key)
        tx.after_commit(lambda: tell(post, deps))
    if not released:
        fate = PartFate(PartState.UNCLEAR, "It got lost a second time, and is not to be seen there.")
        await _end(post, part, "unknown", fate, deps)


async def _look_again(post: PostRef, part: DuePart, deps: Publishing, *, counts: bool) -> None:
    async with deps.database.transaction(post.workspace_id) as tx:
        await parts.count_absent(tx, part.key, counts=counts, next_at=_looks(part, deps).next_at)
        tx.after_commit(lambda: deps.hint("due", None, None))


async def _end(post: PostRef, part: DuePart, outcome: str, fate: PartFate, deps: Publishing) -> None:
    async with deps.database.transaction(post.workspace_id) as tx:
        if await parts.record_fate(tx, part.key, fate):
            await attempts.end(tx, part.key, outcome, fate.trouble)
        tx.after_commit(lambda: tell(post, deps))


def _looks(part: DuePart, deps: Publishing) -> Looks:
    settle = timedelta(seconds=deps.patience.settle)
    return Looks(part.ended_at or part.now, part.last_absent_at, part.absent_seen, part.now, settle)
