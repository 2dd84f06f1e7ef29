"""The life of a post: its states, the events that move it, and the only arrows there are.

The migrations seed `ARROWS` into the database, where a trigger refuses every other move.
`docs/decisions/0001-the-row-advances-itself.md` says why nobody assigns a state.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class State(StrEnum):
    """Where a post stands. Exactly one at a time."""

    PLANNED = "planned"
    DRAFTED = "drafted"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DROPPED = "dropped"
    RETRY_WAIT = "retry_wait"
    UNKNOWN = "unknown"
    NEEDS_HUMAN = "needs_human"
    MISSED = "missed"
    HELD = "held"
    FAILED = "failed"


class Event(StrEnum):
    """What happened to a post."""

    WRITE = "write"
    RESTORE = "restore"
    DROP = "drop"
    DELIVER = "deliver"
    APPROVE = "approve"
    REVISE = "revise"
    REGENERATE = "regenerate"
    REJECT = "reject"
    EXPIRE = "expire"
    REVOKE = "revoke"
    STOP = "stop"
    CLAIM = "claim"
    MISS = "miss"
    HOLD = "hold"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    RELEASE = "release"
    LOSE = "lose"
    ASK = "ask"
    RESCHEDULE = "reschedule"
    RESUME = "resume"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Arrow:
    """One legal move. `worker_only` moves are refused to the web's database login."""

    source: State
    event: Event
    target: State
    worker_only: bool = False


def _arrows(sources: str, event: Event, target: State, *, worker_only: bool = False) -> list[Arrow]:
    return [Arrow(State(source), event, target, worker_only) for source in sources.split()]


ARROWS: tuple[Arrow, ...] = (
    *_arrows("planned", Event.WRITE, State.DRAFTED, worker_only=True),
    *_arrows("planned", Event.RESTORE, State.IN_REVIEW, worker_only=True),
    *_arrows("planned drafted", Event.DROP, State.DROPPED, worker_only=True),
    *_arrows("drafted", Event.DELIVER, State.IN_REVIEW, worker_only=True),
    *_arrows("in_review", Event.APPROVE, State.APPROVED),
    *_arrows("in_review approved retry_wait held failed", Event.REVISE, State.IN_REVIEW),
    *_arrows("in_review", Event.REGENERATE, State.PLANNED),
    *_arrows("in_review", Event.REJECT, State.REJECTED),
    *_arrows("in_review", Event.EXPIRE, State.EXPIRED, worker_only=True),
    *_arrows("approved retry_wait", Event.REVOKE, State.IN_REVIEW),
    *_arrows("approved retry_wait", Event.STOP, State.REJECTED),
    *_arrows("approved retry_wait", Event.CLAIM, State.PUBLISHING, worker_only=True),
    *_arrows("approved retry_wait", Event.MISS, State.MISSED, worker_only=True),
    *_arrows("approved retry_wait", Event.HOLD, State.HELD),
    *_arrows("publishing", Event.CONFIRM, State.PUBLISHED, worker_only=True),
    *_arrows("publishing", Event.REFUSE, State.FAILED, worker_only=True),
    *_arrows("publishing", Event.RELEASE, State.RETRY_WAIT, worker_only=True),
    *_arrows("publishing", Event.HOLD, State.HELD, worker_only=True),
    *_arrows("publishing", Event.LOSE, State.UNKNOWN, worker_only=True),
    *_arrows("unknown", Event.CONFIRM, State.PUBLISHED, worker_only=True),
    *_arrows("unknown", Event.RELEASE, State.RETRY_WAIT, worker_only=True),
    *_arrows("unknown", Event.REFUSE, State.FAILED, worker_only=True),
    *_arrows("unknown", Event.ASK, State.NEEDS_HUMAN, worker_only=True),
    *_arrows("needs_human", Event.CONFIRM, State.PUBLISHED),
    *_arrows("needs_human", Event.RELEASE, State.RETRY_WAIT),
    *_arrows("needs_human", Event.DROP, State.DROPPED),
    *_arrows("missed", Event.RESCHEDULE, State.APPROVED),
    *_arrows("missed", Event.DROP, State.DROPPED),
    *_arrows("held", Event.RESUME, State.APPROVED),
    *_arrows("held", Event.DROP, State.DROPPED),
    *_arrows("failed", Event.DROP, State.DROPPED),
    *_arrows("rejected expired", Event.REOPEN, State.IN_REVIEW),
    *_arrows("published", Event.WITHDRAW, State.WITHDRAWN, worker_only=True),
)

_TARGETS = {(arrow.source, arrow.event): arrow.target for arrow in ARROWS}

FINAL = frozenset({State.WITHDRAWN, State.DROPPED})
"""States that no arrow leaves."""


@dataclass(frozen=True, slots=True, order=True)
class PostRef:
    """Names one post. Both halves are UUIDv7."""

    workspace_id: UUID
    post_id: UUID


def target(state: State, event: Event) -> State | None:
    """The state that `event` leads to from `state`, or None when there is no such arrow."""
    return _TARGETS.get((state, event))
