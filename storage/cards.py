"""Cards: which chat wants what drawn, what to draw, and what was drawn."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from domain.platforms import Platform
from domain.post import State
from domain.publishing import AccountKind
from storage.chats import Chat
from storage.session import Transaction


async def lease_chat(tx: Transaction, chat_id: UUID, *, worker: str, seconds: float) -> Chat | None:
    """One loop a chat: None while another worker draws there, or while the chat wants to be left alone."""
    return await tx.row(Chat, _LEASE_CHAT, {"id": chat_id, "worker": worker, "seconds": seconds})


async def keep_chat(tx: Transaction, chat_id: UUID, *, worker: str, seconds: float) -> bool:
    return await tx.run(_KEEP_CHAT, {"id": chat_id, "worker": worker, "seconds": seconds}) == 1


async def let_chat_go(tx: Transaction, chat_id: UUID, *, worker: str, parked_for: float | None = None) -> None:
    """Give the lease back; `parked_for` seconds nothing more is sent there."""
    await tx.run(_LET_CHAT_GO, {"id": chat_id, "worker": worker, "parked": parked_for})


@dataclass(frozen=True, slots=True)
class Wanted:
    """The next card to draw in a chat. Its `wanted` is what we promise to have drawn when it worked."""

    id: UUID
    kind: str
    batch_id: UUID | None
    post_id: UUID | None
    notice: dict[str, Any] | None
    message_ref: str | None
    thread_ref: str | None
    picture_ref: str | None
    picture_of: str | None
    wanted: int
    tries: int


async def next_wanted(tx: Transaction, chat_id: UUID) -> Wanted | None:
    """New digests first, then cards that changed (somebody may be waiting for the answer to a click), then new ones; redrawn digests last."""
    return await tx.row(Wanted, _NEXT_WANTED, {"chat_id": chat_id})


async def put_off(tx: Transaction, card_id: UUID, seconds: float) -> None:
    """Let a card wait without counting it as a failure."""
    await tx.run(_PUT_OFF, {"id": card_id, "seconds": seconds})


async def face_token(tx: Transaction, card_id: UUID, post_id: UUID, revision_n: int, fresh: str) -> str:
    """The button token of a card for a revision: the one it has, or `fresh`."""
    token: str = await tx.value(_FACE, {"card_id": card_id, "post_id": post_id, "n": revision_n, "token": fresh})
    return token


@dataclass(frozen=True, slots=True)
class DrawnCard:
    """What came of a drawing."""

    wanted: int
    message: str
    picture_ref: str | None
    picture_of: str | None


async def record_drawn(tx: Transaction, card_id: UUID, drawn: DrawnCard) -> None:
    values = {
        "id": card_id,
        "wanted": drawn.wanted,
        "message": drawn.message,
        "picture_ref": drawn.picture_ref,
        "picture_of": drawn.picture_of,
    }
    await tx.run(_DRAWN, values)


async def record_not_whole(tx: Transaction, token: str) -> None:
    """The chat could not show the whole text: this face cannot approve."""
    await tx.run(
        "UPDATE card_faces SET shown_whole = false WHERE workspace_id = %(workspace_id)s AND token = %(token)s",
        {"token": token},
    )


async def record_refused(tx: Transaction, card_id: UUID, error: str, again_in: float) -> None:
    await tx.run(_REFUSED, {"id": card_id, "error": error, "again": again_in})


async def forget_message(tx: Transaction, card_id: UUID) -> None:
    """The message is gone from the chat; the card is posted anew."""
    await tx.run(
        "UPDATE cards SET message_ref = NULL, picture_ref = NULL WHERE workspace_id = %(workspace_id)s AND id = %(id)s",
        {"id": card_id},
    )


@dataclass(frozen=True, slots=True)
class PostCard:
    """The row behind a post card, for `domain.card.PostView`."""

    id: UUID
    number: int
    state: State
    slot: datetime
    revision_n: int
    trouble: str | None
    trouble_link: str | None
    permalink: str | None
    direction: str | None
    withdraw_wanted: datetime | None
    reminded_at: datetime | None
    account_id: UUID
    platform: Platform
    account_kind: AccountKind
    remote_account: str
    account_name: str
    account_link: str | None
    posts_a_day: int | None
    options: dict[str, Any]
    scopes: list[str]
    web_app: str
    zone: str
    slot_times: list[time]
    quorum: int
    text: str
    pictures: list[dict[str, Any]]
    video: dict[str, Any] | None
    document: dict[str, Any] | None
    handed: dict[str, Any] | None
    settings: dict[str, str]
    drafted_from: str
    length: int
    sources: list[list[str]]
    warnings: list[str]
    objections: list[str]
    edited_by: str | None
    approvals: int
    sent_at: datetime | None
    said: list[dict[str, Any]]
    chats: list[str]
    parts: list[dict[str, Any]]


async def post_card(tx: Transaction, post_id: UUID) -> PostCard | None:
    return await tx.row(PostCard, _POST_CARD, {"id": post_id})


async def in_review(tx: Transaction, account_id: UUID) -> dict[UUID, datetime]:
    """The slots (UTC) of the account's posts that wait for an answer, by post."""
    return {row["id"]: row["slot"] for row in await tx.dicts(_IN_REVIEW, {"account_id": account_id})}


