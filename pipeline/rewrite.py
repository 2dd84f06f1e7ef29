"""Rewriting: one post written anew, with a reviewer's word of direction; if nothing new passes, the old revision stands."""

from datetime import timedelta
from uuid import UUID

from domain.brief import brief_from_json
from domain.draft import Draft, WriteRequest, seed_of
from domain.page import Page, page_from_json
from domain.platforms import PLATFORMS
from domain.sameness import Memory
from pipeline.agents.writer import NothingToSay
from pipeline.critique import passing, remarks
from pipeline.illustrate import Shown, handed_over, illustrate
from pipeline.leases import LEASE_SECONDS, kept
from pipeline.write import TRIES, Writing, new_post
from storage import drafts, rewrites
from storage.drafts import AccountRow
from storage.rewrites import Rewrite


async def rewrite_post(workspace_id: UUID, post_id: UUID, deps: Writing) -> None:
    """Write one post anew, with a reviewer's word of direction; if nothing new passes, the old revision stands again."""
    async with deps.database.transaction(workspace_id) as tx:
        post = await rewrites.lease(tx, post_id, worker=deps.worker, seconds=LEASE_SECONDS)
        if post is None:
            return
        recent = Memory(await drafts.recent_texts(tx, post.web_app_id))
    page = page_from_json(post.page)
    request = _request(post, page, recent)
    account = AccountRow(post.account_id, post.platform, post.kind, post.account_name)
    slot = post.slot if post.slot > post.now else post.now + timedelta(seconds=deps.soon.lead)
    async with kept(lambda: _renew(workspace_id, post_id, deps)):
        draft, objections = await _anew(request, post, deps)
        revision = None
        if draft is not None:
            shown = await _shown(post, draft, deps)
            said = remarks(draft, request, post.banned_words)
            revision = new_post(post.id, post.brief_id, account, slot, draft, shown, said, deps, kept=post.settings)
    async with deps.database.transaction(workspace_id) as tx:
        if revision is not None:
            await rewrites.record(tx, deps.worker, revision, post.n + 1)
        else:
            trouble = f"Writing it anew did not work ({objections[0]}) The old text stands."
            await rewrites.restore(tx, post_id, deps.worker, trouble, slot)
        tx.after_commit(lambda: deps.hint("redraw", workspace_id, post_id))
        tx.after_commit(lambda: deps.hint("due", None, None))


async def _anew(request: WriteRequest, post: Rewrite, deps: Writing) -> tuple[Draft | None, list[str]]:
    """The new draft, or why there is none."""
    if post.tries > TRIES:
        return None, ["Writing broke off again and again."]
    try:
        return await passing(request, post.banned_words, deps.writer)
    except NothingToSay as error:
        return None, [str(error)]


async def _shown(post: Rewrite, draft: Draft, deps: Writing) -> Shown:
    """What a member handed over stays; otherwise the new words get a picture of their own."""
    if post.handed is not None:
        return handed_over(post.handed)
    return (await illustrate([(post.platform, draft)], deps.media, deps.guard))[0]


async def _renew(workspace_id: UUID, post_id: UUID, deps: Writing) -> None:
    async with deps.database.transaction(workspace_id) as tx:
        await rewrites.keep(tx, post_id, worker=deps.worker, seconds=LEASE_SECONDS)


def _request(post: Rewrite, page: Page, recent: Memory) -> WriteRequest:
    seed = seed_of(str(post.web_app_id), post.local_date, post.slot_index, post.platform, str(post.account_id), post.n)
    return WriteRequest(
        page, post.platform, post.kind, post.local_date, post.slot_index, seed,
        link=post.url, direction=post.direction,
        avoid=recent, hashtags=PLATFORMS[post.platform].limits.hashtags, brief=brief_from_json(post.facts),
    )  # fmt: skip
