"""What became of a send without an answer: look at the platform, and ask a person where looking cannot tell.

Two looks and the settle time where something is only missing from a listing, one where the platform itself says by the
handle that nothing came of it; and never a second automatic try: `reliability` comes before speed here.
"""

import asyncio
from datetime import timedelta

import structlog

from domain.charges import of_look
from domain.looking import Looks
from domain.measures import READINGS_AFTER
from domain.parts import opening
from domain.platforms import PLATFORMS
from domain.post import Event, PostRef, State
from domain.publishing import (
    Absent,
    Account,
    AskedTooOften,
    CannotTell,
    Finding,
    Found,
    Pending,
    PublishError,
    Receipt,
    Reconciliation,
    Search,
    TurnedDown,
)
from pipeline.accounts import opened
from pipeline.publish import Patience, Publishing, first_look
from publishers.http import reading_for
from storage import accounts, attempts, charges, losses, posts
from storage.attempts import Key
from storage.losses import LeftBehind, Lost
from storage.posts import Fate

log = structlog.get_logger(__name__)

LONGEST_WORK = timedelta(hours=24)
"""How long a platform may say that it is still working on a post before a person is asked."""

CRASHES = 3
"""So many workers may stop over a post before it is given to a person."""


async def sweep(post: PostRef, deps: Publishing) -> None:
    """A claim whose worker is gone: without the sent mark it may try again, with it the outcome is unknown."""
    async with deps.database.transaction(post.workspace_id) as tx:
        left = await losses.lock_left_behind(tx, post.post_id)
        if left is None:
            return
        outcome, detail, fate = _left_behind(left, deps.patience)
        await posts.record_fate(tx, left.id, left.fence, fate)
        await attempts.end(tx, Key(left.id, left.fence), outcome, detail)
        tx.after_commit(lambda: deps.hint("due", None, None))


def _left_behind(left: LeftBehind, patience: Patience) -> tuple[str, str, Fate]:
    """The outcome of the attempt, its detail, and the fate of the post."""
    if left.sending:
        sentence = "The worker stopped while it was sending."
        return "unknown", sentence, Fate(Event.LOSE, sentence, next_in=first_look(patience), tries=left.tries + 1)
    if left.crashes + 1 >= CRASHES:
        # This post may be what crashes them. It must not go round for ever: a person is asked, by way of unknown.
        fate = Fate(Event.LOSE, f"Preparing it stopped the worker {CRASHES} times.", next_in=0, tries=left.tries + 1)
        return "not_sent", losses.LEFT_BEHIND, fate
    return "not_sent", losses.LEFT_BEHIND, Fate(Event.RELEASE, None, next_in=0, tries=left.tries + 1)


async def reconcile(post: PostRef, deps: Publishing) -> None:
    """Clear up one unknown post, or decide when to look again."""
    async with deps.database.transaction(post.workspace_id) as tx:
        lost = await losses.lock_lost(tx, post.post_id, worker=deps.worker, lease_seconds=deps.patience.lease)
        token = await accounts.access_token(tx, deps.vault, lost.account_id) if lost else None
        if lost is not None and token is not None:
            await charges.add(tx, lost.platform, of_look(lost.platform))
    if lost is None:
        return
    if lost.late_remote_id is not None:
        await _confirm(post, lost, Receipt(lost.late_remote_id, lost.late_permalink), deps)
        return
    if lost.sent_at is None:
        await _ask(post, lost, "Nothing was sent: preparing it stopped the worker again and again.", None, deps)
        return
    if token is None:
        await _ask(post, lost, "The account is not connected any more, so we cannot look.", lost.trouble_link, deps)
        return
    account = opened(post.workspace_id, lost, token)
    publisher = deps.publishers[lost.platform]
    settled = _looks(lost, deps.patience).settled
    if publisher.reconciliation(account) is Reconciliation.BY_PERSON and not settled:
        # People must not look too early either.
        await _look_again(post, lost, deps, counts=False)
        return
    try:
        async with asyncio.timeout(deps.patience.lease - deps.patience.margin):
            with reading_for(account):
                finding = await publisher.find(_search(account, lost, deps.patience))
    except AskedTooOften:  # nobody was asked, and so nobody has to answer
        await _look_again(post, lost, deps, counts=False)
        return
    except PublishError as error:
        finding = CannotTell(error.sentence)
    except TimeoutError:
        finding = CannotTell("The platform took too long to be searched.")
    await _act_on(post, lost, finding, settled, deps)


async def _act_on(post: PostRef, lost: Lost, finding: Finding, settled: bool, deps: Publishing) -> None:
    match finding:
        case Found(receipts):
            fresh = await _not_ours_already(post, lost, receipts, deps)
            if len(fresh) == 1:
                await _confirm(post, lost, fresh[0], deps)
            elif fresh:
                await _ask(post, lost, f"{len(fresh)} posts there look like this one.", fresh[0].permalink, deps)
            else:
                await _nothing_there(post, lost, deps)
        case Absent(proven=True):
            await _try_again(post, lost, deps)
        case Absent():
            await _nothing_there(post, lost, deps)
        case Pending() if lost.now < lost.ended_at + LONGEST_WORK:
            await _look_while_it_works(post, lost, deps)
        case Pending(reason):
            await _ask(post, lost, reason, lost.trouble_link, deps)
        case TurnedDown(reason):
            await _tell(post, lost, reason, deps)
        case CannotTell(reason, link) if settled:
            await _ask(post, lost, reason, link or lost.trouble_link, deps)
        case CannotTell():
            await _look_again(post, lost, deps, counts=False)


