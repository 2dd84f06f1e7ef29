"""Delivery: want cards for a written batch, and draw whatever a chat wants, one loop a chat, newest state wins.

A card that was sent and whose record got lost is drawn a second time; both copies render the same row, and only the recorded
one decides, so a doubled card is a blemish and never a doubled decision.
"""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from domain.card import DigestLine, DigestView, Face, NoticeView, Place, PostView, Said, Surface
from domain.decision import Decision
from domain.platforms import PLATFORMS, Platform
from domain.post import State
from domain.publishing import AccountKind
from pipeline.chats import chat_gone, draw_soon, migrate_chat
from pipeline.leases import LEASE_SECONDS, kept
from pipeline.ports import (
    ChatBusy,
    ChatGone,
    ChatMoved,
    ChatRefused,
    Drawn,
    Hint,
    MessageGone,
    Pace,
    Surfaces,
)
from storage import batches, cards
from storage.blobs import Media, MediaLost
from storage.cards import Chat, DigestCard, DrawnCard, PostCard, Wanted
from storage.session import Database, Transaction

log = structlog.get_logger(__name__)

LOOP_SECONDS = 60.0
LONGEST_WAIT = 5.0
"""A chat that wants a longer pause is left alone until then, and the worker's thread goes on to others."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a chat may be written to: `burst` at once, then `per_minute`. burst + per_minute stays within its limit."""

    burst: int
    per_minute: float


RATES: dict[tuple[Surface, str], Rate] = {
    (Surface.SLACK, "channel"): Rate(5, 45),
    (Surface.SLACK, "private"): Rate(5, 45),
    (Surface.TELEGRAM, "group"): Rate(3, 16),
    (Surface.TELEGRAM, "private"): Rate(3, 55),
}
"""Slack: about one message a second a channel, chat.update 50 a minute. Telegram: 20 a minute a group, edits included;
one a second a chat."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the steps of delivery work with. One a worker process."""

    database: Database
    surfaces: Surfaces
    media: Media
    pace: Pace
    hint: Hint
    worker: str


async def deliver_batch(database: Database, hint: Hint, workspace_id: UUID, batch_id: UUID) -> None:
    """Open the review of a written batch: a digest and a card a post wanted in every reviewing chat, in one transaction."""
    async with database.transaction(workspace_id) as tx:
        if not await batches.lock_deliverable(tx, batch_id):
            return
        for chat_id in await batches.deliver(tx, batch_id):
            _hint_after(tx, hint, workspace_id, chat_id)
        tx.after_commit(lambda: hint("due", None, None))


async def redraw(database: Database, hint: Hint, workspace_id: UUID) -> None:
    """Hint at every chat of the workspace that has something to draw."""
    async with database.transaction(workspace_id) as tx:
        await draw_soon(tx, hint)


async def draw_chat(workspace_id: UUID, chat_id: UUID, deps: Delivery) -> None:
    """Draw what the chat wants, at its pace. A second loop for the same chat finds the lease taken."""
    async with deps.database.transaction(workspace_id) as tx:
        chat = await cards.lease_chat(tx, chat_id, worker=deps.worker, seconds=LEASE_SECONDS)
    if chat is None:
        return
    parked: float | None = None
    try:
        async with kept(lambda: _renew(workspace_id, chat, deps)):
            parked = await _draw_until(asyncio.get_running_loop().time() + LOOP_SECONDS, workspace_id, chat, deps)
    finally:
        async with deps.database.transaction(workspace_id) as tx:
            await cards.let_chat_go(tx, chat.id, worker=deps.worker, parked_for=parked)
            # Something may have become wanted between the last look and this.
            tx.after_commit(lambda: deps.hint("due", None, None))


async def _renew(workspace_id: UUID, chat: Chat, deps: Delivery) -> None:
    async with deps.database.transaction(workspace_id) as tx:
        await cards.keep_chat(tx, chat.id, worker=deps.worker, seconds=LEASE_SECONDS)


async def _draw_until(deadline: float, workspace_id: UUID, chat: Chat, deps: Delivery) -> float | None:
    """Draw card after card. Returns for how many seconds the chat wants to be left alone, if it does."""
    surface = Surface(chat.surface)
    rate = RATES[surface, _pace_kind(surface, chat.kind)]
    while asyncio.get_running_loop().time() < deadline:
        async with deps.database.transaction(workspace_id) as tx:
            if not await cards.keep_chat(tx, chat.id, worker=deps.worker, seconds=LEASE_SECONDS):
                return None
            if await cards.next_wanted(tx, chat.id) is None:
                return None
        wait = await deps.pace.reserve(
            f"{chat.surface}:{chat.team_ref}:{chat.chat_ref}", burst=rate.burst, per_minute=rate.per_minute
        )
        if wait > LONGEST_WAIT:
            return wait
        await asyncio.sleep(wait)
        async with deps.database.transaction(workspace_id) as tx:
            wanted = await cards.next_wanted(tx, chat.id)  # again: a newer state may be wanted after the wait
            face = await _face(tx, chat, wanted) if wanted else None
            if wanted is not None and face is None:
                await cards.record_refused(tx, wanted.id, "There is nothing to show any more.", 600)
        if wanted is None or face is None:
            continue
        try:
            await _draw(workspace_id, chat, wanted, face, deps)
        except ChatBusy as busy:
            return busy.seconds
        except ChatGone as gone:
            await chat_gone(deps.database, deps.hint, workspace_id, chat.id, gone.sentence)
            return None
        except ChatMoved as moved:
            await migrate_chat(deps.database, deps.hint, chat.chat_ref, moved.chat)
            return None
    return 0.0


