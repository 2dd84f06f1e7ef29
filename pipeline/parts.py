"""Parts: the rest of a thread and the first comment, sent one after the other once their post is out.

Each is claimed, marked and recorded by itself, like a post: a killed worker's thread goes on where it stood. A part that was
refused, or that nobody can say arrived, ends it there; what is out stays.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import structlog

from domain.budget import FREE, price_of
from domain.charges import of_comment, of_look
from domain.parts import PartKind, PartState
from domain.post import PostRef
from domain.publishing import (
    Account,
    ContentRefused,
    LeaseLost,
    OutcomeUnknown,
    PartClaim,
    PublishError,
    Receipt,
    TokenRejected,
    TryLater,
)
from pipeline.accounts import after_rejection, opened
from pipeline.budget import cannot_pay
from pipeline.part_looks import first_fate, look, tell
from pipeline.publish import Publishing, back_off
from storage import accounts, attempts, charges, losses, parts
from storage.attempts import Key
from storage.parts import DuePart, PartFate
from storage.posts import TOKEN_RENEWED
from storage.session import Transaction

log = structlog.get_logger(__name__)

LOOK_AGAIN = 60.0
"""Seconds until a part is looked at again that must not go out now: its account is away, or publishing is paused."""
LONGEST_WAIT = timedelta(hours=24)
"""A thread that could not go on for so long ends: what comes later belongs to it no more."""


async def follow(post: PostRef, deps: Publishing) -> None:
    """Look at the part of a post whose turn it is: send it, or find out what became of it. A second hint finds nothing."""
    begun = time.monotonic()
    async with deps.database.transaction(post.workspace_id) as tx:
        part = await parts.lock_due(tx, post.post_id, token_renewed=TOKEN_RENEWED)
        if part is None:
            return
        tx.after_commit(lambda: tell(post, deps))
        if part.late_remote_id is not None:  # an earlier attempt's answer came after its claim was gone: it is out
            await parts.confirm(tx, part.key, part.late_remote_id, part.late_permalink)
            return
        token = await accounts.access_token(tx, deps.vault, part.account_id)
        account = opened(post.workspace_id, part, token) if token else None
        claim = await _taken(tx, part, account, deps)
    if part.state is PartState.UNKNOWN:
        await look(post, part, account, deps)
    elif claim is not None:
        await _send(_Attempt(post, part, claim, begun, deps))


async def _taken(tx: Transaction, part: DuePart, account: Account | None, deps: Publishing) -> PartClaim | None:
    """The claim of a part that goes out now. None when it does not, and its row says why; or when it is to be looked for."""
    worker, lease = deps.worker, deps.patience.lease
    if part.state is PartState.UNKNOWN:
        await parts.lease_look(tx, part, worker=worker, lease_seconds=lease)
        await charges.add(tx, part.platform, of_look(part.platform))
        return None
    if part.state is PartState.CLAIMED:
        await _sweep(tx, part, deps)
        return None
    fate = await _kept_back(tx, part, account, deps)
    if fate is not None or account is None:
        await parts.record_fate(tx, part.key, fate or _waiting("It is not connected."))
        return None
    await parts.claim(tx, part, worker=worker, lease_seconds=lease)
    intent_at = await attempts.begin(
        tx, part, worker=worker, lease_seconds=lease, price=_price(part), part=part.n, kind=part.kind
    )
    if part.kind is PartKind.COMMENT:
        await charges.add(tx, part.platform, of_comment(part.platform))
    return PartClaim(account, part.part, part.post, part.after, intent_at)


async def _sweep(tx: Transaction, part: DuePart, deps: Publishing) -> None:
    """Its worker is gone: without the sent mark it may try again, with it the outcome is unknown."""
    outcome, sentence = ("unknown", "The worker stopped while it was sending.") if part.sending else ("not_sent", None)
    fate = PartFate(PartState.WAITING, None, next_in=back_off(part.tries + 1), tries=part.tries + 1)
    if part.sending:
        fate = first_fate(sentence, deps)
    await parts.record_fate(tx, part.key, fate)
    await attempts.end(tx, part.key, outcome, sentence or losses.LEFT_BEHIND)


async def _kept_back(tx: Transaction, part: DuePart, account: Account | None, deps: Publishing) -> PartFate | None:
    """Why a part must not go out now, and when to look again; None when it may."""
    if not part.wanted:
        return PartFate(PartState.DROPPED, None)
    if part.now > part.published_at + LONGEST_WAIT:
        return PartFate(PartState.DROPPED, "It could not go on within a day of its beginning.")
    if account is None or part.account_state != "connected":
        return _waiting(f"{part.account_name} is disconnected. Connect it again and it goes on.")
    if part.paused or part.stopped:
        return _waiting("Paused. It goes on when the pause ends.")
    windows = deps.publishers[part.platform].windows if part.kind is PartKind.REPLY else ()
    free = await attempts.free_at(tx, part.platform, part.remote_account, windows)
    if free is not None:
        sentence = f"The limit of {part.account_name} is used up; it goes on when there is room again."
        return PartFate(PartState.WAITING, sentence, next_at=free, tries=part.tries)
    if unpaid := await cannot_pay(tx, part.platform, _price(part), deps.budgets):
        return PartFate(PartState.WAITING, unpaid[1], next_at=unpaid[0], tries=part.tries)
    return None


def _price(part: DuePart) -> Decimal:
    """Comments are free wherever we make them."""
    return price_of(part.platform, part.part.text) if part.kind is PartKind.REPLY else FREE


def _waiting(sentence: str) -> PartFate:
    return PartFate(PartState.WAITING, sentence, next_in=LOOK_AGAIN)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One claim in hand. `begun` is when it was taken, by the monotonic clock."""

    post: PostRef
    row: DuePart
    claim: PartClaim
    begun: float
    deps: Publishing
    sent: list[bool] = field(default_factory=list)
    """Not empty once the sent mark was committed."""

    @property
    def key(self) -> Key:
        return Key(self.row.id, self.row.fence + 1, self.row.n)

    async def permit(self) -> None:
        """Self-fence, then commit the sent mark. After this the outcome is unknown until the platform answers."""
        if not self._in_time():
            raise LeaseLost
        async with self.deps.database.transaction(self.post.workspace_id) as tx:
            if not await parts.mark_sending(tx, self.key):
                raise LeaseLost
            await attempts.mark_sent(tx, self.key)
        if not self._in_time():  # the commit took too long; the call has not been made, and is not made now
            raise TryLater("It took too long to begin; it is tried again.")
        self.sent.append(True)

    def _in_time(self) -> bool:
        patience = self.deps.patience
        return time.monotonic() - self.begun <= patience.lease - patience.send - patience.margin


