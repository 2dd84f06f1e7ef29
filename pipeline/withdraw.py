"""Withdrawing: delete a published post at its platform, because a person wants it gone. Deleting twice is the same as once."""

from domain.post import PostRef
from domain.publishing import Account, PublishError, TryLater
from pipeline.publish import Publishing, back_off
from storage import withdrawals


async def withdraw(post: PostRef, deps: Publishing) -> None:
    """Delete it and record that; or say on the card why it could not be deleted."""
    async with deps.database.transaction(post.workspace_id) as tx:
        row = await withdrawals.lease(tx, post.post_id, worker=deps.worker, seconds=deps.patience.lease)
        token = await deps.vault.get(tx, row.account_id, "access_token") if row else None
    if row is None:
        return
    trouble, again = None, None
    if token is None:
        trouble = f"{row.account_name} is not connected, so it could not be deleted. Delete it there, or connect again."
    else:
        account = Account(
            post.workspace_id,
            row.account_id,
            row.platform,
            row.account_kind,
            row.remote_account,
            row.account_name,
            token,
        )
        try:
            await deps.publishers[row.platform].withdraw(account, row.remote_id)
        except TryLater as later:
            trouble, again = later.sentence, back_off(row.tries + 1)
        except PublishError as error:
            trouble = f"It could not be deleted: {error.sentence}"
    async with deps.database.transaction(post.workspace_id) as tx:
        if trouble is None:
            await withdrawals.done(tx, post.post_id)
        else:
            await withdrawals.failed(tx, post.post_id, trouble, again)
        tx.after_commit(lambda: deps.hint("redraw", post.workspace_id, post.post_id))