def _pace_kind(surface: Surface, kind: str) -> str:
    return "private" if kind == "private" else ("channel" if surface is Surface.SLACK else "group")


async def _draw(workspace_id: UUID, chat: Chat, wanted: Wanted, face: Face, deps: Delivery) -> None:
    """One call to the chat, and its record."""
    face = await _with_picture(face, wanted, deps.media)
    try:
        drawn = await deps.surfaces[Surface(chat.surface)].draw(face)
    except MessageGone:
        async with deps.database.transaction(workspace_id) as tx:
            await cards.forget_message(tx, wanted.id)
        return
    except (ChatBusy, ChatGone, ChatMoved):
        raise
    except Exception as error:  # a card that cannot be drawn, for whatever reason, must not hold up the others  # noqa: BLE001
        why = error.sentence if isinstance(error, ChatRefused) else type(error).__name__
        log.warning("a card was not drawn", surface=chat.surface, card=str(wanted.id), why=why)
        async with deps.database.transaction(workspace_id) as tx:
            await cards.record_refused(tx, wanted.id, why, float(min(5 * 2**wanted.tries, 600)))
        return
    async with deps.database.transaction(workspace_id) as tx:
        await cards.record_drawn(tx, wanted.id, _drawn(drawn, face, wanted))
        if not drawn.shown_whole:
            await cards.record_not_whole(tx, face.token)


def _drawn(drawn: Drawn, face: Face, wanted: Wanted) -> DrawnCard:
    digest = face.view.picture_digest if isinstance(face.view, PostView) else None
    return DrawnCard(wanted.wanted, drawn.message, drawn.picture_ref, digest if drawn.picture_ref else None)


async def _with_picture(face: Face, wanted: Wanted, media: Media) -> Face:
    """The picture's bytes, where the chat does not have it yet. A card without its picture beats no card."""
    view = face.view
    if not isinstance(view, PostView) or view.picture_digest is None:
        return face
    if wanted.picture_of == view.picture_digest and wanted.picture_ref is not None:
        return face
    try:
        picture = await media.get(view.picture_digest)
    except MediaLost as lost:
        log.warning("a card goes without its picture", card=str(wanted.id), why=str(lost))
        return face
    return Face(face.workspace_id, face.card_id, face.place, face.token, face.view, None, picture)


async def _face(tx: Transaction, chat: Chat, wanted: Wanted) -> Face | None:
    """What the row wants drawn, read in one transaction with its token."""
    place = Place(Surface(chat.surface), chat.team_ref, chat.chat_ref, wanted.thread_ref, wanted.message_ref)
    token = ""
    view: PostView | DigestView | NoticeView
    if wanted.post_id is not None:
        row = await cards.post_card(tx, wanted.post_id)
        if row is None:
            return None
        token = await cards.face_token(tx, wanted.id, row.id, row.revision_n, secrets.token_urlsafe(16))
        view = post_view(row)
    elif wanted.batch_id is not None:
        digest = await cards.digest_card(tx, wanted.batch_id)
        if digest is None:
            return None
        view = digest_view(digest)
    else:
        view = NoticeView(**(wanted.notice or {}))
    return Face(tx.workspace_id or UUID(int=0), wanted.id, place, token, view, wanted.picture_ref)


def post_view(row: PostCard) -> PostView:
    """A card's row in the words that every chat renders."""
    picture = row.pictures[0] if row.pictures else None
    platform = Platform(row.platform)
    return PostView(
        number=row.number,
        revision=row.revision_n,
        state=State(row.state),
        platform=platform,
        account_name=row.account_name,
        account_kind=AccountKind(row.account_kind),
        web_app=row.web_app,
        slot=row.slot,
        zone=row.zone,
        text=row.text,
        picture_digest=picture["digest"] if picture else None,
        picture_alt=picture["alt"] if picture else None,
        length=row.length,
        limit=PLATFORMS[platform].limits.text,
        drafted_from=row.drafted_from,
        warnings=tuple(row.warnings),
        objections=tuple(row.objections),
        sources=tuple((fact, where) for fact, where in row.sources),
        said=tuple(_said(entry) for entry in row.said),
        approvals=row.approvals,
        quorum=row.quorum,
        edited_by=row.edited_by,
        permalink=row.permalink,
        account_link=row.trouble_link or row.account_link,
        trouble=row.trouble,
        sent_at=row.sent_at,
        direction=row.direction,
        can_withdraw=row.state == State.PUBLISHED and row.withdraw_wanted is None,
    )


def _said(entry: dict[str, Any]) -> Said:
    return Said(entry["by"], Decision(entry["decision"]), datetime.fromisoformat(entry["at"]), entry["reason"])


def digest_view(row: DigestCard) -> DigestView:
    """A batch in the words that every chat renders."""
    lines = tuple(
        DigestLine(
            line["number"],
            Platform(line["platform"]),
            line["account_name"],
            State(line["state"]),
            datetime.fromisoformat(line["slot"]),
            line["opening"],
        )
        for line in row.lines
    )
    problem = row.problem if row.state == "unreadable" or not lines else None
    origins = ", ".join(sorted({line["drafted_from"] for line in row.lines}))
    return DigestView(row.web_app, row.url, row.local_date, row.zone, lines, origins, tuple(row.dropped), problem)


def _hint_after(tx: Transaction, hint: Hint, workspace_id: UUID, chat_id: UUID) -> None:
    tx.after_commit(lambda: hint("draw", workspace_id, chat_id))
