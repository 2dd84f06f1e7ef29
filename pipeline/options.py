"""Looking at an account: is its token due, and what does it leave people to choose from? The worker's login."""

from uuid import UUID

import structlog

from domain.options import OLD_SECONDS
from domain.publishing import PublishError
from pipeline.accounts import Connecting, refresh_account
from pipeline.chats import draw_soon
from storage import accounts

log = structlog.get_logger(__name__)


async def look_at_account(deps: Connecting, workspace_id: UUID, account_id: UUID) -> None:
    """Refresh its token if it is due; ask about its options with each new token, else at most once an hour. May run twice."""
    await refresh_account(deps, workspace_id, account_id)
    await ask_options(deps, workspace_id, account_id)


async def ask_options(deps: Connecting, workspace_id: UUID, account_id: UUID) -> None:
    """Ask the platform what the account leaves to choose from and keep it, at most once an hour and once a token.

    What cannot be learned now stays as it was known: the platform is asked once more right before each post.
    """
    async with deps.database.transaction(workspace_id) as tx:
        account = await accounts.lock(tx, account_id)
        ask = deps.options.get(account.platform) if account else None
        if ask is None or not await accounts.take_asking(tx, account_id, OLD_SECONDS):
            return
        token = await accounts.access_token(tx, deps.vault, account_id)
    if token is None:
        return
    try:
        found = await ask(token)
    except PublishError as error:
        log.info("an account's options were not told", account=str(account_id), why=error.sentence)
        return
    async with deps.database.transaction(workspace_id) as tx:
        if await accounts.keep_options(tx, account_id, found.to_row()):
            await draw_soon(tx, deps.hint)
