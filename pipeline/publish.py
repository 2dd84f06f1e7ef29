"""Publishing: put one approved post on its platform, at most once, and write down what is known.

Claim, prepare, send, finish. The claim rechecks everything in the transaction that commits the intent; the sent mark is
committed right before the one call that must not be repeated; what cannot be known is recorded as unknown, never as failed.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from domain.budget import Budgets, cost_of, price_of
from domain.charges import Quotas
from domain.measures import READINGS_AFTER
from domain.options import AccountOptions, is_old, withdrawn
from domain.parts import following, opening
from domain.platforms import PLATFORMS, Platform
from domain.post import Event, PostRef
from domain.publishing import (
    AskedTooOften,
    Claim,
    ContentRefused,
    Handles,
    LeaseLost,
    OutcomeUnknown,
    Publisher,
    PublishError,
    Receipt,
    TokenRejected,
    TryLater,
)
from pipeline.accounts import Connecting, after_rejection, opened
from pipeline.budget import cannot_pay
from pipeline.ports import Hint
from pipeline.spending import charge_send, no_quota
from pipeline.turns import call_next, has_to_wait, windows_of
from publishers.http import reading_for
from storage import accounts, attempts, posts
from storage.attempts import Key
from storage.posts import DuePost, Fate
from storage.session import Database, Transaction
from storage.vault import Vault

log = structlog.get_logger(__name__)

Publishers = Mapping[Platform, Publisher]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long publishing waits for what. Seconds."""

    lease: float = 60.0
    send: float = 20.0
    """Total time of the send call."""
    margin: float = 5.0
    settle: float = 600.0
    """How long a platform may take until its own listing is believed, and until a person is asked."""
    review: float = 1800.0
    """How much time people get for a post whose approval fell at its slot."""
    grace: float = 7200.0
    """How late a post may go out by itself."""
    answer: float = 86_400.0
    """How long a person's answer is awaited."""
    reading: float = 120.0
    """How long the looks of one preparation wait, all together, for the allowance of reads; then the post comes back later."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """What the steps of publishing work with. One a worker process."""

    database: Database
    vault: Vault
    publishers: Publishers
    hint: Hint
    connecting: Connecting
    worker: str
    patience: Patience = Patience()
    measure_pace: float = 1.0
    """Shortens the time until the first reading of a post's figures, as `pipeline.measure` does with the others."""
    budgets: Budgets = field(default_factory=dict)
    """What all workspaces together may spend a month; each has its own besides."""
    quotas: Quotas = field(default_factory=dict)
    """Units a day, where an application was granted more than usual."""


async def publish(post: PostRef, deps: Publishing) -> None:
    """Publish one approved post. A second hint for the same post finds nothing to claim."""
    attempt = await _claim(post, deps)
    if attempt is None:
        return
    publisher = deps.publishers[attempt.claim.account.platform]
    try:  # no transaction is open in here; none begins after the sent mark until the platform has answered
        with reading_for(attempt.claim.account, deps.patience.reading, attempt.renew):
            handles = await publisher.prepare(attempt.claim, attempt.claim.handles, attempt.save)
        async with asyncio.timeout(deps.patience.send + deps.patience.margin):
            receipt = await publisher.send(attempt.claim, handles, attempt.permit)
    except LeaseLost:
        log.info("the claim is no longer ours", post=str(post.post_id), fence=attempt.claim.fence)
    except asyncio.CancelledError:
        await asyncio.shield(_record_failure(attempt, OutcomeUnknown("The worker was stopped while it was sending.")))
        raise
    except Exception as error:  # whatever a publisher raises, the row must say what is known  # noqa: BLE001
        await _record_failure(attempt, error)
    else:
        await _record_receipt(attempt, receipt)


