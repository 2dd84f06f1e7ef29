"""Faces: what a card's row wants shown, in the words that every chat renders."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.card import DigestLine, DigestView, Face, NoticeView, Place, PostView, Said, Surface
from domain.decision import Decision
from domain.platforms import PLATFORMS, Platform
from domain.post import State
from storage import cards
from storage.cards import DigestCard, PostCard, Wanted
from storage.chats import Chat
from storage.session import Transaction

FilmLink = Callable[[str, str], str]
"""The address at which people can watch a film, by its digest and content type."""


async def face_of(tx: Transaction, chat: Chat, wanted: Wanted, film_link: FilmLink | None = None) -> Face | None:
    """What the row wants drawn, with the token of its buttons; None when there is nothing left to show."""
    place = Place(chat.surface, chat.team_ref, chat.chat_ref, wanted.thread_ref, wanted.message_ref)
    token = ""
    view: PostView | DigestView | NoticeView
    if wanted.post_id is not None:
        row = await cards.post_card(tx, wanted.post_id)
        if row is None:
            return None
        token = await cards.face_token(tx, wanted.id, row.id, row.revision_n, secrets.token_urlsafe(16))
        view = post_view(row, film_link)
    elif wanted.batch_id is not None:
        digest = await cards.digest_card(tx, wanted.batch_id)
        if digest is None:
            return None
        view = digest_view(digest)
    else:
        view = NoticeView(**(wanted.notice or {}))
    return Face(tx.workspace_id or UUID(int=0), wanted.id, place, token, view, wanted.picture_ref)


def post_view(row: PostCard, film_link: FilmLink | None = None) -> PostView:
    """A card's row in the words that every chat renders."""
    picture = row.pictures[0] if row.pictures else _still(row.video)
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
        can_withdraw=row.state is State.PUBLISHED and row.withdraw_wanted is None,
        chats=tuple(Surface(name) for name in row.chats),
        settings=row.settings,
        film_seconds=row.video["seconds"] if row.video else None,
        film_link=film_link(row.video["digest"], row.video["content_type"]) if row.video and film_link else None,
    )


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
    return DigestView(row.web_app, row.url, row.local_date, row.zone, lines, origins, tuple(row.dropped), problem)