async def want_again(tx: Transaction, post_ids: list[UUID]) -> None:
    """Have the cards of these posts drawn again that lie in a chat: what they say has changed, though no row of theirs has."""
    await tx.run(_WANT_AGAIN, {"ids": post_ids})


@dataclass(frozen=True, slots=True)
class DigestCard:
    """The row behind a digest, with a line a post."""

    web_app: str
    url: str
    zone: str
    local_date: date
    state: str
    problem: str | None
    dropped: list[str]
    seal_seq: int | None
    seal_hash: str | None
    lines: list[dict[str, Any]]


async def digest_card(tx: Transaction, batch_id: UUID) -> DigestCard | None:
    return await tx.row(DigestCard, _DIGEST_CARD, {"id": batch_id})


_LEASE_CHAT = """
UPDATE chats SET lease_by = %(worker)s, lease_until = now() + make_interval(secs => %(seconds)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND gone_reason IS NULL
  AND (lease_until IS NULL OR lease_until < now()) AND (parked_until IS NULL OR parked_until <= now())
RETURNING id, surface, team_ref, chat_ref, kind, title, reviews, gone_reason
"""
_KEEP_CHAT = """
UPDATE chats SET lease_until = now() + make_interval(secs => %(seconds)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND lease_by = %(worker)s AND lease_until > now() AND gone_reason IS NULL
"""
_LET_CHAT_GO = """
UPDATE chats SET lease_by = NULL, lease_until = NULL,
    parked_until = CASE WHEN %(parked)s::float8 IS NULL THEN parked_until ELSE now() + make_interval(secs => %(parked)s::float8) END
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND lease_by = %(worker)s
"""
_NEXT_WANTED = """
SELECT c.id, c.kind, c.batch_id, c.post_id, c.notice, c.message_ref, d.message_ref AS thread_ref, c.picture_ref, c.picture_of, c.wanted, c.tries
FROM cards c
LEFT JOIN posts p ON p.workspace_id = c.workspace_id AND p.id = c.post_id
LEFT JOIN cards d ON d.workspace_id = c.workspace_id AND d.chat_id = c.chat_id AND d.batch_id = p.batch_id
WHERE c.workspace_id = %(workspace_id)s AND c.chat_id = %(chat_id)s AND c.undrawn AND c.next_try_at <= now()
ORDER BY CASE WHEN c.kind = 'digest' THEN CASE WHEN c.message_ref IS NULL THEN 0 ELSE 3 END
              WHEN c.message_ref IS NOT NULL THEN 1 ELSE 2 END, c.wanted_at, p.number
LIMIT 1
"""
_PUT_OFF = """
UPDATE cards SET next_try_at = now() + make_interval(secs => %(seconds)s) WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_FACE = """
INSERT INTO card_faces (workspace_id, token, card_id, post_id, revision_n)
VALUES (%(workspace_id)s, %(token)s, %(card_id)s, %(post_id)s, %(n)s)
ON CONFLICT (workspace_id, card_id, revision_n) DO UPDATE SET post_id = excluded.post_id RETURNING token
"""
_DRAWN = """
UPDATE cards SET drawn = greatest(drawn, %(wanted)s), message_ref = %(message)s, picture_ref = %(picture_ref)s, picture_of = %(picture_of)s,
    tries = 0, last_error = NULL, next_try_at = '-infinity'
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_REFUSED = """
UPDATE cards SET tries = tries + 1, last_error = left(%(error)s, 300), next_try_at = now() + make_interval(secs => %(again)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_POST_CARD = """
SELECT p.id, p.number, p.state, p.slot, p.revision_n, p.trouble, p.trouble_link, p.permalink, p.direction, p.withdraw_wanted, p.reminded_at,
       p.account_id, a.platform, a.kind AS account_kind, a.remote_id AS remote_account, a.name AS account_name, a.link AS account_link,
       a.options, a.scopes, a.posts_a_day, w.name AS web_app, w.zone, w.slot_times, w.quorum,
       r.text, r.pictures, r.video, r.document, r.settings, r.drafted_from, r.length, r.sources, r.warnings, r.objections,
       (SELECT m.name FROM members m WHERE m.workspace_id = r.workspace_id AND m.id = r.made_by) AS edited_by,
       (SELECT jsonb_build_object('by', m.name, 'files', jsonb_array_length(h.files), 'outcome', h.outcome, 'problem', h.problem,
               'stands', h.step = p.step AND h.revision_n = p.revision_n, 'newest', h.ended_revision = p.revision_n)
           FROM handed h JOIN members m ON m.workspace_id = h.workspace_id AND m.id = h.member_id
           WHERE h.workspace_id = p.workspace_id AND h.post_id = p.id ORDER BY h.handed_at DESC LIMIT 1) AS handed,
       (SELECT count(*) FROM approvals v WHERE v.workspace_id = p.workspace_id AND v.post_id = p.id AND v.revision_n = p.revision_n
           AND v.revoked_at IS NULL)::integer AS approvals,
       (SELECT t.sent_at FROM attempts t WHERE t.workspace_id = p.workspace_id AND t.post_id = p.id AND t.part = 1
           AND t.fence = p.fence) AS sent_at,
       coalesce((SELECT jsonb_agg(jsonb_build_object('by', m.name, 'decision', d.decision, 'at', d.at, 'reason', d.reason) ORDER BY d.at)
           FROM decisions d JOIN members m ON m.workspace_id = d.workspace_id AND m.id = d.member_id
           WHERE d.workspace_id = p.workspace_id AND d.post_id = p.id AND d.applied), '[]') AS said,
       (SELECT coalesce(array_agg(DISTINCT c.surface), '{}') FROM chats c
           WHERE c.workspace_id = p.workspace_id AND c.reviews AND c.gone_reason IS NULL) AS chats,
       coalesce((SELECT jsonb_agg(jsonb_build_object('n', q.n, 'kind', q.kind, 'state', q.state, 'trouble', q.trouble) ORDER BY q.n)
           FROM parts q WHERE q.workspace_id = p.workspace_id AND q.post_id = p.id), '[]') AS parts
