"""Where a post stands, in one sentence, and the small print under it: who, when, how long, where its links lead."""

from collections.abc import Callable

from bot.following import length_words
from bot.words import clip, clock, count, hosts, line
from domain.card import DigestLine, PostView, Said
from domain.decision import Decision
from domain.platforms import PLATFORMS
from domain.post import State
from domain.publishing import AccountKind
from domain.settings import in_words
from domain.text import visible

MARKS: dict[State, str] = {
    State.PLANNED: "✍️",
    State.DRAFTED: "📝",
    State.IN_REVIEW: "🟡",
    State.APPROVED: "✅",
    State.PUBLISHING: "📤",
    State.PUBLISHED: "🟢",
    State.WITHDRAWN: "⚪",
    State.REJECTED: "🔴",
    State.EXPIRED: "⌛",
    State.DROPPED: "⚪",
    State.RETRY_WAIT: "🔁",
    State.UNKNOWN: "🔎",
    State.NEEDS_HUMAN: "❓",
    State.MISSED: "⏰",
    State.HELD: "⏸️",
    State.FAILED: "🔴",
}

_SHORT: dict[State, str] = {
    State.PLANNED: "being written",
    State.DRAFTED: "about to be shown",
    State.IN_REVIEW: "waiting for an answer",
    State.APPROVED: "approved",
    State.PUBLISHING: "going out now",
    State.PUBLISHED: "published",
    State.WITHDRAWN: "withdrawn",
    State.REJECTED: "rejected",
    State.EXPIRED: "nobody decided in time",
    State.DROPPED: "dropped",
    State.RETRY_WAIT: "will be tried again",
    State.UNKNOWN: "sent, no answer yet",
    State.NEEDS_HUMAN: "did it go out?",
    State.MISSED: "missed its slot",
    State.HELD: "on hold",
    State.FAILED: "refused",
}

_VERBS: dict[Decision | None, str] = {
    None: "let the deadline pass",
    Decision.APPROVE: "approved",
    Decision.EDIT: "edited",
    Decision.CHOOSE: "chose the settings",
    Decision.MEDIA: "handed over files",
    Decision.REGENERATE: "asked for another text",
    Decision.REJECT: "rejected",
    Decision.UNDO: "took it back",
    Decision.MOVE: "moved the slot",
    Decision.LIVE: "says it is live",
    Decision.AGAIN: "had it sent again",
    Decision.DROP: "dropped it",
    Decision.NOW: "had it published at once",
    Decision.NEXT: "moved it to the next slot",
    Decision.WITHDRAW: "withdrew it",
}


def account(view: PostView) -> str:
    """Where the post goes: "LinkedIn · Amarktai (organisation)"."""
    kind = " (organisation)" if view.account_kind is AccountKind.ORGANISATION else ""
    return f"{PLATFORMS[view.platform].name} · {line(view.account_name, 80)}{kind}"


def heading(view: PostView) -> str:
    """The post's name as people say it: "#1042 · X · @amarktai"."""
    return f"#{view.number} · {account(view)}"


def _last(view: PostView, decision: Decision | None) -> Said | None:
    return next((said for said in reversed(view.said) if said.decision is decision), None)


def _by(view: PostView, verb: str, decision: Decision | None, *, reason: bool = False) -> str:
    said = _last(view, decision)
    if said is None:
        return verb
    because = f": “{line(said.reason, 300)}”" if reason and said.reason else ""
    return f"{verb} by {line(said.by, 60)} · {clock(said.at, view.zone, view.slot)}{because}"


def _slot(view: PostView) -> str:
    return f"{clock(view.slot, view.zone)} ({view.zone})"


def _sent(view: PostView) -> str:
    return clock(view.sent_at or view.slot, view.zone, view.slot)


def _trouble(view: PostView, otherwise: str) -> str:
    return line(view.trouble, 500) if view.trouble else otherwise


def _planned(view: PostView) -> str:
    if view.revision <= 1 and not view.direction:
        return "Being written"
    wish = f" with the word “{line(view.direction, 200)}”" if view.direction else ""
    return f"Being rewritten{wish}. Nothing can be approved until the new text is here"


def _limit(view: PostView) -> str:
    """That the account's limit leaves no room at the slot, and when there is room; "" when it does."""
    if view.full_until is None:
        return ""
    until = clock(view.full_until, view.zone, view.slot)
    then = ", and it goes out then" if view.state is State.APPROVED else ""
    free = f"; the next free slot is {clock(view.free_slot, view.zone, view.slot)}" if view.free_slot else ""
    return f". Limit of {line(view.account_name, 80)} used up until {until}{then}{free}"


def _in_review(view: PostView) -> str:
    waiting = "Waiting for your answer"
    if view.quorum > 1:
        waiting = f"{view.approvals} of {view.quorum} approvals"
    trouble = f". {line(view.trouble, 300)}" if view.trouble else ""
    return f"{waiting} · goes out {_slot(view)} if approved{_limit(view)}{trouble}"


def _approved(view: PostView) -> str:
    waits = _limit(view) or (f". {line(view.trouble, 300)}" if view.trouble else "")
    return f"{_by(view, 'Approved', Decision.APPROVE)} · goes out {_slot(view)}{waits}"


def _needs_human(view: PostView) -> str:
    name = PLATFORMS[view.platform].name
    asked = f"Sent at {_sent(view)}, and {name} never said whether it arrived. Look at the account now: is it there?"
    return _trouble(view, asked)