async def _nothing_there(post: PostRef, lost: Lost, deps: Publishing) -> None:
    """Absence counts from half the settle time on, twice, and lets a post try again by itself once in its life."""
    looks = _looks(lost, deps.patience)
    if not looks.conclusive:
        await _look_again(post, lost, deps, counts=looks.counts)
        return
    await _try_again(post, lost, deps)


async def _try_again(post: PostRef, lost: Lost, deps: Publishing) -> None:
    """Nothing came of it, that is certain: it may try again by itself, once in its life; then a person is asked."""
    async with deps.database.transaction(post.workspace_id) as tx:
        released = await losses.release_once(tx, lost.id, lost.fence)
        if released:
            tx.after_commit(lambda: deps.hint("due", None, None))
    if not released:
        await _ask(post, lost, "It got lost a second time, and is not to be seen there.", lost.trouble_link, deps)


async def _look_again(post: PostRef, lost: Lost, deps: Publishing, *, counts: bool) -> None:
    next_at = _looks(lost, deps.patience).next_at
    async with deps.database.transaction(post.workspace_id) as tx:
        await losses.count_absent(tx, lost.id, lost.fence, worker=deps.worker, counts=counts, next_at=next_at)
        tx.after_commit(lambda: deps.hint("due", None, None))


async def _look_while_it_works(post: PostRef, lost: Lost, deps: Publishing) -> None:
    """A platform that is at work is asked again soon, and then ever more rarely: each look waits a quarter of the time so far."""
    soonest, latest = first_look(deps.patience), deps.patience.settle / 2
    wait = min(max((lost.now - lost.ended_at).total_seconds() / 4, soonest), latest)
    next_at = lost.now + timedelta(seconds=wait)
    async with deps.database.transaction(post.workspace_id) as tx:
        await losses.count_absent(tx, lost.id, lost.fence, worker=deps.worker, counts=False, next_at=next_at)
        tx.after_commit(lambda: deps.hint("due", None, None))


async def _confirm(post: PostRef, lost: Lost, receipt: Receipt, deps: Publishing) -> None:
    async with deps.database.transaction(post.workspace_id) as tx:
        first_reading = lost.ended_at + READINGS_AFTER[0] * deps.measure_pace
        if await posts.confirm(tx, lost.id, lost.fence, receipt.remote_id, receipt.permalink, first_reading):
            await attempts.end(tx, Key(lost.id, lost.fence), "ok", "found by looking")
        tx.after_commit(lambda: deps.hint("redraw", post.workspace_id, post.post_id))
    log.info("found after a lost answer", post=str(post.post_id), remote=receipt.remote_id)


async def _ask(post: PostRef, lost: Lost, reason: str, link: str | None, deps: Publishing) -> None:
    """A person looks at the account and says what is there."""
    look = f"Please look at {lost.account_name} on {PLATFORMS[lost.platform].name} now."
    sentence = f"{reason} Send it again, or drop it."
    if lost.sent_at is not None:
        sentence = f"We sent this at {lost.sent_at:%H:%M:%S} UTC. {lost.detail or 'No answer came.'} {reason} {look}"
    await _give_to_a_person(post, lost, sentence, link or lost.account_link, deps)


async def _tell(post: PostRef, lost: Lost, reason: str, deps: Publishing) -> None:
    """The platform's no came late, and it is final: nobody has to look or to wait, a reviewer edits or drops it."""
    async with deps.database.transaction(post.workspace_id) as tx:
        fate = Fate(Event.REFUSE, reason, keep_handles=False)
        if await posts.record_fate(tx, lost.id, lost.fence, fate, source=State.UNKNOWN):
            await attempts.end(tx, Key(lost.id, lost.fence), "refused", reason)
        tx.after_commit(lambda: deps.hint("redraw", post.workspace_id, post.post_id))


async def _give_to_a_person(post: PostRef, lost: Lost, sentence: str, link: str | None, deps: Publishing) -> None:
    fate = Fate(Event.ASK, sentence, next_in=deps.patience.answer, trouble_link=link)
    async with deps.database.transaction(post.workspace_id) as tx:
        await posts.record_fate(tx, lost.id, lost.fence, fate, source=State.UNKNOWN)
        tx.after_commit(lambda: deps.hint("redraw", post.workspace_id, post.post_id))


async def _not_ours_already(
    post: PostRef, lost: Lost, receipts: tuple[Receipt, ...], deps: Publishing
) -> tuple[Receipt, ...]:
    """Those of the found posts that no other post of ours already claims."""
    async with deps.database.transaction(post.workspace_id) as tx:
        taken = await losses.known_remote_ids(tx, lost.account_id, [receipt.remote_id for receipt in receipts])
    return tuple(receipt for receipt in receipts if receipt.remote_id not in taken)


def _looks(lost: Lost, patience: Patience) -> Looks:
    settle = timedelta(seconds=patience.settle)
    return Looks(lost.ended_at, lost.last_absent_at, lost.absent_seen, lost.now, settle)


def _search(account: Account, lost: Lost, patience: Patience) -> Search:
    since = lost.intent_at - timedelta(seconds=60)
    until = lost.ended_at + timedelta(seconds=patience.settle)
    return Search(account, opening(lost.platform, lost.payload), lost.handles, since, until)
