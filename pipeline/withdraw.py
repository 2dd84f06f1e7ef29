"""Withdrawing: delete a published post at its platform, because a person wants it gone. Deleting twice is the same as once."""

from domain.post import PostRef
from domain.publishing import PublishError, TokenRejected, TryLater
from domain.secret import Secret
from pipeline.accounts import after_rejection, opened
from pipeline.publish import Publishing, back_off
from storage import accounts, withdrawals
from storage.withdrawals import Unwanted

TRIES = 8
"""So often a deletion is tried; then the card says why it does not work, and a person may ask again."""


async def withdraw(post: PostRef, deps: Publishing) -> None:
    """Delete it and record that; or say on the card why it could not be deleted."""
    async with deps.database.transaction(post.workspace_id) as tx:
        row = await withdrawals.lease(tx, post.post_id, worker=deps.worker, seconds=deps.patience.lease)
        token = await accounts.access_token(tx, deps.vault, row.account_id) if row else None
    if row is None:
        return
    error = await _delete(post, row, token, deps)
    async with deps.database.transaction(post.workspace_id) as tx:
        if error is None:
            await withdrawals.done(tx, post.post_id)
        elif isinstance(error, TryLater) and row.tries < TRIES:
            await withdrawals.failed(tx, post.post_id, error.sentence, back_off(row.tries + 1))
        else:
            await withdrawals.failed(tx, post.post_id, f"It could not be deleted: {error.sentence}", None)
        tx.after_commit(lambda: deps.hint("redraw", post.workspace_id, post.post_id))
        tx.after_commit(lambda: deps.hint("due", None, None))


async def _delete(post: PostRef, row: Unwanted, token: Secret | None, deps: Publishing) -> PublishError | None:
    """None when the platform has it no more."""
    if token is None:
        return TokenRejected(f"{row.account_name} is not connected. Delete it there, or connect again.")
    account = opened(post.workspace_id, row, token)
    try:
        await deps.publishers[row.platform].withdraw(account, row.remote_id)
    except TokenRejected as error:
        return await after_rejection(deps.connecting, post.workspace_id, account, error, first=row.tries < TRIES // 2)
    except PublishError as error:
        return error
    return None
