"""The product broken on purpose, one promise at a time. Each mutation is a few lines; `tests.storm.mutants` has them caught.

A mutation alters the process that applies it: functions, settings of the protocol, words of its SQL.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Mutation:
    """What is broken, how, and the cheapest test that must notice."""

    name: str
    apply: Callable[[], None]
    caught_by: tuple[str, ...]
    """Arguments of pytest; or the storm itself."""


def reword(module: Any, name: str, old: str, new: str) -> None:
    """Replace words of a statement. They must be there: a mutation that changes nothing would prove nothing."""
    text = getattr(module, name)
    assert old in text, f"{module.__name__}.{name} does not say {old!r} any more"
    setattr(module, name, text.replace(old, new))


def reword_schema(old: str, new: str) -> None:
    """Replace words of the schema, in whatever database this process migrates from now on."""
    import migrations.run as run

    assert any(old in file.read_text() for file in run.SQL.glob("*/*.sql")), f"the schema does not say {old!r} any more"

    class Reworded(type(run.SQL)):  # type: ignore[misc]
        def read_text(self, *args: Any, **named: Any) -> str:
            text: str = super().read_text(*args, **named)
            return text.replace(old, new)

    run.SQL = Reworded(run.SQL)


def _expired_lease_is_retried() -> None:
    import pipeline.reconcile as reconcile

    left_behind = reconcile._left_behind
    reconcile._left_behind = lambda left, patience: left_behind(replace(left, sending=False), patience)


def _lost_answer_is_failure() -> None:
    import pipeline.publish as publish
    from domain.publishing import OutcomeUnknown, TryLater

    fate = publish._fate

    def mutated(attempt: Any, error: Exception) -> Any:
        return fate(
            attempt, TryLater("It did not work; it is tried again.") if isinstance(error, OutcomeUnknown) else error
        )

    publish._fate = mutated


def _one_look_is_enough() -> None:
    from domain.looking import Looks

    Looks.conclusive = property(lambda self: True)  # type: ignore[assignment,method-assign]


def _approval_not_rechecked() -> None:
    import pipeline.publish as publish

    may_go = publish._may_go

    async def mutated(tx: Any, post: Any, deps: Any) -> bool:
        return await may_go(tx, replace(post, approved_sha256=post.sha256, approvers_may=True, objections=[]), deps)

    publish._may_go = mutated


def _person_asked_at_once() -> None:
    from domain.looking import Looks

    Looks.settled = property(lambda self: True)  # type: ignore[assignment,method-assign]


def _no_fence() -> None:
    from storage import posts

    fence = "AND fence = %(fence)s AND state = 'publishing' AND NOT sending AND lease_until > now()"
    reword(posts, "_MARK_SENDING", fence, "AND %(fence)s > 0 AND state = 'publishing'")
    reword(posts, "_CONFIRM", "AND fence = %(fence)s AND state", "AND %(fence)s > 0 AND state")
    reword(posts, "_RECORD_FATE", "AND fence = %(fence)s AND state", "AND %(fence)s > 0 AND state")


def _no_self_fence() -> None:
    import pipeline.publish as publish
    from storage import posts

    publish._Attempt._in_time = lambda self: True  # type: ignore[method-assign]
    reword(posts, "_MARK_SENDING", " AND lease_until > now()", "")


def _lease_by_local_clock() -> None:
    from storage import losses

    def statement() -> str:
        return f"p.lease_until < to_timestamp({time.time() + SKEW!r})"

    reword(losses, "_LOCK_LEFT_BEHIND", "p.lease_until < now()", statement())


SKEW = 120.0
"""Seconds by which the clock of the mutant's machine is ahead."""


def _unknown_not_counted() -> None:
    reword_schema("a.outcome IS DISTINCT FROM 'not_sent'", "a.outcome IS NOT DISTINCT FROM 'ok'")


def _approval_checked_outside() -> None:
    """What the claim decides by was read in a transaction before, and nobody looks again under the lock."""
    import asyncio

    import pipeline.publish as publish
    from storage import posts

    lock_due = posts.lock_due

    async def mutated(tx: Any, post_id: Any) -> Any:
        found = await lock_due(tx, post_id)
        if found is None:
            return None
        connection = tx._connection
        await connection.execute("ROLLBACK")  # the lock is gone, what was read stays
        await asyncio.sleep(GAP)
        await connection.execute("BEGIN")
        await connection.execute("SELECT set_config('app.workspace', %s, true)", (str(tx.workspace_id),))
        return found

    posts.lock_due = mutated
    publish.posts.lock_due = mutated


GAP = 0.3


def _inbox_after_effect() -> None:
    """The delivery is noted, but nobody asks whether it was known."""
    reword_schema(
        "FROM brought b JOIN taken USING (source, event_key)",
        "FROM brought b LEFT JOIN taken USING (source, event_key)",
    )


def _reject_ignored_once_approved() -> None:
    reword_schema("    ('approved', 'reject', 'stop'),\n", "")


def _handle_saved_after_publish() -> None:
    """Handles are kept in memory until the post is out, and stored with the receipt."""
    import pipeline.publish as publish

    save, record = publish._Attempt.save, publish._record_receipt
    kept: dict[int, Any] = {}

    async def later(attempt: Any, handles: Any) -> None:
        kept[id(attempt)] = handles

    async def recorded(attempt: Any, receipt: Any) -> None:
        if id(attempt) in kept:
            with contextlib.suppress(publish.LeaseLost):
                await save(attempt, kept.pop(id(attempt)))
        await record(attempt, receipt)

    publish._Attempt.save = later  # type: ignore[method-assign]
    publish._record_receipt = recorded


