"""A reviewer answers a card. Every chat ends here, and only here.

Approve and reject are one statement. Answers that carry something (an edited text, another slot, a link) read the post first and
bring it along checked and hashed; the statement decides on the revision that the person saw, whatever happened in between.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from domain.card import PostView
from domain.decision import Decision, Outcome, Verdict
from domain.handed import ALBUM_QUIET_SECONDS, HandedFile, claims_problem, wish
from domain.links import remote_id_of
from domain.options import ASKED, OLD_SECONDS, AccountOptions, choices_for
from domain.platforms import Platform
from domain.post import State
from domain.settings import Choice, choices_of, chosen, holding, revised, with_zone
from domain.slots import Soon
from domain.text import clean
from pipeline.faces import no_room, post_view
from pipeline.ports import Hint
from pipeline.revise import Check, free_slots, next_revision, slot_to_come
from storage import cards, decisions
from storage.decisions import Subject
from storage.session import Database


@dataclass(frozen=True, slots=True)
class Deciding:
    """What deciding works with. One a web process."""

    database: Database
    check: Check
    hint: Hint
    soon: Soon = field(default_factory=Soon)
    sites: frozenset[str] = frozenset()
    """Where the platforms show posts besides their own hosts (a sandbox): `127.0.0.1:4010`."""
    took: Callable[[float], None] = lambda seconds: None
    """Hears how long each decision took until it was committed."""


@dataclass(frozen=True, slots=True)
class Click:
    """Who pressed what, as the chat delivered it. `event_key` names the delivery: the same one twice has one effect.

    `chat` and `message` are None for an answer from a dialog, which only a checked click can have opened.
    """

    event_key: str
    surface: str
    team: str
    user: str
    token: str
    chat: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Brought:
    """What an answer carries. `reason` is why (reject) or the word of direction (regenerate).

    `settings` are what a person chose, by the names of `domain.settings`, as it came in. `files` take the place of what the
    post shows; `description` is their alt text. `album` is the chat's name for files of which more may follow.
    """

    reason: str | None = None
    text: str | None = None
    slot: datetime | None = None
    link: str | None = None
    settings: Mapping[str, str] | None = None
    files: tuple[HandedFile, ...] = ()
    description: str = ""
    album: str | None = None


class Unusable(Exception):
    """What was brought along cannot be used; `sentence` tells the person what to do instead. Nothing was decided.

    `problems` are the sentences by the setting that each is about, where settings were brought.
    """

    def __init__(self, sentence: str, problems: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.sentence, self.problems = sentence, dict(problems or {})


NOTHING = Brought()
_PLAIN = frozenset(
    {Decision.APPROVE, Decision.REJECT, Decision.REGENERATE, Decision.DROP, Decision.AGAIN, Decision.WITHDRAW}
)


async def decide(click: Click, decision: Decision, deps: Deciding, brought: Brought = NOTHING) -> Verdict:
    """Decide, and hint at what follows from it. Raises `Unusable` when what was brought along cannot be used."""
    begun = time.monotonic()
    detail = None if decision in _PLAIN else await _detail(click, decision, brought, deps)
    params: dict[str, object] = {
        "source": click.surface,
        "event_key": click.event_key,
        "token": click.token,
        "surface": click.surface,
        "team": click.team,
        "user": click.user,
        "chat": click.chat,
        "message": click.message,
        "decision": decision,
        "reason": clean(brought.reason)[:500] if brought.reason else None,
    }
    answer = await decisions.decide(deps.database, params, detail)
    deps.took(time.monotonic() - begun)
    if answer.get("post_id"):
        structlog.contextvars.bind_contextvars(workspace=answer["workspace_id"], post=answer["post_id"])
    verdict = _verdict(answer, detail or {})
    if verdict.outcome in (Outcome.APPLIED, Outcome.COUNTED):
        _follow_up(answer, decision, deps.hint)
    return verdict


def _follow_up(answer: dict[str, Any], decision: Decision, hint: Hint) -> None:
    """Redraw the cards; tell the clock or a worker what became due."""
    workspace_id, post_id = UUID(answer["workspace_id"]), UUID(answer["post_id"])
    hint("redraw", workspace_id, workspace_id)  # the workspace's, so that many clicks are one hint
    if decision is Decision.REGENERATE:
        hint("planned", workspace_id, post_id)
    elif decision is Decision.WITHDRAW:
        hint("withdraw", workspace_id, post_id)
    elif decision is Decision.MEDIA:
        hint("due", None, None)  # the clock knows the row's id
    elif decision is not Decision.REJECT:
        hint("due", None, None)


def _verdict(answer: dict[str, Any], detail: dict[str, Any]) -> Verdict:
    return Verdict(
        outcome=Outcome(answer["outcome"]),
        number=answer.get("number"),
        state=State(answer["state"]) if answer.get("state") else None,
        revision=answer.get("revision"),
        decision=Decision(answer["decision"]) if answer.get("decision") else None,
        first_by=answer.get("first_by"),
        first_at=answer.get("first_at"),
        first_decision=Decision(answer["first_decision"]) if answer.get("first_decision") else None,
        approvals=answer.get("approvals", 0),
        quorum=answer.get("quorum", 1),
        reason=answer.get("reason"),
        objection=next(iter(detail.get("objections", ())), None),
    )


async def _detail(click: Click, decision: Decision, brought: Brought, deps: Deciding) -> dict[str, Any]:
    """What the answer brings, checked. Empty when nobody knows the card: the statement says so."""
    known = await decisions.workspace_of_token(deps.database, click.token)
    if known is None:
        return {}
    async with deps.database.transaction(known[0]) as tx:
        post = await decisions.subject(tx, click.token)
        if post is None:
            return {}
        free = await free_slots(tx, post, deps.soon)
    match decision:
        case Decision.EDIT:
            return {**_edited(post, brought, deps), **slot_to_come(post, free)}
        case Decision.CHOOSE:
            return {**_with_settings(post, brought, deps), **slot_to_come(post, free)}
        case Decision.MEDIA:
            return {**_handed(click, post, brought), **slot_to_come(post, free)}
        case Decision.MOVE:
            return {"slot": _chosen(post, brought.slot).isoformat()}
        case Decision.NOW:
            return {"slot": post.now.isoformat()}
        case Decision.NEXT:
            return {"slot": free.next().isoformat()}
        case Decision.UNDO:
            return slot_to_come(post, free)
        case Decision.LIVE:
            return await _live(known[0], post, brought.link, deps)
        case _:
            return {}


def _edited(post: Subject, brought: Brought, deps: Deciding) -> dict[str, Any]:
    """The next revision with another text: as people typed it, without hidden characters."""
    text = clean(brought.text or "").strip()
    if not text:
        raise Unusable("The text is empty. Write something, or reject the post.")
    if text == post.text:
        raise Unusable("Nothing was changed.")
    return next_revision(post, text, post.settings, _banned(text, post.banned_words), deps.check)


def _with_settings(post: Subject, brought: Brought, deps: Deciding) -> dict[str, Any]:
    """The next revision with other settings; text, pictures and what the critic remarked about them stay."""
    platform = Platform(post.platform)
    if not choices_of(platform):
        raise Unusable("There is nothing to choose for a post on this platform.")
    came = with_zone(brought.settings or {}, post.zone)
    found = chosen(platform, came, choices_for(platform, AccountOptions.of_row(post.options)))
    if found.problems:
        raise Unusable(next(iter(found.problems.values())), found.problems)
    settings = revised(platform, post.settings, found.settings)
    if holding(platform, settings) == holding(platform, post.settings):
        raise Unusable("Nothing was changed.")
    return {**next_revision(post, post.text, settings, post.warnings, deps.check), "drafted_from": "settings"}


def _handed(click: Click, post: Subject, brought: Brought) -> dict[str, Any]:
    """The wish for other files, as far as the chat's own words about them allow it."""
    problem = claims_problem(brought.files, Platform(post.platform))
    if problem is not None:
        raise Unusable(problem)
    waits = {"album": brought.album, "quiet": ALBUM_QUIET_SECONDS} if brought.album else {}
    return {**wish(brought.files, brought.description, click.surface, click.team), **waits}