class _Attempt:
    """One claim in hand: knows its fence, its lease by the monotonic clock, and whether the sent mark was committed."""

    def __init__(self, claim: Claim, post: DuePost, begun: float, deps: Publishing) -> None:
        self.claim = claim
        self.tries = post.tries
        self.token_renewed = post.token_renewed
        self.has_parts = bool(following(post.platform, post.text, post.settings))
        self.deps = deps
        self.sent = False
        self._lease_from = begun

    @property
    def key(self) -> Key:
        return Key(self.claim.post.post_id, self.claim.fence)

    async def save(self, handles: Handles) -> None:
        """Store handles and renew the lease, both under the fence."""
        before = time.monotonic()
        ref, patience = self.claim.post, self.deps.patience
        async with self.deps.database.transaction(ref.workspace_id) as tx:
            if not await posts.save_handles(tx, ref.post_id, self.claim.fence, handles, patience.lease):
                raise LeaseLost
            await attempts.renew(tx, self.key, patience.lease)
        self._lease_from = before

    async def renew(self) -> None:
        """Renew the lease alone, while we wait until the platform may be asked."""
        before = time.monotonic()
        ref, patience = self.claim.post, self.deps.patience
        async with self.deps.database.transaction(ref.workspace_id) as tx:
            if not await posts.renew(tx, ref.post_id, self.claim.fence, patience.lease):
                raise LeaseLost
            await attempts.renew(tx, self.key, patience.lease)
        self._lease_from = before

    async def permit(self) -> None:
        """Self-fence, then commit the sent mark. After this the outcome is unknown until the platform answers."""
        if not self._in_time():
            raise LeaseLost
        ref = self.claim.post
        async with self.deps.database.transaction(ref.workspace_id) as tx:
            if not await posts.mark_sending(tx, ref.post_id, self.claim.fence):
                raise LeaseLost
            await attempts.mark_sent(tx, self.key)
        if not self._in_time():  # the commit took too long; the call has not been made, and is not made now
            raise TryLater("It took too long to begin; it is tried again.")
        self.sent = True

    def _in_time(self) -> bool:
        """Whether the send can end within the lease."""
        patience = self.deps.patience
        return time.monotonic() - self._lease_from <= patience.lease - patience.send - patience.margin


async def _claim(ref: PostRef, deps: Publishing) -> _Attempt | None:
    """Check everything again and commit the intent, in one transaction. None when there is nothing to send now."""
    begun = time.monotonic()
    async with deps.database.transaction(ref.workspace_id) as tx:
        post = await posts.lock_due(tx, ref.post_id)
        if post is None:
            return None
        if post.late_remote_id is not None:
            await _confirm_late(tx, post, post.late_remote_id, deps)
            return None
        token = await accounts.access_token(
            tx, deps.vault, post.account_id
        )  # before anything is locked that others need
        if not await _may_go(tx, post, deps):
            tx.after_commit(lambda: deps.hint("redraw", ref.workspace_id, ref.post_id))
            return None
        if token is None:
            sentence = f"{post.account_name} is not connected. Connect it again and the post goes on."
            await posts.turn_away(tx, post.id, Event.HOLD, sentence)
            return None
        await posts.claim(tx, post, worker=deps.worker, lease_seconds=deps.patience.lease)
        first, lease = opening(post.platform, post.payload), deps.patience.lease
        price = price_of(post.platform, first.text)
        intent_at = await attempts.begin(tx, post, worker=deps.worker, lease_seconds=lease, price=price)
        await charge_send(tx, post)
        if post.platform in deps.connecting.options and is_old(post.options, post.now):
            tx.after_commit(lambda: deps.hint("refresh", ref.workspace_id, post.account_id))
    account = opened(ref.workspace_id, post, token)
    return _Attempt(Claim(ref, account, first, post.fence + 1, intent_at, post.handles), post, begun, deps)