def _quarantine_skipped() -> None:
    """A restored or cloned database publishes at once."""
    reword_schema("RETURN (SELECT i.stopped_at IS NOT NULL OR is_copy()", "RETURN (SELECT i.stopped_at IS NOT NULL")


def _late_result_thrown_away() -> None:
    from storage import attempts

    async def nothing(*_: Any) -> None:
        return None

    attempts.keep_late_result = nothing


def _lookup_takes_foreign_posts() -> None:
    import pipeline.reconcile as reconcile

    async def all_of_them(_post: Any, _lost: Any, receipts: Any, _deps: Any) -> Any:
        return receipts

    reconcile._not_ours_already = all_of_them


def _sent_mark_after_send() -> None:
    """The permit is given without a commit: a crash during the send looks like one before it."""
    import pipeline.publish as publish

    async def permit(attempt: Any) -> None:
        attempt.sent = True

    publish._Attempt.permit = permit  # type: ignore[method-assign]


def _released_again_and_again() -> None:
    from storage import losses

    reword(losses, "_RELEASE_ONCE", " AND NOT auto_released", "")


def _pause_not_seen_by_the_claim() -> None:
    import pipeline.publish as publish

    may_go = publish._may_go

    async def mutated(tx: Any, post: Any, deps: Any) -> bool:
        return await may_go(tx, replace(post, paused=False), deps)

    publish._may_go = mutated


def _cancelled_is_not_sent() -> None:
    import pipeline.publish as publish

    fate = publish._fate

    def mutated(attempt: Any, error: Exception) -> Any:
        attempt.sent = False
        return fate(attempt, error)

    publish._fate = mutated


def _naive_worker() -> None:
    """Claim, send, mark; whatever did not answer is tried again, and so is what a dead worker held. As most would write it."""
    _expired_lease_is_retried()
    _lost_answer_is_failure()
    _no_self_fence()
    _approval_not_rechecked()


PUBLISH, RECONCILE, SWEEP = (f"tests/pipeline/test_{name}.py" for name in ("publish", "reconcile", "sweep"))
FENCES, DECIDE = "tests/pipeline/test_fences.py", "tests/storage/test_decide.py"
STORM = "storm"

MUTATIONS = (
    Mutation("expired lease is retried", _expired_lease_is_retried, (SWEEP,)),
    Mutation("a lost answer is a failure", _lost_answer_is_failure, (PUBLISH, "-k", "whatever_the_platform_answers")),
    Mutation("one look is enough, at once", _one_look_is_enough, (FENCES, "-k", "listing_that_lags")),
    Mutation(
        "approval is not checked again at the claim", _approval_not_rechecked, (PUBLISH, "-k", "what_changed_since")
    ),
    Mutation("a person is asked at once", _person_asked_at_once, (RECONCILE, "-k", "nobody_is_asked")),
    Mutation("no fence is checked", _no_fence, (FENCES, "-k", "swept_and_given")),
    Mutation("no worker looks at its own lease", _no_self_fence, (FENCES, "-k", "nobody_has_noticed")),
    Mutation("leases are compared with the local clock", _lease_by_local_clock, (SWEEP, "-k", "left_alone")),
    Mutation("an unknown outcome uses up no limit", _unknown_not_counted, (FENCES, "-k", "uses_up")),
    Mutation("approval is checked outside the transaction", _approval_checked_outside, (FENCES, "-k", "claim_waits")),
    Mutation("the inbox does not hold deliveries back", _inbox_after_effect, (DECIDE, "-k", "delivered")),
    Mutation("reject is ignored once approved", _reject_ignored_once_approved, (DECIDE, "-k", "every_answer")),
    Mutation("handles are saved after the send", _handle_saved_after_publish, (PUBLISH, "-k", "uploads_nothing_again")),
    Mutation("the quarantine of a restore is skipped", _quarantine_skipped, (FENCES, "-k", "restored_or_stopped")),
    Mutation("a late answer is thrown away", _late_result_thrown_away, (PUBLISH, "-k", "after_the_lease")),
    Mutation("a look takes what another post brought", _lookup_takes_foreign_posts, (FENCES, "-k", "never_takes")),
    Mutation("the send has no mark before it", _sent_mark_after_send, (SWEEP, "-k", "sent_mark_is_unknown")),
    Mutation(
        "a lost post is released again and again", _released_again_and_again, (RECONCILE, "-k", "conclusively_absent")
    ),
    Mutation("the claim does not see pauses", _pause_not_seen_by_the_claim, (PUBLISH, "-k", "what_changed_since")),
    Mutation("a cancelled send counts as not sent", _cancelled_is_not_sent, (PUBLISH, "-k", "cancelled")),
    Mutation("naive", _naive_worker, (STORM,)),
)
"""`reliability` names the first fourteen; the last is the worker that most would write, which the storm itself must catch."""


def apply(name: str) -> None:
    """Break this process. Raises `StopIteration` for a name that nobody knows."""
    next(one for one in MUTATIONS if one.name == name).apply()
