"""Review runs out: a reminder before the slot, an expiry at it, and an end for questions nobody answers.

The system does this, and the card says so: a deadline is never shown as a person's denial.
"""

from uuid import UUID
from zoneinfo import ZoneInfo

from domain.card import NoticeView
from domain.post import Event
from pipeline.ports import Hint
from storage import notices, review
from storage.review import Waiting
from storage.session import Database


async def meet_deadline(database: Database, hint: Hint, workspace_id: UUID, post_id: UUID) -> None:
    """Remind before the slot, expire at it; end a question after a day. Twice is the same as once."""
    async with database.transaction(workspace_id) as tx:
        waiting = await review.remind(tx, post_id)
        if waiting is not None:
            # One reminder a batch: its first post speaks for the others.
            await notices.tell_everyone(tx, f"reminder:{waiting.batch_id}", _reminder(waiting))
            tx.after_commit(lambda: hint("due", None, None))
        elif await review.expire(tx, post_id, Event.EXPIRE, "in_review", None) or await review.expire(
            tx, post_id, Event.DROP, "needs_human", "Nobody answered within a day, so it was dropped."
        ):
            tx.after_commit(lambda: hint("redraw", workspace_id, post_id))


def _reminder(waiting: Waiting) -> NoticeView:
    clock = waiting.slot.astimezone(ZoneInfo(waiting.zone)).strftime("%H:%M")
    text = f"#{waiting.number} goes out at {clock} ({waiting.zone}) if somebody approves it. Undecided posts expire at their slot."
    return NoticeView(title=f"{waiting.web_app}: posts are waiting for your answer", text=text)
