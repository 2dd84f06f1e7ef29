"""Drawing: whatever a chat wants shown, one loop a chat, at its pace; the newest state wins.

A card that was sent and whose record got lost is drawn a second time; both copies render the same row, and only the recorded
one decides, so a doubled card is a blemish and never a doubled decision.
"""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from domain.budget import Budgets
from domain.card import Face, PostView, Surface
from domain.slots import SOON, Soon
from pipeline.chats import chat_gone, migrate_chat
from pipeline.faces import FilmLink, face_of
from pipeline.leases import LEASE_SECONDS, kept
from pipeline.ports import ChatBusy, ChatGone, ChatMoved, ChatRefused, Drawn, Hint, MessageGone, Pace, Surfaces
from storage import cards
from storage.blobs import Media, MediaLost
from storage.cards import DrawnCard, Wanted
from storage.chats import Chat
from storage.session import Database

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
    """What drawing works with. One a worker process."""

    database: Database
    surfaces: Surfaces
    media: Media
    pace: Pace
    hint: Hint
    worker: str
    film_link: FilmLink | None = None
    budgets: Budgets = field(default_factory=dict)
    """What all workspaces together may spend a month; cards say when it is used up."""
    soon: Soon = SOON
    """How free slots are looked for; cards name the next one where a limit is used up."""


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
    rate = RATES[chat.surface, _pace_kind(chat)]
    while asyncio.get_running_loop().time() < deadline:
        async with deps.database.transaction(workspace_id) as tx:
            if not await cards.keep_chat(tx, chat.id, worker=deps.worker, seconds=LEASE_SECONDS):
                return None
            first = await cards.next_wanted(tx, chat.id)
            if first is None:
                return None
        # A digest that is drawn again takes only what the cards leave over: behind those somebody waits for an answer.
        spare = first.kind == "digest" and first.message_ref is not None
        wait = await deps.pace.reserve(
            f"{chat.surface}:{chat.team_ref}:{chat.chat_ref}",
            burst=rate.burst,
            per_minute=rate.per_minute,
            spare=spare,
        )
        if spare and wait > 0:
            async with deps.database.transaction(workspace_id) as tx:
                await cards.put_off(tx, first.id, wait)
            continue
        if wait > LONGEST_WAIT:
            return wait
        await asyncio.sleep(wait)
        async with deps.database.transaction(workspace_id) as tx:
            wanted = await cards.next_wanted(tx, chat.id)  # again: a newer state may be wanted after the wait
            face = await face_of(tx, chat, wanted, deps.film_link, deps.budgets, deps.soon) if wanted else None
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


def _pace_kind(chat: Chat) -> str:
    if chat.kind == "private":
        return "private"
    return "channel" if chat.surface is Surface.SLACK else "group"


async def _draw(workspace_id: UUID, chat: Chat, wanted: Wanted, face: Face, deps: Delivery) -> None:
    """One call to the chat, and its record."""
    face = await _with_picture(face, wanted, deps.media)
    try:
        drawn = await deps.surfaces[chat.surface].draw(face)
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
