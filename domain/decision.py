"""What a reviewer can answer in which state, and the event that follows. The migrations seed `ANSWERS` into the database."""

from dataclasses import dataclass
from enum import StrEnum

from domain.post import Event, State


class Decision(StrEnum):
    """An answer of a person. Every one is recorded, also the refused ones."""

    APPROVE = "approve"
    EDIT = "edit"
    CHOOSE = "choose"
    """Other settings for the platform: who may see it, a title. The text and what it shows stay."""
    MEDIA = "media"
    """Files of a member's own take the place of what the post shows, once they are fetched and read. The text stays."""
    REGENERATE = "regenerate"
    REJECT = "reject"
    UNDO = "undo"
    MOVE = "move"
    LIVE = "live"
    AGAIN = "again"
    DROP = "drop"
    NOW = "now"
    NEXT = "next"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Answer:
    """`event` is None where the answer changes the row but not its state (a moved slot, a wish to withdraw, files to fetch)."""

    state: State
    decision: Decision
    event: Event | None


ANSWERS: tuple[Answer, ...] = (
    Answer(State.IN_REVIEW, Decision.APPROVE, Event.APPROVE),
    Answer(State.IN_REVIEW, Decision.CHOOSE, Event.REVISE),
    Answer(State.IN_REVIEW, Decision.EDIT, Event.REVISE),
    Answer(State.IN_REVIEW, Decision.REGENERATE, Event.REGENERATE),
    Answer(State.IN_REVIEW, Decision.REJECT, Event.REJECT),
    Answer(State.IN_REVIEW, Decision.MEDIA, None),
    Answer(State.IN_REVIEW, Decision.MOVE, None),
    Answer(State.APPROVED, Decision.UNDO, Event.REVOKE),
    Answer(State.APPROVED, Decision.EDIT, Event.REVISE),
    Answer(State.APPROVED, Decision.CHOOSE, Event.REVISE),
    Answer(State.APPROVED, Decision.MEDIA, Event.REVOKE),
    Answer(State.APPROVED, Decision.REJECT, Event.STOP),
    Answer(State.APPROVED, Decision.MOVE, None),
    Answer(State.RETRY_WAIT, Decision.UNDO, Event.REVOKE),
    Answer(State.RETRY_WAIT, Decision.EDIT, Event.REVISE),
    Answer(State.RETRY_WAIT, Decision.CHOOSE, Event.REVISE),
    Answer(State.RETRY_WAIT, Decision.MEDIA, Event.REVOKE),
    Answer(State.RETRY_WAIT, Decision.REJECT, Event.STOP),
    Answer(State.HELD, Decision.EDIT, Event.REVISE),
    Answer(State.HELD, Decision.CHOOSE, Event.REVISE),
    Answer(State.HELD, Decision.MEDIA, None),
    Answer(State.HELD, Decision.DROP, Event.DROP),
    Answer(State.FAILED, Decision.EDIT, Event.REVISE),
    Answer(State.FAILED, Decision.CHOOSE, Event.REVISE),
    Answer(State.FAILED, Decision.MEDIA, None),
    Answer(State.FAILED, Decision.DROP, Event.DROP),
    Answer(State.REJECTED, Decision.UNDO, Event.REOPEN),
    Answer(State.EXPIRED, Decision.UNDO, Event.REOPEN),
    Answer(State.NEEDS_HUMAN, Decision.LIVE, Event.CONFIRM),
    Answer(State.NEEDS_HUMAN, Decision.AGAIN, Event.RELEASE),
    Answer(State.NEEDS_HUMAN, Decision.DROP, Event.DROP),
    Answer(State.MISSED, Decision.NOW, Event.RESCHEDULE),
    Answer(State.MISSED, Decision.NEXT, Event.RESCHEDULE),
    Answer(State.MISSED, Decision.DROP, Event.DROP),
    Answer(State.PUBLISHED, Decision.WITHDRAW, None),
)


def answers_in(state: State) -> tuple[Decision, ...]:
    """The answers that a card offers in `state`, in the order in which they stand."""
    return tuple(answer.decision for answer in ANSWERS if answer.state is state)


class Outcome(StrEnum):
    """What became of a click, as the deciding SQL function reports it."""

    APPLIED = "applied"
    COUNTED = "counted"
    """The approval stands, the policy wants more people."""
    ALREADY_DECIDED = "already_decided"
    STALE_REVISION = "stale_revision"
    NOT_POSSIBLE = "not_possible"
    """The post's state has no such answer (it is going out, it is being rewritten)."""
    NOT_APPROVABLE = "not_approvable"
    """The card could not show the whole text, or the platform would refuse it."""
    STRANGER = "stranger"
    """Nobody of this workspace."""
    NOT_ALLOWED = "not_allowed"
    """A member without the right."""
    WRONG_PLACE = "wrong_place"
    """The button belongs to another chat, message or workspace."""
    UNKNOWN_CARD = "unknown_card"
    REPLAY = "replay"
    """The same delivery again: nothing happened the second time."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a click, with what a person needs to understand it. Times are ISO 8601 in UTC."""

    outcome: Outcome
    number: int | None = None
    state: State | None = None
    revision: int | None = None
    decision: Decision | None = None
    first_by: str | None = None
    first_at: str | None = None
    first_decision: Decision | None = None
    approvals: int = 0
    quorum: int = 1
    reason: str | None = None
    objection: str | None = None
    """What the platform would refuse in a text that was just edited: it is kept, and cannot be approved as it is."""