async def _send(attempt: _Attempt) -> None:
    publisher = attempt.deps.publishers[attempt.row.platform]
    patience = attempt.deps.patience
    try:  # no transaction is open in here
        async with asyncio.timeout(patience.send + patience.margin):
            receipt = await publisher.send_part(attempt.claim, attempt.permit)
    except LeaseLost:
        log.info("the claim is no longer ours", post=str(attempt.post.post_id), part=attempt.row.n)
    except asyncio.CancelledError:
        await asyncio.shield(_record_failure(attempt, OutcomeUnknown("The worker was stopped while it was sending.")))
        raise
    except Exception as error:  # whatever a publisher raises, the row must say what is known  # noqa: BLE001
        await _record_failure(attempt, error)
    else:
        await _record_receipt(attempt, receipt)


async def _record_receipt(attempt: _Attempt, receipt: Receipt) -> None:
    """It is out. A zombie keeps its answer as a late result: an id of the platform is never thrown away."""
    account = attempt.claim.account
    async with attempt.deps.database.transaction(attempt.post.workspace_id) as tx:
        await attempts.block(tx, account.platform, account.remote_id, receipt.blocks)  # the profile first, as claims do
        if await parts.confirm(tx, attempt.key, receipt.remote_id, receipt.permalink):
            await attempts.end(tx, attempt.key, "ok", None)
        else:
            await attempts.keep_late_result(tx, attempt.key, receipt.remote_id, receipt.permalink)
        tx.after_commit(lambda: tell(attempt.post, attempt.deps))


async def _record_failure(attempt: _Attempt, error: Exception) -> None:
    """Translate what went wrong into what the row says. Anything unforeseen after the sent mark is unknown."""
    post, deps = attempt.post, attempt.deps
    if not isinstance(error, PublishError):
        log.error("a publisher raised something of its own", post=str(post.post_id), error=type(error).__name__)
    detail = str(error) if isinstance(error, PublishError) else type(error).__name__
    if isinstance(error, TokenRejected) and not error.not_permitted:
        first = not attempt.row.token_renewed
        error = await after_rejection(deps.connecting, post.workspace_id, attempt.claim.account, error, first=first)
        detail = TOKEN_RENEWED if isinstance(error, TryLater) else detail
    outcome, fate = _fate(attempt, error)
    async with deps.database.transaction(post.workspace_id) as tx:
        if isinstance(error, TryLater):  # the profile first, as claims do
            account = attempt.claim.account
            await attempts.block(tx, account.platform, account.remote_id, error.blocks)
        if await parts.record_fate(tx, attempt.key, fate):
            await attempts.end(tx, attempt.key, outcome, detail)
        tx.after_commit(lambda: tell(post, deps))


def _fate(attempt: _Attempt, error: Exception) -> tuple[str, PartFate]:
    """The outcome of the attempt and where the part goes, by the family of the error."""
    tries = attempt.row.tries + 1
    refused = "refused" if attempt.sent else "not_sent"
    match error:
        case TryLater():
            wait = None if error.at else back_off(tries)
            return refused, PartFate(PartState.WAITING, error.sentence, next_in=wait, next_at=error.at, tries=tries)
        case ContentRefused():
            return refused, PartFate(PartState.REFUSED, error.sentence)
        case TokenRejected() if error.not_permitted:
            return refused, PartFate(PartState.REFUSED, error.sentence)
        case TokenRejected():
            return refused, _waiting(error.sentence)
        case _ if not attempt.sent:
            sentence = error.sentence if isinstance(error, PublishError) else "It could not be sent; it is tried again."
            return refused, PartFate(PartState.WAITING, sentence, next_in=back_off(tries), tries=tries)
        case _:
            sentence = error.sentence if isinstance(error, PublishError) else "The platform's answer got lost."
            link = error.link if isinstance(error, OutcomeUnknown) else None
            return "unknown", first_fate(sentence, attempt.deps, link)