def _banned(text: str, words: list[str]) -> list[str]:
    folded = text.casefold()
    return [
        f"“{word}” is on the list of words not to use." for word in words if word.strip() and word.casefold() in folded
    ]


def _chosen(post: Subject, slot: datetime | None) -> datetime:
    if slot is None:
        raise Unusable("Choose a time for the post.")
    if slot <= post.now:
        raise Unusable("That time has passed. Choose one that is still to come.")
    if slot > post.now + timedelta(days=60):
        raise Unusable("Choose a time within the next 60 days.")
    return slot


async def _live(workspace_id: UUID, post: Subject, link: str | None, deps: Deciding) -> dict[str, str]:
    if not link:
        raise Unusable("Paste the link of the live post, so that it can be measured and found again.")
    remote_id = remote_id_of(Platform(post.platform), link, deps.sites)
    if remote_id is None:
        raise Unusable("That is no link to a post on this platform. Open the post there and copy its address.")
    async with deps.database.transaction(workspace_id) as tx:
        other = await decisions.holder(tx, post.post_id, post.platform, remote_id)
    if other is not None:
        raise Unusable(f"This link leads to #{other}, which is another post. Open this one there and copy its address.")
    return {"link": link.strip(), "remote_id": remote_id}


@dataclass(frozen=True, slots=True)
class Dialog:
    """What a dialog about a post shows: the post as every card shows it, and free slots to move it to (UTC).

    `revision` is the one that the button was drawn for; the view shows the newest. `choices` are those that the account
    offers.
    """

    workspace_id: UUID
    view: PostView
    slots: tuple[datetime, ...]
    revision: int
    choices: tuple[Choice, ...] = ()


async def open_dialog(token: str, deps: Deciding) -> Dialog | None:
    """The post behind a button, for a dialog. None when nobody knows the token. Deciding checks everything again.

    Where an account was not asked lately what it leaves to choose, a worker is told to ask.
    """
    known = await decisions.workspace_of_token(deps.database, token)
    if known is None:
        return None
    async with deps.database.transaction(known[0]) as tx:
        post = await decisions.subject(tx, token)
        row = await cards.post_card(tx, known[1])
        if post is None or row is None:
            return None
        free = await free_slots(tx, post, deps.soon)
        full = await no_room(tx, row, deps.soon)
    slots: list[datetime] = []
    for _ in range(8):
        slots.append(free.next(*slots))
    platform = Platform(post.platform)
    if platform in ASKED and (post.options_age is None or post.options_age > OLD_SECONDS):
        deps.hint("refresh", known[0], post.account_id)
    choices = choices_for(platform, AccountOptions.of_row(post.options))
    return Dialog(known[0], post_view(row, full=full), tuple(slots), post.face_revision, choices)
