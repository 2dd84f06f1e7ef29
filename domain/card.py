"""What a card shows, read from rows, before any chat has an opinion. Every chat renders these and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.decision import Decision
from domain.parts import PartKind, PartState
from domain.platforms import Platform
from domain.post import State
from domain.publishing import AccountKind


class Surface(StrEnum):
    """A chat that people decide in."""

    SLACK = "slack"
    TELEGRAM = "telegram"


@dataclass(frozen=True, slots=True)
class Said:
    """One answer that stands: who, what, when (UTC), and why if they said so. `by` is "system" for a deadline."""

    by: str
    decision: Decision | None
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PartView:
    """What followed the post, or is to: its place (from 2), how far it is, and what the matter is if it is not out."""

    n: int
    kind: PartKind
    state: PartState
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class PostView:
    """Everything a reviewer sees of a post. `slot` is UTC; `zone` is the web app's IANA zone, for showing it."""

    number: int
    revision: int
    state: State
    platform: Platform
    account_name: str
    account_kind: AccountKind
    web_app: str
    slot: datetime
    zone: str
    text: str
    picture_digest: str | None
    picture_alt: str | None
    length: int
    limit: int
    drafted_from: str
    warnings: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    """What the platform would refuse; a post with objections cannot be approved, the card says why."""
    sources: tuple[tuple[str, str], ...] = ()
    """Pairs (fact, where it stood)."""
    said: tuple[Said, ...] = ()
    approvals: int = 0
    quorum: int = 1
    edited_by: str | None = None
    permalink: str | None = None
    account_link: str | None = None
    trouble: str | None = None
    """A sentence about what went wrong or what a person is asked, in failed, held, unknown, needs_human, missed."""
    sent_at: datetime | None = None
    direction: str | None = None
    can_withdraw: bool = False
    chats: tuple[Surface, ...] = ()
    """Every chat in which the workspace decides."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What was chosen for the platform, by the names of `domain.settings`."""
    film_seconds: float | None = None
    """The length of the film, where the post has one."""
    film_link: str | None = None
    """Where the film can be watched."""
    cost: str | None = None
    """What publishing it costs ("$0.20"), where there is a budget that pays it."""
    full_until: datetime | None = None
    """Until when the account's limit leaves no room for it (UTC), where it leaves none at its slot."""
    free_slot: datetime | None = None
    """The next slot with room (UTC), where its own has none."""
    handed: str | None = None
    """A sentence about files that somebody handed over: they are being prepared, or why they are not used."""
    shows: str | None = None
    """What it shows besides one picture or a film, in words: "4 pictures", "PDF of 12 pages: Harbour report"."""
    show_links: tuple[str, ...] = ()
    """Where each of them can be seen, in order."""
    parts: tuple[PartView, ...] = ()
    """What follows it, once it is out."""


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One post of a batch in one line."""

    number: int
    platform: Platform
    account_name: str
    state: State
    slot: datetime
    opening: str


SEAL_DIGITS = 16
"""So many hexadecimal digits of a hash of the audit trail are shown: enough that nobody finds another trail with the same."""


@dataclass(frozen=True, slots=True)
class DigestView:
    """A web app's day. `problem` is a sentence when the page could not be read (then a description is asked for)."""

    web_app: str
    url: str
    local_date: date
    zone: str
    lines: tuple[DigestLine, ...]
    drafted_from: str
    dropped: tuple[str, ...] = ()
    problem: str | None = None
    seal: str | None = None
    """What the audit trail's head was when the day was planned: who has seen it can prove later that it was that."""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """An alarm or a request for the owner: what happened, what to do, and perhaps where."""

    title: str
    text: str
    link: str | None = None
    link_label: str | None = None
    asks_description: bool = False
    good: bool = False
    """Whether it is good news: what was wrong is right again."""
    resumes: str | None = None
    """The id of the pause that its one button ends, while that lasts."""
    reconnects: str | None = None
    """The platform whose account is to be connected again: its button gives an owner the link, for them alone."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card lies or shall lie. `team` is empty in Telegram; `thread` and `message` are the chat's own ids."""

    surface: Surface
    team: str
    chat: str
    thread: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """One drawing of a card: where, with which button token, showing what."""

    workspace_id: UUID
    card_id: UUID
    place: Place
    token: str
    view: PostView | DigestView | NoticeView
    picture_ref: str | None = None
    """The chat's own id of the picture, once it has been uploaded there."""
    picture: bytes | None = field(default=None, repr=False)
    """PNG bytes, present only when the message is not there yet or the picture changed."""
