"""Withdrawing: delete a published post at its platform, because a person wants it gone. Deleting twice is the same as once."""

from domain.charges import of_deletion
from domain.post import PostRef
from domain.publishing import PublishError, TokenRejected, TryLater
from domain.secret import Secret
from pipeline.accounts import after_rejection, opened
from pipeline.publish import Publishing, back_off
from storage import accounts, charges, parts, withdrawals
from storage.withdrawals import Unwanted

UNDER_WAY = "A part of it is under way; as soon as we know what became of it, all of it is deleted."
WAIT_FOR_PARTS = 15.0
"""Seconds until a look whether the part under way has ended."""
TRIES = 8
"""So often a deletion is tried; then the card says why it does not work, and a person may ask again."""


async def withdraw(post: PostRef, deps: Publishing) -> None:
    """Delete it and record that; or say on the card why it could not be deleted."""
    async with deps.database.transaction(post.workspace_id) as tx:
        row = await withdrawals.lease(tx, post.post_id, worker=deps.worker, seconds=deps.patience.lease)
        token = await accounts.access_token(tx, deps.vault, row.account_id) if row else None
        if row is not None and await parts.stop(tx, post.post_id):
            await withdrawals.wait(tx, post.post_id, UNDER_WAY, WAIT_FOR_PARTS)
            row = None
        answers = await parts.answers(tx, post.post_id) if row else []
        if row is not None and token is not None:  # no budget keeps up what a person wants gone, whatever it costs
            for _ in (*answers, row.remote_id):
                await charges.add(tx, row.platform, of_deletion(row.platform))
    if row is None:
        return
    error = await _delete(post, row, token, [*answers, row.remote_id], deps)
    async with deps.database.transaction(post.workspace_id) as tx:
        if error is None:
            await withdrawals.done(tx, post.post_id)
        elif isinstance(error, TryLater) and row.tries < TRIES:
            await withdrawals.failed(tx, post.post_id, error.sentence, back_off(row.tries + 1))
        else:
            await withdrawals.failed(tx, post.post_id, f"It could not be deleted: {error.sentence}", None)
        tx.after_commit(lambda: deps.hint("redraw", post.workspace_id, post.post_id))
        tx.after_commit(lambda: deps.hint("due", None, None))


async def _delete(
    post: PostRef, row: Unwanted, token: Secret | None, remote_ids: list[str], deps: Publishing
) -> PublishError | None:
    """The end of a thread first. None when the platform has none of it any more."""
    if token is None:
        return TokenRejected(f"{row.account_name} is not connected. Delete it there, or connect again.")
    account = opened(post.workspace_id, row, token)
    try:
        for remote_id in remote_ids:
            await deps.publishers[row.platform].withdraw(account, remote_id)
    except TokenRejected as error:
        return await after_rejection(deps.connecting, post.workspace_id, account, error, first=row.tries < TRIES // 2)
    except PublishError as error:
        return error
    return None