FROM posts p
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
JOIN web_apps w ON w.workspace_id = p.workspace_id AND w.id = p.web_app_id
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""
_IN_REVIEW = """
SELECT id, slot FROM posts
WHERE workspace_id = %(workspace_id)s AND account_id = %(account_id)s AND state = 'in_review' AND slot > now()
"""
_WANT_AGAIN = """
UPDATE cards SET wanted = wanted + 1, wanted_at = clock_timestamp()
WHERE workspace_id = %(workspace_id)s AND post_id = ANY(%(ids)s::uuid[]) AND message_ref IS NOT NULL
"""
_DIGEST_CARD = """
SELECT w.name AS web_app, w.url, w.zone, b.local_date, b.state, b.problem, b.dropped, s.seq AS seal_seq, s.hash AS seal_hash,
       coalesce((SELECT jsonb_agg(jsonb_build_object('number', p.number, 'platform', a.platform, 'account_name', a.name, 'state', p.state,
               'slot', p.slot, 'opening', left(r.text, 90), 'drafted_from', o.drafted_from) ORDER BY p.slot, p.number)
           FROM posts p
           JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
           JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
           JOIN revisions o ON o.workspace_id = p.workspace_id AND o.post_id = p.id AND o.n = 1
           WHERE p.workspace_id = b.workspace_id AND p.batch_id = b.id), '[]') AS lines
FROM batches b JOIN web_apps w ON w.workspace_id = b.workspace_id AND w.id = b.web_app_id
LEFT JOIN LATERAL (SELECT c.seq, encode(c.hash, 'hex') AS hash
    FROM audit_chain c JOIN audit_events e ON e.workspace_id = c.workspace_id AND e.id = c.event_id
    WHERE c.workspace_id = b.workspace_id AND e.at <= b.planned_at ORDER BY c.seq DESC LIMIT 1) s ON true
WHERE b.workspace_id = %(workspace_id)s AND b.id = %(id)s
"""
