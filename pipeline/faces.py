"""Faces: what a card's row wants shown, in the words that every chat renders."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.budget import Budgets, Purse, cost_of, dollars, used_up
from domain.card import SEAL_DIGITS, DigestLine, DigestView, Face, NoticeView, PartView, Place, PostView, Said, Surface
from domain.charges import figures_rest
from domain.decision import Decision
from domain.handed import card_sentence, shown_words
from domain.options import AccountOptions, withdrawn
from domain.parts import PartKind, PartState
from domain.payload import Payload
from domain.platforms import PLATFORMS, Platform
from domain.post import State
from domain.rights import not_allowed
from domain.room import Room, next_slot_with_room
from domain.slots import SOON, Soon
from pipeline.turns import room_for
from storage import budgets, cards, decisions
from storage.cards import DigestCard, PostCard, Wanted
from storage.chats import Chat
from storage.session import Transaction

FilmLink = Callable[[str, str], str]
"""The address at which people can watch a film, by its digest and content type."""


_TO_COME = frozenset({State.IN_REVIEW, State.APPROVED})
_TO_BE_PAID = frozenset({State.DRAFTED, State.IN_REVIEW, State.APPROVED, State.RETRY_WAIT, State.HELD, State.MISSED})
_PAID_FOR = _TO_BE_PAID | {State.PUBLISHED}


async def face_of(
    tx: Transaction,
    chat: Chat,
    wanted: Wanted,
    film_link: FilmLink | None = None,
    limits: Budgets | None = None,
    soon: Soon = SOON,
) -> Face | None:
    """What the row wants drawn, with the token of its buttons; None when there is nothing left to show.

    `limits` are what all workspaces together may spend, `soon` how free slots are looked for.
    """
    place = Place(chat.surface, chat.team_ref, chat.chat_ref, wanted.thread_ref, wanted.message_ref)
    token = ""
    view: PostView | DigestView | NoticeView
    if wanted.post_id is not None:
        row = await cards.post_card(tx, wanted.post_id)
        if row is None:
            return None
        token = await cards.face_token(tx, wanted.id, row.id, row.revision_n, secrets.token_urlsafe(16))
        view = post_view(row, film_link, await _purse(tx, row, limits or {}), await no_room(tx, row, soon))
    elif wanted.batch_id is not None:
        digest = await cards.digest_card(tx, wanted.batch_id)
        if digest is None:
            return None
        view = digest_view(digest)
    else:
        view = NoticeView(**(wanted.notice or {}))
    return Face(tx.workspace_id or UUID(int=0), wanted.id, place, token, view, wanted.picture_ref)


async def _purse(tx: Transaction, row: PostCard, limits: Budgets) -> Purse | None:
    """What a post that is still to go out, or its figures, are paid from; None when that costs nothing, or nobody set a budget."""
    if row.state not in _PAID_FOR or not cost_of(row.platform, row.text):
        return None
    purse = await budgets.purse(tx, row.platform, limits.get(row.platform))
    return purse if purse.exists else None


@dataclass(frozen=True, slots=True)
class NoRoom:
    """The account's limit is used up at the post's slot: until when, and the next slot with room. Instants are UTC."""

    until: datetime
    next_slot: datetime


async def no_room(tx: Transaction, row: PostCard, soon: Soon) -> NoRoom | None:
    """None when the limits have room for the post at its slot, or when it waits for something else."""
    if row.state not in _TO_COME:
        return None
    room = await room_for(tx, row.platform, row.remote_account, row.posts_a_day)
    if row.state is State.APPROVED:
        await _tell_others(tx, row, room)
    until = room.turn(row.id, row.slot)
    if until <= max(row.slot, room.now):
        return None
    taken = await decisions.taken_slots(tx, row.account_id)
    return NoRoom(until, next_slot_with_room(row.zone, row.slot_times, soon, taken, row.id, room))


async def _tell_others(tx: Transaction, row: PostCard, room: Room) -> None:
    """Posts under review from which an approved one took the last place: their cards have to say so."""
    if not room.is_tight:
        return
    before = room.without(row.id)
    others = await cards.in_review(tx, row.account_id)
    taken = [post for post, slot in others.items() if before.turn(post, slot) <= slot < room.turn(post, slot)]
    if taken:
        await cards.want_again(tx, taken)


def post_view(
    row: PostCard, film_link: FilmLink | None = None, purse: Purse | None = None, full: NoRoom | None = None
) -> PostView:
    """A card's row in the words that every chat renders."""
    picture = row.pictures[0] if row.pictures else _still(row.video)
    objections = tuple(dict.fromkeys([*row.objections, *_withdrawn(row)]))
    price = cost_of(row.platform, row.text)
    unpaid = _about_money(row, purse, price) if purse else None
    return PostView(
        number=row.number,
        revision=row.revision_n,
        state=row.state,
        platform=row.platform,
        account_name=row.account_name,
        account_kind=row.account_kind,
        web_app=row.web_app,
        slot=row.slot,
        zone=row.zone,
        text=row.text,
        picture_digest=picture["digest"] if picture else None,
        picture_alt=picture["alt"] if picture else None,
        length=row.length,
        limit=PLATFORMS[row.platform].limits.text,
        drafted_from=row.drafted_from,
        warnings=(*([unpaid] if unpaid else []), *row.warnings),
        objections=objections,
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
        can_withdraw=row.state is State.PUBLISHED and row.withdraw_wanted is None,
        chats=tuple(Surface(name) for name in row.chats),
        settings=row.settings,
        film_seconds=row.video["seconds"] if row.video else None,
        film_link=film_link(row.video["digest"], row.video["content_type"]) if row.video and film_link else None,
        handed=card_sentence(row.handed, row.state is State.IN_REVIEW),
        shows=shown_words(len(row.pictures), row.document),
        show_links=_show_links(row, film_link),
        cost=dollars(price) if purse and row.state in _TO_BE_PAID else None,
        full_until=full.until if full else None,
        free_slot=full.next_slot if full else None,
        parts=tuple(
            PartView(one["n"], PartKind(one["kind"]), PartState(one["state"]), one["trouble"]) for one in row.parts
        ),
    )


