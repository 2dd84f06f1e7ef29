"""What follows a post, in one line of its card: how far a thread is, what stopped it, whether the first comment is there."""

from bot.words import line
from domain.card import PartView, PostView
from domain.parts import DIVIDER, THREADS, PartKind, PartState, divided, following
from domain.platforms import Platform

_ENDS: dict[PartState, str] = {
    PartState.REFUSED: "was refused",
    PartState.UNCLEAR: "may or may not be there",
    PartState.DROPPED: "was not sent",
}
_WAITS: dict[PartState, str] = {
    PartState.CLAIMED: "is going out now",
    PartState.UNKNOWN: "was sent without an answer; we are looking whether it is there",
}


def thread_hint(platform: Platform) -> str:
    """How a text becomes a thread, for whoever edits one; empty where there are none."""
    return f" A line of {DIVIDER} begins the next part of a thread." if platform in THREADS else ""


def length_words(view: PostView) -> str:
    """How much of the platform's room the text takes: "241 of 280", in a thread its longest part."""
    longest = "longest part " if len(divided(view.platform, view.text)) > 1 else ""
    return f"{longest}{view.length:,} of {view.limit:,}"


def parts_words(view: PostView) -> str | None:
    """ "🧵 2 of 4 parts are out; part 3 was refused: …"; None for a post that nothing follows."""
    if not view.parts:
        planned = [part for part in following(view.platform, view.text, view.settings) if part.kind is PartKind.REPLY]
        return f"🧵 Thread of {len(planned) + 1} parts" if planned else None
    said = [words for words in (_thread(view), _comment(view)) if words]
    return " · ".join(said) or None


def _thread(view: PostView) -> str | None:
    thread = [part for part in view.parts if part.kind is PartKind.REPLY]
    if not thread:
        return None
    out = 1 + sum(part.state is PartState.OUT for part in thread)
    stuck = next((part for part in thread if part.state is not PartState.OUT), None)
    if stuck is None:
        return f"🧵 All {out} parts of the thread are out"
    rest = " What is out stays; the rest is not sent." if stuck.state in _ENDS else ""
    stood = "is out" if out == 1 else "are out"
    return f"🧵 {out} of {len(thread) + 1} parts {stood}; part {stuck.n} {_said(stuck)}{rest}"


def _comment(view: PostView) -> str | None:
    comment = next((part for part in view.parts if part.kind is PartKind.COMMENT), None)
    if comment is None:
        return None
    return (
        "💬 The first comment is there" if comment.state is PartState.OUT else f"💬 The first comment {_said(comment)}"
    )


def _said(part: PartView) -> str:
    """What is the matter with a part that is not out."""
    what = _ENDS.get(part.state) or _WAITS.get(part.state) or ("waits" if part.trouble else "is next")
    return f"{what}: {line(part.trouble, 300)}" if part.trouble and part.state not in _WAITS else what