async def _may_go(tx: Transaction, post: DuePost, deps: Publishing) -> bool:
    """Whether a due post may be sent now; if not, it has been moved or put off, and its row says why."""
    if post.stopped:
        again = post.now + timedelta(seconds=30)
        await posts.put_off(tx, post.id, again, "Publishing is stopped for the whole system.")
        return False
    if post.approved_sha256 != post.sha256 or not post.approvers_may or post.objections:
        sentence = "The approval does not hold any more. Please look again."
        await posts.return_to_review(tx, post.id, sentence, deps.patience.review)
        return False
    gone = withdrawn(post.platform, post.account_name, post.payload, AccountOptions.of_row(post.options))
    if gone:
        await posts.return_to_review(tx, post.id, " ".join(gone), deps.patience.review)
        return False
    event, sentence = _turned_away(post, deps.patience)
    if event is not None:
        await posts.turn_away(tx, post.id, event, sentence)
        return False
    windows = windows_of(deps.publishers[post.platform].windows, post.posts_a_day)
    turn = await has_to_wait(tx, post, windows, deps.hint)
    if turn is not None:
        await posts.put_off(tx, post.id, turn.at, turn.sentence)
        return False
    unpaid = await cannot_pay(tx, post.platform, cost_of(post.platform, post.text), deps.budgets)
    if unpaid is not None:
        await posts.put_off(tx, post.id, *unpaid)
        return False
    used_up = await no_quota(tx, post, deps.quotas)
    if used_up is not None:
        await posts.put_off(tx, post.id, *used_up)
        return False
    return True


def _turned_away(post: DuePost, patience: Patience) -> tuple[Event | None, str]:
    """Why a due post must not go out now, if so. Each check reads what the claim's own transaction locked."""
    if post.account_state != "connected":
        return Event.HOLD, f"{post.account_name} is disconnected. Connect it again and the post goes on."
    if post.paused:
        return Event.HOLD, "Paused. It goes on when the pause ends."
    if (post.now - post.slot).total_seconds() > patience.grace:
        return Event.MISS, "Its slot passed while it could not go out. Publish it now, at the next slot, or drop it?"
    return None, ""


async def _confirm_late(tx: Transaction, post: DuePost, remote_id: str, deps: Publishing) -> None:
    """The answer of an earlier attempt came after its claim was gone: the post is out, and must not be sent again."""
    await posts.claim(tx, post, worker=deps.worker, lease_seconds=deps.patience.lease)
    first_reading = post.now + READINGS_AFTER[0] * deps.measure_pace
    await posts.confirm(tx, post.id, post.fence + 1, remote_id, post.late_permalink, first_reading)
    tx.after_commit(lambda: deps.hint("redraw", tx.workspace_id, post.id))


async def _record_receipt(attempt: _Attempt, receipt: Receipt) -> None:
    """Published. A zombie keeps its answer as a late result: an id of the platform is never thrown away."""
    ref, fence = attempt.claim.post, attempt.claim.fence
    async with attempt.deps.database.transaction(ref.workspace_id) as tx:
        account = attempt.claim.account
        await attempts.block(tx, account.platform, account.remote_id, receipt.blocks)  # the profile first, as claims do
        first_reading = attempt.claim.intent_at + READINGS_AFTER[0] * attempt.deps.measure_pace
        if await posts.confirm(tx, ref.post_id, fence, receipt.remote_id, receipt.permalink, first_reading):
            await attempts.end(tx, attempt.key, "ok", None)
        else:
            await attempts.keep_late_result(tx, attempt.key, receipt.remote_id, receipt.permalink)
        if attempt.has_parts:
            tx.after_commit(lambda: attempt.deps.hint("part", ref.workspace_id, ref.post_id))
        tx.after_commit(lambda: attempt.deps.hint("redraw", ref.workspace_id, ref.post_id))