def _about_money(row: PostCard, purse: Purse, price: Decimal) -> str | None:
    """What people should know of the budgets: a post cannot be paid for, or its figures are not read any more."""
    match row.state:
        case State.IN_REVIEW:
            return used_up(purse, price)
        case State.PUBLISHED:
            return figures_rest(purse)
        case _:
            return None


_STILL_CHOSEN = frozenset({State.IN_REVIEW, State.APPROVED, State.RETRY_WAIT, State.HELD})


def _withdrawn(row: PostCard) -> list[str]:
    """What the account does not offer or allow any more, for a post that is still to go out."""
    if row.state not in _STILL_CHOSEN:
        return []
    payload = Payload.of_row(row.text, row.pictures, row.settings, row.video, None)
    gone = withdrawn(row.platform, row.account_name, payload, AccountOptions.of_row(row.options))
    return [*gone, *not_allowed(row.platform, row.account_name, row.settings, row.scopes)]


def _show_links(row: PostCard, film_link: FilmLink | None) -> tuple[str, ...]:
    """Where people see what one picture does not show."""
    files = [row.document] if row.document else row.pictures if len(row.pictures) > 1 else []
    return tuple(film_link(file["digest"], file["content_type"]) for file in files) if film_link else ()


def _still(video: dict[str, Any] | None) -> dict[str, Any] | None:
    """The picture that stands for a film."""
    return {"digest": video["still"], "alt": video["alt"]} if video and video["still"] else None


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
    seal = f"{row.seal_seq}:{row.seal_hash[:SEAL_DIGITS]}" if row.seal_hash else None
    return DigestView(row.web_app, row.url, row.local_date, row.zone, lines, origins, tuple(row.dropped), problem, seal)
