"""Every click gets an answer that a person understands: what happened, who was first, what to do next."""

from collections.abc import Callable
from datetime import datetime

from bot.words import clip, clock, line
from domain.decision import Decision, Outcome, Verdict
from domain.post import State

ROOM = 200
"""Telegram shows at most 200 characters above a chat; Slack is given the same sentence."""

_DONE: dict[Decision | None, str] = {
    None: "Done. The card shows it.",
    Decision.APPROVE: "You approved {post}. It goes out at its slot.",
    Decision.EDIT: "Your text is the new revision {revision} of {post}. It needs an approval.",
    Decision.CHOOSE: "Your settings stand in the new revision {revision} of {post}. It needs an approval.",
    Decision.MEDIA: "Your files for {post} are being fetched. The card shows them, or says what is wrong with them.",
    Decision.REGENERATE: "{post} is being rewritten. The new text will stand on this card.",
    Decision.REJECT: "You rejected {post}. It will not be published.",
    Decision.UNDO: "Taken back: {post} waits for an answer again.",
    Decision.MOVE: "{post} has a new slot.",
    Decision.LIVE: "Thank you. {post} is recorded as published.",
    Decision.AGAIN: "{post} will be sent once more.",
    Decision.DROP: "{post} is dropped. It will not be published.",
    Decision.NOW: "{post} goes out now.",
    Decision.NEXT: "{post} moved to the next free slot.",
    Decision.WITHDRAW: "{post} is being deleted on the platform. The card will say when it is gone.",
}

_VERB: dict[Decision | None, str] = {
    None: "decided",
    Decision.APPROVE: "approved",
    Decision.EDIT: "edited",
    Decision.CHOOSE: "chose the settings of",
    Decision.MEDIA: "handed over files for",
    Decision.REGENERATE: "asked for another text of",
    Decision.REJECT: "rejected",
    Decision.UNDO: "reopened",
    Decision.MOVE: "moved",
    Decision.LIVE: "confirmed",
    Decision.AGAIN: "resent",
    Decision.DROP: "dropped",
    Decision.NOW: "released",
    Decision.NEXT: "moved",
    Decision.WITHDRAW: "withdrew",
}

_NOT_NOW: dict[State | None, str] = {
    None: "That is not possible now. The card shows what is.",
    State.PLANNED: "{post} is being rewritten. Nothing can be decided until the new text is here.",
    State.DRAFTED: "{post} is about to be shown. Wait for its card.",
    State.IN_REVIEW: "{post} waits for an answer; this is not one of those it can be given.",
    State.APPROVED: "{post} is approved already. Undo, edit or reject it if that was wrong.",
    State.PUBLISHING: "{post} is already going out. Withdraw it once it is there.",
    State.PUBLISHED: "{post} is already published.",
    State.WITHDRAWN: "{post} was published and withdrawn. Nothing is left to decide.",
    State.REJECTED: "{post} was rejected. Undo brings it back.",
    State.EXPIRED: "The slot of {post} came before anybody decided. Undo brings it back.",
    State.DROPPED: "{post} was dropped. Nothing is left to decide.",
    State.RETRY_WAIT: "{post} is approved and will be tried again. Undo, edit or reject it.",
    State.UNKNOWN: "{post} was sent and no answer came. We are looking whether it is there.",
    State.NEEDS_HUMAN: "{post} may be out already: look at the account, then say whether it is live.",
    State.MISSED: "{post} missed its slot: publish now, take the next slot, or drop it.",
    State.HELD: "{post} is on hold. Edit it or drop it; it goes on when the pause ends.",
    State.FAILED: "The platform refused {post}. Edit it or drop it.",
}


_ELSEWHERE = (
    "This button belongs to another chat, or we do not know this card any more, so nothing happened. "
    "Use the card where it was sent, or ask for the queue."
)
"""Said to both, so that nobody learns from the answer whether somebody else has such a card."""


def _post(verdict: Verdict) -> str:
    return f"#{verdict.number}" if verdict.number is not None else "the post"


def _fill(sentence: str, verdict: Verdict) -> str:
    said = sentence.replace("{post}", _post(verdict)).replace(" {revision}", f" {verdict.revision or ''}".rstrip())
    return said[:1].upper() + said[1:]


def _when(verdict: Verdict, zone: str) -> str:
    if verdict.first_at is None:
        return ""
    at = datetime.fromisoformat(verdict.first_at)
    return f" at {clock(at, zone, at)} {zone}"


def _applied(verdict: Verdict, who: str, zone: str) -> str:
    if verdict.objection:
        what = "settings are" if verdict.decision is Decision.CHOOSE else "text is"
        kept = _fill(f"Your {what} revision {{revision}} of {{post}}, but it cannot be approved:", verdict)
        again = "" if verdict.decision is Decision.CHOOSE else " Edit it again."
        return f"{kept} {line(verdict.objection, 115)}{again}"
    return _fill(_DONE[verdict.decision], verdict)


def _counted(verdict: Verdict, who: str, zone: str) -> str:
    missing = max(verdict.quorum - verdict.approvals, 1)
    return f"Your approval of {_post(verdict)} counts: {verdict.approvals} of {verdict.quorum}. {missing} more needed."


def _already(verdict: Verdict, who: str, zone: str) -> str:
    first = verdict.first_by
    if first == "system":
        return f"Too late: the deadline of {_post(verdict)} passed{_when(verdict, zone)}. Nothing changed."
    did = _VERB[verdict.first_decision]
    if first is not None and first == who:
        return f"You already {did} {_post(verdict)}{_when(verdict, zone)}. Nothing changed."
    name = line(first, 60) if first else "Someone else"
    return f"{name} was first and {did} {_post(verdict)}{_when(verdict, zone)}. Nothing changed."


def _stale(verdict: Verdict, who: str, zone: str) -> str:
    now = f"revision {verdict.revision}" if verdict.revision is not None else "a newer one"
    return f"This button belongs to an older text of {_post(verdict)}; {now} is here. Decide on the newest card."


def _not_possible(verdict: Verdict, who: str, zone: str) -> str:
    return _fill(_NOT_NOW[verdict.state], verdict)


def _not_approvable(verdict: Verdict, who: str, zone: str) -> str:
    why = line(verdict.reason, 120) if verdict.reason else "this chat cannot show its whole text"
    return f"{_post(verdict)} cannot be approved: {why}"


_SAY: dict[Outcome, Callable[[Verdict, str, str], str]] = {
    Outcome.APPLIED: _applied,
    Outcome.COUNTED: _counted,
    Outcome.ALREADY_DECIDED: _already,
    Outcome.STALE_REVISION: _stale,
    Outcome.NOT_POSSIBLE: _not_possible,
    Outcome.NOT_APPROVABLE: _not_approvable,
    Outcome.STRANGER: lambda verdict, who, zone: (
        "You are not a member of this workspace, so nothing happened. Ask its owner to add you with the people command."
    ),
    Outcome.NOT_ALLOWED: lambda verdict, who, zone: (
        "You may not decide about posts here, so nothing happened. Ask an owner to make you a reviewer."
    ),
    Outcome.WRONG_PLACE: lambda verdict, who, zone: _ELSEWHERE,
    Outcome.UNKNOWN_CARD: lambda verdict, who, zone: _ELSEWHERE,
    Outcome.REPLAY: lambda verdict, who, zone: "This click had arrived before. It counts once; nothing happened now.",
}


def say(verdict: Verdict, who: str, zone: str = "UTC") -> str:
    """The answer to `who`'s click in at most 200 characters of plain text; times on the wall of `zone`."""
    return clip(_SAY[verdict.outcome](verdict, who, zone), ROOM)