async def _record_failure(attempt: _Attempt, error: Exception) -> None:
    """Translate what went wrong into what the row says. Anything unforeseen after the sent mark is unknown."""
    ref, fence, deps = attempt.claim.post, attempt.claim.fence, attempt.deps
    if not isinstance(error, PublishError | AskedTooOften):
        log.error("a publisher raised something of its own", post=str(ref.post_id), error=type(error).__name__)
    detail = str(error) if isinstance(error, PublishError) else type(error).__name__
    if isinstance(error, TokenRejected):
        account, first = attempt.claim.account, not attempt.token_renewed
        error = await after_rejection(deps.connecting, ref.workspace_id, account, error, first=first)
    outcome, fate = _fate(attempt, error)
    async with deps.database.transaction(ref.workspace_id) as tx:
        if isinstance(error, TryLater) and await _has_other_token(tx, attempt):
            detail = posts.TOKEN_RENEWED
        account, blocks = attempt.claim.account, error.blocks if isinstance(error, TryLater) else ()
        # The profile before the post, whose card is locked with it: claims take them in this order, too.
        await attempts.block(tx, account.platform, account.remote_id, blocks)
        if await posts.record_fate(tx, ref.post_id, fence, fate):
            await attempts.end(tx, attempt.key, outcome, detail)
        elif fate.more_handles:
            await posts.keep_for_the_look(tx, ref.post_id, fence, fate.more_handles)
        if isinstance(error, ContentRefused) and account.platform in deps.connecting.options:
            await accounts.ask_anew(tx, account.id)  # it may offer something else by now than the cards show
            tx.after_commit(lambda: deps.hint("refresh", ref.workspace_id, account.id))
        if outcome == "not_sent" and not blocks:
            await call_next(tx, account.id, account.name, deps.hint)
        tx.after_commit(lambda: deps.hint("redraw", ref.workspace_id, ref.post_id))
        tx.after_commit(lambda: deps.hint("due", None, None))


async def _has_other_token(tx: Transaction, attempt: _Attempt) -> bool:
    account = attempt.claim.account
    stored = await accounts.access_token(tx, attempt.deps.vault, account.id)
    return stored is not None and stored != account.token


def _fate(attempt: _Attempt, error: Exception) -> tuple[str, Fate]:
    """The outcome of the attempt and the next state of the post, by the family of the error."""
    tries = attempt.tries + 1
    refused = "refused" if attempt.sent else "not_sent"
    match error:
        case TryLater():
            wait = None if error.at else back_off(tries)
            return refused, Fate(Event.RELEASE, error.sentence, next_in=wait, next_at=error.at, tries=tries)
        case AskedTooOften() if not attempt.sent:
            name = PLATFORMS[attempt.claim.account.platform].name
            sentence = f"{name} has been asked as often as it allows for now; this goes on by itself."
            return refused, Fate(Event.RELEASE, sentence, next_in=error.wait, tries=attempt.tries)
        case TokenRejected():
            return refused, Fate(Event.HOLD, error.sentence)
        case ContentRefused():
            # What was prepared may be what it was refused for: the next revision prepares anew.
            return refused, Fate(Event.REFUSE, error.sentence, keep_handles=False)
        case PublishError() if not attempt.sent:
            return refused, Fate(Event.RELEASE, error.sentence, next_in=back_off(tries), tries=tries)
        case _ if not attempt.sent:
            sentence = "It could not be prepared; it is tried again."
            return refused, Fate(Event.RELEASE, sentence, next_in=back_off(tries), tries=tries)
        case _:
            sentence = error.sentence if isinstance(error, PublishError) else "The platform's answer got lost."
            link, more = (error.link, error.handles) if isinstance(error, OutcomeUnknown) else (None, {})
            wait = first_look(attempt.deps.patience)
            fate = Fate(Event.LOSE, sentence, next_in=wait, trouble_link=link, tries=tries, more_handles=more)
            return "unknown", fate


def back_off(tries: int) -> float:
    """Seconds until the next try: 5, 10, 20 … at most 10 minutes, spread by a quarter so that many do not return at once."""
    return float(min(5 * 2 ** min(tries - 1, 8), 600)) * random.uniform(0.75, 1.25)


def first_look(patience: Patience) -> float:
    """Seconds after a lost answer at which to look the first time: early, because finding the post early helps."""
    return patience.settle / 20