def _live(view: PostView) -> str:
    by = _by(view, "", Decision.APPROVE).strip()
    trouble = f". {line(view.trouble, 300)}" if view.trouble else ""
    return f"Published · {_sent(view)}" + (f" · approved {by}" if by else "") + trouble


_STATUS: dict[State, Callable[[PostView], str]] = {
    State.PLANNED: _planned,
    State.DRAFTED: lambda view: "Written, about to be shown",
    State.IN_REVIEW: _in_review,
    State.APPROVED: _approved,
    State.PUBLISHING: lambda view: "Going out now",
    State.PUBLISHED: _live,
    State.WITHDRAWN: lambda view: _by(view, "Withdrawn", Decision.WITHDRAW),
    State.REJECTED: lambda view: _by(view, "Rejected", Decision.REJECT, reason=True),
    State.EXPIRED: lambda view: "system: deadline – nobody decided before the slot",
    State.DROPPED: lambda view: (
        _by(view, "Dropped", Decision.DROP, reason=True)
        if _last(view, Decision.DROP)
        else f"system: dropped – {_trouble(view, 'nothing was sent')}"
    ),
    State.RETRY_WAIT: lambda view: _trouble(view, "Nothing was sent yet; it will be tried again by itself"),
    State.UNKNOWN: lambda view: (
        f"Sent at {_sent(view)}, no answer came. We are looking whether it is there; nothing is sent again meanwhile"
    ),
    State.NEEDS_HUMAN: _needs_human,
    State.MISSED: lambda view: _trouble(
        view, f"Missed its slot {_slot(view)}. Late posts are never sent by themselves"
    ),
    State.HELD: lambda view: f"On hold: {_trouble(view, 'publishing is paused')}",
    State.FAILED: lambda view: f"{PLATFORMS[view.platform].name} refused it: {_trouble(view, 'no reason was given')}",
}


_MADE = {"settings": "settings chosen by", "media": "media by"}
"""How a person made a revision; where nothing else is said they edited it."""


def status(view: PostView) -> str:
    """Where the post stands and who put it there, in one sentence; times on the wall of the web app's zone."""
    return _STATUS[view.state](view)


def facts(view: PostView) -> tuple[str, ...]:
    """Small print: revision, length, where links really lead, who wrote it. Each is one visible line."""
    origin = line(view.drafted_from.removeprefix("drafted from "), 80)
    found = [f"revision {view.revision}", f"{length_words(view)} characters"]
    if led := hosts(view.text):
        found.append(f"links lead to {clip(', '.join(led), 200)}")
    if view.cost:
        found.append(f"costs {view.cost} on {PLATFORMS[view.platform].name}")
    how = _MADE.get(view.drafted_from, "edited by")
    found.append(f"{how} {line(view.edited_by, 60)}" if view.edited_by else f"drafted from {origin}")
    return tuple(found)


def settings_words(view: PostView) -> str | None:
    """What was chosen for the platform and what is still missing, in one line; None where nobody chooses anything."""
    said = in_words(view.platform, view.settings)
    return line(f"⚙️ {' · '.join(said)}", 1_200) if said else None


def film_words(view: PostView) -> str | None:
    """The film's length as people say it: "🎬 Film of 0:24"; None without a film."""
    if view.film_seconds is None:
        return None
    seconds = max(round(view.film_seconds), 1)
    return f"🎬 Film of {seconds // 60}:{seconds % 60:02}"


def shown_links(view: PostView) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """What it shows besides one picture or a film, and where each of it can be seen, by a label; None: nothing."""
    if view.shows is None:
        return None
    alone = len(view.show_links) == 1
    links = tuple(("Open it" if alone else f"{n}", address) for n, address in enumerate(view.show_links, 1))
    return f"🗂 {line(view.shows, 160)}", links


def warnings(view: PostView, most: int = 5) -> tuple[str, ...]:
    """What a reviewer should know first: about files handed over, what the platform would refuse, what the critic doubts."""
    handed = [f"📎 {line(view.handed, 300)}"] if view.handed else []
    refused = [f"⛔ {line(text, 200)}" for text in view.objections]
    doubted = [f"⚠️ {line(text, 200)}" for text in view.warnings]
    every = handed + refused + doubted
    more = (f"… and {count(len(every) - most, 'more remark', 'more remarks')}",) if len(every) > most else ()
    return (*every[:most], *more)


def history(view: PostView, most: int = 4) -> str | None:
    """Who answered what and when, the last `most` of them, in one line; None when nobody has."""
    spoken = (
        f"{line(said.by, 60)} {_VERBS[said.decision]} {clock(said.at, view.zone, view.slot)}"
        for said in view.said[-most:]
    )
    return " · ".join(spoken) or None


def digest_line(post: DigestLine, zone: str, room: int = 70) -> tuple[str, str]:
    """A post of a digest or a queue: (mark, time and name), and (its state with the opening words)."""
    where = f"{PLATFORMS[post.platform].name} · {line(post.account_name, 40)}"
    name = f"{MARKS[post.state]} {clock(post.slot, zone, post.slot)} #{post.number} · {where}"
    return name, f"{_SHORT[post.state]} · “{line(post.opening, room)}”"


def post_text(view: PostView) -> str:
    """The post's text with every hidden or confusable character made visible."""
    return visible(view.text)


def picture_words(view: PostView) -> str | None:
    """The picture's alt text, which goes out with it, or that there is none; None when the post has no picture."""
    if view.picture_digest is None:
        return None
    return f"picture: “{line(view.picture_alt, 1_100)}”" if view.picture_alt else "picture without a description"
